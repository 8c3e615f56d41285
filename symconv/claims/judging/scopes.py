"""Faults of scope, which need no numbers: an index that no sum binds there, a sum whose body lacks its index."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from symconv.claims.grammar import tree as t
from symconv.claims.judging.chain import free_symbols
from symconv.claims.meaning.forms import affine, strip, symbol, text_of
from symconv.claims.meaning.survey import indices


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the scope of an index, and the change of the source that mends it."""

    cause: str
    changes: tuple[tuple[int, int, str], ...]

    def apply(self, source: str) -> str:
        """The source with the changes."""
        out, at = [], 0
        for start, end, new in sorted(self.changes):
            out += [source[at:start], new]
            at = end
        return "".join([*out, source[at:]])


def fault(tree: t.Relation, source: str) -> Fault | None:
    """The first fault of scope in a statement; None when there is none."""
    if tree.relations[0] not in ("=", ":="):
        return None
    left = free_symbols(tree.sides[0])
    for side in tree.sides[1:]:
        for found in (_unused(side, source), _outside(side, left, source)):
            if found is not None:
                return found
    return None


def _spread(node: t.Big) -> tuple[list[t.Binder], t.Node]:
    """The binders of sums within each other, and the innermost body."""
    binders = list(node.binders)
    body = strip(node.body)
    while isinstance(body, t.Big) and body.operator == node.operator:
        binders += body.binders
        body = strip(body.body)
    return binders, body


def _bigs(node: t.Node) -> Iterator[t.Big]:
    """The outermost big operators."""
    if isinstance(node, t.Big):
        yield node
        return
    for child in t.children(node):
        yield from _bigs(child)


def _all_symbols(node: t.Node) -> set[str]:
    return {symbol(n) for n in t.walk(node) if isinstance(n, t.Name)}


def _unused(side: t.Node, source: str) -> Fault | None:
    """``\\sum_m \\sum_n z_{i,j}``: the body has free indices where the bound ones belong."""
    for big in _bigs(side):
        if big.operator not in ("sum", "max", "min") or big.sets:
            continue
        binders, body = _spread(big)
        names = [symbol(b.name) for b in binders]
        if not names or any(b.low is None and b.high is None for b in binders) or set(names) & _all_symbols(body):
            continue
        if any(isinstance(n, t.Big | t.Derivative) for n in t.walk(body)):
            continue
        entries = [n for n in t.walk(body) if isinstance(n, t.Name) and len(_bare(n)) >= len(names)]
        if len(entries) != 1:
            continue
        pieces = _bare(entries[0])[-len(names) :]
        spelled = [source[b.name.span[0] : b.name.span[1]].strip() for b in binders]
        changes = tuple((*p.span, s) for p, s in zip(pieces, spelled, strict=True))
        written = " ".join(source[entries[0].span[0] : entries[0].span[1]].split())
        return Fault(f"{written} must have the bound indices {', '.join(spelled)}", changes)
    return None


def _bare(name: t.Name) -> list[t.Node]:
    return [s for s in indices(name) if (f := affine(s)) is not None and f.bare is not None]


def _outside(side: t.Node, left: set[str], source: str) -> Fault | None:
    """An index that a sum binds, used where that sum does not reach, in a term of its own."""
    if not left:
        return None
    bound = {symbol(b.name) for n in t.walk(side) if isinstance(n, t.Big) for b in n.binders}
    side = strip(side)
    if not isinstance(side, t.Sum):
        return None
    for term in side.terms:
        term = strip(term)
        if not isinstance(term, t.Name) or not indices(term):
            continue
        loose = [s for s in free_symbols(term) if s in bound and s not in left]
        if loose and len(loose) == len({text_of(s) for s in indices(term)}) and term.sub_span is not None:
            start, end = term.sub_span
            mark = source.rfind("_", term.span[0], start)
            if source[end : end + 1] == "}":
                end += 1
            written = " ".join(source[term.span[0] : term.span[1]].split())
            return Fault(
                f"{written} uses {', '.join(sorted(loose))} outside of the sum that binds it", ((mark, end, ""),)
            )
    return None
