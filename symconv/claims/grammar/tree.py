"""The tree of a written formula. It knows no names: what a letter means is decided later."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from functools import cache
from typing import Any

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Num:
    """A number; ``digits`` as it is written."""

    value: Fraction
    digits: str
    span: Span


@dataclass(frozen=True, slots=True)
class Name:
    """A letter or word with its subscripts and superscripts.

    ``subs`` are the pieces of its subscript, ``joined`` says that they were digits or letters without anything between
    them; ``sups`` those of its superscript without what marks a transpose or a prime. ``marked`` is bold or coloured.
    """

    base: str
    subs: tuple[Node, ...]
    sups: tuple[Node, ...]
    primes: int
    transposed: bool
    joined: bool
    marked: bool
    span: Span
    sub_span: Span | None = None
    sup_span: Span | None = None
    word: bool = False
    bracketed: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Something in brackets: round, square or curly."""

    body: Node
    bracket: str
    span: Span


@dataclass(frozen=True, slots=True)
class Script:
    """Subscripts and superscripts of something that is no name: ``(W^l)^T``, ``(I * K)_{ij}``, ``x^2``."""

    body: Node
    subs: tuple[Node, ...]
    sups: tuple[Node, ...]
    primes: int
    transposed: bool
    span: Span


@dataclass(frozen=True, slots=True)
class At:
    """Something with a bar behind it that says at what it is taken, or through what: ``y |_x``."""

    body: Node
    at: Node
    span: Span


@dataclass(frozen=True, slots=True)
class Call:
    """A name and the brackets behind it: a call or a product."""

    function: Name
    arguments: tuple[Node, ...]
    bracket: str
    span: Span
    inner: Span


@dataclass(frozen=True, slots=True)
class Diff:
    """``∂x`` or ``dx`` alone."""

    of: Node
    span: Span


@dataclass(frozen=True, slots=True)
class Derivative:
    """``∂ of / ∂ by``; without ``of`` an operator on what follows."""

    of: Node | None
    by: Node
    span: Span


@dataclass(frozen=True, slots=True)
class Fraction_:
    """Something over something."""

    over: Node
    under: Node
    span: Span


@dataclass(frozen=True, slots=True)
class Sum:
    """Terms with their signs."""

    terms: tuple[Node, ...]
    signs: tuple[int, ...]
    span: Span
    places: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Product:
    """Factors and the operators between them; an empty operator is none at all. ``/`` divides."""

    factors: tuple[Node, ...]
    operators: tuple[str, ...]
    span: Span
    places: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Minus:
    """A sign in front of a factor."""

    body: Node
    span: Span


@dataclass(frozen=True, slots=True)
class Binder:
    """An index that a sum runs over: its first and last value when they are written; ``open_end`` excludes the last."""

    name: Name
    low: Node | None
    high: Node | None
    open_end: bool = False


@dataclass(frozen=True, slots=True)
class Big:
    """A big operator (sum, prod, max, min, argmax) with what it binds, conditions and body."""

    operator: str
    binders: tuple[Binder, ...]
    conditions: tuple[Relation, ...]
    sets: tuple[Relation, ...]
    body: Node
    span: Span
    head: Span


@dataclass(frozen=True, slots=True)
class Matrix:
    """Rows of cells; a cell may be None when it is empty or dots."""

    rows: tuple[tuple[Node | None, ...], ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Cases:
    """Values with the condition of each: a relation, or words."""

    rows: tuple[tuple[Node, Node | None], ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Bars:
    """Something between bars: ``kind`` is abs, norm, floor or ceil."""

    body: Node
    kind: str
    span: Span


@dataclass(frozen=True, slots=True)
class Dots:
    """Three dots."""

    span: Span


@dataclass(frozen=True, slots=True)
class Words:
    """Words in a formula."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Listing:
    """Things with commas between them."""

    items: tuple[Node, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Relation:
    """Sides with relations between them: ``a = b = c``, ``0 \\le m < k``."""

    sides: tuple[Node, ...]
    relations: tuple[str, ...]
    span: Span


Node = (
    Num
    | Name
    | Group
    | Script
    | At
    | Call
    | Diff
    | Derivative
    | Fraction_
    | Sum
    | Product
    | Minus
    | Big
    | Matrix
    | Cases
    | Bars
    | Dots
    | Words
    | Listing
    | Relation
)


@cache
def _fields(kind: type) -> tuple[str, ...]:
    """The fields of a kind of node that may hold nodes."""
    return tuple(f.name for f in fields(kind) if f.name not in _PLAIN)


_PLAIN = frozenset(("span", "base", "primes", "places", "operators", "signs", "digits", "value", "sub_span", "head"))


def children(node: Node | Binder) -> list[Node]:
    """The nodes directly below a node, in their order."""
    found: list[Node] = []
    for name in _fields(type(node)):  # type: ignore[arg-type]
        _add(getattr(node, name), found)
    return found


def _add(value: object, found: list[Node]) -> None:
    if isinstance(value, tuple):
        for v in value:
            _add(v, found)
    elif isinstance(value, Binder):
        found += children(value)
    elif hasattr(value, "span"):
        found.append(value)  # type: ignore[arg-type]


def deeper(node: Node, most: int) -> bool:
    """Whether a tree has more than so many nodes below one another."""
    level = [node]
    for _ in range(most):
        level = [c for n in level for c in children(n)]
        if not level:
            return False
    return True


def walk(node: Node) -> Iterator[Node]:
    """A node and all nodes below it."""
    stack = [node]
    while stack:
        top = stack.pop()
        yield top
        stack.extend(reversed(children(top)))


def rebuild(node: Node, change: Callable[[Node], Node]) -> Node:
    """The node with every tree directly in one of its fields, or in a tuple there, changed."""
    changes: dict[str, Any] = {}
    for f in fields(node):
        value = getattr(node, f.name)
        if isinstance(value, tuple) and value and all(hasattr(v, "span") for v in value):
            changes[f.name] = tuple(change(v) for v in value)
        elif hasattr(value, "span"):
            changes[f.name] = change(value)
    made: Any = replace(node, **changes)
    return made
