"""Formulas in both forms: thin wrappers around the two printers of notation.printing."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import sympy as sp

from symconv.derivation.step import Step
from symconv.documents.nodes import Formula, Math, Parts, Row
from symconv.notation.printing.printer import Printer, latex, text
from symconv.notation.printing.style import LATEX, TEXT
from symconv.notation.tensor import Tensor
from symconv.notation.term import Equation
from symconv.notation.written import Entry

NOTHING = Formula("", "")
EQUALS = Formula(" = ", " = ")
NOISE = 1e-13
TIMES = Formula(r" \times ", " * ")
RED = Formula(r"\text{in red}", "between stars")
DOTS = Formula(r"\dots", "...")


def join(*parts: Formula | str) -> Formula:
    """Formulas one after another; a string is the same in both forms."""
    return Formula(
        "".join(p if isinstance(p, str) else p.latex for p in parts),
        "".join(p if isinstance(p, str) else p.text for p in parts),
    )


def name(tensor: Tensor) -> Formula:
    """A tensor without subscripts."""
    return Formula(latex.name(tensor), text.name(tensor))


def entry(tensor: Tensor, at: Sequence[object]) -> Formula:
    """One entry: ``C_{01}``."""
    where = [str(a) for a in at]
    return Formula(latex.entry(tensor, where), text.entry(tensor, where))


def symbolic(tensor: Tensor) -> Formula:
    """The entry at the tensor's own indices: ``C_{kl}``."""
    where = [latex.index(a) for a in tensor.axes]
    return Formula(latex.entry(tensor, where), text.entry(tensor, [text.index(a) for a in tensor.axes]))


def size(e: sp.Expr) -> Formula:
    """A size or an affine form in sizes."""
    return Formula(latex.size(e), text.size(e))


def written(element: Any, mark: Entry | None = None) -> Formula:
    """One written element; ``mark`` is the entry that is shown as the winner."""
    if mark is None:
        return Formula(latex.written(element), text.written(element))
    red = Printer(LATEX, lambda e, s: rf"\textcolor{{red}}{{{s}}}" if _same(e, mark) else s)
    starred = Printer(TEXT, lambda e, s: f"*{s}*" if _same(e, mark) else s)
    return Formula(red.written(element), starred.written(element))


def _same(one: Entry, other: Entry) -> bool:
    return one.tensor.name == other.tensor.name and one.at == other.at


def equation(q: Equation) -> Math:
    """The index form as a displayed formula."""
    one, other = _divided(latex.equation(q)), _divided(text.equation(q))
    return Math((Row(Formula(one[0], other[0]), Formula(one[1], other[1])),))


def inline(q: Equation) -> Formula:
    """The index form inside a sentence."""
    return Formula(latex.equation(q), text.equation(q))


def _divided(formula: str) -> tuple[str, str]:
    """The left side, and the sign with the right side."""
    places = [n for n in map(formula.find, (" = ", r" \mathrel{+}= ", " += ")) if n >= 0]
    cut = min(places) if places else 0
    return formula[:cut], formula[cut:].strip()


def row(left: Formula, right: Formula) -> Row:
    """``left = right``."""
    return Row(left, join("= ", right))


def statement(formula: Formula) -> Math:
    """A displayed formula that is not to be aligned."""
    return Math((Row(NOTHING, formula),))


def index(name: str) -> Formula:
    """An index: italic in LaTeX."""
    return Formula(latex.index(name), text.index(name))


def reason(step: Step) -> Parts:
    """Why a Step is made: its prose, with tensors and indices as mathematics."""
    return filled(step.why, [*map(name, step.about), *map(index, step.indices)])


def filled(words: str, about: Sequence[Formula]) -> Parts:
    """Prose with formulas in the places ``{0}``, ``{1}`` …"""
    parts: list[str | Formula] = []
    for piece in re.split(r"(\{\d+\})", words):
        number = re.fullmatch(r"\{(\d+)\}", piece)
        if number:
            parts.append(about[int(number[1])])
        elif piece:
            parts.append(piece)
    return tuple(parts)


def number(x: Any) -> Formula:
    """A number with four significant digits; integers as integers.

    >>> number(7.0).text, number(0.123456).text, number(5.1e-12).latex
    ('7', '0.1235', '5.1 \\\\times 10^{-12}')
    """
    if isinstance(x, Fraction) and x.denominator != 1:
        x = float(x)
    if isinstance(x, float) and not math.isfinite(x):
        sign = "-" if x < 0 else ""
        return Formula(r"\text{nan}", "nan") if x != x else Formula(rf"{sign}\infty", f"{sign}inf")
    if x == int(x) and abs(x) < 10**6:
        return Formula(str(int(x)), str(int(x)))
    plain = f"{float(x):.4g}"
    mantissa, _, power = plain.partition("e")
    if not power:
        return Formula(plain, plain)
    return Formula(rf"{mantissa} \times 10^{{{int(power)}}}", plain)


def numbers(values: Sequence[Any]) -> list[Formula]:
    """The entries of one tensor; what is nothing but rounding beside the largest of them is 0.

    >>> [n.text for n in numbers([1.5, -1e-16])]
    ['1.5', '0']
    """
    sizes = [abs(x) for x in values if x == x and abs(x) != math.inf]
    least = NOISE * max(sizes, default=0)
    return [number(0 if abs(x) < least else x) for x in values]


def listed(parts: Sequence[Formula | str]) -> Parts:
    """``a, b and c`` as prose."""
    found: list[str | Formula] = []
    for n, part in enumerate(parts):
        if n:
            found.append(" and " if n == len(parts) - 1 else ", ")
        found.append(part)
    return tuple(found)
