"""partial: every partial derivative of one equation, as one equation."""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from symconv.derivation.step import Step
from symconv.notation.rewrite import canonical
from symconv.notation.tensor import Tensor
from symconv.notation.tensor import partial as partial_tensor
from symconv.notation.term import Equation, Term


def occurrences(term: Term, by: Tensor) -> tuple[sp.Indexed, ...]:
    """The entries of ``by`` in the summand (guards hold integers only), in a fixed order."""
    return tuple(e for e in term.entries(by.name) if term.summand.has(e))


def slope(summand: sp.Expr, entry: sp.Indexed) -> sp.Expr:
    """The derivative of a summand by one entry, taken by SymPy with the entry replaced by a fresh symbol.

    The symbol keeps SymPy from confusing ``A[k+i]`` with other entries of A (its Sum.diff does so with bound indices).
    """
    probe = sp.Dummy()
    return summand.xreplace({entry: probe}).diff(probe).xreplace({probe: entry})


def partial(equation: Equation, by: Tensor) -> Step:
    """``dT_t/dX_a``: for each occurrence ``X[a(z)]`` in a summand, ``J[t(z), a(z)] += d summand / d X[a(z)]``.

    Every point z of the domain contributes where it stands; nothing is inverted, so this is right for every summand.
    """
    assert equation.reduction == "sum"
    terms = []
    for term in equation.terms:
        for entry in occurrences(term, by):
            if (change := slope(term.summand, entry)) == 0:
                continue
            where = term.at + (tuple(entry.indices) if by.shape else ())
            terms.append(canonical(replace(term, at=where, summand=change)))
    target = partial_tensor(equation.target, by)
    after = Equation(target, tuple(terms), equation.operands)
    return Step(
        "partial",
        equation,
        after,
        "Differentiate each summand of {0} by the entry of {1} that it contains.",
        (equation.target, by),
        relation="derivative",
        by=by,
    )
