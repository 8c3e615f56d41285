"""Conditions under which a statement that is not true of everything holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from symconv.claims.grammar import tree as t
from symconv.claims.judging.kinds import jacobian
from symconv.claims.judging.view import View
from symconv.claims.meaning.forms import text_of
from symconv.claims.meaning.section import Reading
from symconv.claims.meaning.survey import indices, value_names


def targets(view: View, n: int) -> tuple[str, ...]:
    """What the definition of the loss reads and nothing defines, entry by entry."""
    survey_ = view.context(n).survey
    names = {
        survey_.key(x)
        for loss in survey_.losses
        for d in survey_.definitions.get(loss, ())
        for x in value_names(d.body)
        if survey_.key(x) not in survey_.definitions and indices(x)
    }
    return tuple(sorted(names))


def partly(view: View, n: int, reading: Reading, conditions: Sequence[t.Node]) -> str:
    """The condition of a derivative of one vector by another that holds on the diagonal only, or off it only."""
    pair = jacobian(view.trees[n], view.everything)
    if pair is None or not view.context(n).section.smooth:
        return ""
    for relation, sign in (("=", "="), ("!=", "≠")):
        condition = t.Relation(pair, (relation,), pair[0].span)
        outcome = view.outcome(n, reading, (*conditions, condition), part=relation)
        if outcome.state == "true" and outcome.reason != "definition":
            return f"right when {text_of(pair[0])} {sign} {text_of(pair[1])}"
    return ""


def normalised(view: View, n: int, reading: Reading, conditions: Sequence[t.Node]) -> str | None:
    """The reading of a statement that holds for targets that add up to 1; None when it does not hold for them."""
    names = targets(view, n)
    if not names:
        return None
    outcome = view.outcome(n, replace(reading, unit=names), conditions)
    if outcome.state != "true":
        return None
    return "; ".join((*outcome.readings, f"the targets {', '.join(names)} add up to 1"))
