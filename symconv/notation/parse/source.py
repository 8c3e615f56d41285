"""The text of equations, and refusals that say where in it."""

from __future__ import annotations

from dataclasses import dataclass

from symconv.errors import LimitError, ModelError, NamingError, SymconvError
from symconv.notation.names import check_name

WHERE = "the equation"
MAX_CHARACTERS = 8_000
"""The longest text of equations."""


@dataclass(frozen=True, slots=True)
class Source:
    """What was written; places in it are offsets, told as line and column from 1.

    >>> str(Source("A = 1\\nB = $").error(10, "'$' is not understood", "leave it out"))
    "the equation: line 2, column 5: '$' is not understood; leave it out"
    """

    text: str

    def place(self, at: int) -> str:
        """``line 1, column 5``."""
        before = self.text[:at]
        line, column = before.count("\n") + 1, at - (before.rfind("\n") + 1) + 1
        return f"line {line}, column {column}"

    def error(self, at: int, problem: str, remedy: str, kind: type[SymconvError] = ModelError) -> SymconvError:
        """A refusal of what stands at that offset."""
        return kind(WHERE, f"{self.place(at)}: {problem}", remedy)

    def limit(self, at: int, problem: str, remedy: str) -> SymconvError:
        """A refusal of what is too much."""
        return self.error(at, problem, remedy, LimitError)

    def check_name(self, at: int, name: str, what: str) -> str:
        """The name, if it may stand in every target; raises NamingError with its place."""
        try:
            return check_name(WHERE, name, what=what)
        except NamingError as error:
            raise self.error(at, error.problem, error.remedy, NamingError) from None
