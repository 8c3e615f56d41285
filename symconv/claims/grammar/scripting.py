"""Names with what stands behind them: subscripts, superscripts, primes, arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symconv.claims.grammar import tree as t
from symconv.claims.grammar.brackets import COMPARISONS, compared
from symconv.claims.grammar.naming import name_of, with_scripts
from symconv.claims.grammar.scripts import index_pieces, superscript
from symconv.claims.grammar.signs import CLOSERS, FUNCTIONS, GREEK, refuse
from symconv.claims.tex.tokens import Token

if TYPE_CHECKING:
    from symconv.claims.grammar.parser import Parser


def name(self: Parser, token: Token) -> t.Node:
    bare = (
        token.text == "d"
        and token.kind == "letter"
        and not self.inside
        and (after := self.peek()) is not None
        and not after.gap
        and (after.kind == "letter" or (after.kind == "command" and after.text in GREEK))
        and after.start == token.end
    )
    if bare:
        body = self.factor()
        if isinstance(body, t.Name | t.Call | t.Script):
            return t.Diff(body, (token.start, body.span[1]))
        raise refuse("a differential of this is not read", token)
    node: t.Node = name_of(token.text, token)
    while self.sign("^", "_", "'"):
        node = self.scripts(node)
    assert isinstance(node, t.Name | t.Script)
    if isinstance(node, t.Script):
        return node
    return self.call(node)


INDICATORS = frozenset(
    ["I", "mathbb:I", "mathbb:1", "mathbf:1", "mathbf:I", "mathds:1", "mathbbm:1", "mathcal:I", "chi"]
)
"""Letters in front of a condition that are 1 where it holds and else 0."""


def call(self: Parser, node: t.Name) -> t.Node:
    """The name with the brackets behind it, if there are any."""
    opener = self.peek()
    if (
        opener is not None
        and opener.kind == "sign"
        and opener.text in "(["
        and not (opener.text == "[" and self.inside)
    ):
        before = self.at
        self.next()
        start = opener.end
        arguments: list[t.Node] = []
        if not self.sign(CLOSERS[opener.text]):
            body = self.listing()
            if node.base in INDICATORS and not node.subs and self._relation() in (*COMPARISONS, "="):
                body = compared(self, body)
                close = self.closing(CLOSERS[opener.text])
                return t.Group(body, opener.text, (node.span[0], close.end))
            if self._relation() == "=" and node.word and isinstance(body, t.Listing):
                body = t.Listing((*body.items[:-1], compared(self, body.items[-1])), body.span)
            if opener.text == "[" and self._relation() is not None:  # x [x > 0] is a product
                self.at = before
                return node
            if self._relation() is not None or self.sign(":"):
                raise refuse("a relation within brackets is not read", self.peek())
            arguments = list(body.items) if isinstance(body, t.Listing) else [body]
        close = self.closing(CLOSERS[opener.text])
        call: t.Node = t.Call(node, tuple(arguments), opener.text, (node.span[0], close.end), (start, close.start))
        while self.sign("^", "'"):
            call = self.scripts(call)
        return call
    curly = opener is not None and opener.kind == "command" and opener.text in ("{", "lbrace")
    if curly and node.word:
        self.next()
        body = self.listing()
        if not self.command("}", "rbrace"):
            raise refuse("a brace does not close", self.peek())
        close = self.next()
        items = body.items if isinstance(body, t.Listing) else (body,)
        return t.Call(node, items, "{", (node.span[0], close.end), (body.span[0], close.start))
    if node.base in FUNCTIONS and self.starts():
        body = self.unbracketed()
        return t.Call(node, (body,), "", (node.span[0], body.span[1]), body.span)
    return node


def unbracketed(self: Parser) -> t.Node:
    """The argument of \\log or \\exp without brackets: the factors that follow with nothing between them."""
    factors = [self.factor()]
    while self.starts() and not isinstance(factors[-1], t.Group | t.Big) and self.tokens[self.at].kind != "text":
        factors.append(self.factor())
    if len(factors) == 1:
        return factors[0]
    span = (factors[0].span[0], factors[-1].span[1])
    return t.Product(tuple(factors), ("",) * (len(factors) - 1), span, tuple((f.span[1],) * 2 for f in factors[:-1]))


def script_tokens(self: Parser) -> tuple[list[Token], t.Span, bool]:
    """The tokens of one script, without its braces; their span; whether there were braces."""
    token = self.next()
    if token.kind == "sign" and token.text == "{":
        depth, start = 1, self.at
        while depth:
            inner = self.next()
            if inner.kind == "sign":
                depth += {"{": 1, "}": -1}.get(inner.text, 0)
        found = self.tokens[start : self.at - 1]
        end = self.tokens[self.at - 1]
        return found, (token.end, end.start), True
    if token.kind == "sign" and token.text == "(" and not self.inside:
        # plain text: x_(i+1) or W^(l)
        depth, start = 1, self.at - 1
        while depth:
            inner = self.next()
            if inner.kind == "sign":
                depth += {"(": 1, ")": -1}.get(inner.text, 0)
        return self.tokens[start : self.at], (token.start, self.tokens[self.at - 1].end), False
    return [token], (token.start, token.end), False


def scripts(self: Parser, node: t.Node) -> t.Node:
    """One script more on a node."""
    token = self.next()
    if token.text == "'":
        primes = 1
        while self.sign("'"):
            token = self.next()
            primes += 1
        return with_scripts(node, token.end, primes=primes)
    content, span, braced = self.script_tokens()
    end = self.tokens[self.at - 1].end
    if token.text == "_":
        if (isinstance(node, t.Name) and node.base == "rot") or any(k.text == "circ" for k in content):
            return with_scripts(node, end)
        pieces, joined = index_pieces(content, self.depth)
        return with_scripts(node, end, subs=pieces, joined=joined, sub_span=span)
    sups, transposed, primes, bracketed = superscript(content, self.depth)
    if not braced and len(content) == 1 and content[0].text in ("*", "-", "+"):
        raise refuse("a superscript is not understood", content[0])
    return with_scripts(
        node, end, sups=sups, transposed=transposed, primes=primes, sup_span=span, bracketed=bracketed
    )
