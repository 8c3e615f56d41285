"""Corrected copies of notes: of every wrong formula the part that is wrong is changed, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from symconv.claims.judging.verdicts import FileReport
from symconv.claims.source import html, notebook

Change = tuple[int, int, str]
"""Start and end of a part of a text, and what stands there then."""


def changes(found: FileReport) -> Iterator[Change]:
    """Of every wrong statement with a correction the part in which the two differ."""
    last = 0
    for s in sorted(found.statements, key=lambda s: (s.start, s.end)):
        if s.verdict == "wrong" and s.correction is not None and s.start >= last:
            last = s.end
            start, end = middle(s.source, s.correction)
            yield s.start + start, s.end - end, s.correction[start : len(s.correction) - end]


def middle(old: str, new: str) -> tuple[int, int]:
    """How many characters two texts have in common at their beginning and, of the rest, at their end.

    >>> middle("dX = dZ W", "dX = dZ W^T"), middle("aa", "a")
    ((9, 0), (1, 0))
    """
    shorter = min(len(old), len(new))
    start = next((n for n in range(shorter) if old[n] != new[n]), shorter)
    rest = shorter - start
    return start, next((n for n in range(rest) if old[-1 - n] != new[-1 - n]), rest)


def corrected(text: str, format: str, found: FileReport) -> str:
    """The file with its wrong formulas corrected; every other character is as it was."""
    made = list(changes(found))
    if format == "notebook":
        return notebook.parse(text, found.file).changed(made)
    if format == "html":
        made = [_whole(text, change) for change in made]
    return apply(text, made)


def _whole(page: str, change: Change) -> Change:
    """A change of a page that does not cut a reference to a character in two."""
    start, end, new = change
    for first, last in html.references(page, max(start - 12, 0), end + 12):
        shown = html.character(page[first:last])
        if first < start < last:
            new, start = shown[: start - first] + new, first
        if first < end < last:
            new, end = new + shown[end - first :], last
    return start, end, html.escaped(new, page, start)


def apply(text: str, changes: Sequence[Change]) -> str:
    """A text with changes."""
    out, at = [], 0
    for start, end, new in sorted(changes):
        out += [text[at:start], new]
        at = end
    return "".join([*out, text[at:]])
