"""Backends: print a kernel in a target language, build it, load it; one file a target."""
