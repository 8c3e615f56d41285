"""How a summand is read: the order of its factors and terms, and what a guard on data compares."""

from __future__ import annotations

from collections.abc import Mapping

import sympy as sp

from symconv.notation.tensor import Tensor, base


def data_guard(value: sp.Expr) -> tuple[sp.Indexed, sp.Expr]:
    """``entry - form = 0`` taken apart: the entry of an index tensor and the affine form that it must equal."""
    (entry,) = value.atoms(sp.Indexed)
    factor = value.coeff(entry)
    assert factor in (1, -1), value
    return entry, sp.expand(entry - value if factor == 1 else value + entry)


def ordered_terms(total: sp.Expr) -> tuple[sp.Expr, ...]:
    """The terms of a sum as they are written: those with a minus sign last."""
    return tuple(sorted(total.args, key=lambda a: bool(a.could_extract_minus_sign())))


def ordered_factors(product: sp.Mul, tensors: Mapping[str, Tensor]) -> tuple[sp.Expr, ...]:
    """The factors of a product as they are written: numbers, derivatives, then operands in their order."""
    names = list(tensors)

    def key(n_factor: tuple[int, sp.Expr]) -> tuple[int, int, int]:
        n, factor = n_factor
        if factor.is_number:
            return (0, 0, n)
        entries = [base(x) for x in factor.atoms(sp.Indexed)]
        first = min((names.index(b) for b in entries), default=len(names))
        derivative = any(tensors[b].quotient for b in entries)
        divides = factor.is_Pow and factor.exp.is_negative
        return (3 if divides else 1 if derivative else 2, first, n)

    factors = sp.Mul.make_args(product)
    return tuple(f for _, f in sorted(enumerate(factors), key=key))
