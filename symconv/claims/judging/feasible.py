"""Can inequalities hold together? An exact decision: numbers for which they do, or a contradiction.

Each inequality is ``coefficients · x + constant > 0``, or ``>= 0`` when it is not strict. By Motzkin's theorem they
cannot hold together exactly when some of them, taken with multipliers that are not negative, add up to ``0 > 0``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm

Value = int | Fraction


@dataclass(frozen=True, slots=True)
class Inequality:
    """``coefficients · x + constant > 0``; ``>= 0`` unless strict."""

    coefficients: tuple[Value, ...]
    strict: bool
    constant: Value = 0


@dataclass(frozen=True, slots=True)
class Certificate:
    """A contradiction: the inequalities by number, with the multipliers with which they add up to ``0 > 0``."""

    multipliers: tuple[tuple[int, Value], ...]


def decide(inequalities: Sequence[Inequality], width: int) -> Certificate | tuple[int, ...] | tuple[Fraction, ...]:
    """The numbers for which all hold, or the certificate that they cannot; the simplest one first.

    >>> decide([Inequality((1, -1), True), Inequality((-1, 1), False)], 2)
    Certificate(multipliers=((0, 1), (1, 1)))
    >>> decide([Inequality((1, -1), True)], 2)
    (1, 0)
    """
    known = [*inequalities]
    if any(i.constant for i in known):
        # The constant is the coefficient of one more unknown, which is 1: larger than 0 is all that it has to be.
        rows = [Inequality((*i.coefficients, i.constant), i.strict) for i in known]
        rows.append(Inequality((*(0 for _ in range(width)), 1), True))
        found = decide(rows, width + 1)
        if isinstance(found, Certificate):
            return Certificate(tuple((n, m) for n, m in found.multipliers if n < len(known)))
        return tuple(Fraction(v) / found[-1] for v in found[:-1])
    certificate = _pair(known) or _combination(known)
    return Certificate(certificate) if certificate else _solution(known, width)


def _primitive(vector: Sequence[Value]) -> tuple[tuple[int, ...], Fraction]:
    """The vector as a positive multiple of integers without a common divisor, and the multiple (0 for the null)."""
    scale = lcm(*(Fraction(v).denominator for v in vector)) if vector else 1
    whole = [int(v * scale) for v in vector]
    common = gcd(*whole) if whole else 0
    return (tuple(v // common for v in whole), Fraction(common, scale)) if common else (tuple(whole), Fraction(0))


def _pair(known: Sequence[Inequality]) -> tuple[tuple[int, Value], ...]:
    """Two inequalities that are opposite, ``v = -t*w`` with t > 0, one of them strict: ``1*v + t*w = 0``.

    A strict one without any coefficient, ``0 > 0``, stands alone.
    """
    reduced = [_primitive(i.coefficients) for i in known]
    for n, (vector, size) in enumerate(reduced):
        if known[n].strict and not size:
            return ((n, 1),)
        opposite = tuple(-v for v in vector)
        for m in range(n + 1, len(known)):
            if size and reduced[m][0] == opposite and (known[n].strict or known[m].strict):
                return ((n, 1), (m, _tidy(size / reduced[m][1])))
    return ()


def _combination(known: Sequence[Inequality]) -> tuple[tuple[int, Value], ...]:
    """Multipliers, not negative and positive for some strict inequality, with which all add up to nothing.

    Found by exact linear programming, and checked.
    """
    strict = [int(i.strict) for i in known]
    if not any(strict):
        return ()
    # Maximise the sum of the strict multipliers, at most 1, where everything adds up to 0, written <= 0 and -(…) <= 0.
    # Nothing at all is allowed, so the program starts from there: linprog is dependable only where 0 is.
    sums = [list(column) for column in zip(*(i.coefficients for i in known), strict=True)]
    rows: list[Sequence[Value]] = [strict, *sums, *([-v for v in row] for row in sums)]
    found = _maximise(strict, rows, [1] + [0] * (2 * len(sums)))
    if not any(f for f, s in zip(found, strict, strict=True) if s):
        return ()
    chosen = tuple((n, _tidy(m)) for n, m in enumerate(found) if m)
    assert all(sum(m * row[c] for c, m in chosen) == 0 for row in sums)
    assert all(m > 0 for _, m in chosen)
    return chosen


def _maximise(objective: list[int], rows: Sequence[Sequence[Value]], bounds: list[int]) -> list[Fraction]:
    """Where ``objective * x`` is largest for ``rows * x <= bounds``, x not negative; the bounds are not negative."""
    import sympy as sp
    from sympy.solvers.simplex import linprog

    def rational(value: Value) -> sp.Rational:
        exact = Fraction(value)
        return sp.Rational(exact.numerator, exact.denominator)

    _, found = linprog([-v for v in objective], [[rational(v) for v in row] for row in rows], bounds)
    return [Fraction(int(sp.Rational(v).p), int(sp.Rational(v).q)) for v in found]


def _tidy(value: Fraction) -> Value:
    return value.numerator if value.denominator == 1 else value


def _solution(known: Sequence[Inequality], width: int) -> tuple[int, ...]:
    """Integers for which every inequality holds, which has to be possible."""
    # Maximise how far the strict ones hold, at most 1. Every unknown is the difference of two that are not negative.
    # Again 0 is allowed, and is where the program starts.
    rows: list[Sequence[Value]] = [[0] * (2 * width) + [1]]
    for i in known:
        rows.append([*(-v for v in i.coefficients), *i.coefficients, int(i.strict)])
    found = _maximise([0] * (2 * width) + [1], rows, [1] + [0] * len(known))
    values = [found[n] - found[n + width] for n in range(width)]
    scale = lcm(*(v.denominator for v in values))
    return tuple(int(v * scale) for v in values)


def holds(inequality: Inequality, values: Sequence[Value]) -> bool:
    """Whether an inequality holds for some numbers."""
    total = sum((c * v for c, v in zip(inequality.coefficients, values, strict=True)), inequality.constant)
    return total > 0 if inequality.strict else total >= 0
