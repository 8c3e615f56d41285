"""Exact algebra for proofs: polynomials over named generators, conditions as polynomials, their derivatives."""
