"""The expanded form: entries as sums, term by term in row-major order, broken by kernel row, elided when long."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sympy as sp

from symconv.documents.compose.write import DOTS, NOTHING, entry, join, written
from symconv.documents.nodes import Formula, Gallery, Math, Node, Prose, Row
from symconv.notation.evaluate import evaluate
from symconv.notation.expand import count_terms, expand
from symconv.notation.guards import Equal, is_data
from symconv.notation.rings import Ring
from symconv.notation.tensor import Tensor
from symconv.notation.term import Equation, Term
from symconv.notation.written import WRITTEN, Entries, Sum, subscripts, terms

ENTRIES = 64
"""Larger tensors are elided even where each entry is short."""
SHARE = 8
"""One entry may have this part of the terms that its tensor may have: one sum over pages shows nothing more."""
SHOWN = 12
"""An elided tensor's entries show all their terms up to this many."""


@dataclass(frozen=True, slots=True)
class Limit:
    """How much is written out: all of it when ``full``, otherwise up to ``terms`` terms for one tensor."""

    terms: int = 400
    full: bool = False

    def elides(self, count: int) -> bool:
        """Whether so many terms are too many."""
        return not self.full and count > self.terms

    def whole(self, count: int, tensor: Tensor) -> bool:
        """Whether a tensor with so many terms is written out: there are few, few entries, and no long sums."""
        entries = tensor.length
        return self.full or (count <= self.terms and entries <= ENTRIES and count * SHARE <= self.terms * entries)


ROW_KEYS = Ring(
    "row keys",
    lambda _p, _q: None,
    tuple,
    lambda values: next((v for v in values if v is not None), None),
    lambda _x: None,
    lambda _name, _x: None,
    bracket=lambda _entry, _value: None,
    best=lambda values, _places: tuple(values),
)
"""Not numbers: for each entry the tuple of the keys of its terms, in the order in which they are written."""


def row_keys(q: Equation, at: tuple[int, ...] | None = None) -> list[tuple[Any, ...]]:
    """For each entry (or the one at ``at``) and each of its terms: the values of all summed indices but the last.

    Where this changes a line ends, so that a line is a row of the kernel.
    """
    marked, operands = [], dict[str, Sequence[Any]]()
    tensors = []
    for n, term in enumerate(q.terms):
        leading = term.bound[:-1]
        shape = tuple(i.extent for i in leading)
        key = Tensor(f"row{n}_", shape, tuple(i.name for i in leading))
        operands[key.name] = _Keys(key, n)
        tensors.append(key)
        marked.append(replace(term, summand=key[tuple(i.symbol for i in leading)]))
    for t in q.operands:
        operands[t.name] = Entries(t)
    return evaluate(replace(q, terms=tuple(marked), operands=(*q.operands, *tensors)), operands, ROW_KEYS, at=at)


class _Keys(Sequence[tuple[int, ...]]):
    """The subscripts of the leading indices as the entries of a tensor."""

    def __init__(self, tensor: Tensor, term: int) -> None:
        self.tensor, self.term = tensor, term

    def __len__(self) -> int:
        return self.tensor.length

    def __getitem__(self, n: Any) -> Any:
        return (self.term, *subscripts(self.tensor, n))


def rows(
    left: Formula, element: Any, keys: tuple[Any, ...], *, elide: bool, write: Callable[[Any], Formula] = written
) -> Math:
    """One entry: ``left = sum``, a row for each run of equal keys; with ``elide`` two terms, dots and the last one.

    ``write`` makes a Formula of a written element.
    """
    parts = terms(element)
    if elide and len(parts) > SHOWN:
        # The number of terms stands in the sentence before.
        head, tail = write(Sum(parts[:2])), write(Sum(parts[-1:]))
        sign = " - " if tail.text.startswith("-") else " + "
        last = Formula(tail.latex.removeprefix("-"), tail.text.removeprefix("-"))
        return Math((Row(left, join("= ", head, " + ", DOTS, sign, last)),))
    if type(element) is not Sum or len(keys) != len(parts):
        return Math((Row(left, join("= ", write(element))),))
    found: list[Row] = []
    start = 0
    for n in range(1, len(parts) + 1):
        if n == len(parts) or keys[n] != keys[start]:
            one = write(Sum(parts[start:n]))
            if found:
                minus = one.text.startswith("-")
                body = Formula(one.latex.removeprefix("-"), one.text.removeprefix("-"))
                found.append(Row(NOTHING, join("- " if minus else "+ ", body)))
            else:
                found.append(Row(left, join("= ", one)))
            start = n
    return Math(tuple(found) or (Row(left, Formula("= 0", "= 0")),))


def entry_rows(q: Equation, at: tuple[int, ...], *, elide: bool) -> Math:
    """One entry of the target written out."""
    (element,) = expand(q, at=at)
    (keys,) = row_keys(q, at) if q.reduction == "sum" else ((),)
    return rows(entry(q.target, at), element, keys, elide=elide)


def entries(q: Equation, limit: Limit) -> tuple[Node, ...]:
    """Every entry of the target written out, or the first, the second and the last when there are too many terms."""
    sizes = q.target.sizes
    count = count_terms(q)
    guarded = any(not is_data(g) for t in q.terms for g in t.guards)
    per_row = sizes[-1] if sizes else 1
    if limit.whole(count, q.target):
        places = [subscripts(q.target, n) for n in range(q.target.length)]
        elements = expand(q)
        keys = row_keys(q) if q.reduction == "sum" else [()] * len(elements)
        every = zip(places, elements, keys, strict=True)
        return (Gallery(tuple(rows(entry(q.target, at), e, key, elide=False) for at, e, key in every), per_row),)
    items = tuple(entry_rows(q, at, elide=True) for at in corner_places(q.target))
    if len(items) == 3:
        gap = Math((Row(NOTHING, Formula(r"\vdots", "...")),))
        items = (*items[:2], gap, items[2])
    some = f"{'up to ' if guarded else ''}{plural(count, 'term', 'terms')}"
    note = Prose((f"{plural(q.target.length, 'entry', 'entries')} with {some} in all; some of them:",))
    return (note, Gallery(items, 1))


def corner_places(tensor: Tensor) -> tuple[tuple[int, ...], ...]:
    """The first, the second and the last entry."""
    last = tensor.length - 1
    return tuple(subscripts(tensor, n) for n in dict.fromkeys((0, min(1, last), last)))


def column(q: Equation, rank: int, at: tuple[int, ...], ring: Ring = WRITTEN) -> list[Any]:
    """Of a tensor of partial derivatives ``dT_t/dX_a`` with T of that rank: all t for the one ``a = at``."""
    terms = tuple(_at_end(t, rank, at) for t in q.terms)
    of = q.target.quotient
    assert of is not None
    cut = replace(q, target=of[0], terms=terms)
    return evaluate(cut, {t.name: Entries(t) for t in q.operands}, ring)


def _at_end(term: Term, rank: int, at: tuple[int, ...]) -> Term:
    guards = tuple(Equal(sp.expand(a - n)) for a, n in zip(term.at[rank:], at, strict=True))
    return replace(term, at=term.at[:rank], guards=(*term.guards, *guards))


def plural(count: int, one: str, many: str) -> str:
    """``1 entry``, ``16 entries``."""
    return f"{count:,} {one if count == 1 else many}"

