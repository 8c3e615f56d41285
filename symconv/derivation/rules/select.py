"""select: a maximum is a sum with the winner fixed."""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from symconv.derivation.step import Step
from symconv.notation.affine import flat
from symconv.notation.guards import Equal
from symconv.notation.term import Equation


def select(equation: Equation, argmax: Equation) -> Step:
    """``P_t = max_z a(z)`` becomes ``P_t = sum_z [M_t = flat(z)] a(z)``, where M is the argmax.

    While the winner keeps its place this is linear in the entries, so it can be differentiated; at a tie the
    argmax (the first maximum) decides.
    """
    assert equation.reduction == "max" and equation.winner is not None
    (term,) = equation.terms
    entry = equation.winner[term.at if equation.winner.shape else ()]
    chosen = replace(term, guards=(*term.guards, Equal(sp.expand(entry - flat(term.bound)))))
    after = Equation(equation.target, (chosen,), (*equation.operands, equation.winner))
    return Step(
        "select",
        equation,
        after,
        "The maximum takes one entry of its window: {0} says which. With that winner fixed, {1} is a sum with a "
        "single term, and a sum can be differentiated.",
        (equation.winner, equation.target),
        (argmax,),
    )
