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


_GROUP = ("\\left(", "\\right)")


def _end(formula: str, start: int, opening: str, closing: str) -> int:
    """Where the bracket that begins at ``start`` closes."""
    depth, n = 0, start
    while n < len(formula):
        if formula.startswith(opening, n):
            depth += 1
        elif formula.startswith(closing, n):
            depth -= 1
            if depth == 0:
                return n
        n += 1
    return len(formula)


def opened(formula: str, room: float, measure: Measure) -> list[str]:
    """A TeX factor that is too wide, cut inside its widest bracket; a wide numerator becomes such a bracket.

    >>> opened(r"\\left(aa + bb\\right)c", 12, len)
    ['\\\\biggl(aa', ' + bb\\\\biggr)c']
    """
    if measure(formula) <= room:
        return [formula]
    place = formula.find(r"\frac{")
    group = formula.find(_GROUP[0])
    if place >= 0 and (group < 0 or place < group):
        above = _end(formula, place + 5, "{", "}")
        below = _end(formula, above + 1, "{", "}")
        inside, under = formula[place + 6 : above], formula[above + 2 : below]
        if measure(inside) * 2 > room and measure(under) * 2 < room:
            whole = rf"\frac{{1}}{{{under}}}\left({inside}\right)"
            return opened(formula[:place] + whole + formula[below + 1 :], room, measure)
    groups, n = [], group
    while n >= 0:
        end = _end(formula, n, *_GROUP)
        groups.append((measure(formula[n : end + len(_GROUP[1])]) if end < len(formula) else 0.0, n, end))
        n = formula.find(_GROUP[0], end)
    widest, start, end = max(groups, default=(0.0, 0, 0))
    # Only brackets that stand outside of all braces: a fraction or a root cannot be broken.
    if not widest or formula[:start].count("{") != formula[:start].count("}"):
        return [formula]
    inner = [p for one in pieces(formula[start + len(_GROUP[0]) : end], STRONG) for p in opened(one, room, measure)]
    inner[0] = formula[:start] + r"\biggl(" + inner[0]
    inner[-1] += r"\biggr)" + formula[end + len(_GROUP[1]) :]
    return inner


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
        for factor in (
            part for whole in pieces(piece, WEAK) for some in _conditions(whole, later, measure)
            for part in opened(some, later, measure)
        ):
            limit = later if done else room
            if current and measure(current + factor) > limit:
                done.append(current)
                current = factor
            else:
                current += factor
    done.append(current)
    return [line.strip() for line in done]
