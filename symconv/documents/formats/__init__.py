"""Document formats, one a file: each has ``render(document) -> str``."""
