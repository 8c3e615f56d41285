"""Exact polynomials, conditions, maxima and derivatives, held against SymPy and against each other."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
import sympy as sp

from symconv.proofs.algebra.derivative import pull_back
from symconv.proofs.algebra.exact import Exact
from symconv.proofs.algebra.polynomial import Polynomial, add_all, generator, reduce, terms_of
from symconv.proofs.algebra.zero import equal, is_zero, residue
from symconv.proofs.fault import LOWEST, UNSET, Fault, TooLarge, Unreadable


def entries(domain: Exact, *names: str) -> list[Polynomial]:
    return [domain.table.entry(n, 0) for n in names]


@pytest.mark.parametrize("seed", range(20))
def test_arithmetic_agrees_with_sympy(seed: int) -> None:
    rng = random.Random(seed)
    domain = Exact()
    ours = entries(domain, *"abcd")
    theirs = sp.symbols("a b c d")
    x, y = ours[0], theirs[0]
    for _ in range(rng.randint(3, 9)):
        n = rng.randrange(4)
        number = Fraction(rng.randint(-3, 3), rng.randint(1, 3))
        match rng.randrange(4):
            case 0:
                x, y = x + ours[n] * number, y + theirs[n] * sp.Rational(number.numerator, number.denominator)
            case 1:
                x, y = x * (ours[n] - number), y * (theirs[n] - sp.Rational(number.numerator, number.denominator))
            case 2:
                x, y = 1 - x, 1 - y
            case 3:
                x += ours[n]
                y += theirs[n]
    numbers = {next(iter(o.terms))[0]: t for o, t in zip(ours, theirs, strict=True)}
    expected = sp.Poly(sp.expand(y), *theirs).as_dict()
    got: dict[tuple[int, ...], Fraction] = {}
    for m, c in x.terms.items():
        key = tuple(sum(numbers[g] == t for g in m) for t in theirs)
        got[key] = Fraction(c)
    assert got == {m: Fraction(int(c.p), int(c.q)) for m, c in expected.items() if c}


def test_an_accumulator_is_not_changed_through_another_name() -> None:
    x, y = entries(Exact(), "x", "y")
    total: Polynomial = x
    total += y
    kept = total.share()
    total += y
    assert kept == x + y
    assert total == x + 2 * y
    assert x.terms == {(1,): 1}


def test_laurent_monomials_and_booleans() -> None:
    domain = Exact()
    (x, y) = entries(domain, "x", "y")
    assert x * domain.inverse(x) == 1
    assert domain.divide(x * y, x) == y
    index = domain.index_entries("T", 1)[0]
    two, three = domain.compare("==", index, 2), domain.compare("==", index, 3)
    assert two * two == two
    assert two * three == 0
    assert reduce((-3, 3)) == ()
    with pytest.raises(Fault, match="division by 0"):
        domain.inverse(0)


def test_softmax_lives_in_a_field_of_rational_functions() -> None:
    domain = Exact()
    x, y, shift = entries(domain, "x", "y", "s")

    def share(a: Polynomial, b: Polynomial) -> Polynomial:
        up = domain.function("exp", a)
        return domain.divide(up, up + domain.function("exp", b))

    assert share(x - shift, y - shift) == share(x, y)
    assert equal(domain, share(x, y) + share(y, x), 1)
    assert not equal(domain, share(x, y), share(y, x))
    assert domain.function("log", domain.function("exp", x - y)) == x - y


def test_the_two_forms_of_the_logistic_function_are_one() -> None:
    domain = Exact()
    (x,) = entries(domain, "x")
    up, down = domain.function("exp", x), domain.function("exp", -x)
    branches = domain.choose(domain.compare(">=", x, 0), domain.divide(1, 1 + down), domain.divide(up, 1 + up))
    assert branches == domain.function("sigmoid", x)
    assert domain.choose(domain.compare(">=", x, 0), 1, 2) != domain.choose(domain.compare(">", x, 0), 1, 2)


def test_a_running_maximum_is_one_atom_and_the_first_wins() -> None:
    domain = Exact()
    values = entries(domain, *"abc")
    best, place = values[0], 0
    late, late_place = values[0], 0
    for n, v in enumerate(values[1:], start=1):
        larger = domain.compare(">", v, best)
        best, place = domain.choose(larger, v, best), domain.choose(larger, n, place, place=True)
        as_large = domain.compare(">=", v, late)
        late, late_place = domain.choose(as_large, v, late), domain.choose(as_large, n, late_place, place=True)
    assert terms_of(best) == terms_of(domain.best(values)) == terms_of(late)
    assert terms_of(place) == terms_of(domain.argbest(values, [0, 1, 2]))
    assert terms_of(late_place) != terms_of(place)
    assert terms_of(domain.best(values[::-1])) == terms_of(best)
    assert domain.best([]) is LOWEST and domain.argbest([], []) == -1


def test_minus_infinity_and_what_is_unset_are_never_computed_with() -> None:
    domain = Exact()
    (x,) = entries(domain, "x")
    assert domain.compare(">", x, LOWEST) is True
    for bad in (lambda: x + LOWEST, lambda: LOWEST * 2, lambda: -LOWEST, lambda: domain.function("exp", LOWEST)):
        with pytest.raises(Unreadable, match="minus infinity"):
            bad()
    for bad in (lambda: x + UNSET, lambda: 1 * UNSET, lambda: domain.divide(x, UNSET), lambda: domain.total([UNSET])):
        with pytest.raises(Fault, match="before it is set"):
            bad()


@pytest.mark.parametrize(
    "formula", ["x**2*y", "exp(x*y)", "log(x)", "tanh(x)*y", "x/(x+y)", "1/sqrt(x)", "sigmoid(x)", "x*normal_cdf(x)"]
)
def test_derivatives_agree_with_sympy(formula: str) -> None:
    from symconv.notation import functions

    names = {n: getattr(functions, n, None) or getattr(sp, n) for n in ("sigmoid", "normal_cdf", "sqrt")}
    x, y = sp.symbols("x y")
    e = sp.sympify(formula, locals={"x": x, "y": y, **names})
    domain = Exact()
    ours = dict(zip((x, y), entries(domain, "x", "y"), strict=True))

    def value(e: sp.Expr):
        if e in ours:
            return ours[e]
        if e.is_Rational:
            return domain.number(int(e.p), int(e.q))
        if e.is_Add:
            return add_all(map(value, e.args))
        if e.is_Mul:
            product = 1
            for a in e.args:
                product = product * value(a)
            return product
        if e.is_Pow and e.exp.is_Integer:
            one = value(e.base)
            product = 1
            for _ in range(abs(int(e.exp))):
                product = product * one
            return domain.inverse(product) if e.exp < 0 else product
        return domain.function(type(e).__name__, value(e.args[0]))

    found = pull_back(domain, [(value(e), 1)], lambda g: True)
    for symbol, generator_ in ours.items():
        (g,) = next(iter(generator_.terms))
        assert equal(domain, found.get(g, 0), value(e.diff(symbol)))


def test_a_difference_is_seen_modulo_a_prime_and_equal_values_never_differ() -> None:
    domain = Exact()
    x, y = entries(domain, "x", "y")
    a = domain.divide(x, x + y)
    assert is_zero(domain, a + domain.divide(y, x + y) - 1)
    assert residue(domain, a + domain.divide(y, x + y) - 1, 1) == 0
    assert residue(domain, a - domain.divide(y, x + y), 1) != 0


def test_what_grows_too_large_is_given_up() -> None:
    domain = Exact()
    many = add_all(domain.table.entries("x", 3000))
    with pytest.raises(TooLarge, match="3000"):
        many * many
    with pytest.raises(TooLarge, match="conditions"):
        domain.function("exp", add_all(domain.function("relu", v) for v in domain.table.entries("y", 13)))
    assert generator(1) is not generator(1)
