"""A Pratt parser: the tokens of one statement to a tree. What cannot be read whole is refused."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from symconv.claims.grammar import brackets, commands, scripting
from symconv.claims.grammar import tree as t
from symconv.claims.grammar.signs import BIG, MAX_DEPTH, MAX_DIGITS, OPERATORS, RELATIONS, refuse
from symconv.claims.tex.tokens import Token
from symconv.errors import LimitError, show


class Parser:
    """One pass over the tokens of one statement."""

    def __init__(self, tokens: Sequence[Token], *, inside: bool = False) -> None:
        self.tokens = [k for k in tokens if k.kind != "quad"]
        self.at = 0
        self.depth = 0
        self.inside = inside  # within a subscript: d is a letter, digits stand alone

    # ------------------------------------------------------------------ tokens

    def peek(self, ahead: int = 0) -> Token | None:
        n = self.at + ahead
        return self.tokens[n] if n < len(self.tokens) else None

    def next(self) -> Token:
        token = self.peek()
        if token is None:
            raise refuse("something is missing", None)
        self.at += 1
        return token

    def sign(self, *texts: str) -> bool:
        token = self.peek()
        return token is not None and token.kind == "sign" and token.text in texts

    def command(self, *texts: str) -> bool:
        token = self.peek()
        return token is not None and token.kind == "command" and token.text in texts

    def expect(self, text: str) -> Token:
        token = self.peek()
        if token is None or token.text != text or token.kind not in ("sign", "command"):
            raise refuse(f"{show(text)} is missing", token)
        return self.next()

    # ------------------------------------------------------------------ statements

    def relation(self) -> t.Node:
        """Sides with relations between them; a single side is returned as it is."""
        start = self.peek()
        sides = [self.listing() if self.inside else self.sum()]
        relations: list[str] = []
        while (name := self._relation()) is not None:
            token = self.next()
            if name == "+=":
                self.next()
            if token.text == "overset":  # \overset{!}{=}
                self._braces()
                self._braces()
            while self._relation() == "=" and name == "=":  # "=\\=", an equals sign on both ends of a broken line
                self.next()
            relations.append(name)
            sides.append(self.sum())
        if len(sides) == 1:
            return sides[0]
        return t.Relation(tuple(sides), tuple(relations), (start.start if start else 0, sides[-1].span[1]))

    def _relation(self) -> str | None:
        token = self.peek()
        if token is None or token.kind not in ("sign", "command"):
            return None
        after = self.peek(1)
        if token.text == "+" and after is not None and after.kind == "sign" and after.text == "=":
            return "+="
        return RELATIONS.get(token.text)

    def listing(self) -> t.Node:
        """Sums with commas or semicolons between them; a single one is returned as it is."""
        items = [self.sum()]
        while self.sign(",", ";"):
            self.next()
            if self.peek() is None or self.sign(")", "]"):
                break
            items.append(self.sum())
        if len(items) == 1:
            return items[0]
        return t.Listing(tuple(items), (items[0].span[0], items[-1].span[1]))

    def whole(self) -> t.Node:
        """The statement that the tokens are; refuses what is left over."""
        node = self.relation()
        if (token := self.peek()) is not None:
            raise refuse(f"{show(token.text)} is not understood", token)
        return node

    # ------------------------------------------------------------------ sums and products

    def sum(self) -> t.Node:
        """Terms with + and - between them."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise LimitError("formula", f"it is nested deeper than {MAX_DEPTH}", "split it")
        terms: list[t.Node] = []
        signs: list[int] = []
        places: list[t.Span] = []
        sign = 1
        first = self.peek()
        place = (first.start, first.start) if first else (0, 0)
        while self.sign("+", "-") or self.command("pm"):
            token = self.next()
            place = (token.start, token.end)
            sign = -sign if token.text == "-" else sign
        while True:
            terms.append(self.product())
            signs.append(sign)
            places.append(place)
            if not self.sign("+", "-") or self._relation() is not None:
                break
            token = self.next()
            sign = 1 if token.text == "+" else -1
            place = (token.start, token.end)
            while self.sign("+", "-") and isinstance(terms[-1], t.Dots):
                self.next()
            if self.sign("-"):  # a + -b
                self.next()
                sign = -sign
            if self.peek() is None or self._relation() is not None:
                raise refuse("a term is missing", self.peek())
        self.depth -= 1
        if len(terms) == 1 and signs == [1]:
            return terms[0]
        start = places[0][0] if signs[0] < 0 or places[0][0] < terms[0].span[0] else terms[0].span[0]
        return t.Sum(tuple(terms), tuple(signs), (start, terms[-1].span[1]), tuple(places))

    def operator(self) -> str | None:
        token = self.peek()
        if token is None:
            return None
        if token.kind in ("sign", "command"):
            return OPERATORS.get(token.text)
        if token.kind == "word" and token.text.lower() in ("conv", "convolve", "corr", "full_conv", "convolution"):
            after = self.peek(1)
            if after is not None and not (after.kind == "sign" and after.text in "([{"):
                return "conv"
            if after is not None and self.at and self._ends(self.tokens[self.at - 1]):
                return None if after.text in "([" else "conv"
        return None

    @staticmethod
    def _ends(token: Token) -> bool:
        return token.kind in ("letter", "number") or (token.kind == "sign" and token.text in ")]}")

    def starts(self) -> bool:
        """Whether a factor can begin here."""
        token = self.peek()
        if token is None:
            return False
        if token.kind == "sign":
            return token.text in "([{|" and not (token.text == "|" and self.bar > 0)
        if token.kind == "command":
            return (
                token.text not in RELATIONS
                and token.text not in OPERATORS
                and token.text not in ("rfloor", "rceil", "rvert", "rVert", "rangle", "}", "over", "forall")
                and not (token.text in ("|", "Vert", "vert", "lvert") and self.bar > 0 and token.text != "lvert")
            )
        return token.kind in ("letter", "word", "number", "begin", "text")

    bar = 0

    def restricted(self) -> bool:
        """Whether a bar with a subscript follows that closes no bars."""
        after = self.peek(1)
        return self.bar == 0 and self.sign("|") and after is not None and after.kind == "sign" and after.text == "_"

    def product(self) -> t.Node:
        """Factors with operators, or with nothing, between them."""
        factors: list[t.Node] = [self.signed()]
        operators: list[str] = []
        places: list[t.Span] = []
        while True:
            operator = self.operator()
            if operator is not None:
                token = self.next()
                if self.peek() is None:
                    raise refuse("a factor is missing", None)
                factors.append(self.signed())
                operators.append(operator)
                places.append((token.start, token.end))
            elif self.starts():
                following = self.peek()
                if following is not None and following.kind == "text":
                    break
                before = factors[-1].span[1]
                factors.append(self.factor())
                operators.append("")
                places.append((before, before))
            else:
                break
        if len(factors) == 1:
            return factors[0]
        return t.Product(tuple(factors), tuple(operators), (factors[0].span[0], factors[-1].span[1]), tuple(places))

    def signed(self) -> t.Node:
        """A factor that may have a minus in front of it."""
        if self.sign("-"):
            token = self.next()
            body = self.signed()
            return t.Minus(body, (token.start, body.span[1]))
        if self.sign("+"):
            self.next()
        return self.factor()

    # ------------------------------------------------------------------ factors

    def factor(self) -> t.Node:
        """A primary with its scripts."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise LimitError("formula", f"it is nested deeper than {MAX_DEPTH}", "split it")
        node = self.primary()
        while self.sign("^", "_", "'") or self.sign("!") or self.restricted():
            if self.sign("|"):  # \left. y \right|_{x}
                self.next()
                self.next()
                at = self._braces()
                node = t.At(node, at, (node.span[0], self.tokens[self.at - 1].end))
                continue
            if self.sign("!"):
                raise refuse("a factorial is not read", self.peek())
            node = self.scripts(node)
            if isinstance(node, t.Name) and not self.inside:
                node = self.call(node)
        self.depth -= 1
        return node

    def primary(self) -> t.Node:
        token = self.next()
        if token.kind == "number":
            if sum(c.isdigit() for c in token.text) > MAX_DIGITS or "e" in token.text.lower():
                raise LimitError("formula", f"a number has more than {MAX_DIGITS} digits", "shorten it")
            return t.Num(Fraction(token.text), token.text, (token.start, token.end))
        if token.kind == "word" and token.text in BIG and self.sign("_"):  # \operatorname*{argmax}_{i}
            return self.big(token, BIG[token.text])
        if token.kind in ("letter", "word"):
            return self.name(token)
        if token.kind == "text":
            return t.Words(token.text, (token.start, token.end))
        if token.kind == "begin":
            return self.environment(token)
        if token.kind == "sign":
            if token.text in "([":
                return self.group(token)
            if token.text == "{":
                return self.braces(token)
            if token.text == "|":
                double = self.sign("|")
                if double:
                    self.next()
                return self.bars(token, "norm" if double else "abs", "|", 2 if double else 1)
            if token.text == ".":
                dots = 1
                while self.sign("."):
                    self.next()
                    dots += 1
                if dots >= 2:
                    return t.Dots((token.start, self.tokens[self.at - 1].end))
        if token.kind == "command":
            return self.from_command(token)
        raise refuse(f"{show(token.text)} is not understood", token)

    def _skip(self) -> None:
        """Passes over one argument."""
        token = self.next()
        if token.kind == "sign" and token.text == "{":
            depth = 1
            while depth:
                token = self.next()
                depth += {"{": 1, "}": -1}.get(token.text, 0) if token.kind == "sign" else 0

    def _braces(self) -> t.Node:
        if self.sign("{"):
            return self.braces(self.next())
        return self.factor_argument()

    def factor_argument(self) -> t.Node:
        """An argument without braces: one token, as TeX takes it."""
        token = self.peek()
        if token is not None and token.kind == "number" and len(token.text) > 1:
            digit = Token("number", token.text[0], token.start, token.start + 1)
            rest = token.text[1:]
            if not rest.isdigit():
                raise refuse(f"{show(token.text)} is no argument without braces", token)
            self.tokens[self.at] = Token("number", rest, token.start + 1, token.end)
            return t.Num(Fraction(digit.text), digit.text, (digit.start, digit.end))
        return self.primary()

    # ------------------------------------------------------------------ brackets

    def nested(self, tokens: Sequence[Token]) -> t.Node:
        """The tree of some tokens on their own."""
        inner = Parser(tokens)
        inner.depth = self.depth
        return inner.whole()

    def _part(self, start: int, end: int) -> t.Node:
        part = self.tokens[start:end]
        if len(part) == 1 and part[0].text in ("partial", "d"):
            return t.Diff(t.Words("", (part[0].start, part[0].end)), (part[0].start, part[0].end))
        inner = Parser(part, inside=self.inside)
        inner.depth = self.depth
        return inner.whole()

    # ------------------------------------------------------------------ fractions and derivatives

    # ------------------------------------------------------------------ names

    from_command = commands.from_command
    big = commands.big
    environment = commands.environment
    nabla = commands.nabla

    name = scripting.name
    call = scripting.call
    unbracketed = scripting.unbracketed
    script_tokens = scripting.script_tokens
    scripts = scripting.scripts

    group = brackets.group
    closing = brackets.closing
    braces = brackets.braces
    bars = brackets.bars
    fraction = brackets.fraction
    _fraction_part = brackets.fraction_part
    make_fraction = brackets.make_fraction

    # ------------------------------------------------------------------ big operators and environments
