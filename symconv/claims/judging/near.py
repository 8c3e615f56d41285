"""The search for a near miss: the first single change of a statement that makes it true."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from symconv.claims.grammar import tree as t
from symconv.claims.grammar.statements import statements
from symconv.claims.judging.contexts import bare
from symconv.claims.judging.edits import MAX_EDITS, edits
from symconv.claims.judging.edits_of_coefficients import coefficient_edits, coefficients
from symconv.claims.judging.kinds import trivial
from symconv.claims.judging.view import View
from symconv.claims.judging.wording import touches
from symconv.claims.meaning.forms import text_of
from symconv.claims.meaning.section import Reading
from symconv.claims.meaning.square import subscripted
from symconv.claims.tex.macros import weight

if TYPE_CHECKING:
    from symconv.claims.judging.judge import Judge

MAX_CHARACTERS = 200_000
"""How many characters of changed sources are read in that search."""
MAX_STEPS = 30_000
"""How many nodes are evaluated in the search for a near miss of one statement."""


@dataclass(frozen=True, slots=True)
class Miss:
    """A near miss: the statement as it should be, and what was wrong."""

    correction: str
    cause: str


def near_miss(
    judge: Judge,
    view: View,
    n: int,
    reading: Reading,
    *,
    kinds: tuple[str, ...] = (),
    failed: int | None = None,
) -> Miss | None:
    """The first single change after which a statement is true; None when there is none, or nothing to change."""
    claim = judge.claims[n]
    tree = view.trees[n]
    assert isinstance(tree, t.Relation)
    if "\\" in claim.source and any(f"\\{m}" in claim.source for m in judge.macros):
        original = None
    context = view.context(n)
    trial = context.trial(reading)
    bounds = {
        key: [trial.ranges.extent(("axis", context.survey.aliases.get(key, key), a)) for a in range(use.rank)]
        for key, use in context.survey.uses.items()
    }
    if reading.model:
        shapes = reading.model.shapes
        bounds |= {k: [(reading.base, reading.base + n - 1) for n in shape] for k, shape in shapes.items()}
    written = claim.written.tree
    original = subscripted(written, judge.accessed) if written is not None else None
    assert isinstance(original, t.Relation)
    start = 1 if view.defines(n) and not view.modelled(tree, reading) else 0
    if start >= len(tree.sides) - 1:
        return None
    until = trial.spent + MAX_STEPS
    tried = 0
    trial.searching = True
    cost = weight(claim.block, judge.macros)
    known = coefficients([c.written.tree for c in judge.claims], [c.block for c in judge.claims])
    found = edits(claim.block, original, context.survey, bounds)
    for edit in chain(coefficient_edits(claim.block, original, known), found):
        if kinds and edit.kind not in kinds:
            continue
        tried += 1
        if tried > min(MAX_EDITS, MAX_CHARACTERS // len(claim.source)) or trial.spent > until:
            break
        if failed is not None and not touches(original, failed, edit.start, edit.end):
            continue
        if edit.start < claim.written.start or edit.end > claim.written.end:
            continue
        if not judge.declared.work.charge(20 + cost // 5):
            break
        text = edit.apply(claim.block)[
            claim.written.start : claim.written.end + len(edit.new) - (edit.end - edit.start)
        ]
        changed = [w for w in statements(text, judge.macros, words=judge.words) if w.claim]
        if len(changed) != 1 or not isinstance(changed[0].tree, t.Relation):
            continue
        new = bare(changed[0].tree) if view is judge.entries else judge.seen(changed[0].tree)
        if not isinstance(new, t.Relation) or text_of(new) == text_of(tree) or trivial(new):
            continue
        if failed is not None and len(new.sides) == len(tree.sides):
            pair = trial.pair(new.sides[failed], new.sides[failed + 1], n, judge.conditions[n], failed)
            if pair.state != "true":
                continue
        if trial.statement(new, n, judge.conditions[n], start).state == "true":
            trial.searching = False
            return Miss(text, edit.cause)
    trial.searching = False
    return None


