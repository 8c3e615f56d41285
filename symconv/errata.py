"""From the verdicts on the slides to the remarks of a document: claims and documents do not know each other."""

from __future__ import annotations

import re
from dataclasses import replace

from symconv.claims.judging.verdicts import FileReport, Statement
from symconv.claims.slides import applies, report
from symconv.derivation.backpropagate import Derivation
from symconv.documents.compose.corrections import Condition, Contradiction, Correction, Remark, from_latex
from symconv.documents.nodes import Formula, Grid, Part, Parts


def corrections(derivation: Derivation) -> tuple[Remark, ...]:
    """What the slides say that their own model does not bear out; empty for any other model."""
    return remarks(report()) if applies(derivation) else ()


def remarks(found: FileReport) -> tuple[Remark, ...]:
    """Wrong formulas and tables first, then what cannot be, then what is right under a condition."""
    wrong: dict[str, Correction] = {}
    tables: dict[str, int] = {}
    impossible: list[Remark] = []
    conditions: dict[str, Condition] = {}
    for s in found.statements:
        key = plain(s.source)
        if s.verdict == "wrong" and s.correction is None and s.reason:
            impossible.append(_contradiction(s))
        elif s.verdict == "wrong" and key in wrong:
            wrong[key] = replace(wrong[key], times=wrong[key].times + 1)
        elif s.verdict == "wrong":
            if s.kind == "table":
                tables.setdefault(key, len(tables) + 1)
            wrong[key] = _correction(s, tables.get(key, 0))
        elif condition := _condition(s):
            conditions.setdefault(key, Condition(_printed(s), sentence(condition)))
    formulas = [c for c in wrong.values() if isinstance(c.printed, Formula)]
    grids = [c for c in wrong.values() if isinstance(c.printed, Grid)]
    return (*formulas, *grids, *impossible, *conditions.values())


def plain(latex: str) -> str:
    """A formula without what only colours it, so that one shown twice is listed once."""
    return re.sub(r"\\(?:mathbf|textcolor\{\w+\})\{(\w)\}|\\textcolor\{\w+\}\{([^{}]*\{[^{}]*\})\}", r"\1\2", latex)


# ---------------------------------------------------------------------- one remark


def _line(latex: str) -> str:
    return " ".join(latex.split())


def _correction(s: Statement, number: int) -> Correction:
    cause = sentence(s.cause or "the two sides differ", stop=True)
    example = sentence(s.counterexample, stop=True) if s.counterexample else ()
    corrected = s.correction or s.source
    if s.kind == "table":
        subject = s.reading.removeprefix("a table of ").partition(", where ")[0]
        where: Parts = (f"Mask table {number} of ", inline(subject))
        return Correction(where, _cells(s.source), _cells(corrected), example, cause)
    where = ("The formula for ", inline(s.source.partition("=")[0].strip()))
    return Correction(where, from_latex(_line(s.source)), from_latex(_line(corrected)), example, cause)


def _cells(source: str) -> Grid:
    """A table of cells between tabs."""
    rows = [[cell.strip().strip("$") for cell in line.split("\t")] for line in source.split("\n")]
    width = max(map(len, rows))
    return Grid(tuple(tuple(from_latex(x) for x in (*row, *("",) * (width - len(row)))) for row in rows))


def _contradiction(s: Statement) -> Contradiction:
    cause = s.cause or ""
    winners = re.findall(r"[A-Z]_\{[\d,]+\}", cause)
    rows = []
    for inequality in (s.reason or "").split("; "):
        entries, _, parameters = (x.strip() for x in inequality.replace("≥", r"\ge").partition(":"))
        text = re.sub(r"(?<![\w,\[])(\d+)(?=[A-Za-z])", r"\1*", from_latex(parameters).text)
        rows.append(Formula(rf"{entries}: \quad {parameters}", f"{from_latex(entries).text}:  {text}"))
    where: list[Part] = ["An impossible pattern of winners: "]
    for n, winner in enumerate(winners):
        where += ([", "] if n else []) + [inline(winner)]
    several = "These exclude each other: " if len(rows) > 1 else "This cannot be: "
    return Contradiction(tuple(where), None, tuple(rows), (several, *sentence(cause), "."))


READINGS = ("", "the terms before the dots")
"""Readings that ask for nothing."""


def _condition(s: Statement) -> str:
    """What a statement that is not wrong depends on: a condition, or a reading that is not the only one."""
    if s.verdict not in ("right", "conditional"):
        return ""
    said = [f"it is read as {_reading(s.reading)}"] if s.reading not in READINGS else []
    if s.verdict == "conditional" and s.reason:
        said.append(s.reason.removeprefix("right when "))
    return plain(": ".join(said))


def _reading(text: str) -> str:
    """A reading in one phrase: several contractions are one over several indices."""
    contractions = [re.fullmatch(r"a contraction over the indices of (\S+?)(, in the other order)?", x)
                    for x in text.split("; ")]  # fmt: skip
    if all(contractions):
        names = " and ".join(m[1] for m in contractions if m)
        return f"a contraction over the indices of {names}"
    return " and ".join(text.split("; "))


def _printed(s: Statement) -> Formula:
    if s.kind == "prose":
        first, *items = (line.strip().lstrip("-*• ") for line in s.source.split("\n") if line.strip())
        words = f"{first}: {', '.join(items)}"
        return Formula(rf"\text{{{words}}}", words)
    return from_latex(_line(s.source))


# ---------------------------------------------------------------------- sentences with mathematics in them

_SCRIPTS = r"(?:[_^](?:\{[^{}]*\}|\w))*"
_ATOM = rf"(?:\\[A-Za-z]+(?:\{{[^{{}}]*\}})*|[A-Za-z]){_SCRIPTS}"
_MATH = re.compile(
    rf"(?<![A-Za-z\\])(?:"
    rf"\\frac\{{(?:[^{{}}]|\{{[^{{}}]*\}})*\}}\{{(?:[^{{}}]|\{{[^{{}}]*\}})*\}}"
    rf"|∂{_ATOM}/∂{_ATOM}|\\[A-Za-z]+(?:\{{[^{{}}]*\}})*{_SCRIPTS}|[A-Z](?![A-Za-z]){_SCRIPTS}|[a-z](?=[_^]){_SCRIPTS}"
    rf")(?: = -?\d+)?"
)


def sentence(text: str, *, stop: bool = False) -> Parts:
    """Words with the mathematics among them told apart; ``stop`` makes them a sentence.

    >>> sentence("the factor C_{01} is one too many", stop=True)[1].text
    'C[0,1]'
    """
    parts: list[Part] = []
    last = 0
    for match in _MATH.finditer(text):
        if match.start() > last:
            parts.append(text[last : match.start()])
        parts.append(inline(match[0]))
        last = match.end()
    parts += [text[last:]] if text[last:] else []
    if stop:
        if parts and isinstance(parts[0], str):
            parts[0] = parts[0][:1].upper() + parts[0][1:]
        parts = [re.sub(r"; (\w?)", lambda m: f". {m[1].upper()}", p) if isinstance(p, str) else p for p in parts]
        parts.append(".")
    return tuple(_joined(parts))


def _joined(parts: list[Part]) -> list[Part]:
    """Neighbouring words as one piece."""
    out: list[Part] = []
    for part in parts:
        if isinstance(part, str) and out and isinstance(out[-1], str):
            out[-1] += part
        else:
            out.append(part)
    return out


def inline(latex: str) -> Formula:
    """Mathematics within a line: derivatives are written with a slash."""
    upright = re.sub(rf"∂({_ATOM})/∂({_ATOM})", r"\\frac{\\partial \1}{\\partial \2}", latex)
    flat = re.sub(r"\\frac\{(\\partial[^{}]*(?:\{[^{}]*\})?)\}\{(\\partial[^{}]*(?:\{[^{}]*\})?)\}", r"\1/\2", upright)
    return Formula(flat, from_latex(upright).text)
