"""Jupyter notebooks: the Markdown cells, one after the other, with the place of every character in the file."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from json import JSONDecodeError
from typing import Any

from symconv.claims.source import markdown
from symconv.claims.source.fragment import Comment, Fragment, Grid, Heading, Item, Prose, line_starts
from symconv.claims.source.jsontext import Path, texts
from symconv.errors import UsageError, show

GAP = "\n\n"
FORMATS = (3, 4)
"""The versions of the format that are read."""
_BETWEEN = re.compile(r'\\n"\s*,\s*"')
_SOURCES = re.compile(r"(?:worksheets/\d+/)?cells/\d+/source(?:/\d+)?")


@dataclass(frozen=True)
class Notebook:
    """A notebook: its file's text, the texts of its Markdown cells, and where each character of them comes from."""

    raw: str
    cells: tuple[str, ...]
    starts: tuple[tuple[int, ...], ...]

    @property
    def text(self) -> str:
        """The Markdown cells as one text."""
        return GAP.join(self.cells)

    @cached_property
    def begins(self) -> tuple[int, ...]:
        """Where each cell begins in that text."""
        out, at = [], 0
        for cell in self.cells:
            out.append(at)
            at += len(cell) + len(GAP)
        return tuple(out)

    @cached_property
    def lines(self) -> tuple[int, ...]:
        """Where each line of the file begins."""
        return line_starts(self.raw)

    def raw_place(self, offset: int) -> int:
        """Where a character of the joined text is in the file."""
        cell = bisect_right(self.begins, offset) - 1
        return self.starts[cell][min(offset - self.begins[cell], len(self.cells[cell]))]

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column in the file, from 1."""
        at = self.raw_place(offset)
        line = bisect_right(self.lines, at)
        return line, at - self.lines[line - 1] + 1

    def changed(self, changes: Sequence[tuple[int, int, str]]) -> str:
        """The file with parts of the joined text changed: (start, end, what stands there then)."""
        out, at = [], 0
        for start, end, new in sorted(changes):
            first, last = self.raw_place(start), self.raw_place(end)
            between = _BETWEEN.search(self.raw, first, last)  # the lines are strings of their own
            out += [self.raw[at:first], (between[0] if between else "\\n").join(map(self._quoted, new.split("\n")))]
            at = last
        return "".join([*out, self.raw[at:]])

    def _quoted(self, text: str) -> str:
        return json.dumps(text, ensure_ascii=self.raw.isascii())[1:-1]


def parse(text: str, name: str) -> Notebook:
    """The notebook that a file holds; raises UsageError when it is none."""
    from nbformat import reader

    try:
        found: Any = reader.reads(text)  # type: ignore[no-untyped-call]
    except Exception as error:  # what JSON and nbformat raise
        reason = f"{error.msg} at line {error.lineno}" if isinstance(error, JSONDecodeError) else type(error).__name__
        raise UsageError(name, f"it is no notebook ({reason})", "save it again with Jupyter") from None
    cells = _cells(found, name)
    pieces: dict[Path, tuple[list[str], list[int]]] = {}
    for piece in texts(text, _SOURCES):
        values, starts = pieces.setdefault(piece.path[: piece.path.index("source")], ([], []))
        starts[sum(map(len, values)) :] = piece.starts
        values.append(piece.value)
    read: list[tuple[str, tuple[int, ...]]] = []
    for path, cell in cells:
        if cell.get("cell_type") == "markdown":
            values, starts = pieces.get(path, ([], [0]))
            if "".join(values) != cell.get("source", ""):
                raise UsageError(name, f"the source of cell {len(read)} is no text", "save it again with Jupyter")
            read.append(("".join(values), tuple(starts)))
    return Notebook(text, tuple(v for v, _ in read), tuple(s for _, s in read))


def _cells(found: Any, name: str) -> list[tuple[Path, Any]]:
    """The cells with their paths."""
    version = found.get("nbformat")
    if version not in FORMATS:
        said = f"its nbformat is {show(version)}" if version is not None else "it does not say its nbformat"
        raise UsageError(name, f"it is no notebook that is read ({said})", "save it with Jupyter as version 4")
    holders: list[tuple[Path, Any]] = [((), found)]
    if version == 3:
        holders = [(("worksheets", n), sheet) for n, sheet in enumerate(found.get("worksheets") or ())]
    out: list[tuple[Path, Any]] = []
    for path, holder in holders:
        cells = holder.get("cells") if isinstance(holder, dict) else None
        if not isinstance(cells, list) or not all(isinstance(c, dict) for c in cells):
            raise UsageError(name, "it is no notebook (it has no list of cells)", "save it again with Jupyter")
        out += [((*path, "cells", n), cell) for n, cell in enumerate(cells)]
    return out


def read(notebook: Notebook) -> Iterator[Item]:
    """The items of all Markdown cells; offsets point into the joined text."""
    for cell, at in zip(notebook.cells, notebook.begins, strict=True):
        for item in markdown.read(cell):
            yield moved(item, at)


def moved(item: Item, by: int) -> Item:
    """An item further on."""
    match item:
        case Fragment():
            return Fragment(item.kind, item.text, item.offset + by, item.block)
        case Grid():
            return Grid(item.offset + by, tuple(tuple((c, o + by) for c, o in row) for row in item.rows))
        case Heading() | Comment() | Prose():
            return type(item)(item.offset + by, item.text)


__all__ = ["GAP", "Notebook", "parse", "read"]
