"""Literals read exactly: what a number in a source text is, and whether its type can hold it."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction

import numpy as np

from symconv.proofs.fault import Unreadable

IRRATIONAL = {
    "1/sqrt(2)": Decimal("0.70710678118654752440084436210484903928"),
    "1/sqrt(2*pi)": Decimal("0.39894228040143267793994605993438186848"),
}
"""Numbers that no type holds; a literal of one must be the nearest that there is."""
REAL = re.compile(r"((?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)(?:[eE][+-]?[0-9]{1,3})?)([fFlL]?)")
INTEGER = re.compile(r"0|[1-9][0-9]{0,9}")


def integer(text: str) -> int:
    """A decimal integer without suffix."""
    if not INTEGER.fullmatch(text):
        raise Unreadable(f"the integer {text[:40]} is not plain decimal")
    return int(text)


def irrational(text: str) -> str:
    """The irrational number that a literal stands for, if it is the double nearest to it."""
    match = REAL.fullmatch(text)
    if match is None or len(match.group(1)) < 16:
        return ""
    return next((name for name, value in IRRATIONAL.items() if float(match.group(1)) == float(value)), "")


def real(text: str, dtype: str | None = None) -> int | Fraction:
    """A real literal; raises Unreadable for one that is rounded in its type.

    >>> real("0.5f")
    Fraction(1, 2)
    """
    match = REAL.fullmatch(text)
    if match is None:
        raise Unreadable(f"the number {text[:40]} cannot be read")
    digits, suffix = match.groups()
    kind = dtype or ("float32" if suffix in "fF" and suffix else "float64")
    value = Fraction(Decimal(digits))
    with np.errstate(over="ignore"):
        held = float(np.dtype(kind).type(digits))
    if not np.isfinite(held) or Fraction(held) != value:
        raise Unreadable(f"the literal {text[:40]} is rounded: {kind} cannot hold it exactly; write a quotient")
    return value.numerator if value.denominator == 1 else value
