"""Kernels: what is to be computed (spec), as loops (loops, lower, unroll)."""
