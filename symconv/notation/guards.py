"""Guards: the conditions under which a Term contributes.

All are integer-affine in the indices; ``Equal`` may also compare an entry of an index tensor (an argmax, a class
target) with an affine form. A quotient occurs only in accesses that a ``Divides`` protects; in code, ranges are
tested before divisibility.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sympy as sp


@dataclass(frozen=True, slots=True)
class Equal:
    """``value = 0``: a Kronecker delta."""

    value: sp.Expr


@dataclass(frozen=True, slots=True)
class Range:
    """``low <= value < high``."""

    value: sp.Expr
    low: sp.Expr
    high: sp.Expr


@dataclass(frozen=True, slots=True)
class Divides:
    """``divisor | value``."""

    divisor: sp.Expr
    value: sp.Expr


Guard = Equal | Range | Divides


def map_guard(guard: Guard, f: Callable[[sp.Expr], sp.Expr]) -> Guard:
    """The guard with ``f`` applied to each of its expressions."""
    match guard:
        case Equal(value):
            return Equal(f(value))
        case Range(value, low, high):
            return Range(f(value), f(low), f(high))
        case Divides(divisor, value):
            return Divides(f(divisor), f(value))


def is_data(guard: Guard) -> bool:
    """Whether the guard looks at the entries of a tensor, so that indices alone do not decide it."""
    return bool(guard.value.has(sp.Indexed))


def order(guard: Guard) -> int:
    """Ranges first, then divisibility, then deltas, data last: the order in which code must test them."""
    return 3 if is_data(guard) else {Range: 0, Divides: 1, Equal: 2}[type(guard)]
