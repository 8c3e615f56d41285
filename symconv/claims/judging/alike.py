"""All statements of a section: those that are written alike and stand where the same definitions hold, judged once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from symconv.claims.grammar import tree as t
from symconv.claims.judging.counterexample import counterexample

if TYPE_CHECKING:
    from symconv.claims.judging.judge import Judge, Judged


def verdicts(judge: Judge) -> tuple[Judged, ...]:
    """A verdict for every statement, in order."""
    found: dict[tuple[object, ...], Judged] = {}
    out = []
    for n, claim in enumerate(judge.claims):
        held = (view.definitions(n) for view in judge.views if view.trees[n] is not None)
        key = (claim.source, claim.written.claim, *held, *(view.defines(n) for view in judge.views))
        if key not in found:
            found[key] = smallest(n, judge.verdict(n))
        out.append(found[key])
    return tuple(out)


def smallest(n: int, judged: Judged) -> Judged:
    """A verdict with the smallest counter-example in place of random numbers."""
    if judged.verdict != "wrong" or judged.basis is None:
        return judged
    view, reading, outcome = judged.basis
    tree = view.trees[n]
    assert isinstance(tree, t.Relation)
    context = view.context(n)
    small = counterexample(context.section, context.trial(reading), n, tree, outcome)
    return replace(judged, counterexample=small) if small else judged
