"""Near misses of sums: one that is missing, one too many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from symconv.claims.grammar import tree as t
from symconv.claims.judging.chain import free_symbols
from symconv.claims.judging.edit import Edit, replaced, spelled_out
from symconv.claims.meaning.forms import symbol


def shadowed(tree: t.Relation) -> Iterator[Edit]:
    """A sum over an index that the left side has."""
    left = free_symbols(tree.sides[0])
    for side in tree.sides[1:]:
        for node in t.walk(side):
            if isinstance(node, t.Big) and node.operator == "sum" and len(node.binders) == 1:
                s = symbol(node.binders[0].name)
                if s in left:
                    yield Edit(*node.head, "", "sum", f"the sum over {s} is one too many")


def sum_edits(source: str, tree: t.Relation, symbols: Sequence[str]) -> Iterator[Edit]:
    """A sum that is missing, over one index or all loose ones, or one too many."""
    left = free_symbols(tree.sides[0])
    start, end = tree.span
    for s in symbols:
        bare = [side for side in tree.sides[1:] if s in free_symbols(side)]
        if s not in left and len(bare) > 1:
            mark = rf"\sum_{{{spelled_out(s)}}} "
            text = replaced(source, start, end, [(side.span[0], side.span[0], mark) for side in bare])
            yield Edit(start, end, text, "sum", f"the sum over {s} is missing")
    for side in tree.sides[1:]:
        loose = [s for s in symbols if s in free_symbols(side) and s not in left]
        if len(loose) > 1:
            spelled = ",".join(spelled_out(s) for s in loose)
            yield Edit(side.span[0], side.span[0], rf"\sum_{{{spelled}}} ", "sum", f"the sum over {spelled} is missing")
    for side in tree.sides[1:]:
        for s in symbols:
            yield Edit(
                side.span[0], side.span[0], rf"\sum_{{{spelled_out(s)}}} ", "sum", f"the sum over {s} is missing"
            )
        for term in side.terms if isinstance(side, t.Sum) else ():
            for s in symbols:
                yield Edit(
                    term.span[0], term.span[0], rf"\sum_{{{spelled_out(s)}}} ", "sum", f"the sum over {s} is missing"
                )
    for side in tree.sides[1:]:
        for node in t.walk(side):
            if isinstance(node, t.Big) and node.operator == "sum":
                yield Edit(*node.head, "", "sum", "a sum is one too many")
