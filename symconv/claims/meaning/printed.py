"""Numbers as they are printed: matrices and lists of them, and when a value is the number that was printed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from symconv.claims.grammar import tree as t
from symconv.claims.meaning.arrays import Array, Operand, Tensor, lower, matrix
from symconv.claims.meaning.forms import strip
from symconv.claims.meaning.tape import Number, number, same

UNITS = 5
"""How many units of its last digit a number may be off that was worked out from rounded ones."""
SHARE = 0.02
"""How much of itself such a number may be off."""


@dataclass(frozen=True, slots=True)
class Printed:
    """A number as it is printed: its value, how many decimals it has, and where it stands."""

    value: Fraction
    decimals: int
    span: t.Span

    def holds(self, x: Number) -> bool:
        """Whether a value is this number, rounded or cut off after its decimals."""
        if same(x, self.value):
            return True
        if not self.decimals:
            return False
        return abs(float(x) - float(self.value)) < 10.0**-self.decimals * (1 + 1e-9)

    def close(self, x: Number) -> bool:
        """Whether a value may be this number when it was worked out from rounded ones."""
        off = abs(float(x) - float(self.value))
        if not self.decimals:
            return off < 1 and not math.isclose(float(x), round(float(x)), abs_tol=1e-9)
        return off <= max(UNITS * 10.0**-self.decimals, SHARE * abs(float(x)))

    def write(self, x: Number) -> str:
        """A value with as many decimals as this number has."""
        if not self.decimals and not isinstance(x, float) and Fraction(x).denominator == 1:
            return str(int(x))
        if not self.decimals and math.isclose(float(x), round(float(x)), abs_tol=1e-9):
            return str(round(float(x)))
        return f"{float(x):.{self.decimals or 3}f}"


def one(node: t.Node) -> Printed | None:
    """A single number as it is printed; None for anything else."""
    inner = strip(node)
    sign = 1
    if isinstance(inner, t.Minus):
        sign, inner = -1, strip(inner.body)
    if isinstance(inner, t.Sum) and len(inner.terms) == 1:
        sign, inner = inner.signs[0], strip(inner.terms[0])
    if not isinstance(inner, t.Num) or not inner.digits:
        return None
    decimals = len(inner.digits.partition(".")[2]) if "." in inner.digits else 0
    span = node.span if isinstance(node, t.Minus) else inner.span
    return Printed(sign * inner.value, decimals, span)


def printed(node: t.Node) -> Array | None:
    """A matrix, a list, or a single number as it is printed: an array of Printed; None for anything else."""
    inner = strip(node)
    alone = one(inner)
    if alone is not None:
        return _array([[alone]])[0, 0:1].reshape(())
    if isinstance(inner, t.Script) and inner.transposed and not inner.sups and not inner.subs:
        below = printed(inner.body)
        return None if below is None else matrix(below).T
    if isinstance(inner, t.Group) and isinstance(inner.body, t.Listing):
        cells = [one(x) for x in inner.body.items]
        return None if not all(cells) or len(cells) < 2 else _array([cells])[0]
    if isinstance(inner, t.Matrix):
        rows = [[one(c) if c is not None else None for c in row] for row in inner.rows]
        return _array(rows) if all(all(row) for row in rows) else None
    return None


def _array(rows: Sequence[Sequence[Any]]) -> Array:
    out = np.empty((len(rows), len(rows[0])), dtype=object)
    for r, row in enumerate(rows):
        for c, cell in enumerate(row):
            out[r, c] = cell
    return out


def laid(value: Operand, shown: Array) -> Array | None:
    """The numbers of a value in the layout of what is printed; None when it has another number of entries."""
    value = lower(value)
    data = value.data if isinstance(value, Tensor) else np.array(value, dtype=object)
    if isinstance(value, Tensor) and value.jacobian:
        return None
    if data.shape == shown.shape:
        return data
    if data.size == shown.size and min(*matrix(data).shape, *matrix(shown).shape, 9) == 1:
        return data.reshape(shown.shape)
    return None


def agrees(value: Operand, shown: Array) -> bool | None:
    """Whether a value is what is printed; None when it may be, with what was rounded on the way."""
    data = laid(value, shown) if shown.ndim else (np.array(lower(value), dtype=object))
    if data is None or data.shape != shown.shape or isinstance(lower(value), Tensor) != bool(shown.ndim):
        return False
    pairs = list(zip(data.reshape(-1), shown.reshape(-1), strict=True))
    if all(p.holds(number(x)) for x, p in pairs):
        return True
    return None if all(p.holds(number(x)) or p.close(number(x)) for x, p in pairs) else False


def plain(node: t.Node) -> bool:
    """Whether a tree is arithmetic with numbers alone."""
    for n in t.walk(node):
        if isinstance(n, t.Name) and not (n.base == "e" and n.sups) and n.base not in PLAIN:
            return False
        if isinstance(n, t.Dots | t.Derivative | t.Diff | t.Words | t.Big):
            return False
        if isinstance(n, t.Product) and (set(n.operators) & CONVOLVING or {"*", "times"} <= set(n.operators)):
            return False  # sizes such as (6 x 6) * (3 x 3)
        if isinstance(n, t.Product) and "*" in n.operators and any(isinstance(strip(f), t.Product) for f in n.factors):
            return False
    return True


CONVOLVING = frozenset(["otimes", "star", "odot", "conv", "full", "oplus", "circledast"])
PLAIN = frozenset(["exp", "log", "ln", "sqrt", "max", "min", "tanh"])
"""Functions in arithmetic with numbers."""
