"""Proofs: is this kernel its formula? Checks against an independent reference and against exact integers."""
