"""gather: from "each point writes somewhere" to "each entry collects"."""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from symconv.derivation.step import Step
from symconv.notation.affine import digits, flat
from symconv.notation.guards import Equal
from symconv.notation.index import Index, fresh
from symconv.notation.tensor import Tensor
from symconv.notation.term import Equation, Term


def gather_term(term: Term, target: Tensor) -> Term:
    """Fresh indices for the target, one delta an axis (an axis of mixed-radix digits: one a digit)."""
    taken = {i.name for i in term.indices}
    at: list[sp.Expr] = []
    new: list[Index] = []
    deltas: list[Equal] = []
    for axis, (form, extent) in enumerate(zip(term.at, target.shape, strict=True)):
        found = digits(form, term.extents, extent)
        if found and len(found) > 1:
            fresh_digits = tuple(Index(fresh(str(z), taken), term.extents[z]) for z in found)
            deltas += [Equal(i.symbol - z) for i, z in zip(fresh_digits, found, strict=True)]
        else:
            fresh_digits = (Index(fresh(target.axes[axis], taken), extent),)
            deltas.append(Equal(fresh_digits[0].symbol - form))
        new += fresh_digits
        at.append(flat(fresh_digits))
    return replace(term, at=tuple(at), indices=(*new, *term.indices), guards=(*deltas, *term.guards))


def gather(equation: Equation) -> Step:
    """``dX[a(z)] += s(z)`` becomes ``dX[x] = sum_z [x = a(z)] s(z)`` for every entry x."""
    terms = tuple(gather_term(t, equation.target) for t in equation.terms)
    return Step(
        "gather",
        equation,
        replace(equation, terms=terms),
        "Look from the entry of {0}: it collects the points whose access is that entry, which a delta says.",
        (equation.target,),
    )
