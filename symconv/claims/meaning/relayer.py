"""Subscripts that number layers: ``z_{i+1} = W_i a_i + b_i`` is about whole tensors, one for each layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from symconv.claims.grammar import tree as t
from symconv.claims.meaning.forms import affine, strip
from symconv.claims.meaning.survey import indices, label, value_names


def layered(trees: Sequence[t.Node | None]) -> frozenset[str]:
    """The names whose subscripts number layers."""
    names: set[str] = set()
    for tree in trees:
        if isinstance(tree, t.Relation) and _recurrence(tree):
            names |= {label(n) for n in value_names(tree) if len(indices(n)) == 1}
    return frozenset(names)


def relayer(tree: t.Node, names: frozenset[str]) -> t.Node:
    """The tree with such subscripts as superscripts, where it only has such ones."""
    return _moved(tree, names) if names and _only(tree, names) else tree


def _only(tree: t.Node, names: frozenset[str]) -> bool:
    """Whether no name of those has more than one subscript and nothing is summed over."""
    found = [n for n in value_names(tree) if indices(n)]
    return (
        any(label(n) in names for n in found)
        and all(len(indices(n)) == 1 for n in found)
        and not any(isinstance(n, t.Big) for n in t.walk(tree))
    )


def _recurrence(tree: t.Relation) -> bool:
    """``z_{i+1} = W_i a_i``: a matrix and a vector with the same single index next to each other, and no sum."""
    left = strip(tree.sides[0])
    if not isinstance(left, t.Name) or len(indices(left)) != 1 or any(isinstance(n, t.Big) for n in t.walk(tree)):
        return False
    form = affine(indices(left)[0])
    if form is None:
        return False
    for node in t.walk(tree.sides[1]):
        if isinstance(node, t.Product):
            for a, b in zip(node.factors, node.factors[1:], strict=False):
                if isinstance(a, t.Name) and isinstance(b, t.Name) and len(indices(a)) == len(indices(b)) == 1:
                    matrix = a.base.split(":")[-1][:1].isupper() and not b.base.split(":")[-1][:1].isupper()
                    shifted = form.constant != 0 or any(
                        (f := affine(indices(n)[0])) is not None and f.constant != form.constant for n in (a, b)
                    )
                    if matrix and (shifted or a.transposed):
                        return True
    return False


def _moved(node: t.Node, names: frozenset[str]) -> t.Node:
    if isinstance(node, t.Name):
        if label(node) in names and len(indices(node)) == 1 and not node.sups:
            return replace(
                node,
                sups=indices(node),
                subs=tuple(s for s in node.subs if isinstance(s, t.Words)),
                sup_span=node.sub_span,
                sub_span=None,
                bracketed=True,
            )
        return node
    return t.rebuild(node, lambda n: _moved(n, names))
