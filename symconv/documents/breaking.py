"""Line breaks in formulas: between equations, then terms, then factors where a single term is too wide."""

from __future__ import annotations

from collections.abc import Callable

Measure = Callable[[str], float]

LISTS = (r", \quad ", ";  ")
STRONG = (" = ", " + ", " - ")
WEAK = (r" \times ", r" \qquad ", r",\quad ", r"]\, ", r"\, ", " where ", "] ", ") ", " * ", ", ")
_OPEN, _CLOSE = "{([", "})]"


def pieces(formula: str, marks: tuple[str, ...]) -> list[str]:
    """The formula cut before each mark (after ``,``, ``;``, ``)`` and ``]``), outside of all brackets.

    >>> pieces("a + f(b + c) - d", STRONG)
    ['a', ' + f(b + c)', ' - d']
    """
    found, depth, start, n = [], 0, 0, 0
    while n < len(formula):
        c = formula[n]
        if c in _OPEN:
            depth += 1
        elif c in _CLOSE:
            depth -= 1
        if depth == 0:
            mark = next((m for m in marks if formula.startswith(m, n)), None)
            if mark is not None:
                keeps = mark[0] in ")],;"
                cut = n + len(mark) if keeps else n
                if cut > start and formula[start:cut].strip():
                    found.append(formula[start:cut])
                    start = cut
                n += len(mark)
                # A bracket at the end of a mark has been skipped: it opens a new part.
                depth += sum(mark.count(o) for o in _OPEN)
                continue
        n += 1
    found.append(formula[start:])
    return [p for p in found if p.strip()]


def _conditions(piece: str, room: float, measure: Measure) -> list[str]:
    """A sum whose ranges and conditions alone are too wide, cut behind each semicolon."""
    if measure(piece) <= room:
        return [piece]
    parts = piece.split("; ")
    return [f"{part}; " for part in parts[:-1]] + parts[-1:]


def _whole(formula: str, room: float, measure: Measure) -> list[str]:
    """What had better stay on one line: the equations of a list if they can, else the terms of a sum."""
    listed = pieces(formula, LISTS)
    if len(listed) == 1:
        return pieces(formula, STRONG)
    return [p for one in listed for p in ([one] if measure(one) <= room else pieces(one, STRONG))]


def lines(formula: str, room: float, later: float, measure: Measure) -> list[str]:
    """The formula in lines: the first at most ``room`` wide, the others ``later``, where breaks allow it.

    >>> lines("a + b + c + d", 6, 6, len)
    ['a + b', '+ c', '+ d']
    >>> lines("a = b + c;  d = e", 12, 12, len)
    ['a = b + c;', 'd = e']
    """
    if measure(formula) <= room:
        return [formula.strip()]
    done: list[str] = []
    current = ""
    for piece in _whole(formula, later, measure):
        limit = later if done else room
        if not current or measure(current + piece) <= limit:
            if current or measure(piece) <= limit:
                current += piece
                continue
        elif measure(piece) <= later:
            done.append(current)
            current = piece
            continue
        # A single part that is too wide: break it between its factors.
        for factor in (part for whole in pieces(piece, WEAK) for part in _conditions(whole, later, measure)):
            limit = later if done else room
            if current and measure(current + factor) > limit:
                done.append(current)
                current = factor
            else:
                current += factor
    done.append(current)
    return [line.strip() for line in done]
