"""From the judged slides to the remarks of a document: claims and documents do not know each other."""

from __future__ import annotations

import re
from dataclasses import replace

from symconv.claims.report import Judgement, Math, PatternResult, Phrase, Report
from symconv.claims.slides import applies, judge
from symconv.derivation.backpropagate import Derivation
from symconv.documents.compose.corrections import Condition, Contradiction, Correction, Remark, from_latex
from symconv.documents.nodes import Formula, Grid, Part, Parts


def corrections(derivation: Derivation) -> tuple[Remark, ...]:
    """What the slides say that their own model does not bear out; empty for any other model."""
    if not applies(derivation):
        return ()
    return remarks(judge(derivation))


def remarks(report: Report) -> tuple[Remark, ...]:
    """Wrong formulas and tables first, then what cannot be, then what is right under a condition."""
    wrong: dict[str, Judgement] = {}
    for j in report.wrong:
        key = _plain(j.printed)
        wrong[key] = replace(wrong[key], count=wrong[key].count + j.count) if key in wrong else j
    found: list[Remark] = [_correction(j) for j in wrong.values()]
    found += [_contradiction(p) for p in report.impossible]
    seen: dict[str, Condition] = {}
    for j in report.conditional:
        seen.setdefault(_plain(j.printed), Condition(_printed(j), _sentence(*j.conditions)))
    return (*found, *seen.values())


def _plain(latex: str) -> str:
    """A formula without what only colours it, so that one shown twice is listed once."""
    return re.sub(r"\\(?:mathbf|textcolor\{\w+\})\{(\w)\}|\\textcolor\{\w+\}\{([^{}]*\{[^{}]*\})\}", r"\1\2", latex)


def _formula(m: Math) -> Formula:
    return Formula(m.latex, m.text)


def _parts(*phrases: Phrase) -> Parts:
    parts: list[Part] = []
    for phrase in phrases:
        if parts:
            parts.append(" ")
        parts += [p if isinstance(p, str) else _formula(p) for p in phrase.parts]
    return tuple(parts)


def _sentence(*phrases: Phrase) -> Parts:
    """Conditions joined by "and", to stand behind "provided that"."""
    parts: list[Part] = []
    for n, phrase in enumerate(phrases):
        parts += ([", and "] if n else []) + list(_parts(phrase))
    return tuple(parts)


def _printed(j: Judgement) -> Formula:
    if "\\" in j.printed or "=" in j.printed:
        return from_latex(j.printed)
    words = " ".join(j.printed.replace(";", ",").split())
    return Formula(rf"\text{{{words}}}", words)


def _correction(j: Judgement) -> Correction:
    cause = _parts(*j.causes)
    example = _parts(j.example.phrase) if j.example else ()
    where = _parts(j.title)
    if j.printed_cells:
        printed = Grid(tuple(tuple(map(from_latex, row)) for row in j.printed_cells))
        derived = Grid(tuple(tuple(map(_formula, row)) for row in j.corrected_cells))
        return Correction(where, printed, derived, example, cause, j.count)
    assert j.corrected is not None, j.where
    return Correction(where, _printed(j), _formula(j.corrected), example, cause, j.count)


def _contradiction(p: PatternResult) -> Contradiction:
    winners: list[Part] = []
    for n, m in enumerate(p.winners):
        winners += ([", "] if n else []) + [_formula(m)]
    rows = tuple(
        Formula(rf"{i.entries.latex}: \quad {i.parameters.latex}", f"{i.entries.text}:  {i.parameters.text}")
        for i in p.contradiction
    )
    why: Parts = (
        "These two follow from the printed image and exclude each other, whatever the filter: the winners ",
        *winners,
        " cannot occur together.",
    )
    return Contradiction(("An impossible pattern of winners: ", *winners), None, rows, why)
