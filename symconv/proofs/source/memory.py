"""Memory that watches over a kernel: bounds, nothing read before it is set, results written once or accumulated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from symconv.proofs.algebra.polynomial import Polynomial, terms_of
from symconv.proofs.fault import UNSET, Fault, Unreadable

EMPTY, ZERO, STORED, SUMMED = range(4)


class Memory:
    """One array of a running kernel.

    With ``known`` (values, names) an entry that holds the known value is read as its name: what was once shown equal
    need not be expanded again.
    """

    def __init__(
        self,
        name: str,
        length: int,
        *,
        result: bool = False,
        integer: bool = False,
        fill: Any = UNSET,
        known: tuple[Sequence[Any], Sequence[Any]] | None = None,
    ) -> None:
        self.name, self.length, self.result, self.integer = name, length, result, integer
        self.cells: list[Any] = [fill] * length
        self.state = bytearray([EMPTY if fill is UNSET else ZERO]) * length
        self.known = known
        self.named: dict[int, Any] = {}
        self.log: dict[int, tuple[Any, int]] | None = None

    def at(self, n: Any) -> int:
        """A subscript that is inside."""
        if type(n) is not int:
            raise Unreadable(f"a subscript of {self.name} depends on data")
        if not 0 <= n < self.length:
            raise Fault(f"{self.name}[{n}] is outside 0..{self.length - 1}")
        return n

    def get(self, n: Any) -> Any:
        """An element that has been set."""
        n = self.at(n)
        value = self.cells[n]
        if value is UNSET:
            raise Fault(f"{self.name}[{n}] is read before it is set")
        if self.known is not None and n < len(self.known[0]) and self.log is None:
            if n not in self.named:
                same = terms_of(value) == terms_of(self.known[0][n])
                self.named[n] = self.known[1][n] if same else None
            if self.named[n] is not None:
                return self.named[n]
        return value.share() if type(value) is Polynomial else value

    def set(self, n: Any, value: Any) -> None:
        """``array[n] = value``."""
        n = self.at(n)
        if self.result and self.state[n] > ZERO:
            raise Fault(f"{self.name}[{n}] is written twice")
        self._remember(n)
        self.named.pop(n, None)
        self.state[n] = ZERO if type(value) is int and value == 0 else STORED
        self.cells[n] = value.share() if type(value) is Polynomial else value

    def add(self, n: Any, value: Any) -> None:
        """``array[n] += value``."""
        n = self.at(n)
        held = self.cells[n]
        if held is UNSET:
            raise Fault(f"{self.name}[{n}] is added to before it is set")
        self._remember(n)
        self.named.pop(n, None)
        self.state[n] = SUMMED
        held += value
        self.cells[n] = held

    def _remember(self, n: int) -> None:
        if self.log is not None and n not in self.log:
            value = self.cells[n]
            self.log[n] = (value.share() if type(value) is Polynomial else value, self.state[n])


Log = list[dict[int, tuple[Any, int]]]


def begin(arrays: Sequence[Memory]) -> list[Any]:
    """Start to remember what is overwritten; returns the outer records."""
    outer = [a.log for a in arrays]
    for a in arrays:
        a.log = {}
    return outer


def end(arrays: Sequence[Memory], outer: list[Any]) -> Log:
    """Undo what was written since ``begin``; returns the new contents."""
    written: Log = []
    for a, before in zip(arrays, outer, strict=True):
        assert a.log is not None
        now: dict[int, tuple[Any, int]] = {}
        for n, (value, state) in a.log.items():
            held = a.cells[n]
            now[n] = (held.share() if type(held) is Polynomial else held, a.state[n])
            a.cells[n], a.state[n] = value, state
            a.named.pop(n, None)
        a.log = before
        written.append(now)
    return written


def merge(arrays: Sequence[Memory], choose: Callable[[Any, Any, bool], Any], yes: Log, no: Log) -> None:
    """Make every element that a branch wrote a choice between the two branches."""
    for a, first, second in zip(arrays, yes, no, strict=True):
        for n in sorted({*first, *second}):
            a._remember(n)
            here = (a.cells[n], a.state[n])
            (one, state1), (two, state2) = first.get(n, here), second.get(n, here)
            a.cells[n] = choose(one, two, a.integer)
            a.state[n] = max(state1, state2)
            a.named.pop(n, None)
