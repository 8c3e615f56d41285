"""Properties of equations that decide how their kernels can be tested."""

from __future__ import annotations

from collections.abc import Iterable

import sympy as sp

from symconv.notation.affine import interval
from symconv.notation.guards import is_data
from symconv.notation.summand import data_guard
from symconv.notation.tensor import Tensor, base
from symconv.notation.term import Equation

KINKS = ("relu", "step", "unstep")

def has_kinks(equations: Iterable[Equation]) -> bool:
    """Whether the equations are only piecewise smooth: a maximum, relu or step."""
    return any(
        q.reduction != "sum" or any(type(f).__name__ in KINKS for t in q.terms for f in t.summand.atoms(sp.Function))
        for q in equations
    )


def is_exact(equations: tuple[Equation, ...]) -> bool:
    """Whether integers stay exact: no function but relu and steps, no division, every constant a dyadic rational."""
    for q in equations:
        for term in q.terms:
            # Subscripts are no arithmetic on the data: entries count as plain symbols.
            summand = term.summand.xreplace({e: sp.Dummy() for e in term.entries()})
            if any(type(f).__name__ not in KINKS for f in summand.atoms(sp.Function)):
                return False
            if any(p.exp.is_negative and not p.is_number for p in summand.atoms(sp.Pow)):
                return False
            if any(int(n.q) & (int(n.q) - 1) for n in summand.atoms(sp.Rational)):
                return False
    return True

def index_limit(equations: tuple[Equation, ...], tensor: Tensor) -> int:
    """How many values an index tensor may take: the guards that compare it say so."""
    for q in equations:
        for term in q.terms:
            for guard in term.guards:
                if is_data(guard):
                    entry, form = data_guard(guard.value)
                    span = interval(form, term.extents)
                    if base(entry) == tensor.name and span is not None:
                        return int(span[1]) + 1
    return 1
