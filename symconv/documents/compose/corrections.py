"""The page of corrections: what was printed, what is derived, a counter-example, the cause."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from symconv.documents.compose.write import NOTHING, join
from symconv.documents.nodes import Figure, Formula, Grid, Heading, Math, Node, Part, Parts, Prose, Row


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


Remark = Correction | Contradiction | Condition


def corrections_section(remarks: Sequence[Remark], title: str = "Corrections to the slides") -> tuple[Node, ...]:
    """The page; nothing when there are no remarks."""
    if not remarks:
        return ()
    shown: list[Node] = [
        Heading(1, (title,)),
        Prose((
            "Every formula of the slides has been evaluated against this derivation. What differs is listed here with "
            "the derived formula beside it.",
        )),
    ]
    wrong = [r for r in remarks if isinstance(r, Correction)]
    for n, remark in enumerate(wrong, 1):
        shown += _correction(n, remark)
    for remark in remarks:
        if isinstance(remark, Contradiction):
            shown += _contradiction(remark)
    conditional = [r for r in remarks if isinstance(r, Condition)]
    if conditional:
        shown.append(Heading(2, ("Right under a condition",)))
        for remark in conditional:
            shown.append(Math((Row(NOTHING, remark.printed),)))
            shown.append(Prose(remark.condition))
    return tuple(shown)


def _correction(n: int, remark: Correction) -> list[Node]:
    often = f" (it occurs {remark.times} times)" if remark.times > 1 else ""
    shown: list[Node] = [Heading(2, (*remark.where, often) if often else remark.where)]
    del n
    if isinstance(remark.printed, Formula) and isinstance(remark.derived, Formula):
        shown.append(
            Math((
                Row(Formula(r"\text{printed:}\quad", "printed: "), _plain(remark.printed)),
                Row(Formula(r"\text{derived:}\quad", "derived: "), _plain(remark.derived)),
            ))
        )
    else:
        parts: list[Grid | Formula] = [Formula(r"\text{printed: }", "printed: "), remark.printed]
        parts += [Formula(r"\qquad\text{derived: }", " derived: "), remark.derived]
        shown.append(Figure(tuple(parts)))
    sentence: list[Part] = [*remark.cause]
    if remark.example:
        sentence += [" "] if sentence else []
        sentence += remark.example
    return [*shown, Prose(tuple(sentence))] if sentence else shown


def _plain(f: Formula) -> Formula:
    return join(f)


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
    'dE/dF_01 = A_11 F_00 + ...'
    """
    text = latex
    for _ in range(4):
        text = _DERIVATIVE.sub(r"d\1/d\2", text)
        text = re.sub(r"\\(?:textcolor|color)\{[^{}]*\}", "", text)
        text = re.sub(r"\\(?:text|mathbf|mathrm|operatorname)\{([^{}]*)\}", r"\1", text)
        text = re.sub(r"\\frac\{([^{}]*)\}\{([^{}]*)\}", r"\1/\2", text)
    text = re.sub(r"\\left|\\right|\\[Bb]ig+[lr]?", "", text)
    text = re.sub(r"\\[A-Za-z]+|\\.", lambda m: _WORDS.get(m[0], m[0].lstrip("\\")), text)
    text = re.sub(r"\}(?=[A-Za-z])", "} ", text)
    return Formula(latex, re.sub(r"\s+", " ", text.replace("{", "").replace("}", "")).strip())
