"""Numbers that are labels: ``W_1`` and ``W_2`` are two matrices, not two entries of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from symconv.claims.grammar import tree as t
from symconv.claims.meaning.forms import strip
from symconv.claims.meaning.survey import indices, label, value_names


def labels(trees: Sequence[t.Node | None]) -> frozenset[str]:
    """The names whose numbers are labels: of capitals next to another name, and of what stands beside them."""
    numbered: dict[str, bool] = {}
    beside: set[str] = set()
    for tree in trees:
        for name in value_names(tree) if tree is not None else ():
            pieces = indices(name)
            if pieces:
                single = len(pieces) == 1 and isinstance(pieces[0], t.Num)
                numbered[label(name)] = numbered.get(label(name), True) and single
    always = {k for k, single in numbered.items() if single}
    matrices: set[str] = set()
    for tree in trees:
        for node in t.walk(tree) if tree is not None else ():
            if isinstance(node, t.Product):
                for a, b in zip(node.factors, node.factors[1:], strict=False):
                    first, second = strip(a), strip(b)
                    factor = isinstance(second, t.Name | t.Call | t.Derivative)
                    if factor and isinstance(first, t.Name) and first.base[:1].isupper() and label(first) in always:
                        matrices.add(label(first))
    for tree in trees:
        names = [n for n in value_names(tree) if indices(n)] if tree is not None else []
        if any(label(n) in matrices for n in names):
            beside |= {label(n) for n in names if label(n) in always}
    return frozenset(matrices | beside) if matrices else _steps(trees, always)


def _steps(trees: Sequence[t.Node | None], always: set[str]) -> frozenset[str]:
    """Names numbered by the step of a calculation: ``z_1 = w_1 x + b_1``, ``a_1 = f(z_1)``, ``z_2 = w_2 a_1 + b_2``.

    Entries of a vector stand next to each other with different numbers; the steps of a chain never do.
    """
    defined: set[str] = set()
    for tree in trees:
        if not isinstance(tree, t.Relation):
            continue
        left = strip(tree.sides[0])
        if isinstance(left, t.Name) and label(left) in always and len(indices(left)) == 1:
            for side in tree.sides[1:]:
                seen: dict[str, str] = {}
                for name in value_names(side):
                    pieces = indices(name)
                    number = pieces[0].digits if len(pieces) == 1 and isinstance(pieces[0], t.Num) else ""
                    if label(name) in always and seen.setdefault(label(name), number) != number:
                        return frozenset()
                if any(label(n) in always and label(n) != label(left) for n in value_names(side)):
                    defined.add(label(left))
    return frozenset(always) if len(defined) >= 2 else frozenset()


def worded(node: t.Node, names: frozenset[str]) -> t.Node:
    """The tree with the numbers of those names as words."""
    if not names:
        return node
    if isinstance(node, t.Name):
        pieces = indices(node)
        if len(pieces) == 1 and isinstance(pieces[0], t.Num) and label(node) in names:
            return replace(node, subs=(t.Words(pieces[0].digits, pieces[0].span),))
        return node
    if isinstance(node, t.Cases):
        return replace(node, rows=tuple((worded(v, names), c) for v, c in node.rows))
    if isinstance(node, t.Matrix):
        return replace(node, rows=tuple(tuple(c and worded(c, names) for c in row) for row in node.rows))
    return t.rebuild(node, lambda n: worded(n, names))
