"""Indices and the symbols of sizes: the one place where integer symbols are made.

Indices are plain integers without a sign assumption (a KroneckerDelta or a quotient would otherwise be simplified
behind our back); extents are positive, paddings nonnegative.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

import sympy as sp

Size: TypeAlias = int | sp.Expr


@cache
def symbol(name: str) -> sp.Symbol:
    """The SymPy symbol of an index."""
    return sp.Symbol(name, integer=True)


@cache
def size(name: str) -> sp.Symbol:
    """An extent, stride or dilation that stays symbolic: a positive integer."""
    return sp.Symbol(name, integer=True, positive=True)


@cache
def padding(name: str) -> sp.Symbol:
    """A padding that stays symbolic: a nonnegative integer."""
    return sp.Symbol(name, integer=True, nonnegative=True)


@dataclass(frozen=True, slots=True)
class Index:
    """An index that runs over ``0 <= name < extent``; the extent is a number or an expression in size symbols."""

    name: str
    extent: sp.Expr

    def __post_init__(self) -> None:
        object.__setattr__(self, "extent", sp.sympify(self.extent))

    @property
    def symbol(self) -> sp.Symbol:
        """The SymPy symbol that stands for this index in accesses and guards."""
        return symbol(self.name)


def indices(**extents: Size) -> tuple[Index, ...]:
    """Indices in the order given.

    >>> [i.name for i in indices(k=4, l=5)]
    ['k', 'l']
    """
    return tuple(Index(name, extent) for name, extent in extents.items())


def fresh(name: str, taken: set[str]) -> str:
    """``name``, with as many underscores (printed as primes) as it takes to be new; it is added to ``taken``.

    >>> fresh("i", {"i", "j"})
    'i_'
    """
    while name in taken:
        name += "_"
    taken.add(name)
    return name
