"""One change of a source, and how changes are written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from symconv.claims.grammar import tree as t


@dataclass(frozen=True, slots=True)
class Edit:
    """One change: what stands between two places of the source becomes another text."""

    start: int
    end: int
    new: str
    kind: str
    cause: str

    def apply(self, source: str) -> str:
        """The source with the change."""
        return source[: self.start] + self.new + source[self.end :]


def replaced(source: str, start: int, end: int, changes: Sequence[tuple[int, int, str]]) -> str:
    out, at = [], start
    for a, b, new in sorted(changes):
        out += [source[at:a], new]
        at = b
    return "".join([*out, source[at:end]])


def bare_text(source: str, name: t.Name) -> str:
    return " ".join(source[name.span[0] : name.span[1]].split())


def around(source: str, name: t.Name) -> str:
    """A name as it is written; one that is a letter alone with the fraction, the derivative say, in which it stands."""
    text = bare_text(source, name)
    if text.isalpha() or (text[:1] == "\\" and text[1:].isalpha()):
        for match in _FRACTION.finditer(source):
            if match.start() < name.span[0] and name.span[1] < match.end():
                return " ".join(match[0].split())
    return text


_FRACTION = re.compile(r"\\[dt]?frac\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}")


def spelled_out(name: str) -> str:
    return f"\\{name}" if name.rstrip("'").isalpha() and len(name.rstrip("'")) > 1 else name
