"""Is a pattern of winners possible? An exact decision, with parameters that make it or a contradiction.

With the image given, the pooled tensor is linear in the parameters, so "this entry wins its window" is a set of
linear inequalities between its entries. The first maximum wins: against an earlier candidate the winner must be
strictly larger, against a later one at least as large. (Where all candidates tie, the first one wins.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm

import sympy as sp
from sympy.solvers.simplex import linprog

from symconv.claims.data import Ref
from symconv.claims.report import Inequality, Math, PatternResult, Phrase, Value, join, say
from symconv.claims.world import World
from symconv.claims.write import Writers
from symconv.derivation.backpropagate import Derivation
from symconv.errors import UsageError
from symconv.notation.evaluate import evaluate
from symconv.notation.rings import EXACT
from symconv.notation.tensor import Tensor
from symconv.notation.written import Number, Product, Sum

Entry = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Condition:
    """``coefficients * parameters > 0`` (``>= 0`` unless strict): the winner of a window against one candidate."""

    window: Entry
    winner: Ref
    other: Ref
    strict: bool
    coefficients: tuple[Value, ...]


def decide(
    derivation: Derivation,
    winners: Sequence[Entry | None],
    images: Mapping[str, Sequence[Value]],
    *,
    pooled: str,
    where: str = "pattern",
    shown: tuple[str, ...] = (),
) -> PatternResult:
    """Whether some parameters make ``winners`` the winners of the windows over the tensor ``pooled``.

    ``winners`` has an entry of ``pooled`` for each window, in row-major order of the windows, or None for a window
    that may go as it likes; ``images`` are the numbers, row-major, of the tensors that are given (the image).
    Raises UsageError when the winners do not belong to the windows, when there is no maximum over ``pooled``, or when
    ``pooled`` is not linear in its parameters.
    """
    equation = derivation.forward(pooled)
    world = World(derivation, (pooled, *(t.name for t in equation.reads), *_maxima(derivation, pooled)))
    writers = Writers(world.tensors)
    parameters = tuple(t for t in equation.reads if t.name not in images)
    rows = _rows(world, pooled, parameters, images)
    conditions = _conditions(world, pooled, winners, rows)
    refs = tuple(Ref(pooled, w) for w in winners if w is not None)
    names = tuple(map(writers.factor, refs))
    contradiction = _pair(conditions) or _combination(conditions)
    if contradiction:
        inequalities = tuple(_inequality(conditions[n], world, writers, parameters) for n, _ in contradiction)
        cause = _cause(inequalities, parameters, writers)
        multipliers = tuple(m for _, m in contradiction)
        return PatternResult(where, pooled, names, False, shown, (), inequalities, multipliers, cause)
    values = _solution(conditions, sum(t.length for t in parameters))
    assert all(_dot(c.coefficients, values) > 0 or not c.strict for c in conditions)
    assert all(_dot(c.coefficients, values) >= 0 for c in conditions)
    witness, start = [], 0
    for t in parameters:
        witness.append((t.name, tuple(values[start : start + t.length])))
        start += t.length
    return PatternResult(where, pooled, names, True, shown, tuple(witness))


def _maxima(derivation: Derivation, pooled: str) -> tuple[str, ...]:
    found = tuple(
        q.target.name
        for q in derivation.model.program.equations
        if q.reduction == "max" and any(t.name == pooled for t in q.operands)
    )
    if not found:
        raise UsageError(f"model {derivation.model.name}", f"no maximum is taken over {pooled}", "name a pooled tensor")
    return found[:1]


def _rows(
    world: World, pooled: str, parameters: tuple[Tensor, ...], images: Mapping[str, Sequence[Value]]
) -> list[list[Value]]:
    """The entries of the pooled tensor as rows of coefficients of the parameters' entries, computed from the
    derivation's partial derivatives; raises UsageError when these depend on the parameters themselves."""
    model, equation = world.derivation.model.name, world.forward[pooled]
    names = {t.name for t in parameters}
    for t in equation.reads:
        if t.name in images and len(images[t.name]) != t.length:
            raise UsageError(
                f"model {model}", f"{t.name} has {t.length} entries, {len(images[t.name])} were given", "give them all"
            )
    zero: dict[str, Sequence[Value]] = {**images, **{t.name: [0] * t.length for t in parameters}}
    rows: list[list[Value]] = [[] for _ in range(equation.target.length)]
    for t in parameters:
        partial = world.partials[pooled, t.name]
        if any(read.name in names for read in partial.reads):
            raise UsageError(f"model {model}", f"{pooled} is not linear in {t.name}", "give the image's numbers")
        entries = evaluate(partial, {r.name: zero[r.name] for r in partial.reads}, EXACT)
        for n, row in enumerate(rows):
            row += entries[n * t.length : (n + 1) * t.length]
    if not parameters or any(evaluate(equation, zero, EXACT)):
        raise UsageError(f"model {model}", f"{pooled} is not linear in parameters", "leave the parameters free")
    return rows


def _conditions(
    world: World, pooled: str, winners: Sequence[Entry | None], rows: list[list[Value]]
) -> tuple[_Condition, ...]:
    windows = world.windows(pooled)
    if len(winners) != len(windows):
        raise UsageError("pattern", f"{len(winners)} winners for {len(windows)} windows", "name one a window")
    found = []
    for (name, place, window), at in zip(windows, winners, strict=True):
        if at is None:
            continue
        winner = Ref(pooled, tuple(at))
        if winner not in window:
            raise UsageError("pattern", f"{list(at)} is not in window {place}", "name an entry of the window")
        which = world.entries(name)[place].at
        for n, other in enumerate(window):
            if other != winner:
                pairs = zip(rows[world.place(winner)], rows[world.place(other)], strict=True)
                difference = tuple(a - b for a, b in pairs)
                entry = tuple(int(a) for a in which)
                found.append(_Condition(entry, winner, other, n < window.index(winner), difference))
    return tuple(found)


# ------------------------------------------------------------------ contradictions


def _primitive(vector: Sequence[Value]) -> tuple[tuple[int, ...], Fraction]:
    """The vector as a positive multiple of integers without a common divisor, and the multiple (0 for the null)."""
    scale = lcm(*(Fraction(v).denominator for v in vector))
    whole = [int(v * scale) for v in vector]
    common = gcd(*whole)
    return (tuple(v // common for v in whole), Fraction(common, scale)) if common else (tuple(whole), Fraction(0))


def _pair(conditions: tuple[_Condition, ...]) -> tuple[tuple[int, Value], ...]:
    """Two inequalities that are opposite, ``v = -t*w`` with t > 0, one of them strict: ``1*v + t*w = 0``.

    A strict one without any coefficient, ``0 > 0``, stands alone.
    """
    reduced = [_primitive(c.coefficients) for c in conditions]
    for n, (vector, size) in enumerate(reduced):
        if conditions[n].strict and not size:
            return ((n, 1),)
        opposite = tuple(-v for v in vector)
        for m in range(n + 1, len(conditions)):
            if size and reduced[m][0] == opposite and (conditions[n].strict or conditions[m].strict):
                return ((n, 1), (m, _tidy(size / reduced[m][1])))
    return ()


def _combination(conditions: tuple[_Condition, ...]) -> tuple[tuple[int, Value], ...]:
    """Multipliers, not negative and positive for some strict inequality, with which all add up to nothing.

    By Motzkin's theorem they exist exactly when the inequalities cannot all hold. Found by exact linear programming,
    and checked.
    """
    strict = [int(c.strict) for c in conditions]
    if not any(strict):
        return ()
    # Maximise the sum of the strict multipliers, at most 1, where everything adds up to 0, written <= 0 and -(…) <= 0.
    # Nothing at all is allowed, so the program starts from there: linprog is dependable only where 0 is.
    sums = [list(column) for column in zip(*(c.coefficients for c in conditions), strict=True)]
    rows: list[Sequence[Value]] = [strict, *sums, *([-v for v in row] for row in sums)]
    found = _maximise(strict, rows, [1] + [0] * (2 * len(sums)))
    if not any(f for f, s in zip(found, strict, strict=True) if s):
        return ()
    chosen = tuple((n, _tidy(m)) for n, m in enumerate(found) if m)
    for row in sums:
        assert sum(m * row[c] for c, m in chosen) == 0
    assert all(m > 0 for _, m in chosen)
    return chosen


def _maximise(objective: list[int], rows: Sequence[Sequence[Value]], bounds: list[int]) -> list[Fraction]:
    """Where ``objective * x`` is largest for ``rows * x <= bounds``, x not negative; the bounds are not negative."""

    def rational(value: Value) -> sp.Rational:
        return sp.Rational(*_ratio(value))

    _, found = linprog([-v for v in objective], [[rational(v) for v in row] for row in rows], bounds)
    return [Fraction(int(sp.Rational(v).p), int(sp.Rational(v).q)) for v in found]


def _ratio(value: Value) -> tuple[int, int]:
    return Fraction(value).numerator, Fraction(value).denominator


def _tidy(value: Fraction) -> Value:
    return value.numerator if value.denominator == 1 else value


def _solution(conditions: tuple[_Condition, ...], width: int) -> list[int]:
    """Integers that fulfil every inequality, which has to be possible."""
    # Maximise how far the strict ones are fulfilled, at most 1. Every parameter is the difference of two unknowns that
    # are not negative. Again 0 is allowed, and is where the program starts.
    rows: list[Sequence[Value]] = [[0] * (2 * width) + [1]]
    for c in conditions:
        rows.append([*(-v for v in c.coefficients), *c.coefficients, int(c.strict)])
    found = _maximise([0] * (2 * width) + [1], rows, [1] + [0] * len(conditions))
    values = [found[n] - found[n + width] for n in range(width)]
    scale = lcm(*(v.denominator for v in values))
    return [int(v * scale) for v in values]


def _dot(a: Sequence[Value], b: Sequence[Value]) -> Value:
    return sum(x * y for x, y in zip(a, b, strict=True))


# ------------------------------------------------------------------ writing


def _inequality(c: _Condition, world: World, writers: Writers, parameters: tuple[Tensor, ...]) -> Inequality:
    refs = [r for t in parameters for r in world.entries(t.name)]
    sign = (" > ", " > ") if c.strict else (r" \ge ", " >= ")
    winner, other = writers.factor(c.winner), writers.factor(c.other)
    terms = Sum(
        tuple(
            Product((Number(*_ratio(v)), writers.latex.entry(r))) if v != 1 else writers.latex.entry(r)
            for v, r in zip(c.coefficients, refs, strict=True)
            if v
        )
    )
    sides = writers.math(lambda w: w.plain.written(terms))
    return Inequality(
        c.window,
        _numbers(c.winner),
        _numbers(c.other),
        c.strict,
        c.coefficients,
        Math(winner.latex + sign[0] + other.latex, winner.text + sign[1] + other.text),
        Math(f"{sides.latex}{sign[0]}0", f"{sides.text}{sign[1]}0"),
    )


def _numbers(ref: Ref) -> Entry:
    return tuple(int(a) for a in ref.at)


def _cause(inequalities: tuple[Inequality, ...], parameters: tuple[Tensor, ...], writers: Writers) -> Phrase:
    names = join(" and ", [Phrase((writers.factor(Ref(t.name)),)) for t in parameters])
    if len(inequalities) == 2:
        first, second = (say("{}, that is {}", i.entries, i.parameters) for i in inequalities)
        return say("{}, but {}: no {} does both.", first, second, names)
    several = join("; ", [say("{}, that is {}", i.entries, i.parameters) for i in inequalities])
    return say("{}: no {} does this." if len(inequalities) == 1 else "{}: no {} does all of this.", several, names)
