"""What differs between LaTeX and plain text, as data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from symconv.notation.functions import Function


@dataclass(frozen=True, slots=True)
class Style:
    """The tokens of one output language of mathematics."""

    name: str
    juxtapose: str
    times: str
    fraction: Callable[[str, str], str]
    subscript: Callable[[str, str], str]
    derivative: Callable[[str, str], str]
    group: Callable[[str], str]
    bracket: Callable[[str], str]
    power: Callable[[str, str], str]
    sum_over: Callable[[list[str], list[str]], str]
    where: Callable[[list[str]], str]
    extremum: Callable[[str, list[str], list[str]], str]
    less_equal: str
    divides: str
    dots: str
    infinity: str
    prime: str
    size: Callable[[str], str]
    apply: Callable[[Function, str], str]


def _latex_size(name: str) -> str:
    head, _, tail = name.partition("_")
    return f"{head}_{{{tail}}}" if tail else head


def _stack(lines: list[str]) -> str:
    return lines[0] if len(lines) == 1 else r"\substack{" + r" \\ ".join(lines) + "}"


LATEX = Style(
    name="latex",
    juxtapose="",
    times=r" \times ",
    fraction=lambda a, b: rf"\frac{{{a}}}{{{b}}}",
    subscript=lambda name, at: f"{name}_{{{at}}}",
    derivative=lambda a, b: rf"\frac{{\partial {a}}}{{\partial {b}}}",
    group=lambda s: rf"\left({s}\right)",
    bracket=lambda s: f"[{s}]",
    power=lambda b, n: f"{b}^{{{n}}}",
    sum_over=lambda ranges, guards: r"\sum_{" + _stack([r",\ ".join(ranges), *guards]) + "} ",
    where=lambda guards: r" \qquad " + r",\quad ".join(guards),
    extremum=lambda op, ranges, guards: rf"\operatorname*{{{op}}}_{{{_stack([', '.join(ranges), *guards])}}} ",
    less_equal=r" \le ",
    divides=r" \mid ",
    dots=r"\dots",
    infinity=r"\infty",
    prime="'",
    size=_latex_size,
    apply=lambda f, x: f.latex.replace("@", x),
)

TEXT = Style(
    name="text",
    juxtapose="*",
    times=" * ",
    fraction=lambda a, b: f"{a}/{b}",
    subscript=lambda name, at: f"{name}[{at}]",
    derivative=lambda a, b: f"d{a}/d{b}",
    group=lambda s: f"({s})",
    bracket=lambda s: f"[{s}]",
    power=lambda b, n: f"{b}^{n}",
    sum_over=lambda ranges, guards: "sum(" + "; ".join([", ".join(ranges), *guards]) + ") ",
    where=lambda guards: " where " + ", ".join(guards),
    extremum=lambda op, ranges, guards: f"{op}(" + "; ".join([", ".join(ranges), *guards]) + ") ",
    less_equal=" <= ",
    divides=" | ",
    dots="...",
    infinity="inf",
    prime="'",
    size=lambda name: name,
    apply=lambda f, x: f.text.replace("@", x),
)
