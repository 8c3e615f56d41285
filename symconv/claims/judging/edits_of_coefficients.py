"""Changes of coefficients: the one over the size of a window that a note's own definitions have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from symconv.claims.grammar import tree as t
from symconv.claims.judging.edit import Edit
from symconv.claims.meaning.forms import strip, text_of

MAX_COEFFICIENTS = 6


def coefficients(trees: Sequence[t.Node | None], blocks: Sequence[str]) -> tuple[str, ...]:
    """The fractions of numbers and sizes that stand as factors in definitions, as they are written."""
    found: dict[str, None] = {}
    for tree, block in zip(trees, blocks, strict=True):
        if not isinstance(tree, t.Relation) or not isinstance(strip(tree.sides[0]), t.Name | t.Call):
            continue
        for node in t.walk(tree):
            for factor in node.factors if isinstance(node, t.Product) else ():
                if _coefficient(factor):
                    found[block[factor.span[0] : factor.span[1]]] = None
    return tuple(found)[:MAX_COEFFICIENTS]


def _coefficient(node: t.Node) -> bool:
    node = strip(node)
    return isinstance(node, t.Fraction_) and all(
        isinstance(n, t.Num | t.Name | t.Product | t.Script | t.Group | t.Fraction_ | t.Sum)
        and not (isinstance(n, t.Name) and n.subs)
        for n in t.walk(node)
    )


def coefficient_edits(source: str, tree: t.Relation, known: Sequence[str]) -> Iterator[Edit]:
    """Each coefficient in the place of another, or in front of a side that has none."""
    for side in tree.sides[1:]:
        top = strip(side)
        factors = top.factors if isinstance(top, t.Product) else (top,)
        mine = [f for f in factors if _coefficient(f)]
        for text in known:
            for f in mine:
                old = source[f.span[0] : f.span[1]]
                if old != text:
                    yield Edit(*f.span, text, "factor", f"the factor {old} must be {text}")
            if not mine and not isinstance(top, t.Sum | t.Cases | t.Num) and text_of(top) != "0":
                yield Edit(top.span[0], top.span[0], f"{text} ", "factor", f"the factor {text} is missing")
