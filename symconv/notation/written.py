"""The written ring: entries as ordered sums of ordered products, which is what documents and unrolled kernels print.

SymPy's Add would sort the terms and cost forty times as much; here row-major order stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd
from typing import Any, NamedTuple

from symconv.notation.rings import Ring
from symconv.notation.tensor import Tensor


class Entry:
    """One entry of a tensor; printers keep what they print for it, so that a long sum costs one look-up a factor."""

    __slots__ = ("at", "place", "printed", "tensor")

    def __init__(self, tensor: Tensor, at: tuple[int, ...], place: int) -> None:
        self.tensor, self.at, self.place = tensor, at, place
        self.printed: dict[str, str] = {}

    def __repr__(self) -> str:
        return f"{self.tensor.name}{list(self.at)}"


class Number(NamedTuple):
    """The rational ``p/q``."""

    p: int
    q: int


class Product(NamedTuple):
    """Factors in their order."""

    factors: tuple[Any, ...]


class Sum(NamedTuple):
    """Terms in their order; none is the number 0."""

    terms: tuple[Any, ...]


class Inverse(NamedTuple):
    """``1 / of``."""

    of: Any


class Apply(NamedTuple):
    """A scalar function of the table applied to ``of``."""

    function: str
    of: Any


class Bracket(NamedTuple):
    """``[entry = value]``: 1 where the index tensor holds the value, else 0."""

    entry: Entry
    value: int


class Choice(NamedTuple):
    """The candidates of a max or argmax with their places in the window."""

    reduction: str
    candidates: tuple[Any, ...]
    places: tuple[int, ...]


def alike(a: Any, b: Any) -> bool:
    """Whether two written elements are the same, type by type (named tuples of different types may be equal)."""
    if a is b or type(a) is not type(b):
        return a is b
    if type(a) is Entry:
        return bool(a.place == b.place and a.tensor == b.tensor)
    return len(a) == len(b) and all(map(alike, a, b)) if isinstance(a, tuple) else bool(a == b)


def _product(factors: Sequence[Any]) -> Any:
    if len(factors) == 2 and type(factors[0]) is Entry and type(factors[1]) is Entry:  # nearly always
        return Product(tuple(factors))
    kept: list[Any] = []
    p = q = 1
    for f in factors:
        for one in f.factors if type(f) is Product else (f,):
            if type(one) is Number:  # numbers are one factor, the first
                p, q = p * one.p, q * one.q
            else:
                kept.append(one)
    if p != q:
        common = gcd(p, q)
        kept.insert(0, Number(p // common, q // common))
    return kept[0] if len(kept) == 1 else Product(tuple(kept)) if kept else Number(1, 1)


def _add(terms: Sequence[Any]) -> Any:
    return terms[0] if len(terms) == 1 else Sum(tuple(terms))


WRITTEN = Ring(
    "written",
    Number,
    _add,
    _product,
    Inverse,
    Apply,
    bracket=Bracket,
    best=lambda values, places: Choice("max", tuple(values), tuple(places)),
    argbest=lambda values, places: Choice("argmax", tuple(values), tuple(places)),
)


class Entries(Sequence[Entry]):
    """The entries of a tensor, made when they are asked for."""

    def __init__(self, tensor: Tensor) -> None:
        self.tensor = tensor
        self.made: dict[int, Entry] = {}

    def __len__(self) -> int:
        return self.tensor.length

    def __getitem__(self, n: Any) -> Any:
        entry = self.made.get(n)
        if entry is None:
            if not 0 <= n < self.tensor.length:
                raise IndexError(n)
            entry = self.made[n] = Entry(self.tensor, subscripts(self.tensor, n), n)
        return entry


def subscripts(tensor: Tensor, place: int) -> tuple[int, ...]:
    """The subscripts of the entry at a row-major place."""
    at = []
    for extent in reversed(tensor.sizes):
        place, digit = divmod(place, extent)
        at.append(digit)
    return tuple(at[::-1])


def terms(element: Any) -> tuple[Any, ...]:
    """The terms of a written element: those of a Sum, or the element itself."""
    return element.terms if type(element) is Sum else (element,)
