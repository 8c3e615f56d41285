"""The format-neutral document: what is said, in which order; a format decides how it looks.

Prose is made of strings, which every format escapes, and of Formulas, which hold mathematics in both of the forms that
the printers of ``notation.printing`` make.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Formula:
    """Mathematics in two forms: LaTeX without delimiters, and plain text."""

    latex: str
    text: str


Part = str | Formula
Parts = tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Title:
    """The title of the whole document, with a line below it."""

    parts: Parts
    below: Parts = ()


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of level 1 (section) or 2 (subsection)."""

    level: int
    parts: Parts


@dataclass(frozen=True, slots=True)
class Prose:
    """A paragraph."""

    parts: Parts


@dataclass(frozen=True, slots=True)
class Items:
    """A list of short statements."""

    items: tuple[Parts, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a displayed formula: ``left`` is aligned at its end with ``right``; empty where a sum goes on."""

    left: Formula
    right: Formula


@dataclass(frozen=True, slots=True)
class Math:
    """One displayed formula; a long sum has several rows, and a format breaks those that are still too wide."""

    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Gallery:
    """Formulas of one kind, the entries of a tensor, side by side where they fit; ``per_row`` suits their shape."""

    items: tuple[Math, ...]
    per_row: int = 1


@dataclass(frozen=True, slots=True)
class Grid:
    """A matrix picture.

    ``cells`` are rows of formulas, with small ``values`` below them if given. ``windows`` are outlined rectangles
    (row, column, height, width), ``winners`` cells in red, ``zeros`` cells in grey. ``title`` stands above.
    """

    cells: tuple[tuple[Formula, ...], ...]
    values: tuple[tuple[Formula, ...], ...] = ()
    windows: tuple[tuple[int, int, int, int], ...] = ()
    winners: tuple[tuple[int, int], ...] = ()
    zeros: tuple[tuple[int, int], ...] = ()
    title: Formula | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """Matrix pictures and formulas in a row: a matrix, ``= Convolution(``, another matrix, ``)``.

    With ``per_row`` a new row begins after so many parts, otherwise where the line is full.
    """

    parts: tuple[Grid | Formula, ...]
    per_row: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells below a header."""

    header: tuple[Parts, ...]
    rows: tuple[tuple[Parts, ...], ...]


@dataclass(frozen=True, slots=True)
class Code:
    """Lines that are shown as they are."""

    text: str


Node = Heading | Prose | Items | Math | Gallery | Figure | Table | Code


@dataclass(frozen=True, slots=True)
class Document:
    """A title and what follows it."""

    title: Title
    nodes: tuple[Node, ...]
