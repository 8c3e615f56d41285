"""What is said about a verdict: what a reading takes for granted, where two sides differ."""

from __future__ import annotations

import re

from symconv.claims.grammar import tree as t
from symconv.claims.judging.compare import Outcome
from symconv.claims.meaning.section import Reading


def touches(tree: t.Relation, pair: int, start: int, end: int) -> bool:
    """Whether a change concerns one of the two sides of an equality."""
    return any(a <= end and start <= b for a, b in (tree.sides[pair].span, tree.sides[pair + 1].span))


def assumption(reading: Reading) -> str:
    """What a reading takes for granted, in words."""
    parts = [f"with indices from {reading.base}"]
    if reading.mode == "conv":
        parts.append("where the convolution turns the kernel")
    if reading.mode == "both":
        parts.append("where * turns the kernel and the other sign does not")
    parts += [f"where {k} is the derivative of the loss by {v.partition('@')[0]}" for k, v in reading.deltas]
    parts += [f"where {f} is the {kind} function" for f, kind in reading.functions]
    return ", ".join(parts)


def example(outcome: Outcome) -> str:
    """Where two sides were found to differ, and what they are there."""
    at = ", ".join(f"{k} = {v}" for k, v in sorted(outcome.point.items()))
    start = f"at {at}: " if at else ""
    return f"{start}with random numbers the left side is {outcome.left[:60]}, the right side {outcome.right[:60]}"


def averaged(cause: str) -> bool:
    """Whether a near miss is a factor 1/m, which a loss that is a mean over examples brings or takes away.

    >>> averaged(r"the factor \\frac{1}{m} is one too many"), averaged(r"the factor \\frac{1}{2} is one too many")
    (True, False)
    """
    pattern = r"the factor \\[dt]?frac\s*\{?1\}?\s*\{?[mnNMBb]\}? is (one too many|missing)"
    return re.fullmatch(pattern, cause) is not None
