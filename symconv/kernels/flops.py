"""flops: how many floating-point operations an equation costs."""

from __future__ import annotations

from math import prod

import sympy as sp

from symconv.notation.term import Equation


def flops(equations: tuple[Equation, ...]) -> int:
    """Additions, multiplications, divisions and function calls over whole domains, guards not counted.

    A product that is summed counts 2 a point (multiply and add); a comparison of a maximum counts 1.
    """
    total = 0
    for q in equations:
        for term in q.terms:
            points = prod(int(i.extent) for i in term.indices)
            summed = q.reduction != "sum" or bool(term.bound) or len(q.terms) > 1
            total += points * (_operations(term.summand) + int(summed))
    return total


def _operations(e: sp.Expr) -> int:
    if isinstance(e, sp.Indexed) or not e.args:
        return 0
    inside = sum(map(_operations, e.args))
    if e.is_Pow:
        return inside + (1 if e.exp.is_negative else 0) + max(0, abs(int(e.exp)) - 1)
    if e.is_Mul or e.is_Add:
        return inside + len(e.args) - 1 - sum(1 for a in e.args if a == -1)
    return inside + 1
