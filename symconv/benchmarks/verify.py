"""``symconv bench verify``: what the verifier makes of notes whose verdicts are known, by note and by notation."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from symconv import console
from symconv.errors import UsageError

if TYPE_CHECKING:
    from symconv.claims.judging.verdicts import Statement

HELP = "judge notes whose verdicts are known: accused, found and decided, by note and by family of notation"

KNOWN = "verdicts.json"
"""The file beside the notes that holds the verdicts."""

LETTERS = "RWCD"
"""Right, wrong, conditional, a definition."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What is known of a note: ``statements`` are (line, letter, correction), in the order of the note."""

    name: str
    language: str
    families: tuple[str, ...]
    statements: tuple[tuple[int, str, str], ...]
    undecided: int
    missed: int


@dataclass(frozen=True, slots=True)
class Judged:
    """A statement of a note beside its known verdict; ``found`` is None where the note's reader passed over it."""

    line: int
    wanted: str
    correction: str
    found: Statement | None

    @property
    def verdict(self) -> str:
        """The verdict that was given."""
        return self.found.verdict if self.found else "undecidable"

    @property
    def accused(self) -> bool:
        """It is right and was called wrong."""
        return self.wanted != "W" and self.verdict == "wrong"

    @property
    def missed(self) -> bool:
        """It is wrong and was called right."""
        return self.wanted == "W" and self.verdict not in ("wrong", "undecidable")


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts: of the statements, how many are right and were called wrong, are wrong, were found, are decided."""

    of: str
    statements: int
    accused: int
    wrong: int
    found: int
    missed: int
    decided: int


def expected(folder: Path) -> tuple[Expected, ...]:
    """The known verdicts of the notes in a folder, by name; raises UsageError for what is no such file."""
    where = f"bench verify {folder / KNOWN}"
    try:
        read = json.loads((folder / KNOWN).read_text("utf-8"))
        return tuple(_expected(name, entry) for name, entry in sorted(read.items()))
    except OSError as error:
        raise UsageError(where, f"cannot be read ({error.strerror})", f"name a folder with {KNOWN}") from None
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise UsageError(where, f"does not hold verdicts ({error!r})", "write them as the notes' tests do") from None


def _expected(name: str, entry: dict[str, object]) -> Expected:
    verdicts, corrections = entry["verdicts"], entry["corrections"]
    assert isinstance(verdicts, dict) and isinstance(corrections, dict)
    statements = []
    for line, letters in verdicts.items():
        left = list(corrections.get(line, ()))
        for letter in letters.split():
            if letter not in LETTERS:
                raise ValueError(f"{letter!r} is no verdict")
            statements.append((int(line), letter, left.pop(0) if letter == "W" else ""))
        if left:
            raise ValueError(f"line {line} of {name} has more corrections than wrong statements")
    families, undecided, missed = entry["families"], entry["undecided"], entry["missed"]
    assert isinstance(families, list) and isinstance(undecided, int) and isinstance(missed, int)
    return Expected(name, str(entry["language"]), tuple(families), tuple(statements), undecided, missed)


def judge(folder: Path, note: Expected) -> tuple[Judged, ...]:
    """A note judged; raises UsageError where it has statements beside the known ones (formulas in a line are free)."""
    from symconv import pipeline

    report = pipeline.verify_files([str(folder / note.name)])
    found = [s for s in report.statements if s.kind != "inline"]
    out, at = [], 0
    for n, (line, wanted, correction) in enumerate(note.statements):
        here = at < len(found) and found[at].line == line
        # Of several statements in a line all are read, or none is.
        out.append(Judged(line, wanted, correction, found[at] if here else None))
        at += here
        if n + 1 == len(note.statements) and at < len(found):
            where = f"bench verify {note.name}:{found[at].line}"
            raise UsageError(where, "a statement without a known verdict", f"add it to {KNOWN}")
    return tuple(out)


def tally(of: str, judged: Iterable[Judged]) -> Tally:
    """The counts."""
    every = list(judged)
    wrong = [j for j in every if j.wanted == "W"]
    return Tally(
        of,
        len(every),
        sum(j.accused for j in every),
        len(wrong),
        sum(j.verdict == "wrong" for j in wrong),
        sum(j.missed for j in wrong),
        sum(j.verdict != "undecidable" for j in every),
    )


def tallies(judged: Sequence[tuple[Expected, tuple[Judged, ...]]]) -> tuple[list[Tally], list[Tally], Tally]:
    """The counts by note, by family of notation (a note may have several), and of everything."""
    notes = [tally(note.name, found) for note, found in judged]
    names = sorted({family for note, _ in judged for family in note.families})
    families = [tally(f, (j for note, found in judged if f in note.families for j in found)) for f in names]
    return notes, families, tally("all", (j for _, found in judged for j in found))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("folder", metavar="DIR", help=f"a folder with notes and their {KNOWN}")
    parser.add_argument("--json", action="store_true", help="the counts as JSON on stdout")


def run(arguments: argparse.Namespace) -> int:
    """Judge every note; print the counts. 1 where a right formula was called wrong."""
    folder = Path(arguments.folder)
    notes = expected(folder)
    judged = []
    with console.progress() as progress:
        for n, note in enumerate(notes):
            progress(n, len(notes), note.name)
            judged.append((note, judge(folder, note)))
        progress(len(notes), len(notes), "done")
    by_note, by_family, every = tallies(judged)
    if arguments.json:
        rows = {"notes": by_note, "families": by_family, "all": [every]}
        console.emit_json({key: [asdict(t) for t in found] for key, found in rows.items()})
    else:
        show(by_note, by_family, every)
    return 1 if every.accused else 0


def show(by_note: Sequence[Tally], by_family: Sequence[Tally], every: Tally) -> None:
    """The counts as a table."""
    columns = ("of", "statements", "accused", "wrong", "found", "missed", "decided", "%")
    rows = [*by_note, *by_family, every]
    console.table(columns, [_cells(row) for row in rows], right=columns[1:])


def _cells(row: Tally) -> tuple[str, ...]:
    counts = (row.statements, row.accused, row.wrong, row.found, row.missed, row.decided)
    return (row.of, *map(str, counts), f"{100 * row.decided / max(row.statements, 1):.1f}")
