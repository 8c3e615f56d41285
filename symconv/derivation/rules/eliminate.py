"""eliminate: a delta decides one index, which leaves the sum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import sympy as sp

from symconv.derivation.step import Step
from symconv.notation.affine import affine
from symconv.notation.guards import Divides, Equal, Guard, Range, is_data
from symconv.notation.rewrite import canonical, substitute
from symconv.notation.term import Equation, Term


def eliminate_term(term: Term, place: int, z: sp.Symbol) -> Term:
    """Solve the delta at ``place`` among the guards for index z.

    From ``a*z = r`` follows ``z = r/a``, which is an index exactly when ``0 <= r < a*extent`` and ``a | r``: the first
    is recorded as a Range, the second as Divides unless a is 1.
    """
    guard = term.guards[place]
    assert isinstance(guard, Equal)
    a = affine(guard.value, tuple(term.extents))[0][z]
    r = sp.expand(a * z - guard.value)
    if a.is_negative:
        a, r = -a, -r
    rest = term.guards[:place] + term.guards[place + 1 :]
    left = replace(term, guards=rest, indices=tuple(i for i in term.indices if i.symbol != z))
    left = substitute(left, {z: r / a})
    conditions: tuple[Guard, ...] = (Range(r, sp.Integer(0), sp.expand(a * term.extents[z])),)
    if a != 1:
        conditions += (Divides(a, r),)
    return canonical(replace(left, guards=(*conditions, *left.guards)))


def choose(term: Term, prefer: Sequence[str]) -> tuple[int, sp.Symbol] | None:
    """The delta to use and the index to solve it for.

    First a delta in which one index of the forward equation stands alone with coefficient 1, then the forward
    equation's free indices, then its bound ones: this keeps the sum over the window, which is the short one. Never an
    index of the target, nor one whose coefficient may be zero or of either sign: such a delta stays as it is.
    """
    target = set().union(*(a.free_symbols for a in term.at))
    own = {i.symbol: prefer.index(i.name) for i in term.indices if i.name in prefer and i.symbol not in target}
    todo = []
    for place, guard in enumerate(term.guards):
        if isinstance(guard, Equal) and not is_data(guard):
            coefficients = affine(guard.value, tuple(term.extents))[0]
            certain = [z for z, a in coefficients.items() if a.is_positive or a.is_negative]
            mine = sorted(set(certain) & set(own), key=own.__getitem__)
            todo += [(len(mine) > 1 or abs(coefficients[z]) != 1, place, own[z], z) for z in mine]
    if not todo:
        return None
    _, place, _, z = min(todo, key=lambda t: (t[0], t[1], t[2]))
    return place, z


def eliminate(equation: Equation, prefer: Sequence[str]) -> Step | None:
    """One delta of one term used up; None when no term has any."""
    for n, term in enumerate(equation.terms):
        chosen = choose(term, prefer)
        if chosen is not None:
            terms = (*equation.terms[:n], eliminate_term(term, *chosen), *equation.terms[n + 1 :])
            return Step(
                "eliminate",
                equation,
                replace(equation, terms=terms),
                "The delta decides the index {0}, which leaves the sum; what it must satisfy stays as a condition.",
                indices=(str(chosen[1]),),
            )
    return None
