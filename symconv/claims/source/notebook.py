"""Jupyter notebooks by nbformat: the Markdown cells, one after the other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from symconv.claims.source import markdown
from symconv.claims.source.fragment import Comment, Fragment, Grid, Heading, Item, Prose
from symconv.errors import UsageError

if TYPE_CHECKING:
    import nbformat

GAP = "\n\n"


def parse(text: str, name: str) -> nbformat.NotebookNode:
    """The notebook that a file holds; raises UsageError when it is none."""
    import nbformat

    try:
        return nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call]
    except Exception as error:  # nbformat raises what its JSON and schema libraries raise
        raise UsageError(name, f"it is no notebook ({type(error).__name__})", "save it again with Jupyter") from None


def sources(notebook: nbformat.NotebookNode) -> list[tuple[int, str]]:
    """The numbers and texts of the Markdown cells."""
    return [(n, str(c.source)) for n, c in enumerate(notebook.cells) if c.cell_type == "markdown"]


def joined(notebook: nbformat.NotebookNode) -> str:
    """The Markdown cells as one text."""
    return GAP.join(source for _, source in sources(notebook))


def read(notebook: nbformat.NotebookNode) -> Iterator[Item]:
    """The items of all Markdown cells; offsets point into the joined text."""
    at = 0
    for _, source in sources(notebook):
        for item in markdown.read(source):
            yield moved(item, at)
        at += len(source) + len(GAP)


def moved(item: Item, by: int) -> Item:
    """An item further on."""
    match item:
        case Fragment():
            return Fragment(item.kind, item.text, item.offset + by, item.block)
        case Grid():
            return Grid(item.offset + by, tuple(tuple((c, o + by) for c, o in row) for row in item.rows))
        case Heading() | Comment() | Prose():
            return type(item)(item.offset + by, item.text)


def places(raw: str, notebook: nbformat.NotebookNode) -> list[tuple[int, int, int]]:
    """For each line of the joined text: its offset there, and its line and column in the file."""
    found: list[tuple[int, int, int]] = []
    at = place = 0
    for _, source in sources(notebook):
        for line in source.split("\n"):
            quoted = json.dumps(line, ensure_ascii=False)[1:-1]
            escaped = json.dumps(line)[1:-1]
            where = max((raw.find(q, place) for q in dict.fromkeys((quoted, escaped)) if q), default=-1)
            if where >= 0 and line.strip():
                place = where
            number = raw.count("\n", 0, place) + 1
            column = place - (raw.rfind("\n", 0, place) + 1) + 1
            found.append((at, number, column))
            at += len(line) + 1
        at += len(GAP) - 1
    return found


def rewritten(notebook: nbformat.NotebookNode, changes: list[tuple[int, int, str]]) -> str:
    """The notebook with changes of its joined text: (start, end, what stands there then)."""
    at = 0
    for n, source in sources(notebook):
        end = at + len(source)
        for start, stop, new in sorted(changes, reverse=True):
            if at <= start and stop <= end:
                source = source[: start - at] + new + source[stop - at :]
        notebook.cells[n].source = source
        at = end + len(GAP)
    import nbformat

    return str(nbformat.writes(notebook))  # type: ignore[no-untyped-call]


__all__ = ["GAP", "joined", "parse", "places", "read", "rewritten", "sources"]
