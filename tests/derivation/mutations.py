"""Steps made wrong on purpose: a check that lets one of them pass is no check."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise

import sympy as sp

from symconv.derivation.step import Step
from symconv.notation.guards import Divides, Equal, Range, is_data
from symconv.notation.term import Term

Mutation = Callable[[Term], Iterator[Term]]


def doubled(term: Term) -> Iterator[Term]:
    """The summand twice."""
    yield replace(term, summand=2 * term.summand)


def guard_dropped(term: Term) -> Iterator[Term]:
    """One guard forgotten."""
    for n in range(len(term.guards)):
        yield replace(term, guards=term.guards[:n] + term.guards[n + 1 :])


def index_shifted(term: Term) -> Iterator[Term]:
    """One subscript of one entry off by one."""
    for entry in sorted(term.summand.atoms(sp.Indexed), key=sp.default_sort_key):
        for axis, a in enumerate(entry.indices):
            if not a.is_number:
                at = (*entry.indices[:axis], a - 1, *entry.indices[axis + 1 :])
                yield replace(term, summand=term.summand.xreplace({entry: sp.Indexed(entry.base, *at)}))


def delta_shifted(term: Term) -> Iterator[Term]:
    """One delta, or the place that data select, off by one."""
    for n, guard in enumerate(term.guards):
        if isinstance(guard, Equal):
            yield replace(term, guards=(*term.guards[:n], Equal(guard.value + 1), *term.guards[n + 1 :]))


def bound_moved(term: Term) -> Iterator[Term]:
    """A range one longer or shorter at either end, or a divisor one greater."""
    for n, guard in enumerate(term.guards):
        before, after = term.guards[:n], term.guards[n + 1 :]
        if isinstance(guard, Range) and not is_data(guard):
            yield replace(term, guards=(*before, Range(guard.value, guard.low + 1, guard.high), *after))
            yield replace(term, guards=(*before, Range(guard.value, guard.low, guard.high - 1), *after))
        if isinstance(guard, Divides):
            yield replace(term, guards=(*before, Divides(guard.divisor + 1, guard.value), *after))


def axes_exchanged(term: Term) -> Iterator[Term]:
    """Two free indices of the target have traded places in the summand and the guards, not in the target."""
    plain = [a for a in term.at if a.is_Symbol]
    for a, b in pairwise(plain):
        table = {a: b, b: a}
        if term.extents[a] == term.extents[b]:
            continue
        yield replace(term, at=tuple(x.xreplace(table) for x in term.at))


MUTATIONS: dict[str, Mutation] = {
    f.__name__: f for f in (doubled, guard_dropped, index_shifted, delta_shifted, bound_moved, axes_exchanged)
}


def mutants(step: Step) -> Iterator[tuple[str, Step]]:
    """Every step with one term of ``after`` made wrong, and one with a term left out."""
    terms = step.after.terms
    for n, term in enumerate(terms):
        for name, mutate in MUTATIONS.items():
            for wrong in mutate(term):
                changed = (*terms[:n], wrong, *terms[n + 1 :])
                yield name, replace(step, after=replace(step.after, terms=changed))
        if len(terms) > 1:
            yield "term_dropped", replace(step, after=replace(step.after, terms=terms[:n] + terms[n + 1 :]))
