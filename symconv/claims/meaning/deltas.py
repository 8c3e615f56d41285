"""Which names are gradients of the loss, and by what."""

from __future__ import annotations

from collections.abc import Sequence

from symconv.claims.grammar import tree as t
from symconv.claims.meaning.forms import affine, strip, text_of
from symconv.claims.meaning.survey import LOSS, Survey, is_loss, label


def deltas(found: Survey, trees: Sequence[t.Node | None]) -> None:
    """What is said to be a derivative of the loss: ``\\delta^l = \\partial C / \\partial z^l``, either way about.

    Where a name is introduced by that, standing first, what comes the other way about is a claim.
    """
    introduced: set[str] = set()
    for tree in trees:
        if not isinstance(tree, t.Relation):
            continue
        for n, (first, second) in enumerate(zip(tree.sides, tree.sides[1:], strict=False)):
            a, b = strip(first), strip(second)
            for x, y in ((a, b), (b, a)):
                name = isinstance(x, t.Name) and not x.primes and label(x) not in found.losses
                if isinstance(x, t.Name) and n == 0 and x is a and label(x) == "delta":
                    y = _operated(y)
                if name and isinstance(y, t.Derivative) and y.of is not None and is_loss(found, y.of):
                    assert isinstance(x, t.Name)
                    first_of_all = n == 0 and x is a
                    if label(x) in introduced and not first_of_all:
                        continue
                    if first_of_all and label(x) not in introduced and x.base.split(":")[-1] == "delta":
                        introduced.add(label(x))
                        found.deltas[label(x)], found.shifts[label(x)] = [], []
                    bys = found.deltas.setdefault(label(x), [])
                    if all(text_of(y.by) != text_of(o) for o in bys):
                        bys.append(y.by)
                        found.shifts.setdefault(label(x), []).append(_shift(x, y.by))


def _operated(y: t.Node) -> t.Node:
    """``∂/∂z (...)`` of what the loss is, as the derivative of the loss that it is."""
    if isinstance(y, t.Product) and isinstance(first := y.factors[0], t.Derivative) and first.of is None:
        squares = any(isinstance(n, t.Bars | t.Big) or (isinstance(n, t.Call) and n.function.subs) for n in t.walk(y))
        if squares:
            return t.Derivative(LOSS, first.by, y.span)
    return y


def _shift(x: t.Name, by: t.Node) -> int:
    """By how many layers what a δ is of is further on than the δ."""
    name = strip(by)
    if not isinstance(name, t.Name) or len(name.sups) != 1 or len(x.sups) != 1:
        return 0
    a, b = affine(x.sups[0]), affine(name.sups[0])
    return int(b.constant - a.constant) if a and b and a.parts == b.parts else 0
