"""Plain text for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from typing import Any

from symconv.documents.breaking import lines
from symconv.documents.nodes import (
    Code,
    Document,
    Figure,
    Gallery,
    Grid,
    Heading,
    Items,
    Math,
    Parts,
    Prose,
    Table,
)

LINE = 110
"""Columns of a line."""
INDENT = 4


def render(document: Document) -> str:
    """The whole document, ending in a newline."""
    title = _parts(document.title.parts)
    blocks = [f"{title}\n{'=' * len(title)}"]
    if document.title.below:
        blocks.append(_parts(document.title.below))
    blocks += [_NODES[type(node)](node) for node in document.nodes]
    return "\n\n".join(b for b in blocks if b) + "\n"


def _parts(parts: Parts) -> str:
    whole = "".join(p if isinstance(p, str) else p.text for p in parts)
    return "".join(c if c.isprintable() else "?" for c in whole)


def _heading(node: Heading) -> str:
    text = _parts(node.parts)
    return f"{text}\n{('-' if node.level == 1 else '~') * len(text)}"


def _prose(node: Prose) -> str:
    return textwrap.fill(_parts(node.parts), LINE, break_long_words=False, break_on_hyphens=False)


def _items(node: Items) -> str:
    return "\n".join(
        textwrap.fill(_parts(i), LINE, initial_indent="* ", subsequent_indent="  ", break_on_hyphens=False)
        for i in node.items
    )


def _code(node: Code) -> str:
    return textwrap.indent(node.text.rstrip("\n"), " " * INDENT)


def _formula(node: Math, room: int) -> list[str]:
    """The rows with their left sides aligned; a sum that fits stands on one line."""
    margin = max((len(r.left.text) for r in node.rows), default=0)
    first, *others = node.rows
    if others and all(not r.left.text and r.right.text[:2] in ("+ ", "- ") for r in others):
        whole = " ".join([first.left.text, *(r.right.text for r in node.rows)]).strip()
        if len(whole) <= room:
            return [whole]
    shown: list[str] = []
    gap = " " if margin else ""
    for row in node.rows:
        left = row.left.text.ljust(margin)
        parts = lines(row.right.text, room - margin - len(gap), room - margin - len(gap) - 2, len)
        shown.append(f"{left}{gap}{parts[0]}".rstrip())
        shown += [f"{'':{margin}}{gap}  {part}" for part in parts[1:]]
    return shown


def _math(node: Math) -> str:
    return textwrap.indent("\n".join(_formula(node, LINE - INDENT)), " " * INDENT)


def _gallery(node: Gallery) -> str:
    """Short formulas side by side, others below each other."""
    shown = [_formula(item, LINE - INDENT) for item in node.items]
    widest = max((len(line) for item in shown for line in item), default=0)
    fit = (LINE - INDENT) // (widest + 3)
    if node.per_row == 1 or fit < 2 or any(len(item) > 1 for item in shown):
        return textwrap.indent("\n".join(line for item in shown for line in item), " " * INDENT)
    whole = [c for c in range(2, fit + 1) if node.per_row % c == 0]
    columns = whole[-1] if whole else fit
    rows = [shown[n : n + columns] for n in range(0, len(shown), columns)]
    return textwrap.indent(
        "\n".join("   ".join(item[0].ljust(widest) for item in row).rstrip() for row in rows), " " * INDENT
    )


def _grid(grid: Grid) -> list[str]:
    """The matrix, its windows' corners not drawn: a winner stands in stars."""
    cells = [
        [f"*{c.text}*" if (r, n) in grid.winners and not c.text.startswith("*") else c.text for n, c in enumerate(row)]
        for r, row in enumerate(grid.cells)
    ]
    if grid.values:
        cells = [
            [f"{c} {v.text}".strip() for c, v in zip(row, below, strict=True)]
            for row, below in zip(cells, grid.values, strict=True)
        ]
    outlined = [(r, c, h, w) for r, c, h, w in grid.windows]
    columns = [max(len(row[n]) for row in cells) for n in range(len(cells[0]))]
    shown = [grid.title.text] if grid.title is not None and grid.title.text else []
    for r, row in enumerate(cells):
        text = ""
        for n, (cell, width) in enumerate(zip(row, columns, strict=True)):
            begins = any(top <= r < top + h and left == n for top, left, h, w in outlined)
            ends = any(top <= r < top + h and left + w == n for top, left, h, w in outlined)
            text += ("|" if begins or ends else " " if n else "[" if not outlined else " ") + cell.rjust(width)
        last = any(top <= r < top + h and left + w == len(row) for top, left, h, w in outlined)
        shown.append(text + ("|" if last else "]" if not outlined else ""))
    return shown


def _figure(node: Figure) -> str:
    """The parts side by side where they fit, otherwise below each other."""
    blocks = [_grid(p) if isinstance(p, Grid) else [p.text.strip()] for p in node.parts]
    found: list[str] = []
    row: list[list[str]] = []
    for n, block in enumerate(blocks):
        full = node.per_row and n % node.per_row == 0
        if row and (full or sum(max(map(len, b)) + 3 for b in (*row, block)) > LINE - INDENT):
            found.append(_beside(row))
            row = []
        row.append(block)
    found.append(_beside(row))
    return textwrap.indent("\n\n".join(found), " " * INDENT)


def _beside(blocks: list[list[str]]) -> str:
    height = max(map(len, blocks))
    shown = []
    for n in range(height):
        line = ""
        for block in blocks:
            wide = max(map(len, block))
            above = (height - len(block)) // 2 if len(block) == 1 else 0
            line += (block[n - above] if 0 <= n - above < len(block) else "").ljust(wide) + "   "
        shown.append(line.rstrip())
    return "\n".join(shown)


def _table(node: Table) -> str:
    rows = [[_parts(c) for c in row] for row in (node.header, *node.rows)]
    widths = [max(len(row[n]) for row in rows) for n in range(len(node.header))]
    shown = ["  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([shown[0], "-" * max(map(len, shown)), *shown[1:]])


_NODES: dict[type, Callable[[Any], str]] = {
    Heading: _heading,
    Prose: _prose,
    Items: _items,
    Math: _math,
    Gallery: _gallery,
    Figure: _figure,
    Table: _table,
    Code: _code,
}

