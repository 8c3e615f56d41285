"""Outcome: what became of one claim of a formula."""

from __future__ import annotations

from dataclasses import dataclass

from symconv.claims.data import Claim
from symconv.claims.report import Example, Phrase, Verdict


@dataclass(frozen=True, slots=True)
class Outcome:
    """A verdict; ``corrected`` is the claim itself where it is right, None where no correction is known."""

    verdict: Verdict
    corrected: Claim | None
    causes: tuple[Phrase, ...] = ()
    conditions: tuple[Phrase, ...] = ()
    example: Example | None = None
