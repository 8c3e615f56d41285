"""Rounding: each value with a bound on the error that a kernel may make in it, entry by entry.

Running error analysis to first order (Higham, Accuracy and Stability of Numerical Algorithms, section 3.3): beside each
value v goes m, so that the computed value is within ``m * eps`` of v. A sum of n terms may be added in any order.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

import sympy as sp

from symconv.notation.functions import FUNCTIONS
from symconv.notation.rings import FLOAT, Ring, first_maximum, float_sum

FUNCTION_ULPS = 4.0
"""What exp and log may be off by themselves, in units of the last place: more than any libm in use needs."""


class Rounded(NamedTuple):
    """A value and the bound on its error, in units of the machine epsilon."""

    value: float
    error: float


def _number(p: int, q: int) -> Rounded:
    return Rounded(p / q, 0.0 if q & (q - 1) == 0 else abs(p / q))


def _add(terms: Sequence[Rounded]) -> Rounded:
    size = float_sum([abs(t.value) for t in terms])
    spread = max(0, len(terms) - 1) * size
    return Rounded(float_sum([t.value for t in terms]), float_sum([t.error for t in terms]) + spread)


def _product(factors: Sequence[Rounded]) -> Rounded:
    value, error = 1.0, 0.0
    for n, f in enumerate(factors):
        rounding = abs(value * f.value) if n else 0.0
        error = abs(value) * f.error + abs(f.value) * error + rounding
        value *= f.value
    return Rounded(value, error)


def _inverse(x: Rounded) -> Rounded:
    value = FLOAT.inverse(x.value)
    return Rounded(value, x.error * value * value + abs(value))


def _function(name: str, x: Rounded) -> Rounded:
    value = FLOAT.function(name, x.value)
    exact = FUNCTIONS[name].exact is not None
    slope = abs(_slope(name)(x.value))
    own = 0.0 if exact else FUNCTION_ULPS * max(abs(value), 1e-30)
    if FUNCTIONS[name].composed:
        own += FUNCTION_ULPS * abs(x.value) * slope
    return Rounded(value, slope * x.error + own)


@cache
def _slope(name: str) -> Callable[[float], float]:
    """The derivative of a function of the table, on floats."""
    x = sp.Dummy("x")
    own = {f.name: f.python for f in FUNCTIONS.values()}
    return sp.lambdify(x, FUNCTIONS[name].derivative(x), modules=[own, "math"])


def _best(values: Sequence[Rounded], _: Sequence[int]) -> Rounded:
    return values[first_maximum([v.value for v in values])] if values else Rounded(-math.inf, 0.0)


def _argbest(values: Sequence[Rounded], places: Sequence[int]) -> Any:
    return places[first_maximum([v.value for v in values])] if values else -1


def _gate(step: Rounded, rest: Rounded) -> Rounded:
    return rest if step.value else step


ROUNDED = Ring("rounded", _number, _add, _product, _inverse, _function, gate=_gate, best=_best, argbest=_argbest)
