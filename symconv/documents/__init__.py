"""Documents: a derivation told as prose, formulas and pictures; each format only lays it out."""
