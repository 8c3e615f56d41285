"""Printing: equations, guards and written entries as LaTeX and as plain text, by one printer and two tables."""
