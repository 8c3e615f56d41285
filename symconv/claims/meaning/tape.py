"""Numbers that remember how they were made, so that every derivative of one by another can be read off."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from itertools import count
from typing import Any

from symconv.claims.meaning.work import TooMuch

Number = int | Fraction | float
Value = Any
"""A Number or a Var."""

BITS = 5_000
"""The longest numbers that are counted with: powers of powers double them with every formula."""

_ORDER = count()


def long(x: int) -> bool:
    """Whether a number is too long to count with."""
    return x.bit_length() > BITS


class Var:
    """A number on the tape: its value, what it was made of with the partial derivatives, and when it was made.

    >>> x, y = Var(3), Var(4)
    >>> (x * y + x).by(x)
    5
    """

    __slots__ = ("_adjoints", "order", "parents", "value")

    def __init__(self, value: Number, parents: tuple[tuple[Var, Number], ...] = ()) -> None:
        if value.__class__ is int:
            if value.bit_length() > BITS:
                raise TooMuch
        elif value.__class__ is Fraction and long(value.numerator):
            raise TooMuch
        self.value = value
        self.parents = parents
        self.order = next(_ORDER)
        self._adjoints: Mapping[int, Number] | None = None

    def adjoints(self) -> Mapping[int, Number]:
        """The derivative of this by everything that it was made of, by ``order``: reverse mode, latest first."""
        if self._adjoints is None:
            self._adjoints = _reverse(self)
        return self._adjoints

    def by(self, other: Value) -> Number:
        """The derivative by another number, which is taken as free."""
        return self.adjoints().get(other.order, 0) if isinstance(other, Var) else 0

    def __add__(self, other: Value) -> Var:
        if isinstance(other, Var):
            return Var(self.value + other.value, ((self, 1), (other, 1)))
        return Var(self.value + other, ((self, 1),))

    __radd__ = __add__

    def __neg__(self) -> Var:
        return Var(-self.value, ((self, -1),))

    def __sub__(self, other: Value) -> Var:
        return self + (-other)

    def __rsub__(self, other: Value) -> Var:
        return (-self) + other

    def __mul__(self, other: Value) -> Var:
        if isinstance(other, Var):
            return Var(self.value * other.value, ((self, other.value), (other, self.value)))
        return Var(self.value * other, ((self, other),))

    __rmul__ = __mul__

    def inverse(self) -> Var:
        """One over this; raises ZeroDivisionError for 0."""
        inverse = invert(self.value)
        return Var(inverse, ((self, -inverse * inverse),))

    def __truediv__(self, other: Value) -> Var:
        return self * (other.inverse() if isinstance(other, Var) else invert(other))

    def __rtruediv__(self, other: Value) -> Var:
        return self.inverse() * other

    def apply(self, f: Callable[[Number], Number], slope: Callable[[Number], Number]) -> Var:
        """``f`` of this, with its derivative."""
        return Var(f(self.value), ((self, slope(self.value)),))

    def __repr__(self) -> str:
        return f"Var({self.value})"


def _reverse(out: Var) -> dict[int, Number]:
    seen: dict[int, Var] = {}
    stack = [out]
    while stack:
        top = stack.pop()
        if top.order not in seen:
            seen[top.order] = top
            stack.extend(p for p, _ in top.parents)
    adjoints: dict[int, Number] = {out.order: 1}
    for order in sorted(seen, reverse=True):
        flow = adjoints.get(order, 0)
        if not flow:
            continue
        for parent, slope in seen[order].parents:
            adjoints[parent.order] = adjoints.get(parent.order, 0) + flow * slope
    return adjoints


def invert(x: Number) -> Number:
    """One over a number, exact when the number is; raises ZeroDivisionError for 0."""
    return 1 / x if isinstance(x, float) else Fraction(1, 1) / x


def exact(x: Fraction) -> Number:
    return int(x) if x.denominator == 1 else x


def divide(a: Value, b: Value) -> Value:
    if isinstance(a, Var) or isinstance(b, Var):
        return a / b
    if isinstance(a, float) or isinstance(b, float):
        return a / b
    return exact(Fraction(a) / Fraction(b))


def number(x: Value) -> Number:
    """The number of a value."""
    return x.value if isinstance(x, Var) else x


def same(a: Number, b: Number) -> bool:
    """Whether two numbers are equal: exactly, or to nine digits when one of them had to be rounded.

    >>> same(Fraction(1, 3), Fraction(2, 6)), same(0.1 + 0.2, 0.3), same(1, 1.0001)
    (True, True, False)
    """
    if isinstance(a, float) or isinstance(b, float):
        try:
            return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-10)
        except OverflowError:
            return False
    return a == b
