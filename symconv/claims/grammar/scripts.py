"""Subscripts and superscripts: one index or several, a layer, a transpose, a prime."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from symconv.claims.grammar import tree as t
from symconv.claims.tex.tokens import Token

LABELS = frozenset(
    [
        "in",
        "out",
        "img",
        "max",
        "min",
        "new",
        "old",
        "total",
        "tot",
        "true",
        "pred",
        "hidden",
        "hid",
        "conv",
        "pool",
        "pad",
        "row",
        "col",
        "size",
        "batch",
        "train",
        "test",
        "loss",
        "net",
        "act",
        "input",
        "output",
        "height",
        "width",
        "prev",
        "next",
        "reg",
        "data",
        "fc",
        "ReLU",
        "relu",
    ]
)
"""Subscripts of several letters that say which thing is meant and are no indices."""


def _parse(tokens: Sequence[Token], depth: int) -> t.Node:
    from symconv.claims.grammar.parser import Parser

    parser = Parser(tokens, inside=True)
    parser.depth = depth + 1
    return parser.whole()


def split(tokens: Sequence[Token], *signs: str) -> list[list[Token]]:
    """The parts of some tokens between signs that stand in no brackets."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        if token.kind == "sign" and token.text in "([{":
            depth += 1
        elif token.kind == "sign" and token.text in ")]}":
            depth -= 1
        if token.kind == "sign" and token.text in signs and depth == 0:
            parts.append([])
        else:
            parts[-1].append(token)
    return [p for p in parts if p]


def index_pieces(tokens: Sequence[Token], depth: int) -> tuple[tuple[t.Node, ...], bool]:
    """The indices of a subscript and whether they stood side by side without anything between them.

    ``11`` and ``ij`` are two each, ``i+m,j+n`` and ``(i+m)(j+n)`` two, ``i+m`` is one.
    """
    tokens = [k for k in tokens if k.kind != "quad"]
    if len(tokens) > 2 and _closes(tokens) and tokens[0].text in "([{" and tokens[0].kind == "sign":
        inner = tokens[1:-1]
        if len(split(inner, ",", ";")) > 1 or tokens[0].text == "{":
            tokens = inner
    letters = "".join(k.text for k in tokens) if tokens and all(k.kind == "letter" for k in tokens) else ""
    if letters in LABELS:
        return (t.Words(letters, (tokens[0].start, tokens[-1].end)),), False
    parts = split(tokens, ",", ";")
    if len(parts) > 1:
        found: list[t.Node] = []
        for part in parts:
            pieces = None if _multiple(part) else _side_by_side(part, depth)
            found += pieces if pieces and len(pieces) > 1 and not _number(part) else [_parse(part, depth)]
        return tuple(found), False
    pieces = _side_by_side(tokens, depth)
    if pieces is not None:
        return tuple(pieces), True
    return (_parse(tokens, depth),), False


def _number(tokens: Sequence[Token]) -> bool:
    return len(tokens) == 1 and tokens[0].kind == "number"


def _multiple(tokens: Sequence[Token]) -> bool:
    """Whether a piece between commas is a number times a letter, as ``2l`` in ``i,2l``."""
    return len(tokens) > 1 and tokens[0].kind == "number" and all(k.kind == "letter" for k in tokens[1:])


def _closes(tokens: Sequence[Token]) -> bool:
    """Whether the first bracket is closed by the last token."""
    depth = 0
    for n, token in enumerate(tokens):
        if token.kind == "sign":
            depth += (token.text in "([{") - (token.text in ")]}")
        if depth == 0:
            return n == len(tokens) - 1
    return False


def _side_by_side(tokens: Sequence[Token], depth: int) -> list[t.Node] | None:
    """Single letters, digits and brackets one after the other; None when there is anything between them."""
    found: list[t.Node] = []
    at = 0
    while at < len(tokens):
        token = tokens[at]
        if token.kind == "number" and "." not in token.text:
            for n, d in enumerate(token.text):
                found.append(t.Num(Fraction(int(d)), d, (token.start + n, token.start + n + 1)))
            at += 1
            continue
        if token.kind == "sign" and token.text in "({":
            end, level = at, 0
            while end < len(tokens):
                level += (tokens[end].text in "({") - (tokens[end].text in ")}") if tokens[end].kind == "sign" else 0
                if level == 0:
                    break
                end += 1
            inner = tokens[at + 1 : end]
            if not inner or end == len(tokens):
                return None
            found.append(_parse(inner, depth))
            at = end + 1
            continue
        if token.kind == "letter" or (token.kind == "command" and token.text in _LETTERS):
            end = at + 1
            while end < len(tokens) and tokens[end].text in ("'", "^", "_"):
                if tokens[end].text == "'":
                    end += 1
                    continue
                end += 1
                if end < len(tokens) and tokens[end].text == "{":
                    level = 0
                    while end < len(tokens):
                        level += (tokens[end].text == "{") - (tokens[end].text == "}")
                        end += 1
                        if level == 0:
                            break
                else:
                    end += 1
            found.append(_parse(tokens[at:end], depth))
            at = end
            continue
        if token.kind in ("word", "text"):
            found.append(t.Words(token.text, (token.start, token.end)))
            at += 1
            continue
        return None
    return found


_LETTERS = frozenset(
    [
        "alpha",
        "beta",
        "gamma",
        "delta",
        "epsilon",
        "varepsilon",
        "zeta",
        "eta",
        "theta",
        "iota",
        "kappa",
        "lambda",
        "mu",
        "nu",
        "xi",
        "rho",
        "sigma",
        "tau",
        "phi",
        "varphi",
        "chi",
        "psi",
        "omega",
        "ell",
    ]
)


def superscript(tokens: Sequence[Token], depth: int) -> tuple[tuple[t.Node, ...], bool, int, bool]:
    """The pieces of a superscript without what marks a transpose or a prime; whether those were there; brackets."""
    rest = [k for k in tokens if k.kind != "quad"]
    primes = 0
    transposed = False
    while rest and rest[-1].text in ("prime", "'"):
        primes += 1
        rest = rest[:-1]
    if rest and rest[-1].text in ("T", "top", "intercal", "mathsf:T", "mathbb:T", "mathcal:T", "transpose"):
        transposed = True
        rest = rest[:-1]
        while rest and rest[-1].text == ",":
            rest = rest[:-1]
    elif rest and rest[0].text in ("T", "top") and len(rest) > 1:
        transposed = True
        rest = rest[1:]
    if not rest:
        return (), transposed, primes, False
    bracketed = False
    if (
        rest[0].text in ("(", "[", "<", "{", "langle")
        and rest[-1].text in (")", "]", ">", "}", "rangle")
        and len(rest) > 2
    ):
        bracketed = rest[0].text != "{"
        rest = rest[1:-1]
    parts = split(rest, ",", ";")
    if len(parts) == 1 and len(rest) > 1 and all(k.kind == "letter" for k in rest):
        return tuple(_parse([k], depth) for k in rest), transposed, primes, bracketed
    return tuple(_parse(p, depth) for p in parts), transposed, primes, bracketed
