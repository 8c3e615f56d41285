"""The exact domain: arithmetic, functions, comparisons and choices over polynomials, for formulas and for programs.

Values stand for real numbers. exp is multiplicative (exp(a + b) = exp(a)*exp(b), so that softmax lives in a field of
rational functions), log undoes exp, a quotient by a polynomial is a negative power of it. A choice by a condition c is
``b + c*(a - b)``; a running maximum is one atom, the maximum of a set.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import sympy as sp

from symconv.notation.functions import CUBIC, ROOT
from symconv.proofs.algebra.generators import Generators, key_of
from symconv.proofs.algebra.maxima import Maxima
from symconv.proofs.algebra.polynomial import (
    BOOLEAN,
    Monomial,
    Number,
    Polynomial,
    Value,
    add_all,
    booleans,
    constant,
    exponents,
    generator,
    power,
    restrict,
    terms_of,
    times,
)
from symconv.proofs.fault import LOWEST, UNSET, Fault, TooLarge, Unreadable

EXPONENT = 64
"""Powers of exp above this stay functions of their argument."""
CHOICES = 12
"""A function of a value with more conditions than this is out of reach."""

Condition = Any
"""True, False, or a polynomial that is 0 or 1."""


def _rational(number: sp.Rational) -> Fraction:
    return Fraction(int(number.p), int(number.q))


class Exact(Maxima):
    """Operations that cannot be written with ``+ - *``; the generators they make are in ``table``."""

    name = "exact"

    def __init__(self, table: Generators | None = None) -> None:
        self.table = table or Generators()

    # ------------------------------------------------------------------------------------------- quotients

    def number(self, p: int, q: int) -> Value:
        """The rational p/q."""
        return p if q == 1 else Fraction(p, q)

    fraction = Fraction

    def total(self, values: Sequence[Value]) -> Value:
        """The sum of many values."""
        if any(v is UNSET for v in values):
            raise Fault("a value is read before it is set")
        if any(v is LOWEST for v in values):
            raise Unreadable("computes with minus infinity")
        return add_all(values)

    def divide(self, a: Value, b: Value) -> Value:
        """``a / b``; a Fault where b is 0."""
        if a is UNSET or b is UNSET:
            raise Fault("a value is read before it is set")
        if self._is_lowest(b):
            raise Unreadable("computes with minus infinity")
        return self.inverse(b) * a

    def inverse(self, value: Value) -> Value:
        """``1 / value``: a monomial is inverted; of any other polynomial the negative power is taken."""
        number = constant(value)
        if number is not None:
            if number == 0:
                raise Fault("division by 0")
            return Fraction(1) / number
        if booleans(value):
            return self.split(self.inverse, value)
        content, scale, rest = self.content(value)
        inverse = tuple(sorted(-g for g in content))
        if len(terms_of(rest)) == 1:
            return Polynomial({inverse: Fraction(1) / scale})
        g = self.table.number(("poly", key_of(rest)), (rest,))
        made = times(inverse, (-g,))
        assert made is not None
        return Polynomial({made: Fraction(1) / scale})

    def content(self, value: Value, wanted: Callable[[int], bool] = lambda _: True) -> tuple[Monomial, Number, Value]:
        """``value = scale * content * rest`` where the rest has no factor in common and starts with 1."""
        terms = terms_of(value)
        powers = [exponents(m) for m in terms]
        common: dict[int, int] = {}
        for g in sorted({g for p in powers for g in p if g < BOOLEAN and wanted(g)}):
            least = min(p.get(g, 0) for p in powers)
            if least:
                common[g] = least
        content = tuple(sorted(x for g, e in common.items() for x in power(g, e)))
        down = tuple(sorted(-x for x in content))
        divided: dict[Monomial, Number] = {}
        for m, c in terms.items():
            made = times(m, down)
            assert made is not None
            divided[made] = c
        scale = divided[min(divided)]
        return content, scale, Polynomial({m: _quotient(c, scale) for m, c in divided.items()})

    # ------------------------------------------------------------------------------------------- functions

    def split(self, f: Callable[[Value], Value], value: Value) -> Value:
        """``f`` of a value that depends on conditions: case by case."""
        found = booleans(value)
        if len(found) > CHOICES:
            raise TooLarge(f"a function of a value with {len(found)} conditions")
        if not found:
            return f(value)
        b = found[0]
        yes, no = self.split(f, restrict(value, b, True)), self.split(f, restrict(value, b, False))
        return self.choose(generator(b), yes, no)

    def function(self, name: str, value: Value) -> Value:
        """A function of mathematics or of the table of functions, applied to a value."""
        if value is UNSET:
            raise Fault("a value is read before it is set")
        if self._is_lowest(value):
            raise Unreadable("computes with minus infinity")
        if booleans(value):
            return self.split(lambda v: self.function(name, v), value)
        rule = getattr(self, f"_{name}", None)
        if rule is not None:
            return rule(value)
        if name not in ("sqrt", "tanh", "normal_cdf"):
            raise Unreadable(f"the function {name} is not known here")
        return self.call(name, value)

    def call(self, name: str, value: Value) -> Polynomial:
        """The function as an atom of its argument."""
        return generator(self.table.number(("call", name, key_of(value)), (value,)))

    def _exp(self, value: Value) -> Value:
        made: Monomial | None = ()
        for m, c in sorted(terms_of(value).items()):
            fraction = Fraction(c)
            p, q = fraction.numerator, fraction.denominator
            if abs(p) > EXPONENT:
                return self.call("exp", value)
            g = self.table.number(("exp", m, q), (Polynomial({m: Fraction(1, q)}),))
            made = times(made or (), power(g, p))
        return Polynomial({made or (): 1})

    def _log(self, value: Value) -> Value:
        number = constant(value)
        if number == 1:
            return 0
        if number == 0:
            raise Fault("the logarithm of 0")
        content, scale, rest = self.content(value, lambda g: self.table.key(g)[0] == "exp")
        total: Value = 0
        for g, e in exponents(content).items():
            total = total + self.table.arguments[g][0] * e
        inner = rest * scale
        return total if constant(inner) == 1 else total + self.call("log", inner)

    def _sigmoid(self, value: Value) -> Value:
        x = self._exp(value)
        return x * self.inverse(x + 1)

    def _normal_pdf(self, value: Value) -> Value:
        return self.irrational("1/sqrt(2*pi)") * self._exp(value * value * Fraction(-1, 2))

    def _erfc(self, value: Value) -> Value:
        """erfc(-x/sqrt(2)) is twice the normal distribution function; no other is needed."""
        root = self.irrational("1/sqrt(2)")
        return 2 * self.call("normal_cdf", -self.divide(value, root))

    def irrational(self, name: str) -> Polynomial:
        """An irrational number as a generator of its own."""
        return generator(self.table.number(("number", name)))

    def _psi(self, value: Value) -> Value:
        return (value + value * value * value * _rational(CUBIC)) * _rational(ROOT)

    def _psi_slope(self, value: Value) -> Value:
        return (value * value * (3 * _rational(CUBIC)) + 1) * _rational(ROOT)

    def _psi_curvature(self, value: Value) -> Value:
        return value * (6 * _rational(CUBIC) * _rational(ROOT))

    def _relu(self, value: Value) -> Value:
        return self.choose(self.compare("<=", value, 0), 0, value)

    def _step(self, value: Value) -> Value:
        return self.choose(self.compare("<=", value, 0), 0, 1)

    def _unstep(self, value: Value) -> Value:
        return self.choose(self.compare("<=", value, 0), 1, 0)

    def _abs(self, value: Value) -> Value:
        positive = self.compare(">=", value, 0)
        return value * (int(positive) * 2 - 1 if isinstance(positive, bool) else positive * 2 - 1)

    # ------------------------------------------------------------------------------------------ conditions

    def compare(self, op: str, a: Value, b: Value) -> Condition:
        """A comparison of reals, or of integers that data decide; over the reals there is no NaN."""
        if a is UNSET or b is UNSET:
            raise Fault("a value is read before it is set")
        match op:
            case "<=":
                return self._low(a, b)
            case ">":
                return self.negate(self._low(a, b))
            case ">=":
                return self._low(b, a)
            case "<":
                return self.negate(self._low(b, a))
            case "==":
                return self._same(a, b)
            case "!=":
                return self.negate(self._same(a, b))
        raise Unreadable(f"the comparison {op}")

    def _low(self, a: Value, b: Value) -> Condition:
        """``a <= b``."""
        if self._is_lowest(a) or self._is_lowest(b):
            return self._is_lowest(a)
        difference = a - b
        number = constant(difference)
        if number is not None:
            return number <= 0
        if booleans(difference):
            return self._condition(self.split(lambda v: _as_value(self._low(v, 0)), difference))
        span = self.span(difference)
        if span is not None and (span[1] <= 0 or span[0] > 0):
            return span[1] <= 0
        terms = terms_of(difference)
        first = terms[min(terms)]
        size = first if first > 0 else -first
        scaled = difference if size == 1 else Polynomial({m: _quotient(c, size) for m, c in terms.items()})
        g = self.table.boolean(("low", key_of(scaled)))
        self.table.kept.setdefault(g, (a, b))
        return generator(g)

    def _same(self, a: Value, b: Value) -> Condition:
        """``a == b``: of an integer generator and a number a boolean; of reals, at most and at least."""
        if self._is_lowest(a) or self._is_lowest(b):
            return self._is_lowest(a) and self._is_lowest(b)
        difference = a - b
        number = constant(difference)
        if number is not None:
            return number == 0
        if booleans(difference):
            return self._condition(self.split(lambda v: _as_value(self._same(v, 0)), difference))
        span = self.span(difference)
        if span is not None and not span[0] <= 0 <= span[1]:
            return False
        terms = dict(terms_of(difference))
        offset = terms.pop((), 0)
        if len(terms) == 1:
            ((m, c),) = terms.items()
            if len(m) == 1 and m[0] > 0 and self.is_integer(m[0]) and abs(c) == 1:
                value = -offset * c
                if value != int(value):
                    return False
                return generator(self.table.boolean(("is", m[0]), int(value)))
        return self.both(self._low(difference, 0), self._low(-difference, 0))

    def _condition(self, value: Value) -> Condition:
        number = constant(value)
        return value if number is None else bool(number)

    def is_integer(self, g: int) -> bool:
        """Whether a generator is an integer: an entry of an index tensor, or the place of a maximum."""
        return self.table.key(g)[0] in ("index", "arg")

    def index_entries(self, tensor: str, length: int) -> list[Polynomial]:
        """The entries of a tensor of integers."""
        return [generator(self.table.number(("index", tensor, n))) for n in range(length)]

    def span(self, value: Value) -> tuple[Number, Number] | None:
        """Least and greatest value of a sum of places of maxima, which are known to lie in their windows."""
        low: Number = 0
        high: Number = 0
        for m, c in terms_of(value).items():
            if m == ():
                low, high = low + c, high + c
            elif len(m) == 1 and 0 < m[0] < BOOLEAN and self.table.key(m[0])[0] == "arg":
                places = [place for _, place in self.table.key(m[0])[1]]
                ends = (c * min(places), c * max(places))
                low, high = low + min(ends), high + max(ends)
            else:
                return None
        return low, high

    def negate(self, c: Condition) -> Condition:
        """not c."""
        return not c if isinstance(c, bool) else 1 - c

    def both(self, a: Condition, b: Condition) -> Condition:
        """a and b."""
        if isinstance(a, bool):
            return b if a else False
        if isinstance(b, bool):
            return a if b else False
        return self._condition(a * b)

    def either(self, a: Condition, b: Condition) -> Condition:
        """a or b."""
        return self.negate(self.both(self.negate(a), self.negate(b)))

    # --------------------------------------------------------------------------------------------- choices

    def choose(self, c: Condition, a: Any, b: Any, *, place: bool = False) -> Any:
        """``a`` where the condition holds, else ``b``; with ``place`` these are integers, not reals."""
        if isinstance(c, bool):
            return _shared(a if c else b)
        if a is UNSET or b is UNSET:
            return UNSET
        if a is b or (terms_of(a) == terms_of(b)):
            return _shared(a)
        if self._is_lowest(a) or self._is_lowest(b):
            raise TooLarge("a choice with minus infinity that is no maximum")
        found = self._extremum(c, a, b, place)
        if found is not None:
            return found
        return b + c * (a - b)


def _as_value(c: Condition) -> Value:
    return int(c) if isinstance(c, bool) else c


def _shared(value: Any) -> Any:
    return value.share() if type(value) is Polynomial else value


def _quotient(c: Number, scale: Number) -> Number:
    if scale == 1:
        return c
    found = Fraction(c) / scale
    return found.numerator if found.denominator == 1 else found
