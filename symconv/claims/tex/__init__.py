"""TeX as characters: macros expanded, Unicode read as its TeX twin, tokens with the place they came from."""
