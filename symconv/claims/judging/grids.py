"""Tables as they are written: cells that are statements, and tables all of whose cells are numbers or entries."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from symconv.claims.grammar import tree as t
from symconv.claims.grammar.statements import Written, statements
from symconv.claims.meaning.forms import affine, strip
from symconv.claims.meaning.survey import indices
from symconv.claims.source.fragment import Fragment, Grid
from symconv.claims.tex.macros import Macro

MAX_CELLS = 4096


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its tree, None when it is empty; where what it says begins and ends in the document, and what it is."""

    tree: t.Node | None
    start: int
    end: int
    text: str

    @property
    def number(self) -> Fraction | None:
        """The number that it is; None for anything else."""
        return value(self.tree) if self.tree is not None else None


@dataclass(frozen=True, slots=True)
class Table:
    """A table of formulas: all of its cells are read."""

    start: int
    end: int
    rows: tuple[tuple[Cell, ...], ...]

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self.rows), len(self.rows[0])

    @property
    def filled(self) -> tuple[tuple[int, int, Cell], ...]:
        """The cells that say something, each with its row and column."""
        return tuple((r, c, x) for r, row in enumerate(self.rows) for c, x in enumerate(row) if x.tree is not None)

    @property
    def numbers(self) -> tuple[tuple[Fraction, ...], ...] | None:
        """The numbers, when every cell is one."""
        rows = tuple(tuple(n for x in row if (n := x.number) is not None) for row in self.rows)
        return rows if all(len(row) == self.shape[1] for row in rows) else None

    def written(self, body: str, changes: Mapping[tuple[int, int], str]) -> str:
        """The table with other texts in some cells, all else as it is in the document."""
        out, at = [], self.start
        for r, c, cell in self.filled:
            if (r, c) in changes:
                out += [body[at : cell.start], changes[r, c]]
                at = cell.end
        return "".join([*out, body[at : self.end]])


def cell_text(text: str) -> tuple[str, int]:
    """What stands in a cell without dollars and blanks, and how far into the cell it begins."""
    lead = len(text) - len(text.lstrip())
    body = text.strip()
    for mark in ("$$", "$"):
        if body.startswith(mark) and body.endswith(mark) and len(body) >= 2 * len(mark) + 1:
            return body[len(mark) : -len(mark)], lead + len(mark)
    return body, lead


def grid_statements(grid: Grid, words: frozenset[str]) -> list[tuple[Fragment, Written]]:
    """The statements in the cells of a table."""
    found: list[tuple[Fragment, Written]] = []
    for row in grid.rows:
        for text, place in row:
            for match in re.finditer(r"\$([^$]+)\$", text):
                if "=" in match[1]:
                    fragment = Fragment("table", match[1], place + match.start(1))
                    found += [(fragment, w) for w in statements(match[1], words=words) if w.claim]
    return found


def table(
    grid: Grid, macros: Mapping[str, Macro] | None = None, words: frozenset[str] = frozenset()
) -> Table | None:
    """The table when every cell is a number, an entry, a derivative or empty, and it is more than a row of numbers."""
    rows = [row for row in grid.rows if any(text.strip() for text, _ in row)]
    if not rows or sum(map(len, rows)) > MAX_CELLS:
        return None
    width = max(map(len, rows))
    read: list[tuple[Cell, ...]] = []
    for row in rows:
        cells = []
        for text, place in row:
            body, lead = cell_text(text)
            node = None
            if body:
                node = _node(body, macros, words)
                if node is None:
                    return None
            cells.append(Cell(node, place + lead, place + lead + len(body), body))
        last = row[-1][1] + len(row[-1][0])
        read.append((*cells, *(Cell(None, last, last, "") for _ in range(width - len(cells)))))
    first, final = rows[0][0], rows[-1][-1]
    found = Table(first[1], final[1] + len(final[0]), tuple(read))
    some = any(cell.number is None for _, _, cell in found.filled)
    if width < 2 or not found.filled or (len(read) < 2 and not some):
        return None
    return found


def _node(body: str, macros: Mapping[str, Macro] | None, words: frozenset[str]) -> t.Node | None:
    """A number, an entry with its indices, or a derivative; None for anything else."""
    read = statements(body, macros, words=words)
    if len(read) != 1 or read[0].tree is None or read[0].claim:
        return None
    node = strip(read[0].tree)
    if value(node) is not None or (isinstance(node, t.Name) and place(node) is not None):
        return node
    return node if isinstance(node, t.Derivative) else None


def value(node: t.Node) -> Fraction | None:
    """The number that a tree is: with a sign, or as a fraction; None for anything else."""
    node = strip(node)
    match node:
        case t.Num():
            return node.value
        case t.Minus():
            inner = value(node.body)
            return None if inner is None else -inner
        case t.Sum() if len(node.terms) == 1:
            inner = value(node.terms[0])
            return None if inner is None else inner * node.signs[0]
        case t.Fraction_():
            over, under = value(node.over), value(node.under)
            return over / under if over is not None and under else None
    return None


def place(name: t.Name) -> tuple[int, ...] | None:
    """The numbers that the indices of an entry are; None when they are not numbers, or there are none."""
    found = []
    for piece in indices(name):
        form = affine(piece)
        if form is None or form.numeric is None:
            return None
        found.append(form.numeric)
    return tuple(found) or None
