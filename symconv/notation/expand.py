"""expand: an Equation written out, entry by entry, in time proportional to its terms."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from symconv.notation.evaluate import evaluate
from symconv.notation.term import Equation
from symconv.notation.written import WRITTEN, Entries


def expand(equation: Equation, *, at: tuple[int, ...] | None = None) -> list[Any]:
    """The written form of every entry, row-major, or of the one at ``at``.

    Guards that only numbers decide are decided; a selection by an argmax or a class stays as a Bracket.
    """
    with _uncollected():
        return evaluate(equation, {t.name: Entries(t) for t in equation.operands}, WRITTEN, at=at)


@contextmanager
def _uncollected() -> Iterator[None]:
    """No garbage collection inside: a large expansion makes millions of small values that all stay, and each pass
    would visit them anew, so that the time of a term would grow with their number.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def count_terms(equation: Equation) -> int:
    """An upper bound on the terms of the expanded form: the points of the domains, guards not counted."""
    total = 0
    for term in equation.terms:
        points = 1
        for i in term.indices:
            points *= int(i.extent)
        total += points
    return total
