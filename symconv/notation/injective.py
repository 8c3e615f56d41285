"""Whether a term meets each of its target entries once."""

from __future__ import annotations

from collections.abc import Mapping

import sympy as sp

from symconv.notation.affine import affine, digits
from symconv.notation.term import Term


def injective(term: Term) -> bool:
    """Whether it is sure that no two values of the term's free indices name the same target entry.

    A form in which every index weighs more than all lighter ones together determines each of them; beside those, full
    column rank of the coefficients decides, for all sizes. False may also mean that neither is seen to hold.
    """
    free = tuple(i.symbol for i in term.free)
    rows = []
    for form in term.at:
        coefficients, _ = affine(form, free)
        known = _determined(form, term.extents)
        for z in known:
            rows.append([sp.Integer(z == other) for other in free])
        if not known:
            rows.append([coefficients.get(z, sp.Integer(0)) for z in free])
    # Only what is certainly not zero may be a pivot: the rank must not depend on the sizes.
    rank = sp.Matrix(rows).rank(iszerofunc=lambda a: not sp.expand(a).is_nonzero) if rows else 0
    return bool(rank == len(free))


def _determined(form: sp.Expr, extents: Mapping[sp.Symbol, sp.Expr]) -> tuple[sp.Symbol, ...]:
    """The indices of a form whose value decides them all, else nothing: ``3*p + i`` with i < 3, or digits."""
    coefficients, constant = affine(form, tuple(extents))
    whole = sp.Integer(1)
    for z in coefficients:
        whole *= extents[z]
    if found := digits(form - constant, extents, sp.expand(whole)):
        return found
    reach = sp.Integer(0)
    for z, weight in sorted(coefficients.items(), key=lambda item: abs(item[1]) if item[1].is_number else 0):
        if not (weight.is_number and extents[z].is_number and abs(weight) > reach):
            return ()
        reach += abs(weight) * (extents[z] - 1)
    return tuple(coefficients)
