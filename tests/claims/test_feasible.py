"""Inequalities that hold together have a witness, others a certificate: both are checked."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from symconv.claims.judging.feasible import Certificate, Inequality, decide, holds

SMALL = st.integers(-2, 2)


def checked(known: list[Inequality], width: int) -> bool:
    """Whether they can hold together, with the proof looked at."""
    found = decide(known, width)
    if not isinstance(found, Certificate):
        assert len(found) == width
        assert all(holds(i, found) for i in known)
        return True
    assert found.multipliers and all(m > 0 for _, m in found.multipliers)
    chosen = [(known[n], m) for n, m in found.multipliers]
    for column in zip(*(i.coefficients for i, _ in chosen), strict=True):
        assert sum(m * c for (_, m), c in zip(chosen, column, strict=True)) == 0
    rest = sum(m * i.constant for i, m in chosen)
    assert rest < 0 or (rest == 0 and any(i.strict for i, _ in chosen))
    return False


@given(st.lists(st.tuples(st.tuples(SMALL, SMALL, SMALL), st.booleans(), SMALL), min_size=1, max_size=6))
@settings(max_examples=40, deadline=None)
def test_every_decision_carries_its_proof(rows: list[tuple[tuple[int, ...], bool, int]]) -> None:
    known = [Inequality(c, strict, constant) for c, strict, constant in rows]
    possible = checked(known, 3)
    grid = [Fraction(n, 2) for n in range(-4, 5)]
    if any(all(holds(i, x) for i in known) for x in product(grid, repeat=3)):
        assert possible


def test_three_that_exclude_each_other_though_no_two_do() -> None:
    known = [Inequality((1, 0), True), Inequality((0, 1), True), Inequality((-1, -1), False)]
    assert not checked(known, 2)
    assert all(checked([known[n], known[m]], 2) for n, m in ((0, 1), (0, 2), (1, 2)))


def test_nothing_free_and_nothing_asked() -> None:
    assert not checked([Inequality((), True, 0)], 0)
    assert not checked([Inequality((), False, -1)], 0)
    assert checked([Inequality((), True, 1)], 0)
    assert checked([], 2)


def test_fractions() -> None:
    third = Fraction(1, 3)
    assert not checked([Inequality((third, -third), True), Inequality((-2, 2), False)], 2)
    assert checked([Inequality((third, -third), True), Inequality((-2, 1), False, third)], 2)
