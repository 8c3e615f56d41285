"""inline: put an equation in the place of the tensor that it defines."""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from symconv.derivation.rules.eliminate import eliminate_term
from symconv.derivation.step import Step
from symconv.notation.affine import digits
from symconv.notation.guards import Equal
from symconv.notation.index import fresh
from symconv.notation.rewrite import canonical, rename_indices
from symconv.notation.term import Equation, Term


def inline_term(term: Term, producer: Equation) -> Term | None:
    """The term with the producer's single term in the place of the one entry that it reads; None where that cannot be.

    The two domains are joined by ``at(producer) = subscript(consumer)``, one delta an axis, each then eliminated. A
    producer that sums or has guards may only be put where the term is linear in the entry.
    """
    found = term.entries(producer.target.name)
    if len(producer.terms) != 1 or producer.reduction != "sum" or len(found) != 1 or not term.summand.has(found[0]):
        return None
    (made,), entry = producer.terms, found[0]
    probe = sp.Dummy()
    linear = term.summand.xreplace({entry: probe}).diff(probe, 2) == 0
    if (made.bound or made.guards) and not linear:
        return None
    taken = {i.name for i in term.indices}
    made = rename_indices(made, {i.name: fresh(i.name, taken) for i in made.indices})
    joined = replace(
        term,
        summand=term.summand.xreplace({entry: made.summand}),
        indices=term.indices + made.indices,
        guards=term.guards + made.guards,
    )
    subscripts = entry.indices if producer.target.shape else ()
    for subscript, at, extent in zip(subscripts, made.at, producer.target.shape, strict=True):
        several = digits(at, made.extents, extent)
        if several and len(several) > 1:
            if not (subscript.is_Symbol and subscript in {i.symbol for i in term.bound}):
                return None
            solve_for = subscript
        elif at.is_Symbol:
            solve_for = at
        else:
            return None
        joined = replace(joined, guards=(*joined.guards, Equal(sp.expand(at - subscript))))
        joined = eliminate_term(joined, len(joined.guards) - 1, solve_for)
    return _without_primes(canonical(joined))


def _without_primes(term: Term) -> Term:
    taken: set[str] = set()
    names = {}
    plain = {str(a) for a in term.at if a.is_Symbol}
    for i in sorted(term.indices, key=lambda i: i.name not in plain):
        names[i.name] = i.name if i.name in plain else i.name.rstrip("_")
        names[i.name] = fresh(names[i.name], taken)
    return rename_indices(term, names)


def inline(equation: Equation, producer: Equation) -> Step | None:
    """Every term that reads the producer's target reads what the producer reads; None when no term changes."""
    terms = tuple(inline_term(t, producer) or t for t in equation.terms)
    if terms == equation.terms:
        return None
    operands = {t.name: t for t in (*equation.operands, *producer.operands)}
    after = replace(equation, terms=terms, operands=tuple(operands.values()))
    after = replace(after, operands=after.reads)
    return Step("inline", equation, after, "Put in {0}.", (producer.target,), (producer,))
