"""All statements of a section: those that are written alike and stand where the same definitions hold, judged once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from symconv.claims.grammar import tree as t
from symconv.claims.judging.counterexample import counterexample
from symconv.claims.judging.judged import Judged
from symconv.claims.judging.view import View
from symconv.claims.meaning.survey import value_names
from symconv.claims.meaning.work import TOO_MUCH, TooMuch

if TYPE_CHECKING:
    from symconv.claims.judging.judge import Judge


def verdicts(judge: Judge) -> tuple[Judged, ...]:
    """A verdict for every statement, in order."""
    found: dict[tuple[object, ...], Judged] = {}
    out = []
    for n, claim in enumerate(judge.claims):
        if not judge.declared.work.begin():
            out.append(Judged("undecidable", reason=TOO_MUCH))
            continue
        held = (view.definitions(n) for view in judge.views if view.trees[n] is not None)
        key = (claim.source, claim.section, claim.written.claim, *held, *(view.defines(n) for view in judge.views))
        if key not in found:
            found[key] = _within(judge, n)
        out.append(found[key])
    return tuple(out)


def _within(judge: Judge, n: int) -> Judged:
    """The verdict on a statement, as far as the work that it takes is allowed."""
    try:
        return smallest(n, judge.verdict(n))
    except TooMuch:
        return Judged("undecidable", reason=TOO_MUCH)


def distinct(views: Sequence[View], n: int) -> Iterator[View]:
    """The views of a statement that can differ: where all that it names is of a declared model, one will do."""
    seen: t.Node | None = None
    for view in reversed(views):
        tree = view.trees[n]
        if tree is None:
            continue
        if seen is not None and tree == seen and view.declared.models:
            named = {view.everything.key(x) for x in value_names(tree)} - set(view.everything.losses)
            if all(named <= set(m.shapes) for m in view.declared.models):
                continue
        yield view
        seen = tree


def smallest(n: int, judged: Judged) -> Judged:
    """A verdict with the smallest counter-example in place of random numbers."""
    if judged.verdict != "wrong" or judged.basis is None:
        return judged
    view, reading, outcome = judged.basis
    tree = view.trees[n]
    assert isinstance(tree, t.Relation)
    view.declared.work.grant()
    try:
        context = view.context(n)
    except TooMuch:
        return judged
    small = counterexample(context.section, context.trial(reading), n, tree, outcome)
    return replace(judged, counterexample=small) if small else judged
