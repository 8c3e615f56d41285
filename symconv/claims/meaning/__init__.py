"""What names stand for: declarations, definitions, and the numbers that a statement is tried on."""
