"""Sums that end in dots: every term that is shown is one of the true sum."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from symconv.claims.grammar import tree as t
from symconv.claims.judging.compare import Outcome
from symconv.claims.meaning.forms import strip, text_of
from symconv.claims.meaning.section import Unresolved
from symconv.claims.meaning.survey import indices
from symconv.claims.modelled.entries import AXES, Entries
from symconv.claims.modelled.frames import Frame
from symconv.claims.modelled.names import Names
from symconv.claims.modelled.scatter import same


def shown(a: t.Node, b: t.Sum, found: Mapping[str, tuple[int, int]], frame: Frame, names: Names, n: int) -> Outcome:
    """Whether the terms beside the dots are terms of the sum that the left side is, and no two the same."""
    if found:
        raise Unresolved("a sum with dots for every value of an index is not read")
    left = strip(a)
    terms = [x if s > 0 else t.Minus(x, x.span) for x, s in zip(b.terms, b.signs, strict=True)]
    terms = [x for x in terms if not isinstance(x, t.Dots)]
    texts = [text_of(x) for x in terms]
    worlds = len(frame.worlds)
    shape = (worlds,) + (1,) * (AXES - 1)
    entries = Entries(frame, names, np.arange(worlds).reshape(shape), 0)
    for term, text in zip(terms, texts, strict=True):
        value = np.broadcast_to(np.asarray(entries.value(term, {}), dtype=float), shape).reshape(-1)
        if texts.count(text) > 1 or not any(
            same(value, part).all() and value.any() for part in _parts(left, term, entries, shape)
        ):
            return Outcome("false", left="a sum of other terms", right="what is shown", pair=n)
    return Outcome("true", ("the terms beside the dots",), pair=n)


def _parts(left: t.Node, term: t.Node, entries: Entries, shape: tuple[int, ...]) -> Iterator[Any]:
    """What the left side takes from each entry that a term has: the entry times the slope by it."""
    frame, names = entries.frame, entries.names
    for node in t.walk(term):
        try:
            if isinstance(node, t.Derivative) and isinstance(left, t.Derivative):
                above = strip(node.by)
                if isinstance(above, t.Name):
                    slope = entries.value(t.Derivative(above, left.by, left.span), {})
                    yield np.broadcast_to(entries.value(node, {}) * slope, shape).reshape(-1)
            elif isinstance(node, t.Name) and isinstance(left, t.Name) and (known := names.find(node)) is not None:
                if not indices(node) and frame.squeezed(known.tensor):
                    continue
                slope = entries.value(t.Derivative(left, node, left.span), {})
                yield np.broadcast_to(entries.value(node, {}) * slope, shape).reshape(-1)
        except Unresolved:
            continue
