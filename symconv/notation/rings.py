"""Rings to evaluate an Equation over: floats, integers, rationals, GF(p), dual numbers over GF(p), SymPy."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

import sympy as sp

from symconv.notation.functions import FUNCTIONS

P61 = 2**61 - 1


@dataclass(frozen=True, slots=True)
class Ring:
    """The operations that an Equation needs, on elements of any type.

    ``bracket(entry, value)`` is the element ``[entry = value]``; only rings whose index tensors hold symbols need it.
    ``gate(step, rest)`` is ``step * rest`` as a selection, where the product would make NaN of 0 * inf. Without
    ``best`` and ``argbest`` the ring has no order.
    """

    name: str
    number: Callable[[int, int], Any]
    add: Callable[[Sequence[Any]], Any]
    product: Callable[[Sequence[Any]], Any]
    inverse: Callable[[Any], Any]
    function: Callable[[str, Any], Any]
    bracket: Callable[[Any, int], Any] | None = None
    gate: Callable[[Any, Any], Any] | None = None
    best: Callable[[Sequence[Any], Sequence[int]], Any] | None = None
    argbest: Callable[[Sequence[Any], Sequence[int]], Any] | None = None


def first_maximum(values: Sequence[Any]) -> int:
    """The place of the first maximum; the last NaN wins over everything.

    >>> first_maximum([1, 3, 3])
    1
    """
    best = 0
    for n in range(1, len(values)):
        v = values[n]
        if v > values[best] or v != v:
            best = n
    return best


def _best(empty: Any) -> Callable[[Sequence[Any], Sequence[int]], Any]:
    return lambda values, _: values[first_maximum(values)] if values else empty


def _argbest(values: Sequence[Any], positions: Sequence[int]) -> Any:
    return positions[first_maximum(values)] if values else -1


def _gate(step: Any, rest: Any) -> Any:
    """``step(x) * rest``: 0 where the step is 0, whatever the rest is; ReLU' cuts off even an infinite gradient."""
    return rest if step else step


def _exact(name: str, x: Any) -> Any:
    f = FUNCTIONS[name].exact
    if f is None:
        raise ArithmeticError(f"{name} has no exact value on rationals; evaluate over floats")
    return f(x)


def _fraction(p: int, q: int) -> Any:
    return p if q == 1 else Fraction(p, q)


def _float_inverse(x: float) -> float:
    return 1 / x if x else math.copysign(math.inf, x)


def float_sum(values: Sequence[float]) -> float:
    """The sum, correctly rounded where it is finite; as IEEE has it (inf - inf is NaN) where it is not."""
    try:
        return math.fsum(values)
    except (ValueError, OverflowError):
        return sum(values, 0.0)


FLOAT = Ring(
    "float",
    lambda p, q: p / q,
    float_sum,
    math.prod,
    _float_inverse,
    lambda name, x: FUNCTIONS[name].python(x),
    gate=_gate,
    best=_best(-math.inf),
    argbest=_argbest,
)

EXACT = Ring(
    "exact",
    _fraction,
    sum,
    math.prod,
    lambda x: Fraction(1) / x,
    _exact,
    gate=_gate,
    best=_best(-math.inf),
    argbest=_argbest,
)


def _mix(name: str, x: int) -> int:
    """A fixed function of GF(p) that stands for a scalar function: equal at equal arguments, nothing else known."""
    seed = sum(ord(c) << (8 * n) for n, c in enumerate(name)) % P61
    for _ in range(3):
        x = (pow(x + seed, 3, P61) + seed) % P61
    return x


def _modular_product(values: Sequence[int]) -> int:
    result = 1
    for v in values:
        result = result * v % P61
    return result


GFP = Ring(
    "GF(p)",
    lambda p, q: p * pow(q, -1, P61) % P61,
    lambda values: sum(values) % P61,
    _modular_product,
    lambda x: pow(x, -1, P61),
    _mix,
    best=_best(0),
    argbest=_argbest,
)
"""The judge of formulas: integers modulo the prime 2^61 - 1; functions are unknown but fixed; max by residue."""


@dataclass(frozen=True, slots=True)
class Dual:
    """``value + slope * eps`` with ``eps**2 = 0`` over GF(p): exact directional derivatives of what is evaluated."""

    value: int
    slope: int

    def __gt__(self, other: Dual) -> bool:
        return self.value > other.value


def _dual_product(values: Sequence[Dual]) -> Dual:
    value, slope = 1, 0
    for v in values:
        value, slope = value * v.value % P61, (slope * v.value + value * v.slope) % P61
    return Dual(value, slope)


def _dual_inverse(x: Dual) -> Dual:
    inverse = pow(x.value, -1, P61)
    return Dual(inverse, -x.slope * inverse * inverse % P61)


_PROBE = sp.Dummy("x")


@cache
def _derivative(name: str) -> sp.Expr:
    return FUNCTIONS[name].derivative(_PROBE)


def _dual_function(name: str, x: Dual) -> Dual:
    return Dual(_mix(name, x.value), x.slope * _slope(_derivative(name), _PROBE, x.value) % P61)


def _slope(e: sp.Expr, probe: sp.Symbol, x: int) -> int:
    if e == probe:
        return x
    if e.is_Rational:
        return GFP.number(int(e.p), int(e.q))
    if e.is_Pow and e.exp.is_Integer:
        return pow(_slope(e.base, probe, x), int(e.exp), P61)
    if e.is_Mul:
        return _modular_product([_slope(a, probe, x) for a in e.args])
    if e.is_Add:
        return sum(_slope(a, probe, x) for a in e.args) % P61
    return _mix(type(e).__name__, _slope(e.args[0], probe, x))


DUAL = Ring(
    "GF(p)[eps]",
    lambda p, q: Dual(GFP.number(p, q), 0),
    lambda values: Dual(sum(v.value for v in values) % P61, sum(v.slope for v in values) % P61),
    _dual_product,
    _dual_inverse,
    _dual_function,
    best=_best(Dual(0, 0)),
    argbest=_argbest,
)


def _sympy_function(name: str, x: sp.Expr) -> sp.Expr:
    from symconv.notation import functions

    return getattr(functions, name)(x) if hasattr(functions, name) else getattr(sp, name)(x)


SYMPY = Ring(
    "SymPy",
    sp.Rational,
    lambda values: sp.Add(*values),
    lambda values: sp.Mul(*values),
    lambda x: 1 / x,
    _sympy_function,
    bracket=lambda entry, value: sp.KroneckerDelta(entry, value),
)
"""Expressions that a user can hold."""
