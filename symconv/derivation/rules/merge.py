"""split and merge: sums of terms over the same domain, apart and together."""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from symconv.derivation.step import Step
from symconv.notation.term import Equation, Term


def split(equation: Equation) -> Step | None:
    """One Term for each summand of a sum; None when no summand is a sum."""
    terms = tuple(
        replace(t, summand=part) for t in equation.terms for part in sp.Add.make_args(_distributed(t.summand))
    )
    if len(terms) == len(equation.terms):
        return None
    return Step("split", equation, replace(equation, terms=terms), "Take the summands apart.")


def _distributed(summand: sp.Expr) -> sp.Expr:
    """Products distributed over sums, powers and functions left alone (exp(a-b) must not become exp(a)*exp(-b))."""
    return sp.expand_mul(summand, deep=False)


def merge(equation: Equation) -> Step | None:
    """Terms over the same domain as one Term with a common factor taken out; None when no two share a domain."""
    groups: dict[tuple[object, ...], list[Term]] = {}
    for term in equation.terms:
        groups.setdefault((term.at, term.indices, term.guards), []).append(term)
    if len(groups) == len(equation.terms):
        return None
    terms = tuple(
        replace(group[0], summand=_factored(sp.Add(*(t.summand for t in group)))) if len(group) > 1 else group[0]
        for group in groups.values()
    )
    return Step("merge", equation, replace(equation, terms=terms), "Terms over the same indices are one sum.")


def _factored(summand: sp.Expr) -> sp.Expr:
    """Common factors taken out, entries and functions as atoms: a subscript must stay expanded."""
    atoms = sorted(summand.atoms(sp.Indexed, sp.Function), key=sp.default_sort_key)
    table = {a: sp.Symbol(f"x{n:06d}") for n, a in enumerate(atoms)}
    return sp.factor_terms(summand.xreplace(table)).xreplace({x: a for a, x in table.items()})
