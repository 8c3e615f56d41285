"""Plain text: mathematics between dollars, lines that are formulas, tables of cells between tabs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from symconv.claims.source.fragment import Comment, Fragment, Grid, Heading, Item, Prose
from symconv.claims.source.mathspans import spans

_DECLARATION = re.compile(r"^\s*(?:#|%|//|<!--)?\s*(symconv:.*?)(?:-->)?\s*$")
_FORMULA = re.compile(
    r"d[A-Za-z]\w*\s*/\s*d[A-Za-z]|∂|∑|Σ|\\frac|\\sum|[A-Za-z]_\{?[0-9a-z]|[A-Za-z]\[|\^T|rot180|conv\(",
    re.IGNORECASE,
)
_WORDS = re.compile(r"(?<![\\A-Za-z_{])[A-Za-z]{4,}(?![A-Za-z_({])")


def read(text: str) -> Iterator[Item]:
    """The items of a plain text in their order."""
    at = 0
    for part in re.split(r"(\n[ \t]*\n)", text):
        if part.strip():
            yield from _paragraph(part, at)
        at += len(part)


def _paragraph(part: str, at: int) -> Iterator[Item]:
    lines = part.splitlines(keepends=True)
    place = at
    table: list[tuple[tuple[str, int], ...]] = []
    start = at
    rest: list[tuple[str, int]] = []

    def words() -> Iterator[Item]:
        if rest:
            yield from _running("".join(line for line, _ in rest), rest[0][1])
            rest.clear()

    for line in lines:
        declaration = _DECLARATION.match(line)
        if declaration:
            yield from words()
            yield Comment(place + declaration.start(1), declaration[1])
        elif "\t" in line.rstrip("\n") and "$$" not in line:
            yield from words()
            if not table:
                start = place
            table.append(tuple(_cells(line.rstrip("\n"), place)))
        else:
            if table:
                yield Grid(start, tuple(table))
                table = []
            rest.append((line, place))
        place += len(line)
    if table:
        yield Grid(start, tuple(table))
    yield from words()


def _cells(line: str, at: int) -> Iterator[tuple[str, int]]:
    for cell in line.split("\t"):
        yield cell, at
        at += len(cell) + 1


def _running(text: str, at: int) -> Iterator[Item]:
    for item in spans(text, at, code=False):
        if isinstance(item, Prose):
            yield from _lines(item)
        else:
            yield item


def _lines(prose: Prose) -> Iterator[Item]:
    at = prose.offset
    for line in prose.text.splitlines(keepends=True):
        body = line.strip()
        if "=" in body and _FORMULA.search(body) and len(_WORDS.findall(body)) <= 2 and len(body) < 2000:
            indent = line.index(body)
            lead = re.match(r"(?:[-*•]\s+|\(?\d+[.)]\s+|[A-Za-z ]{3,40}:\s+)", body)
            shift = lead.end() if lead else 0
            yield Fragment("prose", body[shift:].rstrip(".;,"), at + indent + shift)
        elif re.match(r"#+\s", body):
            yield Heading(at, body)
        elif body:
            yield Prose(at, line)
        at += len(line)
