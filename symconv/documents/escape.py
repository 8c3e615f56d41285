"""What may stand in TeX: escaped prose, and formulas made of known commands only."""

from __future__ import annotations

import re

from symconv.errors import UsageError, show

_SPECIAL = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", '"': "''", "`": r"\textasciigrave{}", "'": "'", "–": "--", "…": r"\dots{}",
    "×": r"$\times$", "∂": r"$\partial$", "≤": r"$\le$", "≥": r"$\ge$", "−": "$-$",
}  # fmt: skip

_KNOWN = r"""\frac \partial \sum \substack \max \min \ln \times \le \ge \lfloor \rfloor \lceil \rceil \mid \dots \vdots
\cdots \cdot \quad \qquad \text \mathrm \mathbf \operatorname \operatorname* \mathrel \left \right \bigl \bigr
\Bigl \Bigr \sqrt \tanh \sigma \Phi \varphi \pi \int \mu \bar \hat
\overline \textcolor \top \odot \infty \longrightarrow \neq \, \; \! \: \_ \\ \{ \}"""
ALLOWED = frozenset((*_KNOWN.split(), "\\ "))
_COMMAND = re.compile(r"\\(?:[A-Za-z]+\*?|.|$)", re.DOTALL)
_COLOUR = re.compile(r"\\textcolor\{(?!red\}|gray\})")


def escape(text: str) -> str:
    """Plain text for TeX; control characters and letters outside of what pdfTeX's fonts have become ``?``.

    >>> escape("50% of $x_1 {a}")
    '50\\\\% of \\\\$x\\\\_1 \\\\{a\\\\}'
    """
    return "".join(_SPECIAL.get(c, c if " " <= c <= "~" or c == "\n" else "?") for c in text)


def checked(formula: str) -> str:
    """The formula, if it is made of known commands and its braces match; raises UsageError otherwise.

    Formulas come from our printers and from the package's data; this holds that nothing else gets through.
    """
    for command in _COMMAND.findall(formula):
        if command not in ALLOWED:
            raise UsageError("LaTeX", f"unknown command {show(command)} in a formula", "use formulas of the printers")
    depth = 0
    bare = formula.replace(r"\{", "").replace(r"\}", "")
    for c in bare:
        depth += (c == "{") - (c == "}")
        if depth < 0:
            break
    if depth or any(c in bare for c in "$%#~\n\0") or "^^" in bare or _COLOUR.search(bare):
        raise UsageError("LaTeX", f"formula {show(formula)} is not well-formed", "use formulas of the printers")
    return formula


_NESTED = r"(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*"
_FRACTION = re.compile(rf"\\frac\{{(\\partial(?: {_NESTED})?)\}}\{{(\\partial {_NESTED})\}}")


def solidus(formula: str) -> str:
    """Derivatives with a solidus, as they are written inside a line of text.

    >>> solidus(r"\\frac{\\partial E}{\\partial F_{01}} = 1")
    '\\\\partial E/\\\\partial F_{01} = 1'
    """
    return _FRACTION.sub(r"\1/\2", formula)
