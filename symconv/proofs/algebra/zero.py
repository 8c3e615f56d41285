"""Is a value 0? By clearing denominators, which is exact; and what a value is modulo a prime at a random point."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from symconv.notation.rings import P61
from symconv.proofs.algebra.exact import Exact
from symconv.proofs.algebra.polynomial import (
    BOOLEAN,
    GROUP,
    Monomial,
    Number,
    Polynomial,
    Value,
    exponents,
    terms_of,
    times,
)
from symconv.proofs.fault import LOWEST


def is_zero(domain: Exact, value: Value) -> bool:
    """Whether a value is 0 once every denominator is cleared: then it is 0 wherever it is defined.

    False means that it could not be shown; the value may still be 0 for a reason that polynomials do not see.
    """
    terms = terms_of(value)
    denominators = {-g for m in terms for g in m if g < 0 and domain.table.key(-g)[0] == "poly"}
    while terms and denominators:
        g = max(denominators)  # the last one made may contain the others
        by_power: dict[int, dict[Monomial, Number]] = {}
        for m, c in terms.items():
            e = -exponents(m).get(g, 0)
            rest = times(m, (g,) * e)
            assert rest is not None
            by_power.setdefault(e, {})[rest] = c
        most = max(by_power)
        (base,) = domain.table.arguments[g]
        total: Value = 0
        for e, part in by_power.items():
            factor: Value = Polynomial(part)
            for _ in range(most - e):
                factor = factor * base
            total = total + factor
        terms = terms_of(total)
        denominators = {-g for m in terms for g in m if g < 0 and domain.table.key(-g)[0] == "poly"}
    return not terms


def equal(domain: Exact, a: Value, b: Value) -> bool:
    """Whether two values are shown to be equal."""
    if a is LOWEST or b is LOWEST:
        return a is b
    return terms_of(a) == terms_of(b) or is_zero(domain, a - b)


def residue(domain: Exact, value: Value, seed: int) -> int:
    """The value modulo 2^61 - 1 where every entry is a random number, a function an unknown fixed one."""
    known: dict[int, int] = {}

    def draw(what: Any) -> int:
        return int.from_bytes(hashlib.blake2b(f"{seed}:{what}".encode(), digest_size=16).digest(), "big") % P61

    def generator(g: int) -> int:
        if g not in known:
            known[g] = _atom(domain, g, draw, of)
        return known[g]

    def of(v: Value) -> int:
        total = 0
        for m, c in terms_of(v).items():
            one = c.numerator * pow(c.denominator, -1, P61) % P61
            for g in m:
                one = one * (generator(g) if g > 0 else pow(generator(-g), -1, P61)) % P61
            total += one
        return total % P61

    return of(value)


def _atom(domain: Exact, g: int, draw: Callable[[Any], int], of: Callable[[Value], int]) -> int:
    if g >= BOOLEAN:  # of a group the member that is drawn holds; a condition alone holds or does not
        group, _member = domain.table.member_keys[g]
        size = domain.table.counts[(g - BOOLEAN) >> GROUP]
        if group[0] == "is":
            return int(draw(group) % max(size, 1) == (g - BOOLEAN) % (1 << GROUP))
        return draw(group[0] if group[0] != "low" else of(domain.table.kept[g][0] - domain.table.kept[g][1])) % 2
    key = domain.table.key(g)
    if key[0] in ("poly", "cut"):
        return of(domain.table.arguments[g][0])
    if key[0] == "call":
        return draw((key[1], of(domain.table.arguments[g][0])))
    if key[0] == "best":
        return draw(("best", tuple(sorted({of(v) for v in domain.table.arguments[g]}))))
    if key[0] == "arg":
        parts = zip(domain.table.arguments[g], (place for _, place in key[1]), strict=True)
        return draw(("arg", tuple((of(v), place) for v, place in parts)))
    if key[0] == "exp":
        return draw(("exp", of(domain.table.arguments[g][0])))
    return draw(key)
