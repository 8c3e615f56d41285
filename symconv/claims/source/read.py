"""A file's text as a Document, by the format that its name says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePath

from symconv.claims.source import html, latex, markdown, notebook, plain
from symconv.claims.source.fragment import Document, Fragment, Grid, Item
from symconv.claims.source.notebook import Notebook
from symconv.errors import LimitError, UsageError, show

MAX_TEXT = 500_000
"""The most characters of a note, or of the Markdown cells of a notebook."""
MAX_BYTES = 8_000_000
"""The most bytes of a file; notebooks and pages hold pictures and scripts too."""
MAX_FRAGMENTS = 10_000
"""The most formulas of a note."""

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
    notebook: Notebook | None = None

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column in the file, from 1."""
        return (self.notebook or self.document).place(offset)


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
    longest = MAX_BYTES if format in ("notebook", "html") else MAX_TEXT
    if len(text) > longest:
        raise LimitError(name, f"it has {len(text)} characters, more than {longest}", "split the file")
    if format not in READERS and format != "notebook":
        known = ", ".join((*READERS, "notebook"))
        raise UsageError(name, f"there is no format {show(format)}", f"choose one of {known}")
    book = None
    if format == "notebook":
        book = notebook.parse(text, name)
        text = book.text
        if len(text) > MAX_TEXT:
            raise LimitError(name, f"its text has {len(text)} characters, more than {MAX_TEXT}", "split the file")
        items = list(notebook.read(book))
    else:
        items = list(READERS[format](text))
    numbered: list[Item] = []
    block = formulas = 0
    for item in items:
        formulas += len(item.rows) * len(item.rows[0]) if isinstance(item, Grid) and item.rows else 0
        formulas += isinstance(item, Fragment)
        if isinstance(item, Fragment) and item.kind == "display":
            block += 1
            item = Fragment(item.kind, item.text, item.offset, block)
        numbered.append(item)
        if formulas > MAX_FRAGMENTS:
            raise LimitError(name, f"it has more than {MAX_FRAGMENTS} formulas", "split the file")
    return Placed(Document(name, text, tuple(numbered)), book)
