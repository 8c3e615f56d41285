"""Verdicts and the report of them: what each statement turned out to be, as text, Markdown and JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

Verdict = Literal["right", "wrong", "conditional", "undecidable", "definition"]
VERDICTS: tuple[Verdict, ...] = ("right", "wrong", "conditional", "undecidable", "definition")


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a note with its verdict.

    ``line`` and ``column`` count from 1; ``start`` and ``end`` are offsets into the file's text. ``reading`` says how
    it was read where more than one reading is possible, ``reason`` why it is undecidable or what it depends on.
    """

    line: int
    column: int
    kind: str
    display_block: int | None
    source: str
    verdict: Verdict
    reading: str = ""
    correction: str | None = None
    cause: str | None = None
    counterexample: str | None = None
    reason: str | None = None
    start: int = 0
    end: int = 0

    def as_json(self) -> dict[str, Any]:
        """The statement as JSON has it."""
        return {
            "line": self.line,
            "column": self.column,
            "kind": self.kind,
            "display_block": self.display_block,
            "source": self.source,
            "verdict": self.verdict,
            "reading": self.reading,
            "correction": self.correction,
            "cause": self.cause,
            "counterexample": self.counterexample,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class FileReport:
    """The statements of one file and what is declared or inferred about its names."""

    file: str
    declarations: tuple[str, ...]
    statements: tuple[Statement, ...]
    text: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """What ``verify`` found in some files."""

    files: tuple[FileReport, ...]

    @property
    def statements(self) -> tuple[Statement, ...]:
        """Every statement of every file."""
        return tuple(s for f in self.files for s in f.statements)

    @property
    def summary(self) -> dict[str, int]:
        """How many statements have each verdict."""
        counts = Counter(s.verdict for s in self.statements)
        return {v: counts.get(v, 0) for v in VERDICTS}

    @property
    def wrong(self) -> tuple[Statement, ...]:
        """The wrong statements."""
        return tuple(s for s in self.statements if s.verdict == "wrong")

    def as_json(self) -> dict[str, Any]:
        """The report as JSON has it."""
        return {
            "files": [
                {
                    "file": f.file,
                    "declarations": list(f.declarations),
                    "statements": [s.as_json() for s in f.statements],
                }
                for f in self.files
            ],
            "summary": self.summary,
        }

    def json(self) -> str:
        """The report as the text of a JSON document."""
        return json.dumps(self.as_json(), ensure_ascii=False, indent=2) + "\n"

    def text(self) -> str:
        """The report for a terminal: what is wrong or undecided at length, and a line that counts."""
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        for f in self.files:
            if f.declarations:
                yield f"{f.file}: read with {'; '.join(f.declarations)}"
            for s in f.statements:
                if s.verdict in ("right", "definition") and not s.reading:
                    continue
                yield f"{f.file}:{s.line}:{s.column}: {s.verdict}: {one_line(s.source)}"
                yield from (f"    {line}" for line in details(s))
        yield self.count()

    def count(self) -> str:
        """One line: how many statements, and how many of each verdict."""
        total = len(self.statements)
        parts = ", ".join(f"{n} {v}" for v, n in self.summary.items() if n)
        unread = sum(s.verdict == "undecidable" for s in self.statements)
        return f"{total} statements: {parts or 'none'}; {total - unread} decided, {unread} not"

    def github(self) -> str:
        """Annotations for a continuous integration of GitHub: an error a wrong statement."""
        lines = []
        for f in self.files:
            for s in f.statements:
                if s.verdict == "wrong":
                    message = "; ".join(details(s)) or "wrong"
                    escaped = message.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
                    name = f.file.replace("%", "%25").replace(",", "%2C").replace(":", "%3A")
                    lines.append(f"::error file={name},line={s.line},col={s.column}::{escaped}")
        lines.append(self.count())
        return "\n".join(lines) + "\n"

    def markdown(self) -> str:
        """The report as a Markdown table."""
        lines = ["| place | verdict | statement | remarks |", "| --- | --- | --- | --- |"]
        for f in self.files:
            for s in f.statements:
                cells = (f"{f.file}:{s.line}:{s.column}", s.verdict, f"`{one_line(s.source)}`", "; ".join(details(s)))
                lines.append("| " + " | ".join(c.replace("|", "\\|").replace("\n", " ") for c in cells) + " |")
        return "\n".join([*lines, "", self.count(), ""])

    def _repr_markdown_(self) -> str:
        return self.markdown()


def details(s: Statement) -> list[str]:
    """What there is to say about a statement beside its verdict."""
    found = []
    if s.cause:
        found.append(s.cause)
    if s.correction:
        found.append(f"it should be: {one_line(s.correction, 2000)}")
    if s.counterexample:
        found.append(s.counterexample)
    if s.reading:
        found.append(f"read with: {s.reading}")
    if s.reason:
        found.append(s.reason)
    return found


def one_line(text: str, limit: int = 160) -> str:
    """A source on one line, cut where it is long."""
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else flat[: limit - 3] + "..."
