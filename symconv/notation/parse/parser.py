"""The parser: from tokens to a tree, by recursive descent.

    equation   = entry "=" sum [ "where" condition { ("," | "and") condition } ]
    sum        = ["+" | "-"] product { ("+" | "-") product }
    product    = power { ("*" | "/") power }
    power      = factor [ ("^" | "**") ["-"] integer ]
    factor     = number | entry | function "(" sum ")" | ("sum" | "max") "(" names ")" product
               | "(" sum [ "where" conditions ] ")" | ("-" | "+") factor
    entry      = name [ "[" sum { "," sum } "]" ]
    condition  = sum { ("<" | "<=" | ">" | ">=" | "=" | "==") sum } | sum "|" sum
"""

from __future__ import annotations

from typing import Literal

from symconv.errors import ModelError, show
from symconv.notation.functions import FUNCTIONS
from symconv.notation.parse.source import WHERE, Source
from symconv.notation.parse.tokens import WORDS, Token, tokenize
from symconv.notation.parse.tree import (
    Call,
    Chain,
    Condition,
    Divisible,
    Entry,
    Node,
    Number,
    Power,
    Product,
    Reduce,
    Statement,
    Sum,
    Under,
)

MAX_DEPTH = 30
"""The deepest nesting of parentheses, functions and sums."""
MAX_EXPONENT = 16
"""The largest power."""
_COMPARES = ("<", "<=", ">", ">=", "=", "==")


def parse(text: str) -> tuple[Statement, ...]:
    """The equations of a text; raises SymconvError with line and column for anything else.

    >>> [statement.target.name for statement in parse("s = sum(i) A[i]; C[k] = A[k] / s")]
    ['s', 'C']
    """
    source = Source(text)
    return _Parser(source, tokenize(source)).statements()


class _Parser:
    def __init__(self, source: Source, tokens: tuple[Token, ...]) -> None:
        self.source, self.tokens = source, tokens
        self.place = self.depth = 0

    # ------------------------------------------------------------ tokens

    @property
    def token(self) -> Token:
        return self.tokens[self.place]

    @property
    def named(self) -> bool:
        """Whether the next token is a name or a word."""
        return self.token.kind == "name"

    def ahead(self, *texts: str) -> bool:
        """Whether the next token is one of these signs or words."""
        return self.token.kind in ("sign", "name") and self.token.text in texts

    def take(self) -> Token:
        token = self.token
        self.place += 1
        return token

    def need(self, sign: str, remedy: str) -> Token:
        if not self.ahead(sign):
            raise self.unexpected(f"{sign} expected", remedy)
        return self.take()

    def unexpected(self, wanted: str, remedy: str) -> Exception:
        found = "the equation ends" if self.token.kind == "end" else f"{show(self.token.text)} stands"
        return self.source.error(self.token.at, f"{found} where {wanted.replace(' expected', ' was expected')}", remedy)

    def deeper(self, at: int) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.source.limit(at, f"nested deeper than {MAX_DEPTH} levels", "give a part an equation of its own")

    # ------------------------------------------------------------ equations and conditions

    def statements(self) -> tuple[Statement, ...]:
        found = []
        while self.place < len(self.tokens):
            if self.token.kind == "end":  # a separator with nothing before it
                self.take()
                continue
            found.append(self.statement())
        if not found:
            raise ModelError(WHERE, "there is no equation", "write one, as C[k] = A[k] + B[k]")
        return tuple(found)

    def statement(self) -> Statement:
        at = self.token.at
        if not self.named:
            raise self.unexpected("a tensor expected", "begin with the target, as C[k,l] =")
        target = self.entry()
        self.need("=", f"define {target.name}, as {target.name} = ...")
        right = self.sum()
        conditions = self.where()
        if self.token.kind != "end":
            raise self.unexpected("an operator expected", "write products with *, and one equation a line")
        self.take()
        return Statement(at, target, right, conditions)

    def where(self) -> tuple[Condition, ...]:
        if not self.ahead("where"):
            return ()
        self.take()
        found = [self.condition()]
        while self.ahead(",", "and"):
            self.take()
            found.append(self.condition())
        return tuple(found)

    def condition(self) -> Condition:
        at = self.token.at
        forms, signs = [self.sum()], []
        if self.ahead("|"):
            self.take()
            return Divisible(at, forms[0], self.sum())
        while self.ahead(*_COMPARES):
            signs.append("=" if self.token.text == "==" else self.token.text)
            self.take()
            forms.append(self.sum())
        if not signs:
            raise self.unexpected("a comparison expected", "write conditions as 0 <= k < 4, i = j or 2 | k")
        return Chain(at, tuple(forms), tuple(signs))

    # ------------------------------------------------------------ expressions

    def sum(self) -> Node:
        at = self.token.at
        parts, signs = [], []
        sign = -1 if self.ahead("-") else 1
        if self.ahead("-", "+"):
            self.take()
        while True:
            parts.append(self.product())
            signs.append(sign)
            if not self.ahead("+", "-"):
                break
            sign = -1 if self.take().text == "-" else 1
        return parts[0] if signs == [1] else Sum(at, tuple(parts), tuple(signs))

    def product(self) -> Node:
        at = self.token.at
        factors, powers = [self.power()], [1]
        while self.ahead("*", "/"):
            powers.append(1 if self.take().text == "*" else -1)
            factors.append(self.power())
        return factors[0] if len(factors) == 1 else Product(at, tuple(factors), tuple(powers))

    def power(self) -> Node:
        base = self.factor()
        if not self.ahead("^", "**"):
            return base
        at = self.take().at
        minus = self.ahead("-")
        if minus:
            self.take()
        if self.token.kind != "number" or self.token.value.denominator != 1:
            raise self.unexpected("an integer power expected", "write A[k]^2; roots as sqrt(A[k])")
        exponent = int(self.take().value)
        if exponent > MAX_EXPONENT:
            raise self.source.limit(at, f"the power {exponent} is too large", f"use at most {MAX_EXPONENT}")
        if self.ahead("^", "**"):
            raise self.unexpected("an operator expected", "write powers of powers with parentheses")
        return Power(at, base, -exponent if minus else exponent)

    def factor(self) -> Node:
        token = self.token
        if self.ahead("-", "+"):
            self.deeper(token.at)
            self.take()
            inner = self.power()
            self.depth -= 1
            return inner if token.text == "+" else Sum(token.at, (inner,), (-1,))
        if token.kind == "number":
            return Number(self.take().at, token.value)
        if self.ahead("("):
            return self.group()
        if self.ahead("sum", "max"):
            return self.reduce()
        if token.kind != "name" or token.text in WORDS:
            raise self.unexpected("a number, a tensor or a parenthesis expected", "complete the expression")
        if token.text in FUNCTIONS:
            self.take()
            self.need("(", f"write its argument in parentheses, as {token.text}(A[k])")
            self.deeper(token.at)
            argument = self.sum()
            self.need(")", "close the parenthesis")
            self.depth -= 1
            return Call(token.at, token.text, argument)
        entry = self.entry()
        if self.ahead("("):
            raise self.source.error(
                token.at, f"{show(token.text)} is no function", f"choose one of {', '.join(sorted(FUNCTIONS))}"
            )
        return entry

    def group(self) -> Node:
        at = self.take().at
        self.deeper(at)
        inner = self.sum()
        conditions = self.where()
        self.need(")", "close the parenthesis")
        self.depth -= 1
        return Under(at, inner, conditions) if conditions else inner

    def reduce(self) -> Node:
        token = self.take()
        kind: Literal["sum", "max"] = "sum" if token.text == "sum" else "max"
        example = f"name its indices, as {kind}(i,j)"
        self.need("(", example)
        indices = []
        while True:
            if not self.named:
                raise self.unexpected("an index expected", example)
            indices.append(Entry(self.token.at, self.name("index")))
            if not self.ahead(","):
                break
            self.take()
        self.need(")", example)
        while self.token.kind == "end" and self.token.text == "\n" and self.place + 1 < len(self.tokens):
            self.take()  # the product may stand on the next line
        self.deeper(token.at)
        body = self.product()
        self.depth -= 1
        return Reduce(token.at, kind, tuple(indices), body)

    def name(self, what: str) -> str:
        token = self.take()
        if token.text in (*WORDS, *FUNCTIONS):
            raise self.source.error(token.at, f"{show(token.text)} is a word of equations", "choose another name")
        return self.source.check_name(token.at, token.text, what)

    def entry(self) -> Entry:
        at = self.token.at
        name = self.name("name")
        if not self.ahead("["):
            return Entry(at, name)
        self.take()
        self.deeper(at)
        subscripts = [self.sum()]
        while self.ahead(","):
            self.take()
            subscripts.append(self.sum())
        self.need("]", "close the bracket, and separate subscripts by commas")
        self.depth -= 1
        return Entry(at, name, tuple(subscripts), True)
