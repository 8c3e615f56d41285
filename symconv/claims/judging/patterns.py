"""Patterns of winners: can these entries be the maxima of their windows with the numbers that a note shows?

With the numbers given, the entries of the pooled tensor are linear in what is free (the filter), so "this entry is the
maximum" is a set of linear inequalities. The first maximum wins: an entry before the winner must be smaller, one behind
it at most as large.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import gcd, lcm

import numpy as np

from symconv.claims.judging.feasible import Certificate, Inequality, Value, decide
from symconv.claims.judging.spelling import letter, listed, written
from symconv.claims.meaning.arrays import Tensor
from symconv.claims.meaning.chosen import Chosen, Place
from symconv.claims.meaning.models import Known, Stack
from symconv.claims.meaning.ranges import Ranges
from symconv.claims.meaning.section import Reading, Section
from symconv.claims.meaning.tape import Number, Var, number

Entry = tuple[int, ...]
"""The place of an entry, from 0."""
MAX_ENTRIES = 256
MAX_UNKNOWNS = 64


@dataclass(frozen=True, slots=True)
class Impossible:
    """Why entries cannot be the maxima together: inequalities that exclude each other, each with what it asks for."""

    cause: str
    reason: str


def pooling(reading: Reading, key: str) -> Known | None:
    """The layer that takes maxima over a tensor."""
    layers = reading.model.layers if isinstance(reading.model, Stack) else ()
    found = (x for x in layers if x.kinked and (key, "input") in x.roles)
    return next(found, None)


def windows(section: Section, reading: Reading, spread: Ranges, pool: Known) -> list[list[Entry]]:
    """The windows of a layer that takes maxima: the entries for which some maximum is the only one that is not 0."""
    alone = replace(reading, model=Stack((pool,)), forced=())
    key = pool.name("input")
    found: dict[Entry, list[Entry]] = {}
    for place in np.ndindex(*pool.shapes[key]):
        top = Chosen(section, alone, 0, spread, {(key, None, place): 1}).tensor(pool.output, None)
        assert isinstance(top, Tensor)
        for at in np.ndindex(*top.data.shape):
            if number(top.data[at]):
                found.setdefault(at, []).append(place)
    return [found[at] for at in sorted(found)]


def impossible(
    section: Section,
    reading: Reading,
    spread: Ranges,
    pool: Known,
    winners: Sequence[Entry],
    given: Mapping[str, Sequence[Sequence[Fraction]]],
) -> Impossible | None:
    """Why no choice of what is free makes ``winners`` the maxima; None when some does, or it is not decided."""
    key = pool.name("input")
    if np.prod(pool.shapes[key]) > MAX_ENTRIES:
        return None
    linear = _linear(section, reading, spread, key, given)
    if linear is None:
        return None
    world, unknowns, rows = linear
    asked: list[tuple[Entry, Entry, Inequality]] = []
    for window in windows(section, reading, spread, pool):
        inside = [w for w in window if w in winners]
        if len(inside) > 1:
            return None
        for winner in inside:
            for n, other in enumerate(window):
                if other != winner:
                    (first, a), (second, b) = rows[winner], rows[other]
                    difference = tuple(x - y for x, y in zip(first, second, strict=True))
                    asked.append((winner, other, Inequality(difference, n < window.index(winner), a - b)))
    found = decide([i for _, _, i in asked], len(unknowns))
    if not isinstance(found, Certificate):
        return None
    names = [written(u, world) for u in unknowns]
    parts = [_asked(*asked[n], key, world, names) for n, _ in found.multipliers]
    shown = [written((key, None, w), world) for w in winners]
    free = " and ".join(dict.fromkeys(letter(u[0]) for u in unknowns))
    numbers = f"with the numbers shown for {' and '.join(letter(k) for k in given)}"
    what = f"{listed(shown)} {'are the maxima of their windows' if len(shown) > 1 else 'is the maximum'}"
    cause = f"{numbers} there is no {free} for which {what}" if free else f"{numbers} it is not so that {what}"
    return Impossible(cause, "; ".join(parts))


def _linear(
    section: Section, reading: Reading, spread: Ranges, key: str, given: Mapping[str, Sequence[Sequence[Fraction]]]
) -> tuple[Chosen, list[Place], dict[Entry, tuple[list[Value], Value]]] | None:
    """Every entry of a tensor as coefficients of what is free and a constant; None where it is not linear in it."""
    fixed: dict[Place, Number] = {
        (name, None, (r, c)): int(v) if v.denominator == 1 else v
        for name, rows in given.items()
        for r, row in enumerate(rows)
        for c, v in enumerate(row)
    }
    found: list[tuple[Chosen, list[Place], dict[Entry, tuple[list[Value], Value]]]] = []
    unknowns: list[Place] | None = None
    for shift in (0, 2, 7):
        numbers = fixed | {p: 3 * n + shift for n, p in enumerate(unknowns or ())}
        world = Chosen(section, replace(reading, forced=()), 0, spread, numbers)
        tensor = world.tensor(key, None)
        if not isinstance(tensor, Tensor):
            return None
        if unknowns is None:
            unknowns = [p for p in world.asked if p not in fixed and not p[0].startswith("∂")]
            if len(unknowns) > MAX_UNKNOWNS or any(p[0] == key for p in unknowns):
                return None
            continue
        orders = {place: order for order, place in world.made.items()}
        rows: dict[Entry, tuple[list[Value], Value]] = {}
        for at in np.ndindex(*tensor.data.shape):
            x = tensor.data[at]
            slopes = x.adjoints() if isinstance(x, Var) else {}
            row = [_exact(slopes.get(orders[p], 0)) for p in unknowns]
            rest = _exact(number(x)) - sum(c * _exact(numbers[p]) for c, p in zip(row, unknowns, strict=True))
            rows[at] = row, rest
        found.append((world, unknowns, rows))
    return found[0] if found[0][2] == found[1][2] else None


def _exact(x: Number) -> Value:
    if isinstance(x, float):
        raise ArithmeticError("an entry is not exact")
    return x


def _asked(winner: Entry, other: Entry, asked: Inequality, key: str, world: Chosen, names: Sequence[str]) -> str:
    """``C_{01} > C_{00}: F_{00} - F_{02} > 0``, in integers without a common divisor."""
    sign = ">" if asked.strict else "≥"
    numbers = [*asked.coefficients, asked.constant]
    scale = lcm(*(Fraction(v).denominator for v in numbers))
    common = gcd(*(int(v * scale) for v in numbers)) or 1
    *coefficients, constant = (int(v * scale) // common for v in numbers)
    terms = [(c, name) for c, name in zip(coefficients, names, strict=True) if c]
    text = ""
    for c, name in [*terms, *([(constant, "")] if constant or not terms else [])]:
        size = str(abs(c)) if abs(c) != 1 or not name else ""
        text += (" - " if c < 0 else " + ") if text else ("-" if c < 0 else "")
        text += size + name
    return f"{written((key, None, winner), world)} {sign} {written((key, None, other), world)}: {text} {sign} 0"
