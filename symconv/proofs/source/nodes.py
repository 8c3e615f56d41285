"""The small language that kernels are read into: typed expressions and statements, the same for C and Python."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

Kind = Literal["int", "real", "bool"]


@dataclass(frozen=True, slots=True)
class Number:
    """An exact number; as a real it is a literal that its type holds exactly, or a quotient of such."""

    value: int | Fraction
    kind: Kind


@dataclass(frozen=True, slots=True)
class Irrational:
    """One of the irrational numbers that functions are made of, by its name."""

    name: str
    kind: Kind = "real"


@dataclass(frozen=True, slots=True)
class Infinity:
    """Minus infinity, with which a maximum starts."""

    kind: Kind = "real"


@dataclass(frozen=True, slots=True)
class Name:
    """A variable."""

    name: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Item:
    """An element of an array."""

    array: str
    at: Expression
    kind: Kind


@dataclass(frozen=True, slots=True)
class Binary:
    """``+ - * / %``; ``/`` and ``%`` of integers as C has them, ``//`` and ``%%`` as Python has them."""

    op: str
    left: Expression
    right: Expression
    kind: Kind


@dataclass(frozen=True, slots=True)
class Sum:
    """A long sum of reals, from left to right."""

    terms: tuple[Expression, ...]
    kind: Kind = "real"


@dataclass(frozen=True, slots=True)
class Negative:
    """``-of``."""

    of: Expression
    kind: Kind


@dataclass(frozen=True, slots=True)
class Compare:
    """A comparison of two numbers."""

    op: str
    left: Expression
    right: Expression
    kind: Kind = "bool"


@dataclass(frozen=True, slots=True)
class Logic:
    """``and``, ``or``, ``not``; the parts are looked at in order, no further than needed."""

    op: Literal["and", "or", "not"]
    parts: tuple[Expression, ...]
    kind: Kind = "bool"


@dataclass(frozen=True, slots=True)
class Choice:
    """``test ? yes : no``."""

    test: Expression
    yes: Expression
    no: Expression
    kind: Kind


@dataclass(frozen=True, slots=True)
class Call:
    """A function of mathematics (``own`` false) or one defined beside the kernel."""

    function: str
    arguments: tuple[Expression, ...]
    own: bool
    kind: Kind = "real"


Expression = Number | Irrational | Infinity | Name | Item | Binary | Sum | Negative | Compare | Logic | Choice | Call


@dataclass(frozen=True, slots=True)
class Declare:
    """A new variable, set or not."""

    name: str
    kind: Kind
    value: Expression | None
    line: int = 0


@dataclass(frozen=True, slots=True)
class Array:
    """A new array, nothing set, or every element set to ``fill``."""

    name: str
    kind: Kind
    length: int
    fill: int | None = None


@dataclass(frozen=True, slots=True)
class Assign:
    """``to = value`` or ``to += value``."""

    to: Name | Item
    op: Literal["=", "+="]
    value: Expression
    line: int = 0


@dataclass(frozen=True, slots=True)
class If:
    """One branch or the other."""

    test: Expression
    yes: tuple[Statement, ...]
    no: tuple[Statement, ...] = ()
    line: int = 0


@dataclass(frozen=True, slots=True)
class Loop:
    """``for name in start, start+step ... < stop``."""

    name: str
    start: Expression
    stop: Expression
    step: int
    body: tuple[Statement, ...]
    line: int = 0


@dataclass(frozen=True, slots=True)
class Return:
    """The value of a function that a kernel calls."""

    value: Expression
    line: int = 0


Statement = Declare | Array | Assign | If | Loop | Return


@dataclass(frozen=True, slots=True)
class Parameter:
    """An argument: a variable of a helper function, or an array of the kernel, written or only read."""

    name: str
    kind: Kind
    written: bool = False


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the source text; ``known`` names the function of mathematics that its text is known to be."""

    name: str
    parameters: tuple[Parameter, ...]
    body: tuple[Statement, ...]
    known: str = ""


@dataclass(frozen=True, slots=True)
class Program:
    """A kernel with the functions that it calls; ``results`` are the names of the arrays it fills, in order.

    ``wraps`` says that integers are 32 bits wide, so that leaving that range is a fault.
    """

    kernel: Function
    helpers: tuple[Function, ...]
    results: tuple[str, ...]
    wraps: bool


def walk(body: tuple[Statement, ...]) -> list[Statement]:
    """All statements, also those inside others."""
    found: list[Statement] = []
    for s in body:
        found.append(s)
        match s:
            case If(yes=yes, no=no):
                found += walk(yes) + walk(no)
            case Loop(body=inner):
                found += walk(inner)
    return found
