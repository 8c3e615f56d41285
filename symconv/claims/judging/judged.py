"""What is judged, and what it turned out to be."""

from __future__ import annotations

from dataclasses import dataclass

from symconv.claims.grammar.statements import Written
from symconv.claims.judging.compare import Outcome
from symconv.claims.judging.verdicts import Verdict
from symconv.claims.judging.view import View
from symconv.claims.meaning.section import Reading


@dataclass(frozen=True, slots=True)
class Judged:
    """What one statement turned out to be; its correction is the whole statement in the author's notation."""

    verdict: Verdict
    reading: str = ""
    correction: str | None = None
    cause: str | None = None
    counterexample: str | None = None
    reason: str | None = None
    basis: tuple[View, Reading, Outcome] | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement as it is written, with its text; spans of its tree point into ``block``.

    ``section`` counts the headings before it.
    """

    written: Written
    block: str
    section: int = 0

    @property
    def source(self) -> str:
        """The statement's text."""
        return self.block[self.written.start : self.written.end]
