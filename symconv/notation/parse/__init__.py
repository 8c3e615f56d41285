"""Equations as text: tokens, a tree, Terms with extents. The text never reaches SymPy's parser or Python's."""
