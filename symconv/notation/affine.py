"""Affine index forms: coefficients, intervals, mixed-radix digits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import sympy as sp

from symconv.notation.index import Index


@lru_cache(maxsize=50_000)
def _affine(
    expression: sp.Expr, symbols: tuple[sp.Symbol, ...]
) -> tuple[tuple[tuple[sp.Symbol, sp.Expr], ...], sp.Expr]:
    expanded = sp.expand(expression)
    found = []
    rest = expanded
    for z in symbols:
        a = expanded.coeff(z)
        if a != 0:
            found.append((z, a))
            rest -= a * z
    rest = sp.expand(rest)
    left = rest.free_symbols.union(*(a.free_symbols for _, a in found)) if found else rest.free_symbols
    if left & set(symbols):
        raise ValueError(f"not affine in the indices: {expression}")
    return tuple(found), rest


def affine(expression: sp.Expr, symbols: Sequence[sp.Symbol]) -> tuple[dict[sp.Symbol, sp.Expr], sp.Expr]:
    """``({index: coefficient}, constant)``; coefficients may be sizes, never indices.

    >>> from symconv.notation.index import symbol
    >>> k, i = symbol("k"), symbol("i")
    >>> affine(2 * k + i - 1, (k, i))
    ({k: 2, i: 1}, -1)

    Raises ValueError when the expression is not affine in the indices.
    """
    found, rest = _affine(sp.sympify(expression), tuple(symbols))
    return dict(found), rest


def interval(expression: sp.Expr, extents: Mapping[sp.Symbol, sp.Expr]) -> tuple[int, int] | None:
    """The least and greatest value over the whole domain, when numbers decide them."""
    coefficients, constant = affine(expression, tuple(extents))
    low = high = constant
    for z, a in coefficients.items():
        top = sp.sympify(a * (extents[z] - 1))
        if not top.is_number:
            return None
        low, high = low + min(sp.Integer(0), top), high + max(sp.Integer(0), top)
    return (low, high) if low.is_number and high.is_number else None


@lru_cache(maxsize=50_000)
def quotient(expression: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """Numerator and positive denominator of an exact quotient, both without fractions."""
    if expression.is_Symbol or expression.is_Integer:
        return expression, sp.Integer(1)
    numerator, denominator = sp.fraction(sp.together(sp.expand(expression)))
    return sp.expand(numerator), denominator


def flat(indices: Sequence[Index]) -> sp.Expr:
    """The row-major position: ``(i, j)`` over extents ``(R, S)`` is ``i*S + j``."""
    position = sp.Integer(0)
    for i in indices:
        position = position * i.extent + i.symbol
    return sp.expand(position)


def digits(expression: sp.Expr, extents: Mapping[sp.Symbol, sp.Expr], extent: sp.Expr) -> tuple[sp.Symbol, ...] | None:
    """The mixed-radix digits, most significant first, when the form runs exactly once over ``0 .. extent-1``.

    ``c*H*W + h*W + w`` with ``c < C, h < H, w < W`` and extent ``C*H*W`` has the digits ``(c, h, w)``.
    """
    coefficients, constant = affine(expression, tuple(extents))
    if constant != 0 or not coefficients:
        return None
    left, radix, found = dict(coefficients), sp.Integer(1), []
    while left:
        candidates = [z for z, a in left.items() if sp.expand(a - radix) == 0]
        if not candidates:
            return None
        # Of several digits with the same weight all but one must have extent 1; those come first.
        z = min(candidates, key=lambda z: extents[z] != 1)
        found.append(z)
        del left[z]
        radix = sp.expand(radix * extents[z])
    return tuple(found[::-1]) if sp.expand(radix - extent) == 0 else None
