"""fold: write a subexpression by its own name, as p for the probabilities of softmax."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import sympy as sp

from symconv.derivation.step import Step
from symconv.notation.injective import injective
from symconv.notation.rewrite import rename_indices
from symconv.notation.term import Equation, Term


def fold_term(term: Term, shorthand: Equation) -> Term | None:
    """The term with one factor (and the guards that belong to it) written as an entry of the shorthand's target.

    The shorthand's indices are matched to the term's in the order of the term's: its summand must divide the
    summand, its guards must be among the guards. A shorthand that sums, or that meets an entry twice, is no factor.
    """
    if len(shorthand.terms) != 1 or shorthand.reduction != "sum":
        return None
    (short,) = shorthand.terms
    if short.bound or not injective(short):
        return None
    free = term.indices
    for start in permutations(range(len(free)), len(short.indices)):
        names = {i.name: free[n].name for i, n in zip(short.indices, start, strict=True)}
        if any(i.extent != free[n].extent for i, n in zip(short.indices, start, strict=True)):
            continue
        local = rename_indices(short, names)
        if not set(local.guards) <= set(term.guards):
            continue
        rest = _quotient(term.summand, local.summand)
        if local.summand != 1 and any(rest.has(e) for e in local.summand.atoms(sp.Indexed)):
            continue
        guards = tuple(g for g in term.guards if g not in local.guards)
        return replace(term, summand=rest * shorthand.target[local.at or ()], guards=guards)
    return None


def _quotient(summand: sp.Expr, factor: sp.Expr) -> sp.Expr:
    """``summand / factor`` with applied functions as atoms: SymPy leaves exp(a-b)*exp(b-a) as it stands."""
    atoms = {f: sp.Dummy() for f in factor.atoms(sp.Function)}
    return (summand.xreplace(atoms) / factor.xreplace(atoms)).xreplace({d: f for f, d in atoms.items()})


def fold(equation: Equation, shorthand: Equation) -> Step | None:
    """Each term that contains the shorthand's right side written with its name; None when none does."""
    terms = tuple(fold_term(t, shorthand) or t for t in equation.terms)
    if terms == equation.terms:
        return None
    operands = (shorthand.target, *(t for t in equation.operands if t.name != shorthand.target.name))
    after = replace(equation, terms=terms, operands=operands)
    after = replace(after, operands=after.reads)
    return Step("fold", equation, after, "Write {0} by its name.", (shorthand.target,), (shorthand,))
