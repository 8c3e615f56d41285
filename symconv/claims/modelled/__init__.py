"""Statements about a model that is given: every tensor, size and index is the model's, every number its equations'."""
