"""Training: a model's parameters learn from data, with every forward pass and every gradient a generated kernel."""
