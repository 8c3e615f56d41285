"""Letters that an index is multiplied by, as in ``x_{si+m}``: strides, and the sizes of windows that do not overlap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from symconv.claims.grammar import tree as t
from symconv.claims.meaning.forms import symbol

STRIDE = Fraction(2)
WINDOW = Fraction(3)
"""What such a letter stands for: a window's size is told apart from its double and its square."""


def strides(trees: Sequence[t.Node | None], known: Mapping[str, Fraction]) -> dict[str, Fraction]:
    """A number for every letter that only ever multiplies an index within subscripts."""
    bare: set[str] = set()
    limits: set[str] = set()
    pairs: list[tuple[str, str]] = []
    for tree in trees:
        for node in t.walk(tree) if tree is not None else ():
            if isinstance(node, t.Big):
                for binder in node.binders:
                    bare.add(symbol(binder.name))
                    for limit in (binder.low, binder.high):
                        limits |= {symbol(n) for n in t.walk(limit) if isinstance(n, t.Name)} if limit else set()
                for c in node.conditions:
                    limits |= {symbol(s) for s in c.sides[1:] if isinstance(s, t.Name)}
            for piece in node.subs if isinstance(node, t.Name) else ():
                if isinstance(piece, t.Name):
                    bare.add(symbol(piece))
                pairs += _products(piece)
    out: dict[str, Fraction] = {}
    for a, b in pairs:
        for letter, other in ((a, b), (b, a)):
            if letter not in bare and other in bare and letter not in known:
                out[letter] = WINDOW if letter in limits else STRIDE
    return out


def _products(piece: t.Node) -> list[tuple[str, str]]:
    """The pairs of letters that are multiplied in an index."""
    found = []
    for node in t.walk(piece):
        if isinstance(node, t.Product) and len(node.factors) == 2 and set(node.operators) <= {"", "cdot", "times", "*"}:
            a, b = node.factors
            if isinstance(a, t.Name) and isinstance(b, t.Name):
                found.append((symbol(a), symbol(b)))
        elif isinstance(node, t.Fraction_) and isinstance(node.over, t.Name) and isinstance(node.under, t.Name):
            found.append((symbol(node.under), symbol(node.over)))
        elif isinstance(node, t.Product) and node.operators == ("/",):
            a, b = node.factors
            if isinstance(a, t.Name) and isinstance(b, t.Name):
                found.append((symbol(b), symbol(a)))
    return found


def substituted(node: t.Node, numbers: Mapping[str, Fraction]) -> t.Node:
    """A tree with these letters as numbers within subscripts."""
    if not numbers:
        return node
    if isinstance(node, t.Name) and node.subs:
        return replace(node, subs=tuple(_numbered(s, numbers) for s in node.subs))
    if isinstance(node, t.Name | t.Num):
        return node
    if isinstance(node, t.Matrix):
        return replace(node, rows=tuple(tuple(c and substituted(c, numbers) for c in row) for row in node.rows))
    if isinstance(node, t.Cases):
        rows = tuple((substituted(v, numbers), c and substituted(c, numbers)) for v, c in node.rows)
        return replace(node, rows=rows)
    if isinstance(node, t.Big):
        return replace(node, body=substituted(node.body, numbers))
    return t.rebuild(node, lambda x: substituted(x, numbers))


def _numbered(node: t.Node, numbers: Mapping[str, Fraction]) -> t.Node:
    if isinstance(node, t.Name):
        value = numbers.get(symbol(node))
        return node if value is None else t.Num(value, str(value), node.span)
    return t.rebuild(node, lambda x: _numbered(x, numbers))
