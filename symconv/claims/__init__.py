"""Claims: are these formulas true? Structured formulas of others, judged by evaluating them against a derivation."""
