"""Verdicts on statements: sides compared, near misses tried, the report."""
