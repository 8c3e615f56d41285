"""Maxima: a choice that is one becomes an atom, the maximum of a set; the place of the first is another atom."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from symconv.proofs.algebra.generators import Generators, key_of
from symconv.proofs.algebra.polynomial import (
    BOOLEAN,
    Monomial,
    Number,
    Polynomial,
    Value,
    booleans,
    constant,
    generator,
    terms_of,
)
from symconv.proofs.fault import LOWEST, TooLarge


class Maxima:
    """The part of the exact domain that knows maxima."""

    table: Generators
    lowest = LOWEST

    @abstractmethod
    def compare(self, op: str, a: Value, b: Value) -> Any:
        """A comparison."""

    @abstractmethod
    def choose(self, c: Any, a: Any, b: Any, *, place: bool = False) -> Any:
        """``a`` where the condition holds, else ``b``."""

    def _is_lowest(self, value: Value) -> bool:
        return value is LOWEST

    def _extremum(self, c: Polynomial, a: Value, b: Value, place: bool) -> Value | None:
        """The choice as a maximum of reals, or as the place of one; None where it is neither."""
        terms: dict[Monomial, Number] = c.terms
        one: Number
        if len(terms) == 1:  # [d <= 0]: turned round
            ((m, one),) = terms.items()
            negated = True
        elif len(terms) == 2 and terms.get(()) == 1:  # 1 - [d <= 0] = [d > 0]
            ((m, one),) = ((m, n) for m, n in terms.items() if m)
            one, negated = -one, False
        else:
            return None
        if len(m) != 1 or one != 1 or m[0] not in self.table.kept:
            return None
        if negated:
            a, b = b, a
        above, below = self.table.kept[m[0]]
        if place:
            return self._place(above, below, a, b)
        if constant(a) is not None or constant(b) is not None:
            return None
        factor = _ratio(a - b, above - below)
        if factor is None:
            return None
        return self.maximum([a, b]) if factor > 0 else -self.maximum([-a, -b])

    def maximum(self, values: Sequence[Value]) -> Value:
        """The maximum of a set of values as one atom; minus infinity is no member."""
        members: dict[Any, Value] = {}
        for v in values:
            if self._is_lowest(v):
                continue
            terms = terms_of(v)
            if len(terms) == 1:
                ((m, c),) = terms.items()
                if c == 1 and len(m) == 1 and 0 < m[0] < BOOLEAN and self.table.key(m[0])[0] == "best":
                    members |= {key_of(w): w for w in self.table.arguments[m[0]]}
                    continue
            members[key_of(v)] = v
        if not members:
            return self.lowest
        if len(members) == 1:
            return next(iter(members.values()))
        if any(booleans(v) for v in members.values()):
            raise TooLarge("a maximum of values with conditions")
        return generator(self.table.number(("best", frozenset(members)), tuple(members.values())))

    def _place(self, above: Value, below: Value, a: Value, b: Value) -> Value | None:
        """``a`` where above > below, else ``b``: the place of the first maximum, where a is a number."""
        place = constant(a)
        if place is None:
            return None
        other = constant(b)
        if other is not None:
            sequence: tuple[tuple[Value, int], ...] = ((below, int(other)), (above, int(place)))
        else:
            terms = terms_of(b)
            ((m, c), *rest) = terms.items()
            if rest or c != 1 or len(m) != 1:
                return None
            known = tuple(zip(self.table.arguments[m[0]], (p for _, p in self.table.key(m[0])[1]), strict=True))
            if terms_of(self.maximum([v for v, _ in known])) != terms_of(below):
                return None
            sequence = (*known, (above, int(place)))
        return self.first(sequence)

    def first(self, sequence: Sequence[tuple[Value, int]]) -> Value:
        """The place of the first maximum in an order."""
        key = ("arg", tuple((key_of(v), place) for v, place in sequence))
        return generator(self.table.number(key, tuple(v for v, _ in sequence)))

    def best(self, values: Sequence[Value], _: Sequence[int] = ()) -> Value:
        """The maximum of candidates, as a formula means it."""
        return self.maximum(values) if values else self.lowest

    def argbest(self, values: Sequence[Value], places: Sequence[int]) -> Value:
        """The place of the first maximum, as a formula means it; -1 without candidates."""
        if not values:
            return -1
        best: Value = values[0]
        where: Value = places[0]
        for v, place in zip(values[1:], places[1:], strict=True):
            larger = self.compare(">", v, best)
            where = self.choose(larger, place, where, place=True)
            best = self.choose(larger, v, best)
        return where


def _ratio(a: Value, b: Value) -> Number | None:
    """The number f with ``a = f*b``, if there is one."""
    first, second = terms_of(a), terms_of(b)
    if first.keys() != second.keys() or not first:
        return None
    m = next(iter(first))
    factor = Fraction(first[m]) / second[m]
    return factor if all(first[n] == factor * c for n, c in second.items()) else None
