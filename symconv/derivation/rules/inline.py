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
from symconv.notation.tensor import Tensor
from symconv.notation.term import Equation, Term


def inline_term(term: Term, producer: Equation) -> Term | None:
    """The term with the producer's single term in the place of the one entry that it reads; None where that cannot be.

    The two domains are joined by ``at(producer) = subscript(consumer)``, one delta an axis, each then eliminated. A
    producer that sums, has guards or leaves entries out (which are 0) may only be put where the entry is a factor of
    the summand: ``f(0)`` need not be 0, and a constant beside the entry would be summed along.
    """
    found = term.entries(producer.target.name)
    if len(producer.terms) != 1 or producer.reduction != "sum" or len(found) != 1 or not term.summand.has(found[0]):
        return None
    (made,), entry = producer.terms, found[0]
    plain = [a for a in made.at if a.is_Symbol]
    if len(set(plain)) != len(plain):
        return None
    if (made.bound or made.guards or not covers(made, producer.target)) and not is_factor(entry, term.summand):
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


def is_factor(entry: sp.Indexed, summand: sp.Expr) -> bool:
    """Whether the summand is linear in the entry, without a constant beside it."""
    probe = sp.Dummy()
    f = summand.xreplace({entry: probe})
    # step and relu have second derivative 0 without being linear: nothing inside a function counts.
    if any(g.has(probe) for g in f.atoms(sp.Function)):
        return False
    return f.diff(probe, 2) == 0 and sp.expand(f.xreplace({probe: sp.Integer(0)})) == 0


def covers(term: Term, target: Tensor) -> bool:
    """Whether the term reaches every entry of its target: each axis a whole index, or digits over all of it."""
    return all(bool(digits(a, term.extents, n)) for a, n in zip(term.at, target.shape, strict=True))


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
