"""Numeric examples: what a side is worked out to be, compared with the numbers that are printed beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from symconv.claims.grammar import tree as t
from symconv.claims.judging.edit import replaced
from symconv.claims.meaning.arrays import Operand, equal, lower
from symconv.claims.meaning.printed import Printed, agrees, laid, plain, printed
from symconv.claims.meaning.section import Reading, Unresolved
from symconv.claims.meaning.tape import Number, number
from symconv.claims.meaning.values import Environment, Values

if TYPE_CHECKING:
    from symconv.claims.judging.view import View

ROUNDED = "to the digits that are printed"


def alike(a: t.Node, b: t.Node, x: Operand, y: Operand) -> tuple[str | None, bool]:
    """How two values are equal (None when they are not), and whether rounding on the way may be all that differs."""
    how = equal(x, y)
    if how is not None:
        return how, False
    for node, value in ((b, x), (a, y)):
        shown = printed(node)
        if shown is not None and (plain(node)):
            found = agrees(value, shown)
            if found:
                return ROUNDED, False
            if found is None:
                return None, True
    return None, False


@dataclass(frozen=True, slots=True)
class Misprint:
    """Numbers of a statement that are others: the changes of its text, and what is said of them."""

    changes: tuple[tuple[int, int, str], ...]
    cause: str

    def apply(self, source: str, start: int, end: int) -> str:
        """The part of a source with the changes."""
        return replaced(source, start, end, self.changes)


def misprint(view: View, n: int, reading: Reading, pair: int, support: int, source: str) -> Misprint | None:
    """What the printed numbers of an equality should be, where the rest of them or the note bears that out.

    A matrix is borne out by at least half of its entries; arithmetic with numbers alone by itself; a single number
    that follows from the note's definitions by other statements that hold.
    """
    tree = view.trees[n]
    if not isinstance(tree, t.Relation) or tree.relations[pair] not in ("=", ":="):
        return None
    a, b = tree.sides[pair], tree.sides[pair + 1]
    shown = printed(b)
    if shown is None or printed(a) is not None:
        return None
    values = _worth(view, n, reading, a, 1)
    if varies(view, n, reading, pair):
        return None
    best: list[tuple[tuple[int, ...], Number, Printed]] | None = None
    for value, _ in values:
        data = laid(value, shown) if shown.ndim else np.array(lower(value), dtype=object)
        if data is None or data.shape != shown.shape:
            continue
        every = [(p, number(data[p]), shown[p]) for p in np.ndindex(*shown.shape)]
        wrong = [(p, x, entry) for p, x, entry in every if not entry.holds(x)]
        if all(not entry.close(x) for _, x, entry in wrong) and (best is None or len(wrong) < len(best)):
            best = wrong
    if not best:
        return None
    sure = 2 * len(best) <= shown.size if shown.size > 1 else plain(a) or support >= 2
    if not sure:
        return None
    changes = tuple((p.span[0], p.span[1], p.write(x)) for _, x, p in best)
    return Misprint(changes, _cause(best, shown.ndim, source))


def _worth(view: View, n: int, reading: Reading, side: t.Node, seed: int) -> Values:
    """What a side may be in the world of a seed; nothing where that cannot be worked out."""
    from symconv.claims.meaning.evaluate import Evaluator

    try:
        return Evaluator(view.context(n).trial(reading).world(seed, n)).values(side, Environment({}, {}))
    except (Unresolved, ArithmeticError):
        return []


def varies(view: View, n: int, reading: Reading, pair: int) -> bool:
    """Whether numbers are printed for what depends on numbers that the note does not give."""
    tree = view.trees[n]
    if not isinstance(tree, t.Relation):
        return False
    a, b = tree.sides[pair], tree.sides[pair + 1]
    sides = [x for x, y in ((a, b), (b, a)) if plain(y) and not plain(x)]
    for side in sides:
        first, second = _worth(view, n, reading, side, 1), _worth(view, n, reading, side, 2)
        if first and second and all(equal(x, y) is None for x, _ in first for y, _ in second):
            return True
    return False


def _cause(found: Sequence[tuple[tuple[int, ...], Number, Printed]], axes: int, source: str) -> str:
    parts = []
    for place, x, p in found:
        old = source[p.span[0] : p.span[1]].strip()
        if axes:
            at = ", ".join(str(n + 1) for n in place)
            parts.append(f"entry ({at}) is {p.write(x)}, not {old}")
        else:
            parts.append(f"it is {p.write(x)}, not {old}")
    return "; ".join(parts)
