"""The tree of what was written; ``at`` is the offset where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal


@dataclass(frozen=True, slots=True)
class Number:
    """An exact number."""

    at: int
    value: Fraction


@dataclass(frozen=True, slots=True)
class Entry:
    """A name with its subscripts: an entry of a tensor, a scalar, or (without subscripts, inside them) an index."""

    at: int
    name: str
    subscripts: tuple[Node, ...] = ()
    bracketed: bool = False


@dataclass(frozen=True, slots=True)
class Sum:
    """Parts that are added; ``signs`` are 1 or -1."""

    at: int
    parts: tuple[Node, ...]
    signs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Product:
    """Factors; those with the power -1 divide."""

    at: int
    factors: tuple[Node, ...]
    powers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Power:
    """An integer power."""

    at: int
    base: Node
    exponent: int


@dataclass(frozen=True, slots=True)
class Call:
    """A function of one argument."""

    at: int
    function: str
    argument: Node


@dataclass(frozen=True, slots=True)
class Reduce:
    """``sum(i,j)`` or ``max(i,j)`` of a product."""

    at: int
    kind: Literal["sum", "max"]
    indices: tuple[Entry, ...]
    body: Node


@dataclass(frozen=True, slots=True)
class Under:
    """A part in parentheses with conditions of its own: ``(A[k-1] where 0 <= k-1)``."""

    at: int
    body: Node
    conditions: tuple[Condition, ...]


Node = Number | Entry | Sum | Product | Power | Call | Reduce | Under


@dataclass(frozen=True, slots=True)
class Chain:
    """``0 <= k+i < 6``: forms with the signs ``<``, ``<=``, ``>``, ``>=`` or ``=`` between them."""

    at: int
    forms: tuple[Node, ...]
    signs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Divisible:
    """``2 | k+i``."""

    at: int
    divisor: Node
    form: Node


Condition = Chain | Divisible


@dataclass(frozen=True, slots=True)
class Statement:
    """``target = right where conditions``."""

    at: int
    target: Entry
    right: Node
    conditions: tuple[Condition, ...]
