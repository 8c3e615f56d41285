"""Brackets, braces, bars and the parts of fractions."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from symconv.claims.grammar import tree as t
from symconv.claims.grammar.naming import differential
from symconv.claims.grammar.signs import CLOSERS, refuse
from symconv.claims.tex.tokens import Token
from symconv.errors import show

if TYPE_CHECKING:
    from symconv.claims.grammar.parser import Parser


COMPARISONS = frozenset(["<", ">", "<=", ">=", "!="])


def compared(self: Parser, first: t.Node) -> t.Relation:
    """A condition in brackets, of which the first side has been read."""
    sides, relations = [first], []
    while (relation := self._relation()) in (*COMPARISONS, "="):
        self.next()
        relations.append(str(relation))
        sides.append(self.sum())
    return t.Relation(tuple(sides), tuple(relations), (first.span[0], sides[-1].span[1]))


def group(self: Parser, token: Token) -> t.Node:
    body = self.listing()
    if self._relation() in (COMPARISONS if token.text == "(" else {*COMPARISONS, "="}):
        body = compared(self, body)  # [i = j], which is 1 where it holds and else 0
    close = self.closing(CLOSERS[token.text])
    return t.Group(body, token.text, (token.start, close.end))


def closing(self: Parser, wanted: str) -> Token:
    token = self.peek()
    if token is None or token.kind != "sign" or token.text != wanted:
        raise refuse(f"{show(wanted)} is missing", token)
    return self.next()


def braces(self: Parser, token: Token) -> t.Node:
    """``{...}``: nothing but grouping, or ``{a \\over b}``."""
    depth, start = 1, self.at
    over = None
    while depth:
        inner = self.next()
        if inner.kind == "sign":
            depth += {"{": 1, "}": -1}.get(inner.text, 0)
        if inner.kind == "command" and inner.text == "over" and depth == 1:
            over = self.at - 1
    end = self.at
    close = self.tokens[end - 1]
    if over is not None:
        above = self._part(start, over)
        below = self._part(over + 1, end - 1)
        self.at = end
        return self.make_fraction(above, below, (token.start, close.end))
    if end - 1 == start:  # {} is nothing: the next factor stands for it
        if self.starts():
            return self.factor()
        return t.Num(Fraction(1), "", (token.start, close.end))
    node = self._part(start, end - 1)
    if isinstance(
        node, t.Name | t.Call | t.Script | t.Group | t.Derivative | t.Matrix | t.Fraction_ | t.Cases | t.Big
    ):
        return replace(node, span=(token.start, close.end))
    return t.Group(node, "", (token.start, close.end))


def bars(self: Parser, token: Token, kind: str, close: str, count: int) -> t.Node:
    symmetric = close in ("|", "vert")
    self.bar += symmetric
    body = self.sum()
    self.bar -= symmetric
    closers = {"|": ("|", "Vert", "rVert"), "vert": ("vert", "rvert")}.get(close, (close,))
    end = token
    for _ in range(count):
        if self.peek() is None or self.tokens[self.at].text not in closers:
            raise refuse("a bar does not close", self.peek())
        end = self.next()
    return t.Bars(body, kind, (token.start, end.end))


def fraction(self: Parser, token: Token) -> t.Node:
    above = self._fraction_part()
    below = self._fraction_part()
    return self.make_fraction(above, below, (token.start, self.tokens[self.at - 1].end))


def fraction_part(self: Parser) -> t.Node:
    if self.sign("{"):
        self.next()
        depth, start = 1, self.at
        while depth:
            inner = self.next()
            if inner.kind == "sign":
                depth += {"{": 1, "}": -1}.get(inner.text, 0)
        end = self.at
        node = self._part(start, end - 1)
        self.at = end
        return node
    if self.command("partial"):
        token = self.next()
        return t.Diff(t.Words("", (token.start, token.end)), (token.start, token.end))
    return self.factor_argument()


def make_fraction(_: Parser, above: t.Node, below: t.Node, span: t.Span) -> t.Node:
    """A quotient, which is a derivative when both parts begin with ∂ (or d)."""
    top, bottom = differential(above), differential(below)
    if top is not None and bottom is not None:
        of, above_rest = top
        by, below_rest = bottom
        node: t.Node = t.Derivative(None if isinstance(of, t.Words) else of, by, span)
        if above_rest:
            node = t.Product((*above_rest, node), ("",) * len(above_rest), span)
        if below_rest:
            under = (
                below_rest[0] if len(below_rest) == 1 else t.Product(below_rest, ("",) * (len(below_rest) - 1), span)
            )
            node = t.Fraction_(node, under, span)
        return node
    return t.Fraction_(above, below, span)
