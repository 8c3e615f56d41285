"""Properties of equations that decide how their kernels can be tested."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import inf

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


def has_crossings(equations: Iterable[Equation]) -> bool:
    """Whether a kink lies at a combination of entries or at an entry that is computed, so that no data keep off it.

    Entries that are far apart keep a maximum of entries, or a step at one, off its kink, but not one of products.
    """
    made: set[str] = set()
    for q in equations:
        for term in q.terms:
            kinked = [f.args[0] for f in term.summand.atoms(sp.Function) if type(f).__name__ in KINKS]
            for e in (*kinked, *([term.summand] if q.reduction != "sum" else [])):
                factors = [f for f in sp.Mul.make_args(e) if not f.is_number]
                if len(factors) != 1 or not isinstance(factors[0], sp.Indexed) or base(factors[0]) in made:
                    return True
        made.add(q.target.name)
    return False


def degree(equations: Iterable[Equation], name: str) -> float:
    """The degree of the last target as a polynomial in the entries of a tensor, piecewise at kinks; else infinity."""
    degrees: dict[str, float] = {name: 1}
    for q in equations:
        degrees[q.target.name] = max((_degree(t.summand, degrees) for t in q.terms), default=0)
    return degrees[q.target.name]


def _degree(e: sp.Expr, degrees: Mapping[str, float]) -> float:
    if isinstance(e, sp.Indexed):
        return degrees.get(base(e), 0)
    parts = [_degree(a, degrees) for a in e.args]
    if not any(parts):
        return 0
    if e.is_Add:
        return max(parts)
    if e.is_Mul:
        return sum(parts)
    if e.is_Pow and e.exp.is_Integer and e.exp.is_positive:
        return parts[0] * int(e.exp)
    kind = type(e).__name__
    return (parts[0] if kind == "relu" else 0) if kind in KINKS else inf


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
