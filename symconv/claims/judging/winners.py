"""Statements about a maximum: judged once for each of its candidates as the winner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from symconv.claims.grammar import tree as t
from symconv.claims.meaning.forms import affine, strip
from symconv.claims.meaning.survey import Survey, indices
from symconv.claims.tex.words import meaning


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry that may be the maximum: its tensor, its subscripts, how it is written, whether it is marked."""

    key: str
    at: tuple[int, ...]
    written: str
    marked: bool


def candidates(tree: t.Node, survey: Survey, source: str) -> tuple[Candidate, ...]:
    """The numbered entries among which a statement takes a maximum; empty when it takes none."""
    for node in t.walk(tree):
        if isinstance(node, t.Call) and meaning(node.function.base) == "max" and len(node.arguments) >= 2:
            found = [_candidate(strip(a), survey, source) for a in node.arguments]
            if all(found):
                return tuple(c for c in found if c is not None)
    return ()


def _candidate(node: t.Node, survey: Survey, source: str) -> Candidate | None:
    if not isinstance(node, t.Name) or not indices(node):
        return None
    at = []
    for piece in indices(node):
        form = affine(piece)
        if form is None or form.numeric is None:
            return None
        at.append(form.numeric)
    written = " ".join(source[node.span[0] : node.span[1]].split())
    return Candidate(survey.key(node), tuple(at), written, node.marked)


def marked(trees: Sequence[t.Node | None], survey: Survey) -> frozenset[tuple[str, tuple[int, ...]]]:
    """The candidates that a note marks as winners, by colour or in bold, wherever it does."""
    return frozenset(
        (c.key, c.at) for tree in trees if tree is not None for c in candidates(tree, survey, "") if c.marked
    )
