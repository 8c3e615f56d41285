"""Finding what closes something, in time that grows with the text alone: what is not found once is not sought again."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator

_TICKS = re.compile("`+")


class Finder:
    """Looks for strings from one place after the other."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._known: dict[str, tuple[int, int]] = {}
        self._runs: dict[str, list[int]] | None = None

    def find(self, what: str, at: int) -> int:
        """The first place of a string from ``at`` on, as ``str.find``.

        >>> finder = Finder("a[b]c")
        >>> finder.find("]", 0), finder.find("}", 0)
        (3, -1)
        """
        asked, found = self._known.get(what, (len(self.text) + 1, -1))
        if asked <= at and (found < 0 or found >= at):
            return found
        found = self.text.find(what, at)
        self._known[what] = (at, found)
        return found

    def search(self, what: re.Pattern[str], at: int) -> re.Match[str] | None:
        """The first match of a pattern from ``at`` on."""
        asked, found = self._known.get(what.pattern, (len(self.text) + 1, -1))
        if asked <= at and found < 0:
            return None
        match = what.search(self.text, at)
        self._known[what.pattern] = (at, match.start() if match else -1)
        return match

    def run(self, ticks: str, at: int) -> tuple[int, int] | None:
        """Start and end of the next run of as many backticks."""
        if self._runs is None:
            self._runs = {}
            for match in _TICKS.finditer(self.text):
                self._runs.setdefault(match[0], []).append(match.start())
        places = self._runs.get(ticks, [])
        n = bisect_left(places, at)
        return (places[n], places[n] + len(ticks)) if n < len(places) else None


def between(text: str, opener: str, closer: str) -> Iterator[tuple[int, int, int, int]]:
    """Start, inner start, inner end and end of everything between two strings, one after the other.

    >>> list(between("a<!--b-->c", "<!--", "-->"))
    [(1, 5, 6, 9)]
    """
    finder, at = Finder(text), 0
    while (start := text.find(opener, at)) >= 0:
        inner = start + len(opener)
        stop = finder.find(closer, inner)
        if stop < 0:
            return
        at = stop + len(closer)
        yield start, inner, stop, at
