"""The page of corrections: what was printed, what is derived, a counter-example, the cause."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from symconv.documents.compose.write import NOTHING, listed
from symconv.documents.nodes import Figure, Formula, Gallery, Grid, Heading, Math, Node, Part, Parts, Prose, Row


@dataclass(frozen=True, slots=True)
class Correction:
    """A printed formula (or table) that is wrong, and the derived one.

    ``where`` says which it is, ``times`` how often it occurs; ``example`` is a numeric counter-example and ``cause``
    what went wrong, both as sentences.
    """

    where: Parts
    printed: Formula | Grid
    derived: Formula | Grid
    example: Parts = ()
    cause: Parts = ()
    times: int = 1


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A pattern that cannot occur: what was shown, the inequalities that it needs, why they exclude each other."""

    where: Parts
    shown: Grid | None
    inequalities: tuple[Formula, ...]
    why: Parts = ()


@dataclass(frozen=True, slots=True)
class Condition:
    """A printed formula that is right only under a condition, which has to be said."""

    printed: Formula
    condition: Parts


OPENING = (
    "Every formula of the slides has been evaluated against this derivation. What differs is listed here with the "
    "derived formula beside it."
)
Remark = Correction | Contradiction | Condition


def corrections_section(remarks: Sequence[Remark], title: str = "Corrections to the slides") -> tuple[Node, ...]:
    """The page; nothing when there are no remarks."""
    if not remarks:
        return ()
    shown: list[Node] = [
        Heading(1, (title,)),
        Prose((OPENING,)),
    ]
    for group in _grouped([r for r in remarks if isinstance(r, Correction)], lambda r: (r.cause, r.example)):
        shown += _corrections(group)
    for remark in remarks:
        if isinstance(remark, Contradiction):
            shown += _contradiction(remark)
    conditional = [r for r in remarks if isinstance(r, Condition)]
    if conditional:
        shown.append(Heading(2, ("Right under a condition",)))
        for conditions in _grouped(conditional, lambda r: r.condition):
            # The same formula in another colour is the same formula.
            distinct: dict[str, Formula] = {}
            for c in conditions:
                distinct.setdefault(c.printed.text, c.printed)
            shown.append(Gallery(tuple(Math((Row(NOTHING, f),)) for f in distinct.values())))
            shown.append(Prose(("provided that ", *conditions[0].condition, ".")))
    return tuple(shown)


R = TypeVar("R", Correction, Condition)


def _grouped(remarks: Sequence[R], key: Callable[[R], object]) -> list[list[R]]:
    """Remarks for which there is the same to say, together."""
    groups: dict[object, list[R]] = {}
    for remark in remarks:
        groups.setdefault(key(remark), []).append(remark)
    return list(groups.values())


def _corrections(group: Sequence[Correction]) -> list[Node]:
    """What was printed and what is derived, for each; the cause and the counter-example once."""
    shown: list[Node] = [Heading(2, headline(group))]
    shown += dict.fromkeys(map(_beside, group))
    first = group[0]
    sentence: list[Part] = [*first.cause]
    if first.example:
        sentence += [" "] if sentence else []
        sentence += first.example
    return [*shown, Prose(tuple(sentence))] if sentence else shown


_NUMBERED = re.compile(r"(.*?\w) (\d+)\b(.*)", re.DOTALL)


def headline(group: Sequence[Correction]) -> Parts:
    """One heading for corrections with the same cause: the numbers of numbered things in a row.

    >>> headline([Correction((f"Table {n} of A",), NOTHING, Formula("0", "0")) for n in (1, 2, 4)])
    ('Tables 1, 2 and 4 of A',)
    """
    distinct = list(dict.fromkeys(group))
    titles = list(dict.fromkeys(r.where for r in distinct))
    times = sum(r.times for r in distinct)
    parts, one = list(titles[0]), len(titles) == 1
    if not one:
        found = [_NUMBERED.fullmatch(t[0]) if t and isinstance(t[0], str) else None for t in titles]
        numbered = [m for m in found if m]
        first = numbered[0] if numbered else None
        if first and {(m and (m[1], m[3]), t[1:]) for m, t in zip(found, titles, strict=True)} == {
            ((first[1], first[3]), titles[0][1:])
        }:
            numbers = "".join(str(p) for p in listed([m[2] for m in numbered]))
            parts = [f"{first[1]}s {numbers}{first[3]}", *titles[0][1:]]
        else:
            parts += [f" and {len(titles) - 1} more like it"]
    if times > len(titles) or (one and times > 1):
        parts.append(f" (it occurs {times} times)" if one else f" (they occur {times} times in all)")
    return tuple(parts)


def _beside(remark: Correction) -> Node:
    """Printed and derived: below each other, or side by side where one is a table."""
    if isinstance(remark.printed, Formula) and isinstance(remark.derived, Formula):
        return Math((
            Row(Formula(r"\text{printed:}\quad", "printed: "), remark.printed),
            Row(Formula(r"\text{derived:}\quad", "derived: "), remark.derived),
        ))
    parts: list[Grid | Formula] = [Formula(r"\text{printed: }", "printed: "), remark.printed]
    parts += [Formula(r"\qquad\text{derived: }", " derived: "), remark.derived]
    return Figure(tuple(parts))


def _contradiction(remark: Contradiction) -> list[Node]:
    shown: list[Node] = [Heading(2, remark.where)]
    if remark.shown is not None:
        shown.append(Figure((remark.shown,)))
    shown += [Math((Row(NOTHING, f),)) for f in remark.inequalities]
    if remark.why:
        shown.append(Prose(remark.why))
    return shown


_DERIVATIVE = re.compile(r"\\frac\{\\partial ([^{}]*(?:\{[^{}]*\})?)\}\{\\partial ([^{}]*(?:\{[^{}]*\})?)\}")
_WORDS = {r"\times": "*", r"\le": "<=", r"\ge": ">=", r"\dots": "...", r"\quad": "  ", r"\qquad": "   ", r"\cdot": "*",
          r"\max": "max", r"\sum": "sum", r"\partial": "d", r"\,": " ", r"\ ": " ", r"\neq": "!="}  # fmt: skip


def from_latex(latex: str) -> Formula:
    """A formula that exists as LaTeX only, with a plain form good enough for a terminal.

    >>> from_latex(r"\\frac{\\partial E}{\\partial F_{01}} = A_{11}F_{00} + \\dots").text
    'dE/dF[0,1] = A[1,1] F[0,0] + ...'
    """
    text = re.sub(r"_\{([a-z0-9,]+)\}", _subscript, latex)
    text = re.sub(r"\\frac\{\\partial\}\{\\partial ([^{}]*)\}", r"d/d\1", text)
    for _ in range(4):
        text = _DERIVATIVE.sub(r"d\1/d\2", text)
        text = re.sub(r"\\(?:textcolor|color)\{[^{}]*\}", "", text)
        text = re.sub(r"\\(?:text|mathbf|mathrm|operatorname)\{([^{}]*)\}", r"\1", text)
        text = re.sub(r"\\frac\{([^{}]*)\}\{([^{}]*)\}", r"\1/\2", text)
    text = re.sub(r"\\left|\\right|\\[Bb]ig+[lr]?", "", text)
    text = re.sub(r"\\[A-Za-z]+|\\.", lambda m: _WORDS.get(m[0], m[0].lstrip("\\")), text)
    text = re.sub(r"([\]}])(?=[A-Za-z])", r"\1 ", text)
    return Formula(latex, re.sub(r"\s+", " ", text.replace("{", "").replace("}", "")).strip())


def _subscript(found: re.Match[str]) -> str:
    """``_{01}`` as ``[0,1]``, ``_{10,3}`` as ``[10,3]``."""
    inner = found[1]
    return f"[{inner if ',' in inner else ','.join(inner)}]"
