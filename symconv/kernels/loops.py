"""The loop IR: what every loop kernel is printed from, and what proofs interpret.

Element type and lanes stand on every Let and Set, so that vector forms need no other nodes. Subscripts and loop
conditions are exact integer-affine forms; a divisor occurs only under a ``Multiple`` condition that was tested before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Element = Literal["real", "index"]


@dataclass(frozen=True, slots=True)
class Type:
    """An element and how many of them side by side."""

    element: Element = "real"
    lanes: int = 1


REAL, INDEX = Type("real"), Type("index")


@dataclass(frozen=True, slots=True)
class Affine:
    """``(sum of coefficient*index + constant) / divisor``; exact whenever it is used."""

    parts: tuple[tuple[str, int], ...] = ()
    constant: int = 0
    divisor: int = 1


@dataclass(frozen=True, slots=True)
class Buffer:
    """A row-major array: an argument, a result, or scratch space of the function."""

    name: str
    length: int
    element: Element
    shape: tuple[int, ...] = ()


# ---------------------------------------------------------------------------------------------- values


@dataclass(frozen=True, slots=True)
class Const:
    """The rational ``p/q``, printed as an exact quotient."""

    p: int
    q: int = 1


@dataclass(frozen=True, slots=True)
class Lowest:
    """Minus infinity."""


@dataclass(frozen=True, slots=True)
class Load:
    """One element of a buffer."""

    buffer: str
    at: Affine


@dataclass(frozen=True, slots=True)
class Local:
    """A variable made by Let."""

    name: str


@dataclass(frozen=True, slots=True)
class Add:
    """A sum, in this order."""

    terms: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Mul:
    """A product, in this order."""

    factors: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Div:
    """A quotient of reals."""

    above: Value
    below: Value


@dataclass(frozen=True, slots=True)
class Call:
    """A scalar function of notation.functions."""

    function: str
    argument: Value


@dataclass(frozen=True, slots=True)
class Pick:
    """``value`` where the element of an index buffer is ``equals``, else 0 (never a product: 0 * inf is NaN)."""

    load: Load
    equals: int
    value: Value


@dataclass(frozen=True, slots=True)
class Gate:
    """``value`` where ``test`` is greater than 0 (or NaN), else 0: step(test) * value, never the product 0 * inf.

    With ``below`` it is the other way round: ``value`` where ``test`` is at most 0, else 0 (also for NaN).
    """

    test: Value
    value: Value
    below: bool = False


Value = Gate | Const | Lowest | Load | Local | Add | Mul | Div | Call | Pick


# ------------------------------------------------------------------------------------------ conditions


@dataclass(frozen=True, slots=True)
class Within:
    """``low <= form < high``."""

    form: Affine
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Multiple:
    """``divisor | form``."""

    form: Affine
    divisor: int


@dataclass(frozen=True, slots=True)
class Same:
    """Two integers are equal: a delta, or an element of an index buffer against an affine form."""

    left: Affine | Load
    right: Affine


Condition = Within | Multiple | Same


# ------------------------------------------------------------------------------------------ statements


@dataclass(frozen=True, slots=True)
class For:
    """``for index in 0 .. extent-1``."""

    index: str
    extent: int
    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class If:
    """The body where all conditions hold, tested in order."""

    conditions: tuple[Condition, ...]
    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Let:
    """A new variable."""

    name: str
    type: Type
    value: Value


@dataclass(frozen=True, slots=True)
class Set:
    """An assignment (``=``) or accumulation (``+=``) to an element or a variable."""

    to: Load | Local
    op: Literal["=", "+="]
    value: Value
    type: Type = REAL


@dataclass(frozen=True, slots=True)
class Best:
    """A running first maximum: take value and place when none is held, when it is larger, or when it is NaN."""

    best: str
    place: str
    value: Value
    at: Affine


@dataclass(frozen=True, slots=True)
class Block:
    """A scope of its own: variables made inside end with it."""

    body: tuple[Statement, ...]


Statement = For | If | Let | Set | Best | Block


@dataclass(frozen=True, slots=True)
class Kernel:
    """A function over buffers; ``scratch`` are intermediate arrays of its own."""

    name: str
    inputs: tuple[Buffer, ...]
    outputs: tuple[Buffer, ...]
    scratch: tuple[Buffer, ...]
    body: tuple[Statement, ...]


def functions_used(kernel: Kernel) -> tuple[str, ...]:
    """The names of the scalar functions that a kernel calls, sorted; ``gate`` where it has Gates."""
    found: set[str] = set()

    def value(v: object) -> None:
        match v:
            case Add(terms) | Mul(terms):
                for t in terms:
                    value(t)
            case Div(a, b):
                value(a)
                value(b)
            case Call(name, argument):
                found.add(name)
                value(argument)
            case Pick(_, _, inner):
                value(inner)
            case Gate(test, inner, _):
                found.add("gate")
                value(test)
                value(inner)

    def walk(body: tuple[Statement, ...]) -> None:
        for s in body:
            match s:
                case For(body=inner) | If(body=inner) | Block(body=inner):
                    walk(inner)
                case Let(value=v) | Set(value=v) | Best(value=v):
                    value(v)

    walk(kernel.body)
    return tuple(sorted(found))
