"""The printer of mathematics: one walk over equations and written entries, a Style for the language."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sympy as sp

from symconv.notation.affine import affine, quotient
from symconv.notation.functions import FUNCTIONS, Function, function_of
from symconv.notation.guards import Divides, Equal, Guard, Range, is_data
from symconv.notation.index import Index
from symconv.notation.injective import injective
from symconv.notation.printing.style import LATEX, TEXT, Style
from symconv.notation.summand import data_guard, ordered_factors
from symconv.notation.tensor import Tensor, base
from symconv.notation.term import Equation, Term
from symconv.notation.written import Apply, Bracket, Choice, Entry, Inverse, Number, Product, Sum


class Printer:
    """Prints in one Style; ``mark`` may dress an entry, as the winner of a window in red."""

    def __init__(self, style: Style, mark: Callable[[Entry, str], str] | None = None) -> None:
        self.style, self.mark = style, mark

    # ------------------------------------------------------------------ names and entries

    def name(self, tensor: Tensor) -> str:
        """The tensor without subscripts: ``A``, ``dE/dA``."""
        if tensor.quotient:
            return self.style.derivative(*map(self.name, tensor.quotient))
        return (tensor.latex or tensor.name) if self.style is LATEX else tensor.name

    def entry(self, tensor: Tensor, at: Sequence[str]) -> str:
        """The tensor with subscripts: joined while each is one character, with commas as soon as one is not."""
        if tensor.quotient:
            of, by = tensor.quotient
            rank = len(of.shape)
            return self.style.derivative(self.entry(of, at[:rank]), self.entry(by, at[rank:]))
        name = self.name(tensor)
        if not at:
            return name
        short = all(len(a.rstrip(self.style.prime)) == 1 for a in at)
        return self.style.subscript(name, ("" if short and self.style is LATEX else ",").join(at))

    def index(self, name: str) -> str:
        """An index or a size: trailing underscores are primes."""
        bare = name.rstrip("_")
        return self.style.size(bare) + self.style.prime * (len(name) - len(bare))

    def affine(self, form: sp.Expr, order: Mapping[sp.Symbol, int]) -> str:
        """An affine form or an exact quotient of one, indices in the order of the term: ``2k+i-1``, ``(u-i)/2``."""
        numerator, denominator = quotient(sp.sympify(form))
        if denominator != 1:
            below = self.size(denominator)
            return f"({self.affine(numerator, order)})/" + (below if denominator.is_Atom else f"({below})")
        symbols = sorted((z for z in numerator.free_symbols if z in order), key=order.__getitem__)
        coefficients, constant = affine(numerator, tuple(symbols))
        parts = [(a, self.index(z.name)) for z, a in coefficients.items()]
        parts.sort(key=lambda p: _negative(p[0]))
        if constant != 0 or not parts:
            constants = [(c, "") for c in sp.Add.make_args(constant)]
            # Indices before constants, but no leading minus where a plus can stand first: 2k+i-1, 1-i.
            if parts and _negative(parts[0][0]) and not all(_negative(c) for c, _ in constants):
                parts = sorted([*constants, *parts], key=lambda p: _negative(p[0]))
            else:
                parts += constants
        text = ""
        for a, z in parts:
            minus = _negative(a)
            factor = self._size_factor(-a if minus else a) if z else self.size(-a if minus else a)
            body = (factor if not z else z if factor == "1" else f"{factor}{self._small_times(factor)}{z}")
            text += ("-" if minus else "+" if text else "") + body
        return text

    def _small_times(self, factor: str) -> str:
        return "" if self.style is LATEX or factor.isdigit() else "*"

    def size(self, e: sp.Expr) -> str:
        """An extent or coefficient: a number or a polynomial in sizes."""
        e = sp.sympify(e)
        if e.is_Symbol:
            return self.index(e.name)
        if e.is_Mul:
            if _negative(e):
                return "-" + self.size(-e)
            return ("" if self.style is LATEX else "*").join(self._size_factor(a) for a in e.args)
        if e.is_Pow and e.exp.is_Integer and e.exp > 0:
            return self.style.power(self._size_factor(e.base), str(e.exp))
        if e.is_Add:
            parts = sorted(e.args, key=_negative)
            signed = ["-" + self.size(-a) if _negative(a) else "+" + self.size(a) for a in parts]
            return "".join(signed).removeprefix("+")
        return str(e)

    def _size_factor(self, e: sp.Expr) -> str:
        return f"({self.size(e)})" if e.is_Add else self.size(e)

    # ------------------------------------------------------------------ summands

    def summand(self, e: sp.Expr, term: Term, tensors: Mapping[str, Tensor]) -> str:
        """A summand of the index form."""
        order = {i.symbol: n for n, i in enumerate(term.indices)}
        return self._expression(e, order, tensors)

    def _expression(self, e: sp.Expr, order: Mapping[sp.Symbol, int], tensors: Mapping[str, Tensor]) -> str:
        def inner(x: sp.Expr) -> str:
            return self._expression(x, order, tensors)

        if isinstance(e, sp.Indexed):
            tensor = tensors[base(e)]
            return self.entry(tensor, [self.affine(a, order) for a in e.indices] if tensor.shape else ())
        if e.is_Add:
            shares = {abs(a.as_coeff_Mul()[0]) for a in e.args}
            if len(shares) == 1 and (share := shares.pop()) != 1 and share.p == 1:
                whole = inner(e * share.q)
                return self.style.fraction(self.style.group(whole) if self.style is TEXT else whole, str(share.q))
            parts = sorted(e.args, key=lambda a: (_negative(a), bool(a.is_Rational and not a.is_Integer)))
            text = ""
            for a in parts:
                minus = _negative(a)
                text += (" - " if minus else " + ") if text else ("-" if minus else "")
                text += inner(-a if minus else a)
            return text
        if e.is_Mul or (e.is_Pow and e.exp.is_negative):
            return self._product_expression(e, order, tensors)
        if e.is_Pow:
            b = inner(e.base)
            # A derivative, and in TeX a name that has a superscript already, cannot carry the power themselves.
            plain = isinstance(e.base, sp.Indexed) and not tensors[base(e.base)].quotient and "^" not in b
            return self.style.power(b if plain else self.style.group(b), str(e.exp))
        if e.is_Function:
            return self._apply(function_of(e), inner(e.args[0]), isinstance(e.args[0], sp.Indexed))
        if e.is_Rational and e.q != 1:
            return self.style.fraction(str(e.p), str(e.q))
        return self.size(e)

    def _apply(self, function: Function, argument: str, entry: bool) -> str:
        """A function of an argument; where the writing does not enclose it, all but a single entry is grouped."""
        return self.style.apply(function, argument if entry or not self._open(function) else self.style.group(argument))

    def _open(self, function: Function) -> bool:
        return self.style.apply(function, "@").endswith("@")

    def _product_expression(self, e: sp.Expr, order: Mapping[sp.Symbol, int], tensors: Mapping[str, Tensor]) -> str:
        factors = ordered_factors(e, tensors)
        if _negative(factors[0]) and factors[0].is_number:
            rest = sp.Mul(*factors[1:]) * -factors[0]
            return "-" + self._expression(rest, order, tensors)
        above: list[sp.Expr] = []
        below: list[sp.Expr] = []
        for f in factors:
            if f.is_Rational and not f.is_Integer:
                above += [sp.Integer(f.p)] if f.p != 1 else []
                below.append(sp.Integer(f.q))
            elif f.is_Pow and f.exp.is_negative:
                below.append(f.base**-f.exp)
            elif f != 1:
                above.append(f)
        # A fraction over a fraction is hard to read: derivatives stand beside it.
        beside = [f for f in above if self._is_derivative(f, tensors)] if below and self.style is LATEX else []
        if beside:
            rest = sp.Mul(*(f for f in factors if f not in beside))
            return self.style.times.join(self._expression(f, order, tensors) for f in (*beside, rest))
        top = self._factors(above, order, tensors) if above else "1"
        alone = bool(below) and len(above) == 1 and self.style is TEXT
        if alone and (above[0].is_Add or self._is_derivative(above[0], tensors)):
            top = self.style.group(top)
        return self.style.fraction(top, self._factors(below, order, tensors, below=True)) if below else top

    def _factors(
        self, factors: list[sp.Expr], order: Mapping[sp.Symbol, int], tensors: Mapping[str, Tensor], *,
        below: bool = False,
    ) -> str:
        texts = []
        for f in factors:
            text = self._expression(f, order, tensors)
            wrap = f.is_Add and (len(factors) > 1 or (below and self.style is TEXT))
            wrap = wrap or (f.is_Function and self._open(function_of(f)) and f is not factors[-1])
            wrap = wrap or (below and self.style is TEXT and self._is_derivative(f, tensors))
            texts.append(self.style.group(text) if wrap else text)
        derivative = any(tensors[base(x)].quotient for f in factors for x in f.atoms(sp.Indexed))
        joined = (self.style.times if derivative else self._juxtapose(texts)).join(texts)
        return f"({joined})" if below and len(texts) > 1 and self.style is TEXT else joined

    def _is_derivative(self, e: sp.Expr, tensors: Mapping[str, Tensor]) -> bool:
        return isinstance(e, sp.Indexed) and tensors[base(e)].quotient is not None

    # ------------------------------------------------------------------ guards, terms, equations

    def guard(self, guard: Guard, term: Term, tensors: Mapping[str, Tensor]) -> str:
        """A condition: ``0 <= u-i < 4``, ``2 | u-i``, ``M_{pq} = 2i+j``."""
        order = {i.symbol: n for n, i in enumerate(term.indices)}
        match guard:
            case Range(value, low, high):
                return f"{self.size(low)}{self.style.less_equal}{self.affine(value, order)} < {self.size(high)}"
            case Divides(divisor, value):
                return f"{self.size(divisor)}{self.style.divides}{self.affine(value, order)}"
            case Equal(value) if is_data(guard):
                entry, form = data_guard(value)
                return f"{self._expression(entry, order, tensors)} = {self.affine(form, order)}"
            case Equal(value):
                # The delta as "this index = that form": the first index with a unit coefficient alone on the left.
                for z in sorted((z for z in value.free_symbols if z in order), key=order.__getitem__):
                    a = affine(value, (z,))[0].get(z)
                    if a in (1, -1):
                        return f"{self.index(z.name)} = {self.affine(z - value * a, order)}"
                return f"{self.affine(value, order)} = 0"
        raise TypeError(guard)

    def range(self, index: Index) -> str:
        """The range of a bound index."""
        return f"0{self.style.less_equal}{self.index(index.name)} < {self.size(index.extent)}"

    def term(
        self, term: Term, tensors: Mapping[str, Tensor], reduction: str = "sum", *, alone: bool = True
    ) -> str:
        """One Term: its sum with the conditions under it, brackets for what data decide, the summand.

        Without a sum the conditions stand behind a term that is ``alone``, and in brackets otherwise.
        """
        inline = not alone and not term.bound and reduction == "sum"
        conditions = [self.guard(g, term, tensors) for g in term.guards if not _delta(g) and not inline]
        deltas = [self.style.bracket(self.guard(g, term, tensors)) for g in term.guards if _delta(g) or inline]
        ranges = [self.range(i) for i in term.bound]
        body = self.summand(term.summand, term, tensors)
        if term.summand.is_Add and (ranges or deltas):
            body = self.style.group(body)
        elif deltas and body.startswith("-"):
            body, deltas = body[1:], ["-" + deltas[0], *deltas[1:]]
        gap = r"\, " if self.style is LATEX else " "
        body = "".join(d + gap for d in deltas) + body if body != "1" or not deltas else gap.join(deltas)
        if reduction != "sum":
            return self.style.extremum(reduction, ranges, conditions) + body
        if ranges:
            minus = "-" if body.startswith("-") else ""
            return minus + self.style.sum_over(ranges, conditions) + body[len(minus):]
        return body + (self.style.where(conditions) if conditions else "")

    def left(self, equation: Equation, term: Term | None = None) -> str:
        """The target with its subscripts: those of the (first) term."""
        term = term or equation.terms[0]
        order = {i.symbol: n for n, i in enumerate(term.indices)}
        return self.entry(equation.target, [self.affine(a, order) for a in term.at])

    def right(self, equation: Equation) -> str:
        """The sum of the terms, for terms that share the target's indices."""
        tensors = {t.name: t for t in equation.operands}
        if not equation.terms:
            return "0"
        text = ""
        for term in equation.terms:
            one = self.term(term, tensors, equation.reduction, alone=len(equation.terms) == 1)
            text += (f" - {one[1:]}" if one.startswith("-") else f" + {one}") if text else one
        return text

    def equation(self, equation: Equation) -> str:
        """The whole equation in index form; a scatter is written with ``+=`` entry by entry."""
        lefts = [self.left(equation, t) for t in equation.terms]
        if len(set(lefts)) <= 1:
            sign = " = " if all(map(once, equation.terms)) else _accumulate(self.style)
            return (lefts[0] if lefts else self.entry(equation.target, ())) + sign + self.right(equation)
        tensors = {t.name: t for t in equation.operands}
        parts = []
        for left, term in zip(lefts, equation.terms, strict=True):
            alone = once(term) and all(other is term or apart(term, other) for other in equation.terms)
            parts.append(left + (" = " if alone else _accumulate(self.style)) + self.term(term, tensors))
        return (r", \quad " if self.style is LATEX else ";  ").join(parts)

    # ------------------------------------------------------------------ written entries

    def written(self, element: Any) -> str:
        """One written element; the recursion follows its types."""
        kind = type(element)
        if kind is Entry:
            text = element.printed.get(self.style.name)
            if text is None:
                text = element.printed[self.style.name] = self.entry(element.tensor, [str(a) for a in element.at])
            return self.mark(element, text) if self.mark else text
        if kind is Product:
            return self._written_product(element)
        if kind is Sum:
            return self.join_terms([self.written(t) for t in element.terms]) if element.terms else "0"
        if kind is Number:
            return str(element.p) if element.q == 1 else self.style.fraction(str(element.p), str(element.q))
        if kind is Inverse:
            return self._written_product(Product((element,)))
        if kind is Apply:
            return self._apply(FUNCTIONS[element.function], self.written(element.of), type(element.of) is Entry)
        if kind is Bracket:
            return self.style.bracket(f"{self.written(element.entry)} = {element.value}")
        if kind is Choice:
            if not element.candidates:  # a window without any input
                return "-1" if element.reduction == "argmax" else "-" + self.style.infinity
            inner = ", ".join(map(self.written, element.candidates))
            head = {"max": r"\max", "argmax": r"\operatorname{argmax}"}[element.reduction]
            return f"{head if self.style is LATEX else element.reduction}({inner})"
        raise TypeError(kind)

    def _written_product(self, product: Product) -> str:
        factors = product.factors
        first = factors[0]
        if type(first) is Number and first.p < 0:
            rest = factors[1:] if first.p == -1 and first.q == 1 else (Number(-first.p, first.q), *factors[1:])
            return "-" + self.written(Product(rest) if len(rest) > 1 else rest[0])
        above = [f for f in factors if type(f) is not Inverse]
        below: list[Any] = []
        if above and type(above[0]) is Number and above[0].q != 1:
            below.append(Number(above[0].q, 1))
            above[0] = Number(above[0].p, 1)
        for f in factors:
            if type(f) is Inverse:
                below += f.of.factors if type(f.of) is Product else (f.of,)
        if len(above) > 1 and above[0] == Number(1, 1):
            above = above[1:]
        derivative = any(type(f) is Entry and f.tensor.quotient for f in above)
        beside = [f for f in above if type(f) is Entry and f.tensor.quotient] if below and self.style is LATEX else []
        if beside:
            rest = Product(tuple(f for f in factors if f not in beside))
            return self.style.times.join(map(self.written, (*beside, rest)))
        texts = [self._factor(f, last=f is above[-1]) for f in above]
        top = (self.style.times if derivative else self._juxtapose(texts)).join(texts) if above else "1"
        if not below:
            return top
        under = self.style.juxtapose.join(
            [self._factor(f, last=f is below[-1]) if len(below) > 1 else self.written(f) for f in below]
        )
        if self.style is TEXT:
            enclosed = type(below[0]) is Number or (type(below[0]) is Entry and not below[0].tensor.quotient)
            under = under if len(below) == 1 and enclosed else f"({under})"
            top = f"({top})" if len(above) == 1 and derivative else top
        return self.style.fraction(top, under)

    def _juxtapose(self, factors: Sequence[str]) -> str:
        """What stands between factors side by side: a thin space where a name is a word."""
        words = self.style is LATEX and any(r"\mathrm" in f for f in factors)
        return r"\, " if words else self.style.juxtapose

    def _factor(self, element: Any, *, last: bool) -> str:
        text = self.written(element)
        wrap = (type(element) is Sum and len(element.terms) != 1) or (
            type(element) is Apply and not last and self._open(FUNCTIONS[element.function])
        )
        return self.style.group(text) if wrap else text

    def join_terms(self, terms: Sequence[str]) -> str:
        """Terms with plus signs, or the minus that a term begins with."""
        if not terms:
            return "0"
        return terms[0] + "".join([f" - {t[1:]}" if t.startswith("-") else f" + {t}" for t in terms[1:]])


def _negative(e: Any) -> bool:
    """Whether a number, or the number before a product, is negative."""
    return bool(sp.sympify(e).as_coeff_Mul()[0] < 0)


def once(term: Term) -> bool:
    """Whether each target entry is met by one value of the free indices, so that ``=`` may be written."""
    return term.gathers or injective(term)


def apart(one: Term, other: Term) -> bool:
    """Whether two terms never meet one entry: where all indices agree, some subscripts differ by a constant."""
    pairs = list(zip(one.at, other.at, strict=True))
    fixed = {a for a, b in pairs if a == b and a.is_Symbol}
    free = {z for a, b in pairs for z in (a.free_symbols | b.free_symbols)}
    return free <= fixed and any(sp.expand(a - b).is_nonzero for a, b in pairs)


def _delta(guard: Guard) -> bool:
    return isinstance(guard, Equal)


def _accumulate(style: Style) -> str:
    return r" \mathrel{+}= " if style is LATEX else " += "


latex = Printer(LATEX)
text = Printer(TEXT)
