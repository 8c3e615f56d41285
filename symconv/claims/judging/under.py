"""The verdict on a statement about a model that is given: by the model's equations, with a correction."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from symconv.claims.grammar import tree as t
from symconv.claims.judging.kinds import given
from symconv.claims.judging.wording import example
from symconv.claims.meaning.forms import text_of
from symconv.claims.meaning.survey import value_names

if TYPE_CHECKING:
    from symconv.claims.judging.judge import Judge, Judged


def under(judge: Judge, n: int) -> Judged | None:
    """The verdict on a statement by the model; None where it says something that the model does not make known."""
    from symconv.claims.judging.judge import Judged

    written, modelled = judge.claims[n].written, judge.modelled
    assert modelled is not None
    tree = written.tree
    assert isinstance(tree, t.Relation)
    modelled.comparison.group = group(judge, n)
    outcome = modelled.outcome(tree, judge.conditions[n])
    if outcome.state == "true":
        taken = "the entry that is marked is the maximum" if outcome.sometimes else None
        return Judged("conditional" if taken else "right", "; ".join(outcome.readings), reason=taken)
    if outcome.state == "false" and not outcome.shapes:
        if modelled.comparison.tensors(tree) and given(tree, judge.views[0].everything):
            return None  # a number for an entry is an example of the author's
        return Judged("wrong", counterexample=example(outcome))
    return None


def group(judge: Judge, n: int) -> list[t.Relation]:
    """The lines of one block that add to the same derivative, this one among them."""
    claims = judge.claims
    tree = claims[n].written.tree
    if not isinstance(tree, t.Relation) or tree.relations != ("+=",):
        return []
    about = _about(tree)
    found = []
    for other in claims:
        line = other.written.tree
        single = isinstance(line, t.Relation) and line.relations in (("+=",), ("=",))
        if other.block is claims[n].block and single and isinstance(line, t.Relation) and _about(line) == about:
            found.append(line)
    return found


def _about(tree: t.Relation) -> tuple[str, ...]:
    """The names without indices on the left."""
    return tuple(text_of(replace(x, subs=())) for x in value_names(tree.sides[0]))
