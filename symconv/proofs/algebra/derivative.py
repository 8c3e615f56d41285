"""Derivatives of values: reverse mode over monomials, then through the atoms they contain."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import sympy as sp

from symconv.notation.functions import FUNCTIONS
from symconv.proofs.algebra.exact import Exact
from symconv.proofs.algebra.polynomial import (
    BOOLEAN,
    Monomial,
    Number,
    Polynomial,
    Value,
    add_all,
    exponents,
    generator,
    terms_of,
    times,
)
from symconv.proofs.fault import TooLarge

Winner = Callable[[int], "list[tuple[Value, Value]] | None"]
"""For the generator of a maximum: its candidates, each with the condition that it is the winner."""

Sums = dict[int, dict[Monomial, Number]]
BUDGET = 6_000_000


def pull_back(
    domain: Exact,
    outputs: Iterable[tuple[Value, Value]],
    wanted: Callable[[int], bool],
    winner: Winner = lambda _: None,
    shorten: Callable[[int, Value], Value] = lambda _, adjoint: adjoint,
) -> dict[int, Value]:
    """``sum of weight * d(value)/dg`` for the generators g that are wanted, over pairs (value, weight).

    Atoms are differentiated by the chain rule. A condition has derivative 0, as everywhere but where it changes.
    ``shorten`` may put a name for the adjoint of an atom. Raises TooLarge.
    """
    depends = _Depends(domain, wanted)
    sums: Sums = {}
    spent = 0
    for value, weight in outputs:
        spent += _spread(sums, value, weight, depends)
        if spent > BUDGET:
            raise TooLarge("a derivative of too many terms")
    done: dict[int, Value] = {}
    while sums:
        atoms = [g for g in sums if g in domain.table.arguments]
        if not atoms:
            break
        g = max(atoms)
        adjoint = shorten(g, Polynomial(sums.pop(g)))
        if not terms_of(adjoint):
            continue
        for inner, factor in _local(domain, g, winner):
            spent += _spread(sums, inner, adjoint * factor, depends)
            if spent > BUDGET:
                raise TooLarge("a derivative of too many terms")
    done |= {g: Polynomial(terms) for g, terms in sums.items()}
    return done


class _Depends:
    """Which generators depend on a wanted one."""

    def __init__(self, domain: Exact, wanted: Callable[[int], bool]) -> None:
        self.table, self.wanted = domain.table, wanted
        self.found: dict[int, bool] = {}

    def __call__(self, g: int) -> bool:
        known = self.found.get(g)
        if known is None:
            inner = self.table.arguments.get(g, ())
            known = self.wanted(g) or any(
                self(abs(h)) for v in inner for m in terms_of(v) for h in m if abs(h) < BOOLEAN
            )
            self.found[g] = known
        return known


def _spread(sums: Sums, value: Value, weight: Value, depends: Callable[[int], bool]) -> int:
    """Add ``weight * d(value)/dg`` for the generators g that matter; returns how many terms that were."""
    spent = 0
    weights = list(terms_of(weight).items())
    for m, c in terms_of(value).items():
        for g, e in exponents(m).items():
            if g >= BOOLEAN or not depends(g):
                continue
            rest = times(m, (-g,)) if e != 1 or len(m) > 2 else tuple(h for h in m if h != g)
            assert rest is not None
            into = sums.setdefault(g, {})
            spent += len(weights)
            for w, f in weights:
                made = times(rest, w)
                if made is None:
                    continue
                total = into.get(made, 0) + c * e * f
                if total:
                    into[made] = total
                else:
                    del into[made]
    return spent


def _local(domain: Exact, g: int, winner: Winner) -> list[tuple[Value, Value]]:
    """Pairs (argument, partial derivative of the atom by it); nothing for an entry."""
    table = domain.table
    key = table.key(g)
    if key[0] in ("entry", "index", "number"):
        return []
    if key[0] == "exp":
        return [(table.arguments[g][0], generator(g))]
    if key[0] in ("poly", "cut"):
        return [(table.arguments[g][0], 1)]
    if key[0] == "call":
        (argument,) = table.arguments[g]
        x = sp.Dummy("x")
        return [(argument, _evaluate(domain, FUNCTIONS[key[1]].derivative(x), x, argument))]
    if key[0] == "best":
        found = winner(g)
        if found is not None:
            return found
    raise TooLarge(f"no derivative of a {key[0]}")


def _evaluate(domain: Exact, e: sp.Expr, x: sp.Symbol, value: Value) -> Value:
    """An expression in x as a value."""
    if e == x:
        return value
    if e.is_Rational:
        return domain.number(int(e.p), int(e.q))
    if e.is_Add:
        return add_all(_evaluate(domain, a, x, value) for a in e.args)
    if e.is_Mul:
        product: Value = 1
        for a in e.args:
            product = product * _evaluate(domain, a, x, value)
        return product
    if e.is_Pow and e.exp.is_Integer:
        base = _evaluate(domain, e.base, x, value)
        one = domain.inverse(base) if e.exp < 0 else base
        product = 1
        for _ in range(abs(int(e.exp))):
            product = product * one
        return product
    found: Any = domain.function(type(e).__name__, _evaluate(domain, e.args[0], x, value))
    return found
