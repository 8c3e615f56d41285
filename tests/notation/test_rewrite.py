"""Substitution, renaming, canonical form and numbers for sizes keep the meaning of a Term."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from symconv.notation.evaluate import evaluate
from symconv.notation.guards import Divides, Equal, Guard, Range
from symconv.notation.index import Index, fresh, indices, size, symbol
from symconv.notation.rewrite import alpha, bind, canonical, instantiate, rename_axes, rename_indices, substitute
from symconv.notation.rings import EXACT
from symconv.notation.tensor import Tensor, partial
from symconv.notation.term import Equation, Term, equation

i, j, k, l = map(symbol, "ijkl")
n, m, s, p = size("n"), size("m"), size("s"), size("p")
ZERO = sp.Integer(0)
X = Tensor("X", (n, m), ("i", "j"))
M = Tensor("M", (n,), ("i",), "index")


def term(*guards: Guard, e: tuple[Any, ...] = (4, 6), at: tuple[sp.Expr, ...] = (i,)) -> Term:
    return Term(at, X[i, j], (Index("i", e[0]), Index("j", e[1])), guards)


# ------------------------------------------------------------ canonical


@pytest.mark.parametrize(
    "guard",
    [
        Range(i, ZERO, sp.Integer(4)),
        Range(i, sp.Integer(-1), sp.Integer(9)),
        Range(2 * i + j, ZERO, sp.Integer(12)),
        Range(6 * i + j, ZERO, sp.Integer(24)),
        Range(3 - i, ZERO, sp.Integer(4)),
        Range(i / 2 + j / 2, ZERO, sp.Integer(5)),
        Divides(sp.Integer(1), i + j),
        Divides(sp.Integer(2), 2 * i + 4 * j),
        Equal(i - i),
    ],
    ids=str,
)
def test_what_the_ranges_imply_is_dropped(guard: Guard) -> None:
    assert canonical(term(guard)).guards == ()


@pytest.mark.parametrize(
    "guard",
    [
        Range(i, ZERO, sp.Integer(3)),
        Range(i, sp.Integer(1), sp.Integer(4)),
        Range(2 * i + j, ZERO, sp.Integer(11)),
        Range(i - j, ZERO, sp.Integer(4)),
        Divides(sp.Integer(2), 2 * i + j),
        Equal(i - j),
        Equal(M[i] - j),
        Equal(i),
    ],
    ids=str,
)
def test_what_they_do_not_imply_stays(guard: Guard) -> None:
    assert canonical(term(guard)).guards == (guard,)


def test_sizes_that_are_symbols() -> None:
    def kept(guard: Guard) -> tuple[Guard, ...]:
        return canonical(term(guard, e=(n, m))).guards

    assert kept(Range(i, ZERO, n)) == kept(Range(m * i + j, ZERO, n * m)) == kept(Divides(s, s * i + 2 * s)) == ()
    for guard in (Range(i, ZERO, m), Range(i, sp.Integer(1), n), Range(s * i, ZERO, n), Range(n * i + j, ZERO, n * m),
                  Divides(s, i)):
        assert kept(guard) == (guard,)


def test_denominators_are_cleared() -> None:
    t = term(Range((i - j) / 2, ZERO, sp.Integer(3)), Divides(sp.Integer(3), (i + j) / 2), Equal(i / 2 - j))
    assert canonical(t).guards == (
        Range(i - j, ZERO, sp.Integer(6)), Divides(sp.Integer(6), i + j), Equal(i - 2 * j)
    )


def test_repeats_go_and_the_order_is_that_of_testing() -> None:
    guards = (
        Equal(M[i] - j), Equal(i - j), Divides(sp.Integer(2), i + j), Range(j - 1, ZERO, sp.Integer(3)),
        Range(i - 1, ZERO, sp.Integer(2)), Equal(i - j),
    )
    assert canonical(term(*guards)).guards == (guards[4], guards[3], guards[2], guards[1], guards[0])
    assert canonical(canonical(term(*guards))) == canonical(term(*guards))


small = st.integers(-3, 3)


@given(
    st.lists(
        st.one_of(
            st.builds(lambda a, b, c, lo, w: Range(a * i + b * j + c, sp.Integer(lo), sp.Integer(lo + w)),
                      small, small, small, small, st.integers(0, 6)),
            st.builds(lambda q, a, b, c: Divides(sp.Integer(q), sp.sympify(a * i + b * j + c)),
                      st.integers(1, 4), small, small, small),
            st.builds(lambda a, b, c: Equal(sp.sympify(a * i + b * j + c)), small, small, small),
        ),
        max_size=3,
    ),
    st.tuples(st.integers(1, 4), st.integers(1, 4)),
)
def test_canonical_keeps_the_array(guards: list[Guard], e: tuple[int, int]) -> None:
    guards = [replace(g, value=sp.sympify(g.value)) for g in guards]
    x = Tensor("X", (4, 4), ("i", "j"))
    before = Equation(Tensor("Y", (4,), ("i",)), (term(*guards, e=e),), (x,))
    after = replace(before, terms=(canonical(before.terms[0]),))
    data = {"X": [7**number for number in range(16)]}
    assert evaluate(before, data, EXACT) == evaluate(after, data, EXACT)


# ------------------------------------------------------------ substitute and rename


def test_substitution_reaches_everything_and_expands_subscripts() -> None:
    t = Term((i,), X[s * i, j], (Index("i", n), Index("j", s * m)), (Range(s * i, ZERO, s), Divides(s, i)))
    done = substitute(t, {s: sp.Integer(2), i: k + l})
    assert done.at == (k + l,)
    assert done.summand == X[2 * k + 2 * l, j]
    assert [index.extent for index in done.indices] == [n, 2 * m]
    assert done.guards == (Range(2 * k + 2 * l, ZERO, sp.Integer(2)), Divides(sp.Integer(2), k + l))
    assert substitute(t, {}) is t


def test_two_indices_may_trade_names() -> None:
    t = Term((i,), X[i, j], indices(i=2, j=3), (Range(i - j, ZERO, sp.Integer(2)),))
    traded = rename_indices(t, {"i": "j", "j": "i"})
    assert traded == Term((j,), X[j, i], (Index("j", 2), Index("i", 3)), (Range(j - i, ZERO, sp.Integer(2)),))
    assert rename_indices(traded, {"i": "j", "j": "i"}) == t


def test_axes_name_the_target_and_primes_go_where_names_are_free() -> None:
    t = Term((symbol("a_"), k), X[symbol("a_"), i] * X[k, symbol("i_")], (
        Index("a_", n), Index("k", n), Index("i", m), Index("i_", m)))
    done = rename_axes(t, ("i", "b"))
    assert [index.name for index in done.indices] == ["i", "b", "i_", "i__"]


def test_fresh_names() -> None:
    taken = {"i", "i_"}
    assert fresh("i", taken) == "i__" and fresh("j", taken) == "j" and taken == {"i", "i_", "i__", "j"}


def test_alpha_does_not_depend_on_names() -> None:
    one = Term((i,), X[i, j] * 2, indices(i=2, j=3), (Range(i - j, ZERO, n), Equal(i - j)))
    two = rename_indices(replace(one, guards=one.guards[::-1]), {"i": "row", "j": "column"})
    assert one != two and alpha(one) == alpha(two)
    for other in (
        replace(one, summand=3 * one.summand), replace(one, guards=one.guards[:1]), replace(one, at=(j,)),
        replace(one, indices=indices(i=2, j=4)),
    ):
        assert alpha(other) != alpha(one)


# ------------------------------------------------------------ bind


def test_bind_puts_in_numbers_names_and_axes() -> None:
    y = Tensor("output", (n,), ("k",))
    x = Tensor("input", (n, m), ("a", "b"))
    q = equation(y, (k,), x[k, l] * s, (x,), bound=(Index("l", m),), guards=(Range(l, ZERO, n * s),))
    named = {"output": Tensor("Y", (1,), ("u",), latex="Y"), "input": Tensor("A", (1, 1), ("u", "v"))}
    done = bind(q, {n: 2, m: 3, s: 4}, named)
    u = symbol("u")
    assert done.target == Tensor("Y", (2,), ("u",), latex="Y")
    assert done.operands == (Tensor("A", (2, 3), ("u", "v")),)
    assert done.terms == (Term((u,), 4 * done.operands[0][u, l], indices(u=2, l=3)),)


def test_bind_exchanges_names_at_once_and_follows_derivatives() -> None:
    y, x = Tensor("output", (n,), ("k",)), Tensor("input", (n,), ("a",))
    up, down = partial(Tensor("E"), y), partial(Tensor("E"), x)
    q = equation(down, (symbol("a"),), up[symbol("a")] * x[symbol("a")], (up, x))
    swapped = {"output": replace(x, name="input", axes=("k",)), "input": replace(y, name="output"), "E": Tensor("Loss")}
    done = bind(q, {}, swapped)
    assert done.target.name == "doutput" and done.target.quotient is not None
    assert done.target.quotient[0].name == "Loss"
    assert [t.name for t in done.operands] == ["dinput", "output"]
    assert {str(e.base) for e in done.terms[0].entries()} == {"dinput", "output"}


def test_instantiate_drops_what_the_numbers_imply() -> None:
    x, y = Tensor("x", (n,), ("a",)), Tensor("y", (m,), ("k",))
    q = equation(y, (k,), x[s * k], (x,), guards=(Range(s * k, ZERO, n), Divides(s, s * k + p)))
    assert len(instantiate(q, {}).terms[0].guards) == 2
    assert instantiate(q, {n: 7, m: 4, s: 2, p: 2}).terms[0].guards == ()
    assert instantiate(q, {n: 6, m: 4, s: 2, p: 2}).terms[0].guards == (Range(2 * k, ZERO, sp.Integer(6)),)
    assert instantiate(q, {n: 7, m: 4, s: 2, p: 1}).terms[0].guards == (Divides(sp.Integer(2), 2 * k + 1),)


def test_the_winner_of_a_maximum_follows() -> None:
    winner = Tensor("argmax", (n,), ("k",), "index")
    y, x = Tensor("output", (n,), ("k",)), Tensor("input", (n, m), ("a", "b"))
    q = equation(y, (k,), x[k, l], (x,), bound=(Index("l", m),), reduction="max", winner=winner)
    done = bind(q, {n: 2, m: 2}, {"argmax": replace(winner, name="P_argmax")})
    assert done.winner == Tensor("P_argmax", (2,), ("k",), "index") and done.reduction == "max"
