"""Matrices and cases: rows and cells."""

from __future__ import annotations

from collections.abc import Sequence

from symconv.claims.grammar import tree as t
from symconv.claims.grammar.parser import Parser
from symconv.claims.grammar.signs import DOTS, refuse
from symconv.claims.tex.tokens import Token

MAX_CELLS = 4096


def rows_of(tokens: Sequence[Token]) -> list[list[list[Token]]]:
    """Cells of rows: split at ``\\\\`` and ``&`` outside of brackets and inner environments."""
    rows: list[list[list[Token]]] = [[[]]]
    depth = 0
    for token in tokens:
        if token.kind in ("begin", "end"):
            depth += 1 if token.kind == "begin" else -1
        if token.kind == "sign" and token.text in "{}":
            depth += 1 if token.text == "{" else -1
        if depth == 0 and token.kind == "newline":
            rows.append([[]])
        elif depth == 0 and token.kind == "sign" and token.text == "&":
            rows[-1].append([])
        elif not (token.kind == "command" and token.text in ("hline", "cr")):
            rows[-1][-1].append(token)
    return [row for row in rows if any(row)]


def matrix_of(tokens: Sequence[Token], span: t.Span, depth: int) -> t.Matrix:
    """The cells of a matrix; dots are empty cells. Refuses rows of different lengths."""
    rows = rows_of(tokens)
    if sum(map(len, rows)) > MAX_CELLS:
        raise refuse(f"a matrix has more than {MAX_CELLS} cells", tokens[0])
    cells = tuple(tuple(_cell(cell, depth) for cell in row) for row in rows)
    if not cells or len({len(r) for r in cells}) != 1:
        raise refuse("the rows of a matrix differ in length", tokens[0] if tokens else None)
    return t.Matrix(cells, span)


def _cell(tokens: Sequence[Token], depth: int) -> t.Node | None:
    tokens = [k for k in tokens if k.kind != "quad"]
    while tokens and tokens[-1].kind == "sign" and tokens[-1].text in ",;.":
        tokens = tokens[:-1]
    if not tokens or all(k.kind == "command" and k.text in DOTS for k in tokens):
        return None
    return _parse(tokens, depth)


def _parse(tokens: Sequence[Token], depth: int) -> t.Node:
    parser = Parser(tokens)
    parser.depth = depth + 1
    return parser.whole()


def cases_of(tokens: Sequence[Token], span: t.Span, depth: int) -> t.Cases:
    """Values with their conditions: behind ``&``, or behind a comma."""
    found: list[tuple[t.Node, t.Node | None]] = []
    for row in rows_of(tokens):
        cells = [[k for k in cell if k.kind != "quad"] for cell in row]
        cells = [c for c in cells if c]
        if not cells:
            continue
        value, rest = cells[0], [k for c in cells[1:] for k in c]
        if not rest:
            value, rest = _split(value)
        while value and value[-1].kind == "sign" and value[-1].text in ",;:":
            value = value[:-1]
        if not value:
            raise refuse("a case has no value", cells[0][0])
        found.append((_parse(value, depth), _condition(rest, depth)))
    if not found:
        raise refuse("there are no cases", None)
    return t.Cases(tuple(found), span)


def _split(tokens: list[Token]) -> tuple[list[Token], list[Token]]:
    depth = 0
    for n, token in enumerate(tokens):
        if token.kind == "sign":
            depth += (token.text in "([{") - (token.text in ")]}")
        if depth == 0 and (
            token.kind == "text" or (token.kind == "sign" and token.text in ",;") or token.text == "if"
        ):
            return tokens[:n], tokens[n:]
    return tokens, []


def _unpunctuated(tokens: Sequence[Token]) -> list[Token]:
    """The tokens without punctuation, but for what stands within brackets."""
    depth, kept = 0, []
    for k in tokens:
        if k.kind == "sign":
            depth += (k.text in "([{") - (k.text in ")]}")
        if depth > 0 or not (k.kind == "sign" and k.text in ",;:."):
            kept.append(k)
    return kept


def _condition(tokens: Sequence[Token], depth: int) -> t.Node | None:
    kept = _unpunctuated(tokens)
    words = [k for k in kept if k.kind in ("text", "word")]
    formula = [k for k in kept if k.kind not in ("text", "word")]
    if not formula:
        text = " ".join(k.text for k in words)
        return t.Words(text, (kept[0].start, kept[-1].end)) if kept else None
    try:
        return _parse(formula, depth)
    except Exception as error:
        from symconv.errors import SymconvError

        if not isinstance(error, SymconvError):
            raise
        return t.Words(" ".join(k.text for k in kept), (kept[0].start, kept[-1].end))
