"""Writer: the lines of one function, its local names and the helpers that it calls."""

from __future__ import annotations

import keyword
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from symconv.backends.vectorise.helpers import HELPERS
from symconv.notation.index import fresh

BUILTIN = ("np", "range", *keyword.kwlist)


class Writer:
    """Collects statements; ``dtype`` is the element type of all real arrays."""

    def __init__(self, dtype: str, taken: Iterable[str]) -> None:
        self.dtype = dtype
        self.itemsize = {"float32": 4, "float64": 8}[dtype]
        self.taken = {*BUILTIN, *HELPERS, *taken}
        self.lines: list[str] = []
        self.depth = 1
        self._used: set[str] = set()

    def line(self, text: str) -> None:
        """One statement at the present depth."""
        self.lines.append("    " * self.depth + text)

    @contextmanager
    def block(self, head: str | None) -> Iterator[None]:
        """Statements under ``head``; no head, no block."""
        if head is not None:
            self.line(head)
            self.depth += 1
        yield
        self.depth -= head is not None

    def name(self, wanted: str) -> str:
        """A local name that is new in this function."""
        return fresh(wanted, self.taken)

    def let(self, wanted: str, text: str) -> str:
        """A new local that holds the value of an expression."""
        name = self.name(wanted)
        self.line(f"{name} = {text}")
        return name

    def use(self, helper: str) -> str:
        """The name of a helper, which the module will then define."""
        self._used.add(helper)
        return helper

    @property
    def helpers(self) -> tuple[str, ...]:
        """The sources of the helpers in use, in the order of their table."""
        return tuple(text for name, text in HELPERS.items() if name in self._used)

    def real(self, number: int | str) -> str:
        """A number of the element type, so that float32 stays float32."""
        bits = 24 if self.dtype == "float32" else 53
        if isinstance(number, int) and abs(number) > 1 << bits:  # a sum of two numbers that the type holds
            high, low = divmod(number, 1 << bits)
            return f"({self.real(high)} * {self.real(1 << bits)} + {self.real(low)})"
        return f"np.{self.dtype}({number})"
