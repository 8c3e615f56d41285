"""Notes of every format as fragments of mathematics with their places."""
