"""Kinds of statements that claim nothing: updates, numbers that are given, names that are introduced."""

from __future__ import annotations

import itertools

from symconv.claims.grammar import tree as t
from symconv.claims.meaning.forms import strip, text_of
from symconv.claims.meaning.survey import Survey, indices, is_loss


def trivial(tree: t.Relation) -> bool:
    """Whether two sides are written alike, which is true of anything."""
    texts = [text_of(strip(s)) for s in tree.sides]
    return any(a == b for a, b in itertools.pairwise(texts))


def word(node: t.Node) -> bool:
    """Whether a side is a word of plain letters, as in ``out = ...``: a name that gets its meaning there."""
    node = strip(node)
    return (
        isinstance(node, t.Product)
        and not any(node.operators)
        and all(isinstance(f, t.Name) and not f.subs and not f.sups for f in node.factors)
        and all(a.span[1] == b.span[0] for a, b in zip(node.factors, node.factors[1:], strict=False))
    )


def given(tree: t.Relation, found: Survey) -> bool:
    """``A_{01} = 6``, ``n_i = n_j = 3``, ``∂E/∂P_{00} = 1``: names, or derivatives of the loss, that get a number."""
    last = strip(tree.sides[-1])
    last = strip(last.body) if isinstance(last, t.Minus) else last
    if not isinstance(last, t.Num) or any(r not in ("=", ":=", "~") for r in tree.relations):
        return False
    names = [strip(s) for s in tree.sides[:-1]]
    loss = [
        n for n in names if isinstance(n, t.Derivative) and n.of is not None and is_loss(found, n.of) and last.value
    ]
    return all(isinstance(n, t.Name) or n in loss for n in names)


def update(tree: t.Relation) -> bool:
    """``W = W - η ∂E/∂W``, or an arrow."""
    if tree.relations[0] in ("<-", "->"):
        return True
    if tree.relations[0] == "+=" and not isinstance(strip(tree.sides[0]), t.Derivative | t.At):
        return True
    if tree.relations[0] not in ("=", ":=") or len(tree.sides) != 2:
        return False
    left, right = strip(tree.sides[0]), strip(tree.sides[1])
    rates = any(isinstance(n, t.Name) and n.base in ("eta", "alpha", "epsilon", "mu") for n in t.walk(right))
    if isinstance(left, t.Product) and isinstance(first := left.factors[0], t.Name) and first.base == "Delta" and rates:
        return True
    if not isinstance(left, t.Name) or not isinstance(right, t.Sum):
        return False
    first = strip(right.terms[0])
    return (
        isinstance(first, t.Name)
        and first.base == left.base
        and (
            text_of(first) == text_of(left)
            or any(n.base in ("eta", "alpha", "lambda", "mu") for n in t.walk(right) if isinstance(n, t.Name))
        )
    )


def undeclared(tree: t.Node | None, found: Survey) -> bool:
    """Whether a statement is about a δ of which nothing says whose gradient it is, and says what it is."""
    if not isinstance(tree, t.Relation):
        return False
    left = strip(tree.sides[0])
    if not isinstance(left, t.Name) or left.base != "delta" or found.key(left) in found.deltas:
        return False
    return not any(isinstance(n, t.Name) and n.base == "delta" for s in tree.sides[1:] for n in t.walk(s))


def of_loss(tree: t.Node | None, found: Survey) -> bool:
    """Whether a statement says what the loss is: a name or call of it alone on the left."""
    return isinstance(tree, t.Relation) and len(tree.sides) == 2 and is_loss(found, tree.sides[0])


def jacobian(tree: t.Node | None, found: Survey) -> tuple[t.Name, t.Name] | None:
    """The two indices of a derivative of one vector by another on the left, as in ``∂p_i/∂z_j``; else None."""
    left = strip(tree.sides[0]) if isinstance(tree, t.Relation) else None
    if not isinstance(left, t.Derivative) or left.of is None or is_loss(found, left.of):
        return None
    above = [i for n in t.walk(left.of) if isinstance(n, t.Name) for i in indices(n)]
    below = strip(left.by)
    pieces = indices(below) if isinstance(below, t.Name) else ()
    if len(pieces) != 1 or not above or len({text_of(a) for a in above}) != 1:
        return None
    i, j = above[0], pieces[0]
    return (i, j) if isinstance(i, t.Name) and isinstance(j, t.Name) and text_of(i) != text_of(j) else None
