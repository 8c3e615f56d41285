"""How equations show themselves in a notebook."""

from __future__ import annotations

from collections.abc import Sequence

from symconv.notation.printing.printer import latex, text
from symconv.notation.term import Equation


def bundle(equations: Sequence[Equation]) -> dict[str, str]:
    """text/latex and text/plain of some equations, one a line."""
    lines = r" \\ ".join(latex.equation(q).replace(" = ", " &= ", 1) for q in equations)
    return {
        "text/latex": r"$$\begin{aligned}" + lines + r"\end{aligned}$$",
        "text/plain": "\n".join(text.equation(q) for q in equations),
    }
