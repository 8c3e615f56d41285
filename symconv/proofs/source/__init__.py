"""Emitted source files read as they are: C by pycparser, Python by ast; both become one small program that is run."""
