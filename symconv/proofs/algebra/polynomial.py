"""Exact polynomials: a dict from monomials to numbers, over generators that are integers.

A monomial is the sorted tuple of its generators, repeated for powers; ``-g`` stands for the inverse of ``g``, so that
monomials are those of Laurent polynomials. Generators from ``BOOLEAN`` on are 0 or 1: equal to their square, and two
of one group exclude each other (``[T = 2] * [T = 3] = 0``).
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, TypeAlias

from symconv.proofs.fault import LOWEST, TooLarge

Number: TypeAlias = int | Fraction
Monomial: TypeAlias = tuple[int, ...]

BOOLEAN = 1 << 40
GROUP = 24
"""Generators of one group of booleans share all bits above these."""
LIMIT = 4_000_000
"""The most products of terms in one multiplication."""


class Polynomial:
    """A sum of monomials with rational coefficients; none of them is 0.

    ``own`` marks an accumulator that nobody else holds, so that ``+=`` may change it in place; whoever passes one on
    clears the mark (``share``).
    """

    __slots__ = ("own", "terms")

    def __init__(self, terms: dict[Monomial, Number]) -> None:
        self.terms = terms
        self.own = False

    def share(self) -> Polynomial:
        """The same polynomial, no longer to be changed in place."""
        self.own = False
        return self

    def __add__(self, other: Any) -> Polynomial:
        if type(other) is Polynomial:
            a, b = self.terms, other.terms
            if len(a) < len(b):
                a, b = b, a
            return Polynomial(_added(dict(a), b))
        if type(other) is int or type(other) is Fraction:
            return Polynomial(_added(dict(self.terms), {(): other} if other else {}))
        return NotImplemented

    __radd__ = __add__

    def __iadd__(self, other: Any) -> Polynomial:
        if type(other) is Polynomial:
            terms = other.terms
        elif type(other) is int or type(other) is Fraction:
            terms = {(): other} if other else {}
        else:
            return NotImplemented
        if self.own and terms is not self.terms:
            _added(self.terms, terms)
            return self
        made = Polynomial(_added(dict(self.terms), terms))
        made.own = True
        return made

    def __neg__(self) -> Polynomial:
        return Polynomial({m: -c for m, c in self.terms.items()})

    def __sub__(self, other: Any) -> Polynomial:
        if type(other) is Polynomial or type(other) is int or type(other) is Fraction:
            return self + (-other)
        return NotImplemented

    def __rsub__(self, other: Any) -> Polynomial:
        return (-self) + other

    def __mul__(self, other: Any) -> Polynomial:
        if type(other) is Polynomial:
            return Polynomial(_product(self.terms, other.terms))
        if type(other) is int or type(other) is Fraction:
            return Polynomial({m: c * other for m, c in self.terms.items()} if other else {})
        return NotImplemented

    __rmul__ = __mul__

    def __pow__(self, exponent: int) -> Polynomial:
        assert type(exponent) is int and exponent >= 0
        result = Polynomial({(): 1})
        for _ in range(exponent):
            result = result * self
        return result

    def __eq__(self, other: object) -> bool:
        """Equal as it stands, term by term (no denominators are cleared)."""
        if type(other) is Polynomial:
            return self.terms == other.terms
        if type(other) is int or type(other) is Fraction:
            return self.terms == ({(): other} if other else {})
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __bool__(self) -> bool:
        raise TypeError("a polynomial has no truth value")


Value: TypeAlias = "Polynomial | int | Fraction"


def generator(g: int) -> Polynomial:
    """The polynomial of one generator."""
    return Polynomial({(g,): 1})


MINUS_INFINITY: dict[Monomial, Number] = {(0,): 1}
"""What stands for the terms of minus infinity: 0 is no generator."""


def terms_of(value: Value) -> dict[Monomial, Number]:
    """The terms of a polynomial or a number."""
    if type(value) is Polynomial:
        return value.terms
    if value is LOWEST:
        return MINUS_INFINITY
    return {(): value} if value else {}  # type: ignore[dict-item]


def constant(value: Value) -> Number | None:
    """The number that a value is, if it is one."""
    if value is LOWEST:
        return None
    if type(value) is not Polynomial:
        return value  # type: ignore[return-value]
    if not value.terms:
        return 0
    return value.terms.get(()) if len(value.terms) == 1 else None


def add_all(values: Any) -> Value:
    """The sum of many values, in one pass."""
    terms: dict[Monomial, Number] = {}
    for v in values:
        if type(v) is Polynomial:
            _added(terms, v.terms)
        elif v:
            _added(terms, {(): v})
    return Polynomial(terms)


def _added(terms: dict[Monomial, Number], others: dict[Monomial, Number]) -> dict[Monomial, Number]:
    get = terms.get
    for m, c in others.items():
        total = get(m)
        if total is None:
            terms[m] = c
        else:
            total += c
            if total:
                terms[m] = total
            else:
                del terms[m]
    return terms


def _product(a: dict[Monomial, Number], b: dict[Monomial, Number]) -> dict[Monomial, Number]:
    if len(a) * len(b) > LIMIT:
        raise TooLarge(f"a product of {len(a)} and {len(b)} terms")
    terms: dict[Monomial, Number] = {}
    for m1, c1 in a.items():
        for m2, c2 in b.items():
            m = tuple(sorted(m1 + m2))
            if m and (m[0] < 0 or m[-1] >= BOOLEAN):
                reduced = reduce(m)
                if reduced is None:
                    continue
                m = reduced
            total = terms.get(m)
            if total is None:
                terms[m] = c1 * c2
            else:
                total += c1 * c2
                if total:
                    terms[m] = total
                else:
                    del terms[m]
    return terms


def reduce(m: Monomial) -> Monomial | None:
    """A sorted monomial with inverses cancelled and booleans idempotent; None where two booleans exclude each other.

    >>> reduce((-3, 2, 3, 3))
    (2, 3)
    """
    result: list[int] = []
    powers = exponents(m)
    last = -1
    for g in sorted(powers):
        e = powers[g]
        if g >= BOOLEAN:
            if g >> GROUP == last:
                return None
            last = g >> GROUP
            result.append(g)
        elif e:
            result += [g if e > 0 else -g] * abs(e)
    result.sort()
    return tuple(result)


def exponents(m: Monomial) -> dict[int, int]:
    """The exponent of each generator of a monomial."""
    powers: dict[int, int] = {}
    for g in m:
        if g < 0:
            powers[-g] = powers.get(-g, 0) - 1
        else:
            powers[g] = powers.get(g, 0) + 1
    return powers


def times(a: Monomial, b: Monomial) -> Monomial | None:
    """The product of two monomials; None when it is 0."""
    m = tuple(sorted(a + b))
    return reduce(m) if m and (m[0] < 0 or m[-1] >= BOOLEAN) else m


def power(g: int, e: int) -> Monomial:
    """A generator to an integer power."""
    return (g,) * e if e >= 0 else (-g,) * -e


def booleans(value: Value) -> list[int]:
    """The boolean generators that occur, sorted."""
    return sorted({g for m in terms_of(value) for g in m if g >= BOOLEAN})


def restrict(value: Value, boolean: int, held: bool) -> Value:
    """The value where one boolean is 1 (all others of its group are 0 then) or where it is 0."""
    if type(value) is not Polynomial:
        return value
    terms: dict[Monomial, Number] = {}
    for m, c in value.terms.items():
        if boolean in m:
            if not held:
                continue
            m = tuple(g for g in m if g != boolean)
        elif held and any(g >> GROUP == boolean >> GROUP for g in m if g >= BOOLEAN):
            continue
        _added(terms, {m: c})
    return Polynomial(terms)
