"""Numbers that a note gives: matrices for tensors, and for the gradient that comes from above."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from symconv.claims.grammar import tree as t
from symconv.claims.meaning.forms import strip
from symconv.claims.meaning.survey import Survey, indices, is_loss

Rows = tuple[tuple[Fraction, ...], ...]


@dataclass(frozen=True)
class Given:
    """Tensors with their numbers, gradients of the loss with theirs, and the statements that say so."""

    tensors: Mapping[str, Rows] = field(default_factory=dict)
    upstream: Mapping[str, Rows] = field(default_factory=dict)
    at: frozenset[int] = frozenset()


def number(node: t.Node | None) -> Fraction | None:
    """The number that a tree is, with its sign."""
    node = strip(node) if node is not None else None
    if isinstance(node, t.Num):
        return node.value
    if isinstance(node, t.Minus):
        inner = number(node.body)
        return None if inner is None else -inner
    if isinstance(node, t.Sum) and len(node.terms) == 1:
        inner = number(node.terms[0])
        return None if inner is None else inner * node.signs[0]
    return None


def rows(node: t.Node | None) -> Rows | None:
    """The numbers of a matrix of numbers; None for anything else."""
    node = strip(node) if node is not None else None
    if not isinstance(node, t.Matrix):
        return None
    found = [[number(c) for c in row] for row in node.rows]
    if any(v is None for row in found for v in row):
        return None
    return tuple(tuple(v for v in row if v is not None) for row in found)


def given(trees: Sequence[t.Node | None], found: Survey) -> Given:
    """What a section gives: the first matrix of numbers for a name that it defines by no formula.

    The gradient of the loss by anything else is given, too: that is what comes from above.
    """
    tensors: dict[str, Rows] = {}
    upstream: dict[str, Rows] = {}
    at: set[int] = set()
    for n, tree in enumerate(trees):
        if not isinstance(tree, t.Relation) or len(tree.sides) != 2:
            continue
        values = rows(tree.sides[1])
        left = strip(tree.sides[0])
        if values is None:
            continue
        by = _by(left, found)
        if by is not None:
            if by not in tensors and by not in upstream:
                upstream[by] = values
                at.add(n)
        elif isinstance(left, t.Name) and not indices(left) and not left.sups:
            key = found.key(left)
            formula = any(d.kind != "entry" and rows(d.body) is None for d in found.definitions.get(key, ()))
            entries = any(d.kind == "entry" for d in found.definitions.get(key, ()))
            if key not in tensors and not formula and not entries:
                tensors[key] = values
                at.add(n)
    return Given(tensors, upstream, frozenset(at))


def _by(left: t.Node, found: Survey) -> str | None:
    """What a gradient of the loss is by; None for anything else."""
    by: t.Node | None = None
    if isinstance(left, t.Derivative) and left.of is not None and is_loss(found, left.of):
        by = strip(left.by)
    elif isinstance(left, t.Diff):
        by = strip(left.of)
    elif isinstance(left, t.Name) and found.key(left) in found.deltas:
        by = strip(found.deltas[found.key(left)][0])
    return found.key(by) if isinstance(by, t.Name) and not indices(by) else None
