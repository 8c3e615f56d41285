"""The numpy target on equations that no layer has: each pattern, absent terms, maxima, types."""

from __future__ import annotations

import random
from collections.abc import Iterator

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from symconv.notation.evaluate import evaluate
from symconv.notation.functions import relu, step
from symconv.notation.guards import Divides, Range
from symconv.notation.index import Index, indices, symbol
from symconv.notation.rings import FLOAT
from symconv.notation.tensor import Tensor
from symconv.notation.term import Equation, Term, equation, plus
from symconv.reference import max_pool
from tests.backends.numpy_cases import (
    DTYPES,
    INF,
    NAN,
    VALUES,
    agree,
    call,
    integers,
    source,
    spec_of,
)

# ------------------------------------------------------------ equations that no layer has

k, l, i, j, b, c, f, g, o, t, u = map(symbol, "klijbcfgotu")


def real(name: str, *shape: int) -> Tensor:
    return Tensor(name, tuple(map(sp.Integer, shape)), tuple("abcdefgh"[: len(shape)]))


STEPWISE = ("three operands", "lonely sums")
"""Summed over one index before the next factor comes: with infinite data inf - inf may come earlier than by terms."""


def sums() -> Iterator[tuple[str, Equation, str]]:
    """Name, equation, and what its text must contain."""
    a, y = real("A", 6), real("Y", 6)
    inside = Range(k + i - 1, sp.Integer(0), sp.Integer(6))
    bound = indices(i=3)
    padded = equation(y, (k,), sp.exp(a[k + i - 1]), (a,), bound=bound, guards=(inside,))
    yield "exp of padding counts for nothing", padded, "for i"
    yield "a count", equation(y, (k,), sp.Integer(1), (), bound=bound, guards=(inside,)), "for i"
    yield "a constant", equation(y, (k,), sp.Rational(2, 3), (), bound=bound), "(3)"
    yield "reversed", equation(y, (k,), a[5 - k], (a,)), "_at"
    yield "reversed windows", equation(real("Y", 4), (k,), a[5 - k - i] * 2, (a,), bound=bound), "for i"
    w = real("W", 3)
    yield "rotated filter", equation(real("Y", 4), (k,), a[k - i + 2] * w[i], (a, w), bound=bound), "as_strided"
    band = (Range(k - l, sp.Integer(-1), sp.Integer(2)),)
    m, v = real("M", 6, 6), real("V", 6)
    yield "a band", equation(y, (k,), m[k, l] * v[l], (m, v), bound=indices(l=6), guards=band), "_inside"
    yield "the diagonal", equation(y, (k,), m[k, k], (m,)), "np.arange"
    yield "into the diagonal", Equation(real("D", 6, 6), (Term((k, k), a[k], indices(k=6)),), (a,)), "np.add.at"
    d = real("D", 4)
    third = (Range(2 * k - i, sp.Integer(0), sp.Integer(12)), Divides(sp.Integer(3), 2 * k - i))
    yield "2k = 3z + i", equation(y, (k,), d[(2 * k - i) / 3], (d,), bound=bound, guards=third), "np.add.at"
    half = (Range(k - 2 * i + 1, sp.Integer(0), sp.Integer(8)), Divides(sp.Integer(2), k - 2 * i + 1))
    yield "strided", equation(y, (k,), sp.exp(d[(k - 2 * i + 1) / 2]), (d,), bound=bound, guards=half), "for i"
    scatter = Term((2 * k + i,), d[k] * w[i], indices(k=4, i=3))
    yield "scattered", Equation(real("Y", 9), (scatter,), (d, w)), "for i"
    p, q, r = real("P", 3, 8), real("Q", 8, 7), real("R", 7, 2)
    three = p[k, i] * q[i, j] * r[j, l]
    yield "three operands", equation(real("Y", 3, 2), (k, l), three, (p, q, r), bound=indices(i=8, j=7)), "np.einsum"
    lonely = p[k, i] * q[j, l]
    yield "lonely sums", equation(real("Y", 3, 7), (k, l), lonely, (p, q), bound=indices(i=8, j=8)), "np.einsum"
    x = real("X", 2, 12, 3)
    yield "digits", equation(real("Y", 2, 3, 2), (b, u, g), x[b, 6 * g + c, u], (x,), bound=indices(c=6)), "for g"
    x = real("X", 2, 40, 3)
    yield "long sums", equation(real("Y", 2, 3, 2), (b, u, g), x[b, 20 * g + c, u], (x,), bound=indices(c=20)), ".sum("
    shuffled = Term((b, 6 * c + 2 * k + i), real("X", 2, 3, 3, 2)[b, k, c, i], indices(b=2, c=2, k=3, i=2))
    yield "shuffled", Equation(real("Y", 2, 12), (shuffled,), (real("X", 2, 3, 3, 2),)), ".transpose"
    s = Tensor("S")
    yield "a scalar", equation(y, (k,), a[k] * s[()] / 4, (a, s)), "(4)"
    yield "squares", equation(Tensor("Y"), (), (a[i] - v[i]) ** 2 / 2, (a, v), free=(), bound=indices(i=6)), "** 2"
    yield "a fixed entry", equation(y, (k,), a[k] * w[1] + w[2], (a, w)), "W[1]"
    some = (Range(2 * i - k, sp.Integer(0), sp.Integer(3)),)
    yield "a guarded product", equation(y, (k,), a[i] * m[i, k], (a, m), bound=indices(i=6), guards=some), "for"
    flipped = equation(real("Y", 3, 4), (k, l), p[k, i] * q[i, l + 1], (p, q), bound=indices(i=8))
    yield "a part of an operand", flipped, " @ "
    yield "many products", equation(
        real("Y", 40, 5, 2), (b, k, g), real("A", 2, 40, 5, 6)[g, b, k, i] * real("B", 2, 6)[g, i],
        (real("A", 2, 40, 5, 6), real("B", 2, 6)), bound=indices(i=6),
    ), " @ "
    yield "a long sum in parts", equation(
        real("Y", 2, 3), (k, l), real("A", 3, 800, 2)[b, i, k] * real("B", 3, 800, 3)[b, i, l],
        (real("A", 3, 800, 2), real("B", 3, 800, 3)), bound=indices(b=3, i=800),
    ), ".sum(0)"
    z = real("B", 3, 3)
    rows = real("Y", 4, 3)
    yield "a function of an operand", equation(rows, (k, o), relu(a[k + i]) * relu(z[o, i]), (a, z), bound=bound), " @ "
    yield "a step chooses", equation(rows, (k, o), relu(a[k + i]) * step(z[o, i]) / 2, (a, z), bound=bound), "np.where"
    steps = step(z[o, i]) * step(a[k]) * a[k + i]
    yield "two steps choose", equation(rows, (k, o), steps, (a, z), bound=bound), " | "
    e, h = real("E", 2, 6), real("H", 5, 2, 3)
    window = e[c, k + i - 1] * h[o, c, i]
    yield "cut by the target", equation(
        real("Y", 5, 6), (o, k), window, (e, h), bound=indices(c=2, i=3), guards=(inside,)
    ), "_at(b"
    window, inside_2 = e[c, 2 * k + i - 1] * h[o, c, i], Range(2 * k + i - 1, sp.Integer(0), sp.Integer(6))
    yield "cut windows", equation(
        real("Y", 5, 4), (o, k), window, (e, h), bound=indices(c=2, i=3), guards=(inside_2,)
    ), "taps = "
    e3, h3 = real("E", 2, 6, 6), real("H", 2, 5, 3, 3, 4)
    both = (Range(2 * k + i - 1, sp.Integer(0), sp.Integer(6)), Range(l + j - 1, sp.Integer(0), sp.Integer(6)))
    yield "cut on both sides", equation(
        real("Y", 4, 3), (o, k), e3[c, 2 * k + i - 1, l + j - 1] * h3[c, l, i, j, o], (e3, h3),
        bound=indices(c=2, i=3, j=3, l=5), guards=both,
    ), "2 * (l.stop - l.start)"
    part = equation(
        real("Y", 5, 2, 3), (o, c, i), real("G", 5, 6)[o, k] * e[c, k + i - 1], (real("G", 5, 6), e),
        bound=indices(k=6), guards=(inside,),
    )
    yield "cut sums", part, " @ "
    edge = Range(k - 1, sp.Integer(0), sp.Integer(6))
    moved = equation(real("Y", 5, 9), (o, k), e[c, k - 1] * real("K", 5, 2)[o, c], (e, real("K", 5, 2)),
                     bound=indices(c=2), guards=(edge,))
    yield "moved by padding", moved, "1:7] += "
    late = (Range(k + i - 9, sp.Integer(0), sp.Integer(6)),)
    yield "a count of each", equation(y, (k,), a[k], (a,), bound=indices(i=9), guards=late), "for"


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("q", "expected"), [pytest.param(q, e, id=name) for name, q, e in sums()])
def test_an_equation_of_its_own(q: Equation, expected: str, dtype: str) -> None:
    spec = spec_of(q)
    assert expected in source(spec, dtype)
    for seed in range(3):
        agree(spec, dtype, seed)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("q", [pytest.param(q, id=name) for name, q, _ in sums() if name not in STEPWISE])
def test_absent_terms_stay_absent(q: Equation, dtype: str) -> None:
    """An infinite or NaN factor reaches the entries whose terms hold it and no other: no product meets a made-up 0."""
    spec = spec_of(q)
    for seed in range(4):
        rng = random.Random(seed)
        arrays = [integers(t, dtype, rng) for t in spec.inputs]
        for t, a in zip(spec.inputs, arrays, strict=True):
            for n in rng.sample(range(t.length), min(t.length, 1 + t.length // 8)) if t.kind == "real" else ():
                a.ravel()[n] = rng.choice([NAN, INF, -INF])
        with np.errstate(all="ignore"):
            (result,) = call(spec, dtype, arrays)
        values = {t.name: a.ravel().tolist() for t, a in zip(spec.inputs, arrays, strict=True)}
        np.testing.assert_allclose(result.ravel(), evaluate(q, values, FLOAT), rtol=2e-5)


@pytest.mark.parametrize("dtype", DTYPES)
def test_terms_add_up(dtype: str) -> None:
    """Whole terms, parts and scatterings of one target, in any order."""
    a, w, y = real("A", 8), real("W", 3), real("Y", 8)
    parts = [
        Equation(y, (Term((k + i,), a[k] * w[i], indices(k=6, i=3)),), (a, w)),
        equation(y, (k,), -a[k], (a,)),
        Equation(y, (Term((2 * k + 1,), a[k] / 2, indices(k=4)),), (a,)),
        Equation(y, (Term((sp.Integer(3),), w[i], indices(i=3)),), (w,)),
    ]
    for turn in range(4):
        order = parts[turn:] + parts[:turn]
        agree(spec_of(plus(order[0], *order[1:])), dtype, turn)


def extrema() -> Iterator[tuple[str, Equation, str]]:
    x = real("X", 4, 9)
    window = indices(c=4, i=3)
    yield "channels and a window", equation(real("Y", 3), (k,), x[c, 3 * k + i], (x,), bound=window), "for c"
    padded = (Range(2 * k + i - 3, sp.Integer(0), sp.Integer(9)),)
    yield "padded", equation(real("Y", 7), (k,), x[c, 2 * k + i - 3], (x,), bound=window, guards=padded), "_inside"
    yield "along an axis", equation(real("Y", 9), (k,), x[c, k], (x,), bound=indices(c=4)), "max"
    yield "of an expression", equation(real("Y", 4), (k,), x[k, i] - x[i, k], (x,), bound=indices(i=4)), "for i"
    empty = (Range(k + i, sp.Integer(3), sp.Integer(9)),)
    yield "empty windows", equation(real("Y", 5), (k,), x[1, k + i], (x,), bound=indices(i=2), guards=empty), "_inside"
    m = real("M", 6, 8)
    yield "on a diagonal", equation(real("Y", 6), (k,), m[k, k + i], (m,), bound=indices(i=3)), "_place_valid"
    yield "guarded diagonal", equation(
        real("Y", 6), (k,), m[k, k + i], (m,), bound=indices(i=4), guards=(Range(k + i, sp.Integer(2), sp.Integer(8)),)
    ), "_place_valid"


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("q", "expected"), [pytest.param(q, e, id=name) for name, q, e in extrema()])
def test_a_maximum_of_its_own(q: Equation, expected: str, dtype: str) -> None:
    """The maximum alone, its place alone, and both at once, with ties."""
    place = Tensor("J", q.target.shape, q.target.axes, "index")
    best = Equation(q.target, q.terms, q.operands, "max", place)
    where = Equation(place, q.terms, q.operands, "argmax")
    both = spec_of(where, best)
    assert {t.name for t in both.outputs} == {"J", "Y"}
    assert expected in source(both, dtype)
    for seed in range(3):
        agree(both, dtype, seed)
        agree(spec_of(best), dtype, seed)
        agree(spec_of(where), dtype, seed)


@given(st.lists(VALUES, min_size=12, max_size=12), st.sampled_from(DTYPES))
def test_places_along_an_axis(numbers: list[float], dtype: str) -> None:
    """Along a whole axis, and by arrays of indices, the same cell wins as in a window."""
    array = np.array(numbers, dtype).reshape(3, 4)
    _, expected = max_pool(array.reshape(3, 1, 4), kernel_size=4)
    x, y, place = real("X", 3, 4), real("Y", 3), Tensor("J", (3,), ("a",), "index")
    along = equation(place, (k,), x[k, i], (x,), bound=indices(i=4), reduction="argmax")
    best = equation(y, (k,), x[k, i], (x,), bound=indices(i=4), reduction="max", winner=place)
    places, values = call(spec_of(along, best), dtype, [array])
    assert places.tolist() == expected.ravel().tolist()
    np.testing.assert_array_equal(values, [row[n] for row, n in zip(array, places, strict=True)])
    line = real("X", 12)
    square = equation(
        real("Y", 1), (k,), line[4 * k + i], (line,), free=(Index("k", 1),), bound=indices(i=12), reduction="max"
    )
    np.testing.assert_array_equal(call(spec_of(square), dtype, [array.ravel()])[0], [array.max()])


@pytest.mark.parametrize("dtype", DTYPES)
def test_nothing_is_upcast(dtype: str) -> None:
    """Thirds are quotients in the element type, not rounded literals of another."""
    a, y = real("A", 5), real("Y", 5)
    q = equation(y, (k,), a[k] / 3, (a,))
    x = np.array([1, 2, 5, 7, 1e-3], dtype)
    (result,) = call(spec_of(q), dtype, [x])
    assert (result == x / np.dtype(dtype).type(3)).all()
