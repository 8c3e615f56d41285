"""Work: what judging may cost, counted in steps, so that a note gets the same verdicts on every machine."""

from __future__ import annotations


class TooMuch(Exception):
    """A statement takes more work than is allowed."""


STATEMENT = 100_000
"""The most steps that one statement may take; a step is about a node of a tree with its value worked out."""
FILE = 100_000
"""The steps that any file may take."""
FEW = 40
EACH = 30_000
"""The steps that each of the first few statements adds to what its file may take."""
MORE = 5_000
"""The steps that every further one adds."""
LAST = 60_000
"""The steps that are left for a counter-example."""
TOO_MUCH = "it takes too much work"


class Work:
    """The steps that are left for a file and for the statement in hand."""

    __slots__ = ("cut", "here", "left")

    def __init__(self, statements: int = 1) -> None:
        self.left = FILE + EACH * min(statements, FEW) + MORE * max(statements - FEW, 0)
        self.begin()

    def begin(self, statements: int = 0) -> bool:
        """Begin with another statement, or with what is asked about several; whether any steps are left."""
        self.here = min(STATEMENT * (2 if statements else 1) + EACH * statements, self.left)
        self.cut = self.here <= 0
        return not self.cut

    def grant(self) -> None:
        """Some steps more, for what ends by itself: the smallest counter-example of what has been found wrong."""
        self.left = max(self.left, LAST)
        self.begin()

    def charge(self, steps: int) -> bool:
        """Count steps; whether there were as many left."""
        self.here -= steps
        self.left -= steps
        return self.here >= 0

    def spend(self, steps: int = 1) -> None:
        """Count steps; raises TooMuch when there were not as many left."""
        if not self.charge(steps):
            self.cut = True
            raise TooMuch
