"""vectorise: an Equation as NumPy array operations, chosen by the pattern of its accesses."""
