"""evaluate against literal loops, over every ring; single entries; what it refuses."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import product
from typing import Any

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from symconv.notation.evaluate import evaluate
from symconv.notation.expand import expand
from symconv.notation.functions import FUNCTIONS, function_of, relu, step
from symconv.notation.guards import Divides, Equal, Guard, Range
from symconv.notation.index import Index, indices, symbol
from symconv.notation.rings import DUAL, EXACT, FLOAT, GFP, P61, SYMPY, Dual, Ring, first_maximum
from symconv.notation.summand import data_guard, ordered_factors
from symconv.notation.tensor import Tensor, partial
from symconv.notation.term import Equation, Reduction, Term, equation, plus

i, j, k, l = map(symbol, "ijkl")
ZERO = sp.Integer(0)
X, W = Tensor("X", (5,), ("i",)), Tensor("W", (3,), ("j",))
EXTENTS = st.tuples(st.integers(1, 5), st.integers(1, 4))
SMALL = st.integers(-3, 3)

# ------------------------------------------------------------ random equations against loops

# A condition on (i, j) with its guard: what the loop tests beside what the equation says.
Test = tuple[Callable[[int, int], bool], Guard]


def ranges() -> st.SearchStrategy[Test]:
    def make(a: int, b: int, c: int, low: int, width: int) -> Test:
        guard = Range(sp.sympify(a * i + b * j + c), sp.Integer(low), sp.Integer(low + width))
        return (lambda x, y: low <= a * x + b * y + c < low + width), guard

    return st.builds(make, SMALL, SMALL, SMALL, SMALL, st.integers(1, 8))


def divisions() -> st.SearchStrategy[Test]:
    def make(q: int, a: int, b: int, c: int) -> Test:
        return (lambda x, y: (a * x + b * y + c) % q == 0), Divides(sp.Integer(q), sp.sympify(a * i + b * j + c))

    return st.builds(make, st.integers(1, 3), SMALL, SMALL, SMALL)


def deltas() -> st.SearchStrategy[Test]:
    def make(a: int, b: int, c: int) -> Test:
        return (lambda x, y: a * x + b * y + c == 0), Equal(sp.sympify(a * i + b * j + c))

    return st.builds(make, SMALL, SMALL, SMALL)


def selections() -> st.SearchStrategy[Test]:
    def make(a: int, b: int, c: int) -> Test:
        return (lambda x, y: MARKS[x] == a * x + b * y + c), Equal(M[i] - (a * i + b * j + c))

    return st.builds(make, SMALL, SMALL, SMALL)


M = Tensor("M", (5,), ("i",), "index")
MARKS = [0, 2, -1, 1, 3]
DATA = {"X": [2, 3, 5, 7, 11], "W": [13, 17, 19, 23], "M": MARKS}
TESTS = st.lists(st.one_of(ranges(), divisions(), deltas(), selections()), max_size=3)


def rings() -> list[tuple[Ring, Callable[[int], Any]]]:
    return [
        (FLOAT, float),
        (EXACT, lambda x: x),
        (EXACT, lambda x: Fraction(x, 1)),
        (GFP, lambda x: x % P61),
        (DUAL, lambda x: Dual(x % P61, 0)),
        (SYMPY, sp.Integer),
    ]


@settings(max_examples=60)
@given(EXTENTS, TESTS, st.booleans(), st.tuples(SMALL, SMALL))
def test_sums_against_literal_loops_over_every_ring(
    e: tuple[int, int], tests: list[Test], scatter: bool, c: tuple[int, int]
) -> None:
    """target[at(i,j)] += 3*X[i]*W[j]**2 - X[i]/2 where all conditions hold, gathered or scattered."""
    w = Tensor("W", (4,), ("j",))
    target = Tensor("Y", (8,), ("k",))
    form = c[0] * i + c[1] * j + 2 if scatter else i
    inside = Range(sp.sympify(form), ZERO, sp.Integer(8))
    guards = (inside, *(g for _, g in tests))
    summand = 3 * X[i] * w[j] ** 2 - X[i] / 2
    q = Equation(target, (Term((sp.sympify(form),), summand, indices(i=e[0], j=e[1]), guards),), (X, w, M))
    expected = [Fraction(0)] * 8
    for x, y in product(range(e[0]), range(e[1])):
        place = c[0] * x + c[1] * y + 2 if scatter else x
        if 0 <= place < 8 and all(test(x, y) for test, _ in tests):
            expected[place] += 3 * DATA["X"][x] * DATA["W"][y] ** 2 - Fraction(DATA["X"][x], 2)
    for ring, element in rings():
        data = {"X": [element(v) for v in DATA["X"]], "W": [element(v) for v in DATA["W"]], "M": MARKS}
        got = evaluate(q, data, ring)
        if ring is GFP:
            assert got == [v.numerator * pow(v.denominator, -1, P61) % P61 for v in expected]
        elif ring is DUAL:
            assert [d.value for d in got] == [v.numerator * pow(v.denominator, -1, P61) % P61 for v in expected]
            assert all(d.slope == 0 for d in got)
        else:
            assert got == [sp.Rational(v.numerator, v.denominator) if ring is SYMPY else v for v in expected]
        for place in range(8):
            assert evaluate(q, data, ring, at=(place,)) == [got[place]]
    written = expand(q)
    for place in range(8):
        assert repr(expand(q, at=(place,))[0]) == repr(written[place])


@settings(max_examples=60)
@given(
    st.integers(1, 4), EXTENTS, st.lists(ranges(), max_size=2),
    st.lists(st.sampled_from([0.0, -0.0, 1.0, 2.0, math.inf, -math.inf, math.nan]), min_size=40, max_size=40),
)
def test_maxima_against_literal_loops(n: int, e: tuple[int, int], tests: list[Test], data: list[float]) -> None:
    """The first maximum wins, the last NaN beats all, an empty window gives -inf and -1."""
    x = Tensor("x", (4, 5, 4), ("k", "i", "j"))
    data = (data * 2)[:80]
    term = (k, x[k, i, j])
    bound, guards = indices(i=e[0], j=e[1]), tuple(g for _, g in tests)
    y = Tensor("y", (n,), ("k",))

    def reduced(reduction: Reduction) -> Equation:
        return equation(y, (term[0],), term[1], (x,), bound=bound, guards=guards, reduction=reduction)

    values, places = [], []
    for a in range(n):
        best, place = -math.inf, -1
        for b, c in product(range(e[0]), range(e[1])):
            v = data[(a * 5 + b) * 4 + c]
            if all(test(b, c) for test, _ in tests) and (place == -1 or v > best or v != v):
                best, place = v, b * e[1] + c
        values.append(best)
        places.append(place)
    got = evaluate(reduced("max"), {"x": data}, FLOAT)
    assert all(a == b or (a != a and b != b) for a, b in zip(got, values, strict=True))
    assert evaluate(reduced("argmax"), {"x": data}, FLOAT) == places
    for a in range(n):
        assert evaluate(reduced("argmax"), {"x": data}, FLOAT, at=(a,)) == [places[a]]


# ------------------------------------------------------------ single entries


def test_an_entry_beside_the_diagonal_is_zero() -> None:
    jacobian = Equation(Tensor("J", (3, 3), ("i", "j")), (Term((i, i), X[i], indices(i=3)),), (X,))
    full = evaluate(jacobian, DATA, EXACT)
    assert full == [2, 0, 0, 0, 3, 0, 0, 0, 5]
    assert [evaluate(jacobian, DATA, EXACT, at=at)[0] for at in product(range(3), repeat=2)] == full


def test_an_entry_that_a_term_does_not_reach_is_zero() -> None:
    terms = Term((i,), X[0], indices(i=2)), Term((2 * i + 1,), X[i], indices(i=3))
    part = Equation(Tensor("Y", (6,), ("i",)), terms, (X,))
    full = evaluate(part, DATA, EXACT)
    assert full == [2, 4, 0, 3, 0, 5]
    assert [evaluate(part, DATA, EXACT, at=(n,))[0] for n in range(6)] == full


@pytest.mark.parametrize("at", [(5,), (-1,), (), (0, 0)])
def test_an_entry_outside_the_target_is_refused(at: tuple[int, ...]) -> None:
    q = equation(Tensor("Y", (5,), ("i",)), (i,), X[i], (X,))
    with pytest.raises(IndexError, match="Y has no entry"):
        evaluate(q, DATA, EXACT, at=at)


def test_scalars() -> None:
    q = equation(Tensor("E"), (), X[i] * Tensor("s")[()], (X, Tensor("s")), free=(), bound=indices(i=5))
    data = {"X": DATA["X"], "s": [2]}
    assert evaluate(q, data, EXACT) == evaluate(q, data, EXACT, at=()) == [56]
    assert evaluate(Equation(Tensor("E"), ()), {}, EXACT) == [0]


# ------------------------------------------------------------ what is refused


@pytest.mark.parametrize("form", [i - 1, i + 1, 2 * i, 4 - 2 * i], ids=str)
def test_an_access_that_leaves_its_tensor_is_refused(form: sp.Expr) -> None:
    q = equation(Tensor("Y", (5,), ("i",)), (i,), X[form], (X,))
    with pytest.raises(IndexError, match=r"leaves 0\.\.4 of X"):
        evaluate(q, DATA, EXACT)
    guarded = replace(q, terms=(replace(q.terms[0], guards=(Range(form, ZERO, sp.Integer(5)),)),))
    assert len(evaluate(guarded, DATA, EXACT)) == 5


def test_a_target_outside_is_refused() -> None:
    q = Equation(Tensor("Y", (5,), ("k",)), (Term((i + 1,), X[i], indices(i=5)),), (X,))
    with pytest.raises(IndexError, match=r"leaves 0\.\.4 of Y"):
        evaluate(q, DATA, EXACT)


def test_a_quotient_needs_its_divisibility() -> None:
    q = equation(Tensor("Y", (5,), ("i",)), (i,), X[i / 2], (X,))
    with pytest.raises(IndexError, match="no guard says that 2 divides"):
        evaluate(q, DATA, EXACT)
    guarded = replace(q, terms=(replace(q.terms[0], guards=(Divides(sp.Integer(2), i),)),))
    assert evaluate(guarded, DATA, EXACT) == [2, 0, 3, 0, 5]


def test_an_order_is_needed_for_a_maximum() -> None:
    q = equation(Tensor("Y"), (), X[i], (X,), free=(), bound=indices(i=5), reduction="max")
    with pytest.raises(AssertionError, match="no order"):
        evaluate(q, {"X": sp.symbols("a:5")}, SYMPY)


@pytest.mark.parametrize("summand", [sp.sin(X[i]), X[i] ** X[i], sp.Max(X[i], 0), X[i] ** sp.Rational(1, 2)], ids=str)
def test_what_has_no_rule_is_refused(summand: sp.Expr) -> None:
    q = equation(Tensor("Y", (5,), ("i",)), (i,), summand, (X,))
    with pytest.raises(TypeError, match="no rule"):
        evaluate(q, DATA, FLOAT)


def test_equations_that_do_not_hold_together_are_not_made() -> None:
    y = Tensor("Y", (5,), ("i",))
    for make in (
        lambda: Equation(y, (Term((), X[0]),), (X,)),
        lambda: equation(y, (i,), W[i], (X,)),
        lambda: Equation(y, (Term((i,), X[i], indices(i=5) + indices(i=4)),), (X,)),
        lambda: Equation(y, (), (), "max"),
        lambda: X[i, j],
        lambda: Tensor("T", (3,), ()),
    ):
        with pytest.raises(AssertionError):
            make()
    with pytest.raises(ValueError, match="not affine"):
        equation(y, (i,), X[i * i], (X,))
    with pytest.raises(ValueError, match="not affine"):
        equation(y, (i,), X[i], (X,), guards=(Equal(i * i),))


# ------------------------------------------------------------ rings


def test_functions_over_floats_and_exactly() -> None:
    def value(f: Callable[[sp.Expr], sp.Expr], ring: Ring, x: Any) -> Any:
        q = equation(Tensor("Y"), (), f(Tensor("x")[()]), (Tensor("x"),), free=())
        return evaluate(q, {"x": [x]}, ring)[0]

    assert value(sp.exp, FLOAT, 1.0) == math.e and value(sp.log, FLOAT, 1.0) == 0
    assert [value(relu, FLOAT, x) for x in (-2.0, 0.0, 3.0)] == [0, 0, 3] and math.isnan(value(relu, FLOAT, math.nan))
    assert [value(step, EXACT, x) for x in (-2, 0, Fraction(1, 9))] == [0, 0, 1]
    with pytest.raises(ArithmeticError, match="exp has no exact value"):
        value(sp.exp, EXACT, 1)
    with pytest.raises(TypeError, match="sin"):
        function_of(sp.sin(sp.Symbol("x")))
    # As IEEE has it, where Python would raise.
    assert value(sp.exp, FLOAT, 1e9) == math.inf and value(sp.exp, FLOAT, -math.inf) == 0
    assert value(sp.log, FLOAT, 0.0) == -math.inf and math.isnan(value(sp.log, FLOAT, -1.0))
    assert math.isnan(value(sp.log, FLOAT, math.nan)) and value(sp.log, FLOAT, math.inf) == math.inf
    assert value(lambda x: 1 / x, FLOAT, 0.0) == math.inf and value(lambda x: 1 / x, FLOAT, -0.0) == -math.inf


def test_sums_of_floats_are_rounded_once_and_infinities_meet() -> None:
    assert FLOAT.add([1e100, 1.0, -1e100]) == 1.0
    assert math.isnan(FLOAT.add([math.inf, -math.inf])) and FLOAT.add([math.inf, 1.0]) == math.inf
    assert FLOAT.add([1e308, 1e308]) == math.inf and FLOAT.add([]) == 0


def test_the_derivative_of_each_function_is_the_slope_of_its_dual() -> None:
    x = sp.Symbol("x")
    assert FUNCTIONS["exp"].derivative(x) == sp.exp(x) and FUNCTIONS["log"].derivative(x) == 1 / x
    assert FUNCTIONS["relu"].derivative(x) == step(x) and FUNCTIONS["step"].derivative(x) == 0
    dual = DUAL.function("log", Dual(5, 7))
    assert dual.slope == 7 * pow(5, -1, P61) % P61 and dual.value == GFP.function("log", 5)
    dual = DUAL.function("exp", Dual(5, 7))
    assert dual.slope == 7 * GFP.function("exp", 5) % P61
    assert DUAL.function("relu", Dual(5, 7)).slope == 7 * GFP.function("step", 5) % P61
    assert GFP.function("exp", 5) != GFP.function("log", 5) != GFP.function("log", 6)


@given(st.integers(1, P61 - 1), st.integers(0, P61 - 1), st.integers(0, P61 - 1), st.integers(1, P61 - 1))
def test_dual_numbers_are_exact(x: int, v: int, y: int, c: int) -> None:
    product_ = DUAL.product([Dual(x, v), Dual(x, v), Dual(y, 0)])
    assert product_ == Dual(x * x * y % P61, 2 * x * v * y % P61)
    inverse = DUAL.inverse(Dual(x, v))
    assert DUAL.product([inverse, Dual(x, v)]) == Dual(1, 0)
    assert DUAL.number(3, 7) == Dual(GFP.number(3, 7), 0) and GFP.number(3, 7) * 7 % P61 == 3


def test_the_first_maximum() -> None:
    nan = math.nan
    for values, place in (([1], 0), ([1, 1], 0), ([0.0, -0.0, 1.0], 2), ([nan, 9.0], 0), ([1.0, nan, nan, 5.0], 2)):
        assert first_maximum(values) == place


# ------------------------------------------------------------ symbols


def test_expressions_over_sympy_keep_selections_as_deltas() -> None:
    marks, x = sp.IndexedBase("M"), sp.IndexedBase("X")
    q = equation(Tensor("Y", (2,), ("i",)), (i,), X[j], (X, M), bound=indices(j=2), guards=(Equal(M[i] - j),))
    data = {"X": [x[n] for n in range(5)], "M": [marks[n] for n in range(5)]}
    expected = [sum(sp.KroneckerDelta(marks[n], m) * x[m] for m in range(2)) for n in range(2)]
    assert evaluate(q, data, SYMPY) == expected
    assert evaluate(q, {**data, "M": [1, 0, 0, 0, 0]}, SYMPY) == [x[1], x[0]]
    e = equation(Tensor("E"), (), relu(X[0]) + sp.exp(X[1]) / X[2], (X,), free=())
    assert evaluate(e, data, SYMPY) == [relu(x[0]) + sp.exp(x[1]) / x[2]]


def test_a_selection_taken_apart() -> None:
    for value, form in ((M[i] - 2 * j - 1, 2 * j + 1), (2 * j - M[i], 2 * j), (M[i], ZERO)):
        assert data_guard(value) == (M[i], form)


def test_factors_in_the_order_in_which_they_are_written() -> None:
    a, b = Tensor("zeta", (5,), ("i",)), Tensor("alpha", (5,), ("i",))
    up = partial(Tensor("E"), a)
    tensors = {t.name: t for t in (a, b, up)}
    factors = ordered_factors(3 * b[i] * up[i] * a[i] / b[j], tensors)
    assert factors == (3, up[i], a[i], b[i], 1 / b[j])


def test_several_terms_add_up_in_order() -> None:
    y = Tensor("Y", (5,), ("i",))
    q = plus(equation(y, (i,), X[i], (X,)), equation(y, (i,), 2 * X[4 - i], (X,)), equation(y, (i,), sp.Integer(1), ()))
    assert evaluate(q, DATA, EXACT) == [x + 2 * z + 1 for x, z in zip(DATA["X"], DATA["X"][::-1], strict=True)]
    assert repr(expand(q)[0]) == (
        "Sum(terms=(X[0], Product(factors=(Number(p=2, q=1), X[4])), Number(p=1, q=1)))"
    )


def test_index_extents_are_sympy_numbers() -> None:
    assert Index("i", 3).extent == sp.Integer(3) and isinstance(Index("i", 3).extent, sp.Integer)
