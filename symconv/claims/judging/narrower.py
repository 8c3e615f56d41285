"""Narrower contexts: what a statement is with fewer definitions around it, where all of them together do not go.

A note that builds up layer by layer uses its letters again: ``y`` is the output of one layer and the input of the next.
With the definitions nearby alone its other names are free, and what holds then holds whatever they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from symconv.claims.grammar import tree as t
from symconv.claims.judging.compare import Outcome
from symconv.claims.judging.view import View
from symconv.claims.meaning.section import Reading
from symconv.claims.meaning.survey import value_names

WINDOWS = (1, 2, 4, 8)
"""How many statements before the one in question are kept."""

MAX_READINGS = 8
"""How many readings are tried with fewer definitions."""


def holding(
    views: Sequence[View], n: int, conditions: Mapping[int, Sequence[t.Node]]
) -> Iterator[tuple[View, Reading, Outcome]]:
    """The narrower contexts and readings in which a statement holds, of the readings likely in the wide one."""
    for wide in views:
        if wide.trees[n] is None:
            continue
        scores = wide.scores(n, conditions)
        best = max(scores.values())
        usual = {(r.base, r.mode) for r, s in scores.items() if s == best}
        for view in narrower(wide, n):
            for reading in view.context(n).readings[:MAX_READINGS]:
                if (reading.base, reading.mode) in usual and not reading.model:
                    outcome = view.outcome(n, reading, conditions[n])
                    if outcome.state == "true" and outcome.reason != "definition":
                        yield view, reading, outcome


def narrower(view: View, n: int) -> Iterator[View]:
    """The statement with the definitions of its own names, with the statements just before it, and by itself."""
    seen: set[frozenset[int]] = set()
    for kept in _kept(view, n):
        if kept not in seen and not _replaces(view, n, kept):
            seen.add(kept)
            trees = [tree if p in kept else None for p, tree in enumerate(view.trees)]
            yield View(trees, view.declared, view.everything)


def _kept(view: View, n: int) -> Iterator[frozenset[int]]:
    tree = view.trees[n]
    assert tree is not None
    names = {view.everything.key(x) for x in value_names(tree)}
    own = {
        ds[-1].position
        for key, every in view.everything.definitions.items()
        if key in names and (ds := [d for d in every if d.position <= n] or every[:1])
    }
    yield frozenset({*own, n})
    for count in WINDOWS:
        yield frozenset(_before(view.trees, n, count))
    yield frozenset({n})


def _replaces(view: View, n: int, kept: frozenset[int]) -> bool:
    """Whether a name of the statement would mean something else: its definition is left out and another one is not."""
    held, tree = view.definitions(n), view.trees[n]
    assert tree is not None
    for key in {view.everything.key(x) for x in value_names(tree)}:
        every = {d.position for d in view.everything.definitions.get(key, ())}
        if every & kept and every & held and not every & kept & held:
            return True
    return False


def _before(trees: Sequence[t.Node | None], n: int, count: int) -> list[int]:
    """A statement and as many before it."""
    return [p for p in range(n, -1, -1) if trees[p] is not None][: count + 1]
