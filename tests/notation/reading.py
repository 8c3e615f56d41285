"""A reader of both forms: it gives a printed equation its value, so that a test can compare.

It knows the grammar and nothing of the printer; TeX is turned into the grammar of the text form first.
``sum(…)`` takes the product behind it, a bracket multiplies what follows it, ``dE/dA[..]`` is one word,
products and quotients are read from left to right.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import product
from typing import Any

Arrays = Mapping[str, Mapping[tuple[int, ...], Any]]

WORD = re.compile(r"\s*(<=|d[A-Za-z]\w*(?:\[[^\[\]]*\])?/d[A-Za-z]\w*|[A-Za-z]\w*'*|\d+|.)")


class Reader:
    """Recursive descent over the tokens of one right side, evaluated at given values of the indices."""

    def __init__(self, text: str, arrays: Arrays) -> None:
        self.tokens = [t for t in WORD.findall(text) if t.strip()]
        self.arrays, self.place = arrays, 0
        self.names: dict[str, int] = {}

    def peek(self, ahead: int = 0) -> str:
        return self.tokens[self.place + ahead] if self.place + ahead < len(self.tokens) else ""

    def take(self, expected: str | None = None) -> str:
        token = self.peek()
        assert expected is None or token == expected, (expected, token, " ".join(self.tokens))
        self.place += 1
        return token

    def value(self, names: Mapping[str, int]) -> Any:
        """The value of the whole right side; a trailing ``where`` makes it 0 where it fails."""
        self.place, self.names = 0, dict(names)
        result = self.sum()
        if self.peek() == "where":
            self.take()
            holds = [self.condition()]
            while self.peek() == ",":
                self.take()
                holds.append(self.condition())
            result = result if all(holds) else 0
        assert not self.peek(), (self.peek(), " ".join(self.tokens))
        return result

    def sum(self) -> Any:
        total: Any = 0
        sign = 1
        while True:
            if self.peek() in "+-" and self.peek():
                sign = -1 if self.take() == "-" else 1
            total += sign * self.product()
            if self.peek() not in ("+", "-"):
                return total

    def product(self) -> Any:
        if self.peek() == "sum" and self.peek(1) == "(":
            return self.over()
        value = self.power()
        while True:
            token = self.peek()
            if token == "*":
                self.take()
                value *= self.power()
            elif token == "/":
                self.take()
                value = self.divide(value, self.power())
            elif token in ("sum", "[", "(") or (re.match(r"\w", token) and token != "where"):
                value *= self.product()
            else:
                return value

    def divide(self, a: Any, b: Any) -> Any:
        return Fraction(a) / b if b else self.undefined()

    def undefined(self) -> Any:
        return Fraction(0)  # met only where a condition that was read before has made the product 0

    def power(self) -> Any:
        value = self.atom()
        if self.peek() == "^":
            self.take()
            value = value ** int(self.take())
        return value

    def atom(self) -> Any:
        token = self.take()
        if token == "(":
            value = self.sum()
            self.take(")")
            return value
        if token == "[":
            value = int(self.condition())
            self.take("]")
            return value
        if token.isdigit():
            return int(token)
        if token in self.names:
            return self.names[token]
        if self.peek() == "[" or token in self.arrays:
            at: list[Any] = []
            if self.peek() == "[":
                self.take()
                while True:
                    at.append(self.sum())
                    if self.take() == "]":
                        break
            return self.arrays[token].get(tuple(at), 0)
        raise AssertionError((token, " ".join(self.tokens)))

    def condition(self) -> bool:
        first = self.sum()
        match self.take():
            case "=":
                return bool(first == self.sum())
            case "|":
                value = self.sum()
                return value == int(value) and int(value) % first == 0
            case "<=":
                value = self.sum()
                self.take("<")
                high = self.sum()
                return bool(first <= value < high)
            case ">":
                return bool(first > self.sum())
        raise AssertionError(self.tokens)

    def over(self) -> Any:
        """``sum(0 <= i < 3, 0 <= j < 2; condition; condition) product``."""
        self.take()
        self.take("(")
        ranges: list[tuple[str, int]] = []
        while True:
            assert self.take() == "0" and self.take() == "<="
            name = self.take()
            self.take("<")
            ranges.append((name, int(self.take())))
            if self.peek() != ",":
                break
            self.take()
        start = self.place
        outer = dict(self.names)
        total: Any = 0
        for at in product(*(range(n) for _, n in ranges)):
            self.place = start
            self.names = {**outer, **dict(zip((name for name, _ in ranges), at, strict=True))}
            holds = True
            while self.peek() == ";":
                self.take()
                holds = self.condition() and holds
            self.take(")")
            value = self.product()
            total += value if holds else 0
        self.names = outer
        return total


def read(text: str, arrays: Arrays, extents: tuple[int, ...]) -> Iterator[Any]:
    """The entries of a printed equation ``T[i,j] = …`` in row-major order."""
    left, right = text.split(" = ", 1)
    inside = re.fullmatch(r"[^\[]*(?:\[(.*)\])?", left)
    assert inside is not None, left
    names = inside[1].split(",") if inside[1] else []
    reader = Reader(right, arrays)
    for at in product(*map(range, extents)):
        yield reader.value(dict(zip(names, at, strict=True)))


def arrays_of(data: Mapping[str, list[Any]], shapes: Mapping[str, tuple[int, ...]], words: Mapping[str, str]) -> Arrays:
    """Row-major data by the word that stands for each tensor in print."""
    return {
        words[name]: dict(zip(product(*map(range, shapes[name])), values, strict=True)) for name, values in data.items()
    }


# ------------------------------------------------------------ TeX

TEX = re.compile(r"\\[A-Za-z]+\*?|\\.|.", re.DOTALL)
SIGNS = {
    r"\times": " * ", r"\le": " <= ", r"\mid": " | ", r"\left": "", r"\right": "", r"\,": " ", r"\ ": " ",
    r"\\": "; ", r"\qquad": " where ", r"\quad": " ",
}


class Tex:
    """TeX of letters, ``\\frac``, ``\\sum``, subscripts and powers as text; anything else is refused."""

    def __init__(self, latex: str, ranks: Mapping[str, int]) -> None:
        self.tokens, self.place, self.ranks = TEX.findall(latex), 0, ranks

    def group(self) -> str:
        """What stands in the braces that come next."""
        assert self.tokens[self.place] == "{", self.tokens[self.place :]
        self.place += 1
        inside = self.row()
        assert self.tokens[self.place] == "}"
        self.place += 1
        return inside

    def row(self) -> str:
        found = ""
        while self.place < len(self.tokens) and self.tokens[self.place] != "}":
            token = self.tokens[self.place]
            self.place += 1
            match token:
                case "{":
                    self.place -= 1
                    found += self.group()
                case r"\partial":
                    found += "d"
                    self.place += self.tokens[self.place] == " "
                case r"\frac":
                    above, below = self.group(), self.group()
                    word = re.match(r"d[A-Z]", above) and re.match(r"d[A-Z]", below)
                    found += f"{above}/{below}" if word else f"(({above})/({below}))"
                case "_":
                    parts = self.group().split(",")
                    if len(parts) < self.ranks[found[-1]]:  # each is one character, so that they are joined
                        (parts,) = (re.findall(r"[A-Za-z0-9]'*", part) for part in parts)
                    assert len(parts) == self.ranks[found[-1]], (found, parts)
                    found += f"[{','.join(parts)}]"
                case "^":
                    found += f"^{self.group()}"
                case r"\sum":
                    self.place += 1
                    found += f"sum({self.group()}) "
                case r"\substack":
                    found += self.group()
                case _ if token in SIGNS:
                    found += SIGNS[token]
                case _:
                    assert not token.startswith("\\"), token
                    # Letters side by side are factors, each a word of its own.
                    beside = re.match(r"[A-Za-z]", token) and re.search(r"[A-Za-z0-9']$", found)
                    found += (" " if beside and not re.search(r"d$", found) else "") + token
        return found


def from_latex(latex: str, ranks: Mapping[str, int]) -> str:
    """The text form of a formula that is printed as TeX, given how many subscripts each letter has."""
    reader = Tex(latex, ranks)
    text = reader.row()
    assert reader.place == len(reader.tokens), latex
    return text
