"""What differs between C and Python when loops are printed, as data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Syntax:
    """The tokens of one target language for the loop IR. ``real`` and ``index`` are the names of the types."""

    for_open: Callable[[str, int], str]
    if_open: Callable[[list[str]], str]
    block_open: str
    close: str
    end: str
    declare: Callable[[str, str], str]
    both: str
    quotient: str
    lowest: str
    literal: Callable[[int, int], str]
    pick: Callable[[str, str], str]
    gate: Callable[[str, str, str], str]
    best: Callable[[str, str, str, str, str], list[str]]
    call: Callable[[str, str], str]
    real: str
    index: str
    empty: str


def _c_literal(suffix: str) -> Callable[[int, int], str]:
    bits = 24 if suffix else 53

    def whole(n: int) -> str:
        """An integer; one with more digits than the type holds is written as a sum of two that it holds."""
        if abs(n) <= 1 << bits:
            return f"{n}.0{suffix}"
        high, low = divmod(abs(n), 1 << bits)
        text = f"({whole(high)}*{1 << bits}.0{suffix} + {low}.0{suffix})"
        return f"(-{text})" if n < 0 else text

    def literal(p: int, q: int) -> str:
        text = whole(p) if q == 1 else f"({whole(p)}/{whole(q)})"
        return f"({text})" if p < 0 and q == 1 else text

    return literal


def _c_best(best: str, place: str, value: str, at: str, real: str) -> list[str]:
    # "value != value" is true for NaN alone, which must win; a plain maximum would lose it.
    return [
        "{",
        f"    const {real} value = {value};",
        f"    if ({place} < 0 || value > {best} || value != value) {{",
        f"        {best} = value;",
        f"        {place} = {at};",
        "    }",
        "}",
    ]


def c_syntax(real: str, suffix: str) -> Syntax:
    """C99 for ``float`` (suffix ``f``) or ``double``."""
    return Syntax(
        for_open=lambda i, n: f"for (int {i} = 0; {i} < {n}; ++{i}) {{",
        if_open=lambda cs: f"if ({' && '.join(cs)}) {{",
        block_open="{",
        close="}",
        end=";",
        declare=lambda kind, name: f"{kind} {name}",
        both=" && ",
        quotient="/",
        lowest=f"(({real})-INFINITY)",
        literal=_c_literal(suffix),
        pick=lambda test, value: f"({test} ? {value} : 0.0{suffix})",
        # A function, so that the value is loaded before the choice: see GUARD in backends.common.compiler.
        gate=lambda test, above, below: f"symconv_gate{suffix}({test}, {above}, {below})",
        best=_c_best,
        call=lambda f, x: f"symconv_{f}{suffix}({x})",
        real=real,
        index="int",
        empty="",
    )


def _python_best(best: str, place: str, value: str, at: str, _: str) -> list[str]:
    return [
        f"value = {value}",
        f"if {place} < 0 or value > {best} or value != value:",
        f"    {best}, {place} = value, {at}",
    ]


PYTHON = Syntax(
    for_open=lambda i, n: f"for {i} in range({n}):",
    if_open=lambda cs: f"if {' and '.join(cs)}:",
    block_open="",
    close="",
    end="",
    declare=lambda _, name: name,
    both=" and ",
    quotient="//",
    lowest="-math.inf",
    literal=lambda p, q: f"{p}.0" if q == 1 and p >= 0 else f"({p}.0)" if q == 1 else f"({p}.0/{q}.0)",
    pick=lambda test, value: f"({value} if {test} else 0.0)",
    gate=lambda test, above, below: f"({below} if {test} <= 0.0 else {above})",
    best=_python_best,
    call=lambda f, x: f"_{f}({x})",
    real="float",
    index="int",
    empty="pass",
)
