"""Tables: cells that are statements, matrices of entries, and what every cell of a gradient is."""

from __future__ import annotations

import re
from dataclasses import dataclass

from symconv.claims.grammar import tree as t
from symconv.claims.grammar.statements import Written, statements
from symconv.claims.meaning.forms import strip
from symconv.claims.meaning.survey import indices
from symconv.claims.source.fragment import Fragment, Grid

MAX_CELLS = 4096


@dataclass(frozen=True, slots=True)
class Table:
    """A table of formulas: the tree of every cell, None for an empty one; all of its cells are read."""

    grid: Grid
    cells: tuple[tuple[t.Node | None, ...], ...]


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


def table(grid: Grid, words: frozenset[str] = frozenset()) -> Table | None:
    """The table when every cell is a number, an entry, a derivative or empty, and there are at least two of each."""
    if len(grid.rows) < 2 or sum(map(len, grid.rows)) > MAX_CELLS:
        return None
    width = max(map(len, grid.rows))
    rows: list[tuple[t.Node | None, ...]] = []
    for row in grid.rows:
        cells: list[t.Node | None] = []
        for text, _ in row:
            body, _ = cell_text(text)
            if not body:
                cells.append(None)
                continue
            read = statements(body, words=words)
            if len(read) != 1 or read[0].tree is None or read[0].claim:
                return None
            node = strip(read[0].tree)
            if not isinstance(node, t.Num | t.Name | t.Derivative | t.Minus | t.Fraction_):
                return None
            if isinstance(node, t.Name) and not indices(node):
                return None
            cells.append(node)
        rows.append((*cells, *(None,) * (width - len(cells))))
    return Table(grid, tuple(rows))
