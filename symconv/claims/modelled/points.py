"""Points: the values that the free indices of a statement take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice, product
from random import Random

from symconv.claims.grammar import tree as t
from symconv.claims.meaning.forms import symbol
from symconv.claims.meaning.section import Unresolved
from symconv.claims.meaning.survey import indices
from symconv.claims.modelled.entries import axis_of
from symconv.claims.modelled.frames import Frame
from symconv.claims.modelled.names import Names

MAX_POINTS = 120
SAMPLED_FROM = 40_000


def free(sides: Sequence[t.Node], frame: Frame, names: Names) -> tuple[str, ...]:
    """The indices that nothing binds, in the order in which they come."""
    found: dict[str, None] = {}
    for side in sides:
        _free(side, frozenset(), found, frame, names)
    return tuple(found)


def _free(node: t.Node, bound: frozenset[str], found: dict[str, None], frame: Frame, names: Names) -> None:
    match node:
        case t.Big():
            inner = bound | {symbol(b.name) for b in node.binders}
            for b in node.binders:
                for limit in (b.low, b.high):
                    if limit is not None:
                        _free(limit, bound, found, frame, names)
            _free(node.body, inner, found, frame, names)
            for c in node.conditions:
                _free(c, inner, found, frame, names)
        case t.Name():
            plain = symbol(node)
            if plain in bound or plain in frame.sizes:
                return
            known = names.find(node)
            if known is None and node.base == "e" and node.sups and not node.subs:
                _free(node.sups[0], bound, found, frame, names)
                return
            if known is None:
                found[plain] = None
                return
            for piece in indices(node):
                _free(piece, bound, found, frame, names)
        case t.Call():
            if names.find(node.function) is not None:
                _free(node.function, bound, found, frame, names)
            for a in node.arguments:
                _free(a, bound, found, frame, names)
        case t.At():
            _free(node.body, bound, found, frame, names)
        case _:
            for child in t.children(node):
                _free(child, bound, found, frame, names)


def spans(symbols: Sequence[str], sides: Sequence[t.Node], frame: Frame, names: Names) -> dict[str, tuple[int, int]]:
    """First and last value of every free index.

    An index that stands alone at an axis runs as the axis does, another as the index of that name in the layer's
    equations. Raises Unresolved for one that is in neither.
    """
    found: dict[str, tuple[int, int]] = {}
    for s in symbols:
        span = next((x for side in sides if (x := axis_of(s, side, frame, names)) is not None), None)
        if span is not None:
            found[s] = span
    known = {s: frame.extents.get(s.rstrip("'")) for s in symbols}
    for s in symbols:
        extent = known[s]
        if s not in found and extent is None:
            raise Unresolved(f"what the index {s} runs over has not been said", f"declare {s}")
        if s not in found and extent is not None:
            found[s] = (0, extent - 1)
    return {s: found[s] for s in symbols}


def narrowed(found: Mapping[str, tuple[int, int]], frame: Frame) -> dict[str, tuple[int, int]]:
    """The same where an index runs over a window, as in the layer's equations, and not over the axis it stands at."""
    return {s: (low, min(high, low + frame.extents.get(s, high - low + 1) - 1)) for s, (low, high) in found.items()}


def conditioned(tree: t.Relation, frame: Frame, names: Names) -> t.Relation:
    """A statement in which no sum runs over an index that the left side has: its limits there are conditions."""
    fixed = set(free(tree.sides[:1], frame, names))
    if not fixed:
        return tree

    def change(node: t.Node) -> t.Node:
        node = t.rebuild(node, change) if not isinstance(node, t.Name | t.Num | t.Dots | t.Words) else node
        if not isinstance(node, t.Big) or not any(symbol(b.name) in fixed for b in node.binders):
            return node
        kept, conditions = [], list(node.conditions)
        for b in node.binders:
            if symbol(b.name) not in fixed or b.low is None or b.high is None:
                kept.append(b)
                continue
            relations = ("<=", "<" if b.open_end else "<=")
            conditions.append(t.Relation((b.low, b.name, b.high), relations, b.name.span))
        return replace(node, binders=tuple(kept), conditions=tuple(conditions))

    return replace(tree, sides=(tree.sides[0], *(change(s) for s in tree.sides[1:])))


def points(found: Mapping[str, tuple[int, int]], most: int = MAX_POINTS) -> list[dict[str, int]]:
    """Every value of the free indices, or a sample of them that is the same for the same statement."""
    names = list(found)
    grids = [range(low, high + 1) for low, high in found.values()]
    everything = list(islice(product(*grids), SAMPLED_FROM))
    if len(everything) > most:
        rng = Random(len(everything))
        corners = [everything[0], everything[-1]]
        everything = corners + rng.sample(everything, most - 2)
    return [dict(zip(names, p, strict=True)) for p in everything]


def whole_grid(found: Mapping[str, tuple[int, int]]) -> Iterator[dict[str, int]]:
    """Every value of the free indices."""
    grids = [range(low, high + 1) for low, high in found.values()]
    for p in product(*grids):
        yield dict(zip(found, p, strict=True))


__all__ = ["conditioned", "free", "narrowed", "points", "spans", "whole_grid"]
