"""Affine forms, intervals, quotients, digits and injectivity, against enumeration."""

from __future__ import annotations

from itertools import product

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from symconv.notation.affine import affine, digits, flat, interval, quotient
from symconv.notation.index import Index, indices, size, symbol
from symconv.notation.injective import injective
from symconv.notation.term import Term

i, j, k, z = map(symbol, "ijkz")
n, m, s, d = (size(name) for name in "nmsd")
small = st.integers(-4, 4)
extents = st.integers(1, 4)


# ------------------------------------------------------------ affine


def test_coefficients_may_be_sizes() -> None:
    assert affine(s * k + d * i - 3, (k, i)) == ({k: s, i: d}, -3)
    assert affine((k + i) * s - s * i, (k, i)) == ({k: s}, 0)
    assert affine(n * m * k + m * i + j, (i, j, k)) == ({i: m, j: 1, k: n * m}, 0)
    assert affine(sp.Integer(4), (k,)) == ({}, 4)
    assert affine(k + i, (k,)) == ({k: 1}, i)


@pytest.mark.parametrize(
    "form", [i * j, i**2, sp.exp(i), i / (j + 1), s * i * j, sp.Mod(i, 2), sp.floor(i / 2)], ids=str
)
def test_what_is_not_affine_is_refused(form: sp.Expr) -> None:
    with pytest.raises(ValueError, match="not affine"):
        affine(form, (i, j))


@given(st.tuples(small, small, small))
def test_coefficients_and_constant_make_the_form_again(c: tuple[int, int, int]) -> None:
    form = c[0] * i + c[1] * j + c[2]
    coefficients, constant = affine(form, (i, j))
    assert coefficients == {z: a for z, a in ((i, c[0]), (j, c[1])) if a}
    assert constant == c[2]


# ------------------------------------------------------------ interval


@given(st.tuples(small, small, small), st.tuples(extents, extents))
def test_the_interval_is_that_of_all_points(c: tuple[int, int, int], e: tuple[int, int]) -> None:
    values = [c[0] * x + c[1] * y + c[2] for x, y in product(*map(range, e))]
    found = interval(c[0] * i + c[1] * j + c[2], {i: sp.Integer(e[0]), j: sp.Integer(e[1])})
    assert found == (min(values), max(values))


def test_sizes_that_are_symbols_decide_nothing() -> None:
    assert interval(i, {i: n}) is None
    assert interval(s * i, {i: sp.Integer(3)}) is None
    assert interval(i + n, {i: sp.Integer(3)}) is None
    assert interval(n * i + 2, {i: sp.Integer(1)}) == (2, 2)


# ------------------------------------------------------------ quotient


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (i, (i, 1)),
        (sp.Integer(-3), (-3, 1)),
        ((i - j) / 2, (i - j, 2)),
        (i / 2 + j / 3, (3 * i + 2 * j, 6)),
        (-i / 2, (-i, 2)),
        ((i + d) / s, (i + d, s)),
        (i / s - j / s, (i - j, s)),
        (i / s + j / d, (d * i + s * j, s * d)),
        (2 * (i + j), (2 * i + 2 * j, 1)),
    ],
    ids=str,
)
def test_numerator_and_denominator(form: sp.Expr, expected: tuple[sp.Expr, sp.Expr]) -> None:
    numerator, denominator = quotient(sp.sympify(form))
    assert sp.expand(numerator - expected[0]) == 0 and denominator == expected[1]


# ------------------------------------------------------------ flat and digits


@given(st.lists(extents, min_size=1, max_size=4))
def test_flat_counts_row_major(e: list[int]) -> None:
    axes = [Index(f"x{number}", extent) for number, extent in enumerate(e)]
    form = flat(axes)
    points = list(product(*map(range, e)))
    values = [form.xreplace({a.symbol: sp.Integer(v) for a, v in zip(axes, at, strict=True)}) for at in points]
    assert values == list(range(len(points)))
    whole = sp.Integer(len(points))
    found = digits(form, {a.symbol: a.extent for a in axes}, whole)
    # An index whose extent is 1 may share its weight with the next one; the order of those does not matter.
    assert found is None or sorted(map(str, found)) == sorted(str(a.symbol) for a in axes if form.has(a.symbol))
    if all(extent > 1 for extent in e):
        assert found == tuple(a.symbol for a in axes)


def test_digits_with_sizes_that_are_symbols() -> None:
    h, w, c = size("h"), size("w"), size("c")
    a, u, v = symbol("a"), symbol("u"), symbol("v")
    whole = {a: c, u: h, v: w}
    assert digits(a * h * w + u * w + v, whole, c * h * w) == (a, u, v)
    assert digits(v + u * w, whole, h * w) == (u, v)
    assert digits(u, whole, h) == (u,)
    assert digits(a * h * w + u * w + v, whole, h * w) is None, "another extent"
    assert digits(a * h * w + u * h + v, whole, c * h * w) is None, "another weight"
    assert digits(u * w + v + 1, whole, h * w) is None, "shifted"
    assert digits(u * w, whole, h * w) is None, "no lowest digit"
    assert digits(sp.Integer(0), whole, sp.Integer(1)) is None


@given(st.tuples(small, small), st.tuples(extents, extents), st.integers(1, 16))
def test_digits_run_once_over_the_extent(c: tuple[int, int], e: tuple[int, int], whole: int) -> None:
    found = digits(c[0] * i + c[1] * j, {i: sp.Integer(e[0]), j: sp.Integer(e[1])}, sp.Integer(whole))
    used = [range(extent) if weight else range(1) for weight, extent in zip(c, e, strict=True)]
    values = sorted(c[0] * x + c[1] * y for x, y in product(*used))
    if found is not None:
        assert values == list(range(whole))


# ------------------------------------------------------------ injective


def scatter(at: tuple[sp.Expr, ...], e: tuple[int, ...]) -> Term:
    return Term(at, sp.Integer(1), tuple(Index(name, extent) for name, extent in zip("ijk", e, strict=False)))


@settings(max_examples=150)
@given(st.lists(st.tuples(small, small, small), min_size=1, max_size=2), st.tuples(extents, extents, extents))
def test_injective_never_promises_too_much(forms: list[tuple[int, int, int]], e: tuple[int, int, int]) -> None:
    term = scatter(tuple(a * i + b * j + c * k for a, b, c in forms), e)
    free = [index.symbol for index in term.free]
    domain = product(*(range(int(term.extents[z])) for z in free))
    places = [tuple(f.xreplace(dict(zip(free, map(sp.Integer, at), strict=True))) for f in term.at) for at in domain]
    if injective(term):
        assert len(set(places)) == len(places)


@pytest.mark.parametrize(
    ("at", "e"),
    [((i,), (3,)), ((i, j), (3, 2)), ((2 * i + j,), (3, 2)), ((3 * i + j,), (3, 2)), ((-3 * i + j + 6,), (3, 2)),
     ((i + j, j), (3, 2)), ((4 * i + 2 * j + k, k), (2, 2, 2)), ((sp.Integer(0),), ()), ((5 * i,), (4,))],
    ids=str,
)
def test_what_is_seen_to_be_injective(at: tuple[sp.Expr, ...], e: tuple[int, ...]) -> None:
    assert injective(scatter(at, e))


def test_injective_for_all_sizes_or_not_at_all() -> None:
    def term(*at: sp.Expr) -> Term:
        return Term(at, sp.Integer(1), (Index("i", n), Index("j", m)))

    assert injective(term(m * i + j)) and injective(term(s * i, d * j)) and injective(term(s * i + d * j, j))
    assert not injective(term(s * i + d * j)) and not injective(term(n * i + j))
    # These two agree for s = d, so the rank must not be taken for 2.
    assert not injective(term(s * i + d * j, i + j))


def test_indices_that_are_summed_do_not_count() -> None:
    assert injective(Term((i,), sp.Integer(1), indices(i=3, j=4)))
