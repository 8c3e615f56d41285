"""A Pratt parser: the tokens of one statement to a tree. What cannot be read whole is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from symconv.claims.grammar import tree as t
from symconv.claims.grammar.scripts import index_pieces, superscript
from symconv.claims.tex.tokens import Token
from symconv.errors import LimitError, UsageError, show

MAX_DEPTH = 50
MAX_DIGITS = 18

RELATIONS = {
    "=": "=", ":=": ":=", "==": "=", "<": "<", ">": ">", "<=": "<=", ">=": ">=", "!=": "!=", "->": "->",
    "le": "<=", "leq": "<=", "leqslant": "<=", "ge": ">=", "geq": ">=", "geqslant": ">=", "lt": "<", "gt": ">",
    "ne": "!=", "neq": "!=", "in": "in", "equiv": "=", "triangleq": ":=", "coloneqq": ":=", "approx": "~", "sim": "~",
    "simeq": "~", "propto": "~", "to": "->", "rightarrow": "->", "longrightarrow": "->", "leftarrow": "<-", "gets": "<-",
    "Rightarrow": "=>", "implies": "=>", "Leftrightarrow": "=>", "iff": "=>", "mapsto": "->", "doteq": "=",
    "therefore": "=>", "Longrightarrow": "=>", "notin": "notin", "subset": "in", "subseteq": "in", "ll": "<", "gg": ">",
    "mid": "mid", "because": "=>", "Leftarrow": "<-", "overset": "=",
}
OPERATORS = {
    "*": "*", "times": "times", "cdot": "cdot", "odot": "odot", "bigodot": "odot", "circ": "circ", "otimes": "otimes",
    "bigotimes": "otimes", "ast": "*", "star": "star", "circledast": "*", "bullet": "cdot", "oast": "*", "div": "/",
    "/": "/", "oplus": "oplus", "cdotp": "cdot", "boxtimes": "otimes", "conv": "conv", "full": "full", "divideontimes": "*",
}
BIG = {"sum": "sum", "prod": "prod", "max": "max", "min": "min", "argmax": "argmax", "argmin": "argmin"}
FUNCTIONS = frozenset("exp log ln tanh sin cos cosh sinh sqrt".split())
CLOSERS = {"(": ")", "[": "]", "{": "}"}
DOTS = frozenset("dots ldots cdots dotsb dotsc dotsm dotso vdots ddots hdots".split())
GREEK = frozenset(
    "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi pi varpi rho varrho "
    "sigma varsigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega ell "
    "hbar imath jmath infty emptyset aleph Re Im top bot varnothing mathbb".split()
)
MATRICES = frozenset("matrix pmatrix bmatrix Bmatrix vmatrix Vmatrix smallmatrix array".split())


def refuse(what: str, token: Token | None) -> UsageError:
    """The error for what stands at a token."""
    where = f" at {token.start}" if token else " at the end"
    return UsageError("formula", f"{what}{where}", "write it in full")


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
            if not self.sign("+", "-"):
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
                token = self.peek()
                if token is not None and token.kind == "text":
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
        while self.sign("^", "_", "'") or self.sign("!"):
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

    def from_command(self, token: Token) -> t.Node:
        word = token.text
        if word in ("frac", "dfrac", "tfrac", "cfrac"):
            return self.fraction(token)
        if word in BIG:
            return self.big(token, BIG[word])
        if word in FUNCTIONS or word in ("arg",):
            if word == "arg" and self.command("max", "min"):
                inner = self.next()
                return self.big(token, "arg" + inner.text)
            if word == "sqrt":
                body = self.factor()
                return t.Call(_name("sqrt", token), (body,), "{", (token.start, body.span[1]), body.span)
            return self.name(token)
        if word == "partial":
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
        if word in ("rot", "Rot", "conv", "Conv", "ReLU", "relu", "softmax", "sigmoid", "diag", "flip", "pad", "tr", "vec"):
            return self.name(token)
        raise refuse(f"\\{word} is not understood", token)

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
            self.tokens[self.at] = Token("number", token.text[1:], token.start + 1, token.end)
            return t.Num(Fraction(digit.text), digit.text, (digit.start, digit.end))
        return self.primary()

    # ------------------------------------------------------------------ brackets

    def group(self, token: Token) -> t.Node:
        body = self.listing()
        close = self.closing(CLOSERS[token.text])
        return t.Group(body, token.text, (token.start, close.end))

    def closing(self, wanted: str) -> Token:
        token = self.peek()
        if token is None or token.kind != "sign" or token.text != wanted:
            raise refuse(f"{show(wanted)} is missing", token)
        return self.next()

    def braces(self, token: Token) -> t.Node:
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
        if isinstance(node, t.Name | t.Call | t.Script | t.Group | t.Derivative | t.Matrix | t.Fraction_ | t.Cases | t.Big):
            return replace(node, span=(token.start, close.end))
        return t.Group(node, "", (token.start, close.end))

    def _part(self, start: int, end: int) -> t.Node:
        part = self.tokens[start:end]
        if len(part) == 1 and part[0].text in ("partial", "d"):
            return t.Diff(t.Words("", (part[0].start, part[0].end)), (part[0].start, part[0].end))
        inner = Parser(part, inside=self.inside)
        inner.depth = self.depth
        return inner.whole()

    def bars(self, token: Token, kind: str, close: str, count: int) -> t.Node:
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

    # ------------------------------------------------------------------ fractions and derivatives

    def fraction(self, token: Token) -> t.Node:
        above = self._fraction_part()
        below = self._fraction_part()
        return self.make_fraction(above, below, (token.start, self.tokens[self.at - 1].end))

    def _fraction_part(self) -> t.Node:
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

    def make_fraction(self, above: t.Node, below: t.Node, span: t.Span) -> t.Node:
        """A quotient, which is a derivative when both parts begin with ∂ (or d)."""
        top, bottom = _differential(above), _differential(below)
        if top is not None and bottom is not None:
            of, above_rest = top
            by, below_rest = bottom
            node: t.Node = t.Derivative(None if isinstance(of, t.Words) else of, by, span)
            if above_rest:
                node = t.Product((*above_rest, node), ("",) * len(above_rest), span)
            if below_rest:
                under = below_rest[0] if len(below_rest) == 1 else t.Product(
                    below_rest, ("",) * (len(below_rest) - 1), span
                )
                node = t.Fraction_(node, under, span)
            return node
        return t.Fraction_(above, below, span)

    def nabla(self, token: Token) -> t.Node:
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

    # ------------------------------------------------------------------ names

    def name(self, token: Token) -> t.Node:
        bare = (
            token.text == "d" and token.kind == "letter" and not self.inside
            and (after := self.peek()) is not None and not after.gap
            and (after.kind == "letter" or (after.kind == "command" and after.text in GREEK))
            and after.start == token.end
        )
        if bare:
            body = self.factor()
            if isinstance(body, t.Name | t.Call | t.Script):
                return t.Diff(body, (token.start, body.span[1]))
            raise refuse("a differential of this is not read", token)
        node: t.Node = _name(token.text, token)
        while self.sign("^", "_", "'"):
            node = self.scripts(node)
        assert isinstance(node, t.Name | t.Script)
        if isinstance(node, t.Script):
            return node
        return self.call(node)

    def call(self, node: t.Name) -> t.Node:
        """The name with the brackets behind it, if there are any."""
        opener = self.peek()
        if opener is not None and opener.kind == "sign" and opener.text in "([" and not (opener.text == "[" and self.inside):
            self.next()
            start = opener.end
            arguments: list[t.Node] = []
            if not self.sign(CLOSERS[opener.text]):
                body = self.listing()
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

    def unbracketed(self) -> t.Node:
        """The argument of \\log or \\exp without brackets: the factors that follow with nothing between them."""
        factors = [self.factor()]
        while self.starts() and not isinstance(factors[-1], t.Group | t.Big) and self.tokens[self.at].kind != "text":
            factors.append(self.factor())
        if len(factors) == 1:
            return factors[0]
        span = (factors[0].span[0], factors[-1].span[1])
        return t.Product(tuple(factors), ("",) * (len(factors) - 1), span, tuple((f.span[1],) * 2 for f in factors[:-1]))

    def script_tokens(self) -> tuple[list[Token], t.Span, bool]:
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

    def scripts(self, node: t.Node) -> t.Node:
        """One script more on a node."""
        token = self.next()
        if token.text == "'":
            primes = 1
            while self.sign("'"):
                token = self.next()
                primes += 1
            return _with(node, token.end, primes=primes)
        content, span, braced = self.script_tokens()
        end = self.tokens[self.at - 1].end
        if token.text == "_":
            if isinstance(node, t.Name) and node.base == "rot" or any(k.text == "circ" for k in content):
                return _with(node, end)
            pieces, joined = index_pieces(content, self.depth)
            return _with(node, end, subs=pieces, joined=joined, sub_span=span)
        sups, transposed, primes, bracketed = superscript(content, self.depth)
        if not braced and len(content) == 1 and content[0].text in ("*", "-", "+"):
            raise refuse("a superscript is not understood", content[0])
        return _with(node, end, sups=sups, transposed=transposed, primes=primes, sup_span=span, bracketed=bracketed)

    # ------------------------------------------------------------------ big operators and environments

    def big(self, token: Token, operator: str) -> t.Node:
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

    def environment(self, begin: Token, *, cases: bool = False) -> t.Node:
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
            inner = Parser(kept)
            inner.depth = self.depth
            return inner.whole()
        raise refuse(f"the environment {name[:30]} is not read", begin)


def _name(text: str, token: Token) -> t.Name:
    return t.Name(
        text, (), (), 0, False, False, token.bold, (token.start, token.end), word=token.kind in ("word", "command")
    )


def _with(
    node: t.Node, end: int, *, subs: tuple[t.Node, ...] = (), sups: tuple[t.Node, ...] = (), primes: int = 0,
    transposed: bool = False, joined: bool = False, sub_span: t.Span | None = None, sup_span: t.Span | None = None,
    bracketed: bool = False,
) -> t.Node:
    span = (node.span[0], end)
    if isinstance(node, t.Name):
        if (subs and node.subs) or (sups and node.sups):
            return t.Script(node, subs, sups, primes, transposed, span)
        return t.Name(
            node.base, node.subs or subs, node.sups or sups, node.primes + primes, node.transposed or transposed,
            node.joined or joined, node.marked, span, node.sub_span or sub_span, node.sup_span or sup_span, node.word,
            node.bracketed or bracketed,
        )
    if isinstance(node, t.Script) and not (subs and node.subs) and not (sups and node.sups):
        return t.Script(
            node.body, node.subs or subs, node.sups or sups, node.primes + primes, node.transposed or transposed, span
        )
    return t.Script(node, subs, sups, primes, transposed, span)


def _differential(node: t.Node) -> tuple[t.Node, tuple[t.Node, ...]] | None:
    """What a part of a fraction is the differential of, and the factors beside it."""
    if isinstance(node, t.Diff):
        return node.of, ()
    if isinstance(node, t.Group) and node.bracket == "":
        return _differential(node.body)
    if isinstance(node, t.Product) and not any(node.operators):
        found = [n for n, f in enumerate(node.factors) if isinstance(f, t.Diff)]
        if len(found) == 1:
            n = found[0]
            diff = node.factors[n]
            assert isinstance(diff, t.Diff)
            if n == len(node.factors) - 1:
                return diff.of, node.factors[:n]
            if n == 0:  # ∂ of a product: ∂ x y
                rest = (diff.of, *node.factors[1:])
                span = (diff.of.span[0], node.span[1])
                return t.Product(rest, ("",) * (len(rest) - 1), span), ()
    return None
