"""Benchmarks: commands that measure; one file each."""
