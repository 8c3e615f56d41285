"""A plain reader of equations as text, for the oracle alone: nested tuples, and forms as coefficients by index."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

Node = tuple[Any, ...]
"""``("number", x)``, ``("entry", name, forms)``, ``("add", ((sign, node), …))``, ``("mul", ((power, node), …))``,
``("pow", node, n)``, ``("call", name, node)``, ``("sum" | "max", names, node)``, ``("under", node, conditions)``."""
Form = dict[str, int]
"""``{"k": 2, "": -1}`` is 2*k - 1."""
Condition = tuple[str, Form, Form]
"""A sign ``<``, ``<=``, ``=`` or ``|`` between two forms."""
Statement = tuple[str, tuple[str, ...], Node, tuple[Condition, ...]]
"""Target, its subscripts (``""`` where 0 stands), right side, conditions."""

TOKEN = re.compile(r"[0-9]+\.?[0-9]*(?:[eE][+-]?[0-9]+)?|\.[0-9]+|\w+|\*\*|<=|>=|==|[^\s#]|\n|#[^\n]*|[ \t\r]+")
OPEN = frozenset("+-*/^,=<>|") | {"**", "==", "<=", ">=", "where", "and"}
TURNED = {">": "<", ">=": "<="}


def statements(text: str) -> tuple[Statement, ...]:
    """The equations of a text that is known to be right; raises ValueError for what it does not know.

    >>> statements("C[k] = A[k] * 2")
    (('C', ('k',), ('mul', ((1, ('entry', 'A', ({'k': 1},))), (1, ('number', 2.0)))), ()),)
    """
    return tuple(_Reader(tokens).statement() for tokens in _split(text))


def _split(text: str) -> Iterator[list[str]]:
    """The tokens of each equation: it ends at ``;``, or where a line ends that nothing shows to go on."""
    found = [t for t in TOKEN.findall(text) if t == "\n" or not (t.isspace() or t.startswith("#"))]
    current: list[str] = []
    depth = 0
    for n, token in enumerate(found):
        following = next((t for t in found[n + 1 :] if t != "\n"), ";")
        last = current[-1] if current else ""
        stays = depth > 0 or last in OPEN or following in OPEN or following in ")]"
        if token == "\n" and (stays or (last == ")" and _reduces(current))):
            continue
        if token in ("\n", ";"):
            if current:
                yield current
            current = []
            continue
        depth += (token in "([") - (token in ")]")
        current.append(token)
    if current:
        yield current


def _reduces(tokens: list[str]) -> bool:
    """Whether the tokens end with ``sum(i,j)``, which the product behind it completes."""
    opened = max(n for n, t in enumerate(tokens) if t == "(")
    return opened > 0 and tokens[opened - 1] in ("sum", "max")


class _Reader:
    def __init__(self, tokens: list[str]) -> None:
        self.tokens, self.place = [*tokens, ""], 0

    def ahead(self, *texts: str) -> bool:
        return self.tokens[self.place] in texts

    def take(self, expected: str = "") -> str:
        token = self.tokens[self.place]
        if expected and token != expected:
            raise ValueError(f"{token!r} stands where {expected!r} was expected")
        self.place += 1
        return token

    def statement(self) -> Statement:
        _, name, forms = self.entry()
        self.take("=")
        right = self.expression()
        conditions = self.where()
        self.take("")
        return name, tuple(next((i for i in form if i), "") for form in forms), right, conditions

    def where(self) -> tuple[Condition, ...]:
        found: list[Condition] = []
        while self.ahead("where", "and", ",") and (found or self.ahead("where")):
            self.take()
            left = linear(self.expression())
            while self.ahead("<", "<=", ">", ">=", "=", "==", "|"):
                sign = self.take().replace("==", "=")
                right = linear(self.expression())
                found.append((TURNED[sign], right, left) if sign in TURNED else (sign, left, right))
                left = right
        return tuple(found)

    def expression(self) -> Node:
        parts: list[tuple[int, Node]] = []
        while not parts or self.ahead("+", "-"):
            sign = -1 if self.ahead("-") else 1
            if self.ahead("+", "-"):
                self.take()
            parts.append((sign, self.product()))
        return parts[0][1] if len(parts) == 1 and parts[0][0] == 1 else ("add", tuple(parts))

    def product(self) -> Node:
        factors = [(1, self.power())]
        while self.ahead("*", "/"):
            factors.append((1 if self.take() == "*" else -1, self.power()))
        return factors[0][1] if len(factors) == 1 else ("mul", tuple(factors))

    def power(self) -> Node:
        base = self.factor()
        if not self.ahead("^", "**"):
            return base
        self.take()
        sign = -1 if self.ahead("-") else 1
        if sign < 0:
            self.take()
        return ("pow", base, sign * int(float(self.take())))

    def factor(self) -> Node:
        token = self.tokens[self.place]
        if token in ("+", "-"):
            self.take()
            return ("add", ((-1 if token == "-" else 1, self.power()),))
        if token[:1].isdigit() or token[:1] == ".":
            return ("number", float(self.take()))
        if token == "(":
            self.take()
            inner = self.expression()
            conditions = self.where()
            self.take(")")
            return ("under", inner, conditions) if conditions else inner
        if token in ("sum", "max"):
            self.take()
            self.take("(")
            names = [self.take()]
            while self.ahead(","):
                self.take()
                names.append(self.take())
            self.take(")")
            return (token, tuple(names), self.product())
        if self.tokens[self.place + 1] == "(":
            self.take()
            self.take("(")
            inner = self.expression()
            self.take(")")
            return ("call", token, inner)
        return self.entry()

    def entry(self) -> Node:
        name = self.take()
        forms: list[Form] = []
        while self.ahead("[" if not forms else ","):
            self.take()
            forms.append(linear(self.expression()))
        if forms:
            self.take("]")
        return ("entry", name, tuple(forms))


def linear(node: Node) -> Form:
    """The coefficients of a form: ``2*k - 1``."""
    match node:
        case ("number", value):
            return {"": int(value)}
        case ("entry", name, ()):
            return {name: 1}
        case ("add", parts):
            total: Form = {}
            for sign, part in parts:
                for name, n in linear(part).items():
                    total[name] = total.get(name, 0) + sign * n
            return {name: n for name, n in total.items() if n or not name}
        case ("mul", factors):
            scale, form = 1, {"": 1}
            for _, factor in factors:
                other = linear(factor)
                if set(other) <= {""}:
                    scale *= other.get("", 0)
                else:
                    form = other
            return {name: scale * n for name, n in form.items()}
    raise ValueError(f"{node[0]} stands in a form")
