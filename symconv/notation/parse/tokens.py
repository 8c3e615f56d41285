"""Tokens: names, exact numbers, signs and the ends of equations, each with its place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from symconv.errors import LimitError, ModelError, show
from symconv.notation.parse.source import MAX_CHARACTERS, WHERE, Source

MAX_TOKENS = 2_000
"""The most tokens of a text."""
MAX_DIGITS = 15
"""The most digits of a number: every such integer is exact in float64."""

Kind = Literal["name", "number", "sign", "end"]

WORDS = ("sum", "max", "where", "and")
"""Words that are no names inside equations, beside those of functions."""

_TOKEN = re.compile(
    r"""
      (?P<skip> [ \t\r]+ | \#[^\n]* )
    | (?P<end> [\n;] )
    | (?P<number> (?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+) (?:[eE][+-]?[0-9]+(?![A-Za-z0-9_]))? )
    | (?P<name> [A-Za-z_][A-Za-z0-9_]* )
    | (?P<sign> \*\*|<=|>=|==|[-+*/^()\[\],=<>|] )
    """,
    re.VERBOSE,
)
_OPENS, _CLOSES = ("(", "["), (")", "]")
_GOES_ON = {"+", "-", "*", "/", "^", "**", ",", "=", "==", "<", "<=", ">", ">=", "|", "where", "and"}
"""What an equation cannot end with; what begins with one of them goes on with the line before."""


@dataclass(frozen=True, slots=True)
class Token:
    """One token: ``text`` as written, ``at`` its offset; a number has its exact ``value``."""

    kind: Kind
    text: str
    at: int
    value: Fraction = Fraction(0)


def tokenize(source: Source) -> tuple[Token, ...]:
    """The tokens of a text, with one ``end`` behind every equation.

    An equation ends at ``;``, or at a line's end outside of brackets unless the line or the next one shows that it goes
    on. ``#`` starts a comment. Raises ModelError for a character that is not understood, LimitError for too much text.

    >>> [t.text for t in tokenize(Source("C[k] = 0.5 * A[k]"))]
    ['C', '[', 'k', ']', '=', '0.5', '*', 'A', '[', 'k', ']', '']
    """
    if len(source.text) > MAX_CHARACTERS:
        raise LimitError(WHERE, f"has more than {MAX_CHARACTERS} characters", "split it over several layers")
    found: list[Token] = []
    at = 0
    while at < len(source.text):
        match = _TOKEN.match(source.text, at)
        if match is None:
            raise source.error(at, f"{show(source.text[at])} is not understood", _known(source.text[at]))
        if match.lastgroup != "skip":
            found.append(_token(source, match))
        at = match.end()
        if len(found) > MAX_TOKENS:
            raise source.limit(at, f"there are more than {MAX_TOKENS} tokens", "split it over several layers")
    if not found:
        raise ModelError(WHERE, "there is no equation", "write one, as C[k] = A[k] + B[k]")
    return _ends(found, Token("end", "", len(source.text)))


def _known(character: str) -> str:
    if character in "{}":
        return "use ( and )"
    if character in "\u2264\u2265":
        return "write <= or >="
    if character in "\u00b7\u00d7":
        return "write * for a product"
    return "write names, numbers, + - * / ^ ( ) [ ] , and the conditions < <= = |"


def _token(source: Source, match: re.Match[str]) -> Token:
    text, at = match[0], match.start()
    if match.lastgroup == "number":
        after = source.text[match.end():match.end() + 1]
        if after.isalnum() or after == "_" or after == ".":
            raise source.error(at, f"{show(text + after)} is no number", "write a product with *, as 2*k")
        return Token("number", text, at, _number(source, text, at))
    kind: Kind = {"name": "name", "sign": "sign", "end": "end"}[match.lastgroup or ""]  # type: ignore[assignment]
    return Token(kind, text, at)


def _number(source: Source, text: str, at: int) -> Fraction:
    """The exact decimal that is written: 0.1 is 1/10."""
    mantissa, _, power = text.lower().partition("e")
    digits = mantissa.replace(".", "").lstrip("0")
    if len(digits) > MAX_DIGITS or len(mantissa) > 2 * MAX_DIGITS or (power and abs(int(power[:4])) > MAX_DIGITS):
        raise source.limit(at, f"the number {show(text)} is too long", f"give at most {MAX_DIGITS} digits")
    return Fraction(f"{'0' if mantissa.startswith('.') else ''}{text.lower()}".replace(".e", "e").rstrip("."))


def _ends(tokens: list[Token], last: Token) -> tuple[Token, ...]:
    """Line ends that do not end an equation taken out; one ``end`` after each, and after the last one."""
    kept: list[Token] = []
    depth = 0
    for n, token in enumerate(tokens):
        if token.kind == "end":
            following = next((t for t in tokens[n + 1:] if t.text != "\n"), last)
            if token.text == "\n" and kept and (
                depth or kept[-1].text in _GOES_ON or following.text in (*_GOES_ON, *_CLOSES)
            ):
                continue
            if kept and kept[-1].kind != "end":
                kept.append(token)
            continue
        depth += (token.text in _OPENS) - (token.text in _CLOSES and depth > 0)
        kept.append(token)
    return tuple(kept if kept and kept[-1].kind == "end" else [*kept, last])
