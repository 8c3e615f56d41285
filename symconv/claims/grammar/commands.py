"""Factors that begin with a command: fractions, big operators, environments, bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symconv.claims.grammar import tree as t
from symconv.claims.grammar.brackets import COMPARISONS, compared
from symconv.claims.grammar.naming import name_of
from symconv.claims.grammar.signs import BIG, DOTS, FUNCTIONS, GREEK, MATRICES, refuse
from symconv.claims.tex.tokens import Token

if TYPE_CHECKING:
    from symconv.claims.grammar.parser import Parser


def from_command(self: Parser, token: Token) -> t.Node:
    word = token.text
    if word in ("frac", "dfrac", "tfrac", "cfrac"):
        return self.fraction(token)
    if word in BIG:
        return self.big(token, BIG[word])
    if word in FUNCTIONS or word == "arg":
        if word == "arg" and self.command("max", "min"):
            inner = self.next()
            return self.big(token, "arg" + inner.text)
        if word == "sqrt":
            body = self.factor()
            return t.Call(name_of("sqrt", token), (body,), "{", (token.start, body.span[1]), body.span)
        return self.name(token)
    if word == "partial":
        if self.sign("_"):  # \\partial_x f
            return self.nabla(token)
        body = self.factor()
        return t.Diff(body, (token.start, body.span[1]))
    if word == "nabla":
        return self.nabla(token)
    if word in DOTS:
        return t.Dots((token.start, token.end))
    if word in GREEK:
        return self.name(token)
    if word in ("|", "Vert", "lVert"):
        return self.bars(token, "norm", "|", 1)
    if word in ("lvert", "vert"):
        return self.bars(token, "abs", "vert", 1)
    if word == "lfloor":
        return self.bars(token, "floor", "rfloor", 1)
    if word == "lceil":
        return self.bars(token, "ceil", "rceil", 1)
    if word in ("{", "lbrace"):
        braces = 0
        while self.peek(braces) is not None and self.tokens[self.at + braces].text == "{":
            braces += 1
        opened = self.peek(braces)
        if opened is not None and opened.kind == "begin":
            # \left\{ \begin{array}{..} .. \end{array} \right. is cases
            self.at += braces
            cases = self.environment(self.next(), cases=True)
            for _ in range(braces):
                self.expect("}")
            if self.command("}", "rbrace"):
                self.next()
            return cases
        body = self.listing()
        if self._relation() in (*COMPARISONS, "="):
            body = compared(self, body)
        if not self.command("}", "rbrace"):
            raise refuse("a brace does not close", self.peek())
        close = self.next()
        return t.Group(body, "{", (token.start, close.end))
    if word in ("underbrace", "overbrace", "xcancel"):
        body = self._braces()
        if self.sign("_", "^"):
            self.next()
            self._skip()
        return body
    if word in ("underset", "overset", "stackrel"):
        self._skip()
        return self._braces()
    if word in (
        "rot",
        "Rot",
        "conv",
        "Conv",
        "ReLU",
        "relu",
        "softmax",
        "sigmoid",
        "diag",
        "flip",
        "pad",
        "tr",
        "vec",
    ):
        return self.name(token)
    raise refuse(f"\\{word} is not understood", token)


def big(self: Parser, token: Token, operator: str) -> t.Node:
    from symconv.claims.grammar.binders import binders

    below: list[Token] = []
    above: list[Token] = []
    while self.sign("_", "^"):
        mark = self.next()
        content, _, _ = self.script_tokens()
        if mark.text == "_":
            below = content
        else:
            above = content
    head = (token.start, self.tokens[self.at - 1].end)
    if operator in ("max", "min") and not below and not above:
        if self.sign("("):
            return self.call(t.Name(operator, (), (), 0, False, False, False, (token.start, token.end), word=True))
        if self.command("{", "lbrace"):
            return self.call(t.Name(operator, (), (), 0, False, False, False, (token.start, token.end), word=True))
    if operator == "sum" and not below and not above and self.command("limits"):
        self.next()
    if operator == "sum" and not below and not above:
        mark_next = self.peek()
        # \sum a_i: which index it runs over is not said; the binder is left out.
        if mark_next is None:
            raise refuse("a sum has no body", None)
    bound, conditions, sets = binders(below, above, self.depth)
    body = self.product() if operator in ("sum", "prod") else self.factor()
    if operator in ("max", "min", "argmax", "argmin") and isinstance(body, t.Name) and self.starts():
        pass
    return t.Big(operator, bound, conditions, sets, body, (token.start, body.span[1]), head)


def environment(self: Parser, begin: Token, *, cases: bool = False) -> t.Node:
    from symconv.claims.grammar.environments import cases_of, matrix_of

    name = begin.text
    depth, start = 1, self.at
    while depth:
        inner = self.next()
        depth += {"begin": 1, "end": -1}.get(inner.kind, 0)
    content = self.tokens[start : self.at - 1]
    end = self.tokens[self.at - 1].end
    if name == "array" and content and content[0].text == "{":
        closing = next((n for n, k in enumerate(content) if k.text == "}"), 0)
        content = content[closing + 1 :]
    if cases or name in ("cases", "dcases", "rcases"):
        return cases_of(content, (begin.start, end), self.depth)
    if name in MATRICES:
        return matrix_of(content, (begin.start, end), self.depth)
    if name in ("aligned", "split", "gathered", "align", "equation", "alignedat", "subarray"):
        kept = [k for k in content if k.kind != "newline" and k.text != "&"]
        return self.nested(kept)
    raise refuse(f"the environment {name[:30]} is not read", begin)


def nabla(self: Parser, token: Token) -> t.Node:
    by: t.Node | None = None
    if self.sign("_"):
        self.next()
        by = self._braces()
    if by is None:
        body = self.factor()
        return t.Diff(body, (token.start, body.span[1]))
    if self.starts():
        of = self.factor()
        return t.Derivative(of, by, (token.start, of.span[1]))
    return t.Diff(by, (token.start, by.span[1]))
