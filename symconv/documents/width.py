"""How wide a formula will be, in em of the surrounding size: enough to break lines and size matrix cells.

The numbers are rounded up from Computer Modern's, so that a line that is said to fit does fit.
"""

from __future__ import annotations

import re
from functools import lru_cache

TOKEN = re.compile(r"\\[A-Za-z]+\*?|\\.|.", re.DOTALL)
SCRIPT = 0.8
RELATION, BINARY = 0.285, 0.227

_WIDTHS = {
    **dict.fromkeys("ABCDEFGHIJKLNOPQRSTUVXYZ", 0.79), "M": 1.0, "W": 0.98, "I": 0.5, "J": 0.62,
    **dict.fromkeys("abcdefghijklmnopqrstuvwxyz", 0.52), "m": 0.9, "w": 0.74, "i": 0.36, "j": 0.43, "l": 0.32,
    **dict.fromkeys("0123456789", 0.5), "(": 0.4, ")": 0.4, "[": 0.29, "]": 0.29, ",": 0.46, ".": 0.29, "'": 0.29,
    ":": 0.3, "/": 0.5, "|": 0.3, "=": 0.79, "<": 0.79, ">": 0.79, "+": 0.79, "-": 0.79,
}  # fmt: skip
_COMMANDS = {
    r"\partial": 0.6, r"\sum": 1.5, r"\max": 1.95, r"\min": 1.8, r"\ln": 1.05, r"\tanh": 2.3, r"\sqrt": 1.05,
    r"\sigma": 0.62, r"\Phi": 0.75, r"\varphi": 0.7, r"\psi": 0.7, r"\pi": 0.62, r"\mu": 0.65, r"\int": 1.05,
    r"\infty": 1.05, r"\lfloor": 0.45, r"\rfloor": 0.45, r"\lceil": 0.45, r"\rceil": 0.45, r"\bar": 0.0, r"\hat": 0.0,
    r"\overline": 0.0, r"\biggl": 0.37, r"\biggr": 0.37, r"\times": 0.79, r"\le": 0.79,
    r"\ge": 0.79, r"\mid": 0.3, r"\dots": 1.5, r"\vdots": 0.3, r"\cdot": 0.3, r"\quad": 1.0, r"\qquad": 2.0,
    r"\,": 0.17, r"\;": 0.28, r"\ ": 0.34, r"\_": 0.52, r"\odot": 0.79, r"\neq": 0.79, r"\top": 0.79,
}  # fmt: skip
_SPACED = {"=": RELATION, "<": RELATION, ">": RELATION, "+": BINARY, "-": BINARY, r"\times": BINARY, r"\le": RELATION,
           r"\ge": RELATION, r"\mid": RELATION, r"\cdot": BINARY, r"\neq": RELATION, r"\odot": BINARY}  # fmt: skip
_TEXT = (r"\text", r"\mathrm", r"\operatorname", r"\operatorname*", r"\mathbf")
_NOTHING = (r"\left", r"\right", r"\big", r"\bigl", r"\bigr", r"\Bigl", r"\Bigr", r"\displaystyle", r"\mathrel",
            r"\bigg", r"\textstyle", r"\limits", "&")  # fmt: skip


@lru_cache(maxsize=100_000)
def width(latex: str, *, inline: bool = False) -> float:
    """The width of a formula in display style, in em, or of one inside a line, where fractions are small.

    >>> 2.0 < width("A_{00}F_{00}") < 4.0
    True
    >>> width(r"1 + \\frac{A}{B}", inline=True) < width(r"1 + \\frac{A}{B}")
    True
    """
    tokens = [t for t in TOKEN.findall(latex) if not t.isspace()]
    total, place = _row(tokens, 0, script=False, inline=inline)
    assert place == len(tokens), latex
    return total


def _row(tokens: list[str], n: int, *, script: bool, inline: bool) -> tuple[float, int]:
    """Up to the closing brace or the end; a broken line counts as its widest part."""
    total = widest = 0.0
    scripts = 0.0
    limits = False
    while n < len(tokens) and tokens[n] != "}":
        token = tokens[n]
        if token in ("^", "_"):
            one, n = _argument(tokens, n + 1, script=True, inline=False)
            # Of a superscript and a subscript at the same place only the wider counts; limits stand under the sign.
            reserved = 1.5 if limits and not inline else 0.0
            extra = max(0.0, max(scripts, one * SCRIPT - reserved) - scripts)
            scripts, total = scripts + extra, total + extra
            continue
        scripts, limits = 0.0, False
        if token == r"\\":
            widest, total, n = max(widest, total), 0.0, n + 1
        elif token == r"\frac":
            above, n = _argument(tokens, n + 1, script=script or inline, inline=False)
            below, n = _argument(tokens, n, script=script or inline, inline=False)
            total += max(above, below) * (SCRIPT if inline else 1.0) + 0.25
        elif token in (r"\textcolor", r"\color"):
            _, n = _argument(tokens, n + 1, script=script, inline=inline)
            one, n = _argument(tokens, n, script=script, inline=inline)
            total += one
        elif token == "{" or token in _TEXT:
            start = n if token == "{" else n + 1
            one, n = _argument(tokens, start, script=script, inline=inline)
            total += one + (0.34 if token.startswith(r"\operatorname") else 0.0)
            limits = token == r"\operatorname*"
        else:
            if token in (r"\left", r"\right"):
                total += _grown(tokens, n)
            limits = token in (r"\sum", r"\max")
            total += _one(token) + (0.0 if script else 2 * _SPACED.get(token, 0.0))
            n += 1
    return max(widest, total), n


def _grown(tokens: list[str], n: int) -> float:
    """How much wider than usual the bracket is that grows with what it encloses: with a fraction it does most."""
    step, depth = (1, 0) if tokens[n] == r"\left" else (-1, 0)
    inside = n
    while 0 <= inside < len(tokens):
        depth += (tokens[inside] == r"\left") - (tokens[inside] == r"\right")
        if depth == 0:
            break
        inside += step
    tall = r"\frac" in tokens[min(n, inside) : max(n, inside)]
    return 0.37 if tall else 0.08


def _argument(tokens: list[str], n: int, *, script: bool, inline: bool) -> tuple[float, int]:
    if n < len(tokens) and tokens[n] == "{":
        inner, n = _row(tokens, n + 1, script=script, inline=inline)
        return inner, n + 1
    return (_one(tokens[n]), n + 1) if n < len(tokens) else (0.0, n)


def _one(token: str) -> float:
    if token in _NOTHING:
        return 0.0
    return _COMMANDS.get(token, _WIDTHS.get(token, 0.8 if token.startswith("\\") else 0.6))
