"""Fragments: the pieces of mathematics of a document, each with its place."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

Kind = Literal["display", "inline", "table", "prose"]


@dataclass(frozen=True, slots=True)
class Fragment:
    """One piece: its text, where the text begins in the document, and the number of its display block."""

    kind: Kind
    text: str
    offset: int
    block: int | None = None


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading: a section begins here."""

    offset: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment of the document, which may declare something."""

    offset: int
    text: str


@dataclass(frozen=True, slots=True)
class Prose:
    """Words between formulas."""

    offset: int
    text: str


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of cells, each with its text and place."""

    offset: int
    rows: tuple[tuple[tuple[str, int], ...], ...]


Item = Fragment | Heading | Comment | Prose | Grid


@dataclass(frozen=True)
class Document:
    """A document: its name, its text as verdicts point into it, and its items in their order."""

    name: str
    text: str
    items: tuple[Item, ...]
    notes: tuple[str, ...] = ()

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """Where each line begins."""
        return line_starts(self.text)

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column, from 1."""
        starts = self.starts
        line = bisect_right(starts, offset)
        return line, offset - starts[line - 1] + 1


def line_starts(text: str) -> tuple[int, ...]:
    """Where each line begins."""
    return (0, *(n + 1 for n, c in enumerate(text) if c == "\n"))
