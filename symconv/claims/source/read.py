"""A file's text as a Document, by the format that its name says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePath

from symconv.claims.source import html, latex, markdown, notebook, plain
from symconv.claims.source.fragment import Document, Fragment, Item
from symconv.errors import LimitError, UsageError

MAX_TEXT = 4_000_000
MAX_BYTES = 4 * MAX_TEXT
MAX_FRAGMENTS = 20_000

READERS: dict[str, Callable[[str], Iterator[Item]]] = {
    "markdown": markdown.read,
    "latex": latex.read,
    "text": plain.read,
    "html": html.read,
}
SUFFIXES = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".rmd": "markdown",
    ".qmd": "markdown",
    ".mdx": "markdown",
    ".tex": "latex",
    ".ltx": "latex",
    ".latex": "latex",
    ".txt": "text",
    ".text": "text",
    ".rst": "text",
    "": "text",
    ".ipynb": "notebook",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
}


@dataclass(frozen=True)
class Placed:
    """A document and how an offset in it becomes a line and a column of the file."""

    document: Document
    lines: tuple[tuple[int, int, int], ...] = ()

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column in the file, from 1."""
        if not self.lines:
            return self.document.place(offset)
        from bisect import bisect_right

        n = max(bisect_right(self.lines, (offset, 1 << 60, 0)) - 1, 0)
        start, line, column = self.lines[n]
        return line, column + offset - start


def format_of(name: str) -> str:
    """The format of a file by its name; raises UsageError for one that is not read."""
    suffix = PurePath(name).suffix.lower()
    if suffix not in SUFFIXES:
        known = ", ".join(s for s in SUFFIXES if s)
        raise UsageError(
            name, f"files that end in {suffix[:20]} are not read", f"give a file that ends in one of {known}"
        )
    return SUFFIXES[suffix]


def read(text: str, name: str, format: str) -> Placed:
    """The document that a text is, its display blocks numbered; raises LimitError for one that is too long."""
    if len(text) > MAX_TEXT:
        raise LimitError(name, f"it has {len(text)} characters, more than {MAX_TEXT}", "split the file")
    lines: tuple[tuple[int, int, int], ...] = ()
    if format == "notebook":
        book = notebook.parse(text, name)
        items = list(notebook.read(book))
        lines = tuple(notebook.places(text, book))
        text = notebook.joined(book)
    else:
        items = list(READERS[format](text))
    numbered: list[Item] = []
    block = 0
    for item in items:
        if isinstance(item, Fragment) and item.kind == "display":
            block += 1
            item = Fragment(item.kind, item.text, item.offset, block)
        numbered.append(item)
        if len(numbered) > MAX_FRAGMENTS:
            raise LimitError(name, f"it has more than {MAX_FRAGMENTS} formulas", "split the file")
    return Placed(Document(name, text, tuple(numbered)), lines)
