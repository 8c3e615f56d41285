"""Derivation: small rules, each one Step, that turn forward equations into gradients."""
