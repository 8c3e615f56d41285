"""The rules one by one, on small equations made for the purpose."""

from __future__ import annotations

import pytest
import sympy as sp

from symconv.derivation.check import holds
from symconv.derivation.local import local_gradient
from symconv.derivation.rules.chain import chain
from symconv.derivation.rules.eliminate import choose, eliminate, eliminate_term
from symconv.derivation.rules.fold import fold, fold_term
from symconv.derivation.rules.gather import gather
from symconv.derivation.rules.inline import inline, inline_term
from symconv.derivation.rules.merge import merge, split
from symconv.derivation.rules.partial import partial
from symconv.derivation.rules.rename import rename
from symconv.derivation.rules.select import select
from symconv.derivation.rules.squeeze import squeeze, squeeze_tensor
from symconv.derivation.rules.swap import swap
from symconv.notation.evaluate import evaluate
from symconv.notation.guards import Divides, Equal, Range
from symconv.notation.index import Index, indices, size, symbol
from symconv.notation.rings import EXACT
from symconv.notation.tensor import Tensor, base
from symconv.notation.term import Equation, Term, equation, plus

a, b, i, j, k, z = map(symbol, "abijkz")
n, m, s, d = (size(name) for name in "nmsd")
E = Tensor("E")
X = Tensor("X", (n,), ("a",))
ZERO = sp.Integer(0)


# ------------------------------------------------------------ eliminate


def solved(value: sp.Expr, for_: sp.Symbol) -> Term:
    term = Term((a,), X[a] * X[z], (Index("a", n), Index("z", m)), (Equal(value),))
    return eliminate_term(term, 0, for_)


def test_a_unit_coefficient_leaves_a_range_alone() -> None:
    term = solved(a - z - 3, z)
    assert term.summand == X[a] * X[a - 3]
    assert [i.name for i in term.indices] == ["a"]
    assert term.guards == (Range(a - 3, ZERO, m),)


def test_another_coefficient_leaves_a_range_and_a_divisibility() -> None:
    term = solved(a - s * z + d, z)
    assert term.summand == X[a] * X[(a + d) / s].xreplace({(a + d) / s: a / s + d / s})
    assert term.guards == (Range(a + d, ZERO, m * s), Divides(s, a + d))


def test_the_sign_of_the_delta_does_not_matter() -> None:
    assert solved(a - 2 * z, z) == solved(2 * z - a, z)
    # A negative coefficient that is one: z = 5 - a.
    term = solved(a + z - 5, z)
    assert term.summand == X[a] * X[5 - a] and term.guards == (Range(5 - a, ZERO, m),)


def test_a_sole_unit_index_is_preferred_then_free_ones_then_bound_ones() -> None:
    at = Index("x", n)
    x = at.symbol
    term = Term((x,), X[i] * X[j] * X[k], (at, Index("i", n), Index("j", m), Index("k", n)), ())

    def chosen(*values: sp.Expr) -> tuple[int, str]:
        t = Term(term.at, term.summand, term.indices, tuple(map(Equal, values)))
        found = choose(t, ("i", "j", "k"))
        assert found is not None
        return found[0], str(found[1])

    assert chosen(x - s * k - i, x - j) == (1, "j")
    assert chosen(x - s * i - k) == (0, "i")
    assert chosen(x - s * k - j) == (0, "j")
    assert chosen(x - 2 * k) == (0, "k")


def test_no_index_of_the_target_leaves_even_if_a_forward_index_has_its_name() -> None:
    """y[b,o] = sum(c) w[o,c] x[b,c] + x[b,o]: the second term's target index is called c as the first one's bound."""
    w = Tensor("w", (n, n), ("o", "c"))
    x = Tensor("x", (m, n), ("b", "c"))
    y = Tensor("y", (m, n), ("b", "o"))
    o, c = symbol("o"), symbol("c")
    dense = equation(y, (b, o), w[o, c] * x[b, c], (w, x), bound=(Index("c", n),))
    late = Term((b, o), x[b, 2 * z + 1], (Index("b", m), Index("o", n), Index("z", n)), (Range(2 * z + 1, ZERO, n),))
    both = Equation(y, (*dense.terms, late), (w, x))
    steps = local_gradient(both, x)
    assert all(term.gathers for term in steps[-1].after.terms)
    for number, step in enumerate(steps):
        assert holds(step, number), step.rule


def test_an_index_whose_coefficient_may_vanish_or_change_sign_is_kept() -> None:
    for unsure in (s - d, s - 1):
        term = Term((a,), X[z], (Index("a", n), Index("z", m)), (Equal(a - unsure * z),))
        assert choose(term, ("z",)) is None
        q = Equation(Tensor("Y", (n,), ("a",)), (term,), (X,))
        assert eliminate(q, ("z",)) is None
    # Beside another index that can be solved for.
    term = Term((a,), X[z], (Index("a", n), Index("z", m), Index("k", n)), (Equal(a - (s - 1) * z - k),))
    assert choose(term, ("z", "k")) == (0, k)


# ------------------------------------------------------------ gather


def test_a_gather_takes_an_axis_apart_that_counts_in_digits() -> None:
    h, w = size("h"), size("w")
    row = Tensor("R", (h * w,), ("f",))
    u, v = symbol("u"), symbol("v")
    q = Equation(row, (Term((u * w + v,), sp.Integer(1), (Index("u", h), Index("v", w))),))
    term = gather(q).after.terms[0]
    assert [index.name for index in term.indices] == ["u_", "v_", "u", "v"]
    assert term.guards == (Equal(symbol("u_") - u), Equal(symbol("v_") - v))
    assert term.at == (sp.expand(symbol("u_") * w + symbol("v_")),)
    assert holds(gather(q), 1)


def test_a_gather_of_a_sum_of_indices_takes_one_delta() -> None:
    q = Equation(X, (Term((2 * i + j,), sp.Integer(1), indices(i=3, j=2), (Range(2 * i + j, ZERO, n),)),))
    term = gather(q).after.terms[0]
    assert term.guards[0] == Equal(a - 2 * i - j)


# ------------------------------------------------------------ partial, chain, swap


def test_a_product_with_itself_is_differentiated_at_both_places() -> None:
    y = Tensor("y", (n,), ("k",))
    q = equation(y, (k,), X[k] * X[k + 1], (X,), guards=(Range(k + 1, ZERO, n),))
    step = partial(q, X)
    assert {t.at: t.summand for t in step.after.terms} == {(k, k): X[k + 1], (k, k + 1): X[k]}
    for each in local_gradient(q, X):
        assert holds(each, 4), each.rule


def test_a_bound_index_is_not_captured() -> None:
    """Sum(A[k+i]*F[i]).diff(F[i]) with the bound i is a trap: the derivative by F[j] is A[k+j]."""
    f = Tensor("F", (m,), ("i",))
    y = Tensor("y", (n,), ("k",))
    q = equation(y, (k,), X[k + i] * f[i], (X, f), bound=(Index("i", m),), guards=(Range(k + i, ZERO, n),))
    result = local_gradient(q, f)[-1].after.terms[0]
    assert result.at == (i,) and [index.name for index in result.bound] == ["k"]
    assert result.entries("X") == (X[i + k],)


def test_the_chain_rule_keeps_the_names_apart() -> None:
    x = Tensor("x", (n, m), ("i", "j"))
    y = Tensor("y", (m, n), ("i", "j"))
    step = chain(equation(y, (i, j), x[j, i], (x,)), x, E)
    assert [index.name for index in step.after.terms[0].indices] == ["i", "j", "i_", "j_"]
    assert step.after.terms[0].at == (i, j)
    assert holds(step, 2)


def test_swap_puts_every_term_of_the_jacobian_in() -> None:
    bias = Tensor("bias", (n,), ("a",))
    y = Tensor("y", (n,), ("a",))
    q = plus(equation(y, (a,), X[a] ** 3 + 2 * X[a], (X,)), equation(y, (a,), bias[a], (bias,)))
    jacobian = partial(q, X).after
    step = swap(chain(q, X, E).after, jacobian)
    assert [t.at for t in step.after.terms] == [(a,)]
    assert holds(step, 1)
    assert len(swap(chain(q, bias, E).after, partial(q, bias).after).after.terms) == 1


# ------------------------------------------------------------ select


def test_select_turns_a_max_into_the_entry_of_its_winner() -> None:
    y, winner = Tensor("y", (n,), ("k",)), Tensor("M", (n,), ("k",), "index")
    bound = (Index("i", s), Index("j", d))
    x = Tensor("x", (n, s, d), ("a", "b", "c"))
    arg = equation(winner, (k,), x[k, i, j], (x,), bound=bound, reduction="argmax")
    top = equation(y, (k,), x[k, i, j], (x,), bound=bound, reduction="max", winner=winner)
    step = select(top, arg)
    read = {base(e) for t in step.after.terms for g in t.guards for e in g.value.atoms(sp.Indexed)}
    assert step.after.reduction == "sum" and read == {"M"}
    assert step.after.terms[0].guards == (Equal(winner[k] - d * i - j),)
    assert holds(step, 3)


# ------------------------------------------------------------ inline

T = Tensor("T", (n,), ("k",))
Y = Tensor("Y", (n,), ("i",))
W = Tensor("W", (n, m), ("k", "j"))
G = Tensor("G", (n,), ("a",))


def producing(summand: sp.Expr, operands: tuple[Tensor, ...], **more: object) -> Equation:
    return equation(T, (k,), summand, operands, **more)  # type: ignore[arg-type]


def reading(summand: sp.Expr) -> Equation:
    return equation(Y, (i,), summand, (T, G), bound=())


SUMMED = producing(W[k, j], (W,), bound=(Index("j", m),))
GUARDED = producing(X[k - 1], (X,), guards=(Range(k - 1, ZERO, n),))
PLAIN = producing(X[k] + 1, (X,))
SHORT = Equation(T, (Term((k,), X[k] + 1, (Index("k", size("n2")),), (Range(k, ZERO, n),)),), (X,))


@pytest.mark.parametrize("producer", [SUMMED, GUARDED, PLAIN], ids=["sum", "guard", "plain"])
@pytest.mark.parametrize("summand", [T[i], 3 * T[i] * G[i], -T[i] / G[i]], ids=str)
def test_inline_where_the_entry_is_a_factor(producer: Equation, summand: sp.Expr) -> None:
    step = inline(reading(summand), producer)
    assert step is not None and not any(t.name == "T" for t in step.after.reads)
    assert holds(step, 1)


@pytest.mark.parametrize("summand", [T[i] ** 2, sp.exp(T[i]), 1 / T[i], T[i] + G[i], T[i] * G[i] + 1], ids=str)
def test_inline_elsewhere_only_what_is_one_entry_everywhere(summand: sp.Expr) -> None:
    assert inline(reading(summand), SUMMED) is None
    assert inline(reading(summand), GUARDED) is None
    step = inline(reading(summand), PLAIN)
    assert step is not None and holds(step, 2)


def test_inline_of_a_producer_that_leaves_entries_out() -> None:
    half = Equation(Tensor("T", (6,), ("k",)), (Term((k,), X[k], indices(k=3)),), (Tensor("X", (3,), ("a",)),))
    six = Tensor("T", (6,), ("k",))
    y = Tensor("Y", (6,), ("i",))
    exp = equation(y, (i,), six[i] + 1, (six,))
    assert inline(exp, half) is None
    step = inline(equation(y, (i,), 5 * six[i], (six,)), half)
    assert step is not None
    assert evaluate(step.after, {"X": [1, 2, 3]}, EXACT) == [5, 10, 15, 0, 0, 0]


def test_inline_refuses_what_it_cannot_do() -> None:
    assert inline_term(reading(T[i] * T[i - 1]).terms[0], PLAIN) is None, "two entries"
    assert inline_term(reading(G[i]).terms[0], PLAIN) is None, "no entry"
    two = plus(PLAIN, PLAIN)
    assert inline(reading(T[i]), two) is None
    diagonal = Equation(
        Tensor("D", (n, n), ("a", "b")), (Term((k, k), X[k], (Index("k", n),)),), (X,)
    )
    read = equation(Y, (i,), diagonal.target[i, 0], (diagonal.target,))
    assert inline(read, diagonal) is None


def test_inline_through_digits() -> None:
    h, w = size("h"), size("w")
    image, row = Tensor("P", (h, w), ("u", "v")), Tensor("R", (h * w,), ("f",))
    u, v, f = symbol("u"), symbol("v"), symbol("f")
    flat = Equation(row, (Term((u * w + v,), image[u, v], (Index("u", h), Index("v", w))),), (image,))
    weight = Tensor("W", (n, h * w), ("o", "f"))
    dense = equation(
        Tensor("Z", (n,), ("o",)), (symbol("o"),), weight[symbol("o"), f] * row[f], (weight, row),
        bound=(Index("f", h * w),),
    )
    step = inline(dense, flat)
    assert step is not None and holds(step, 1)
    assert [index.name for index in step.after.terms[0].bound] == ["u", "v"]


def test_inline_keeps_names_apart() -> None:
    inner = producing(W[k, i] * G[k], (W, G), bound=(Index("i", m),))
    step = inline(reading(T[i]), inner)
    assert step is not None and holds(step, 3)
    assert [index.name for index in step.after.terms[0].indices] == ["i", "i_"]


# ------------------------------------------------------------ fold

P = Tensor("p", (n,), ("a",))
RATIO = equation(P, (a,), X[a] / G[a], (X, G))
FLAG = Tensor("t", (n, m), ("a", "b"))
C = Tensor("c", (n,), ("a",), "index")
HOT = equation(FLAG, (a, b), sp.Integer(1), (C,), guards=(Equal(C[a] - b),), free=(Index("a", n), Index("b", m)))


def test_fold_writes_a_factor_by_its_name() -> None:
    q = equation(Y, (i,), 3 * T[i] * X[i] / G[i], (T, X, G))
    step = fold(q, RATIO)
    assert step is not None and step.after.terms[0].summand == 3 * T[i] * P[i]
    assert [t.name for t in step.after.operands] == ["p", "T"]
    assert holds(step, 1)


def test_fold_takes_a_guard_for_a_factor() -> None:
    q = equation(Y, (i,), X[i], (X, C), bound=(Index("j", m),), guards=(Equal(C[i] - j),))
    step = fold(q, HOT)
    assert step is not None and step.after.terms[0].guards == () and holds(step, 1)


def test_fold_leaves_alone_what_does_not_contain_the_shorthand() -> None:
    for summand in (X[i], X[i] / T[i], X[i] ** 2 / G[i], X[i - 1] / G[i], X[i] / G[i] ** 2):
        q = equation(Y, (i,), summand, (T, X, G), guards=(Range(i - 1, ZERO, n),))
        assert fold(q, RATIO) is None, summand
    short = Term((i,), X[i] / G[i], (Index("i", m),), (Range(i, ZERO, n),))
    other = Equation(Tensor("Y", (m,), ("i",)), (short,), (X, G))
    assert fold(other, RATIO) is None, "another extent"
    assert fold(equation(Y, (i,), X[i], (X,), bound=(Index("j", m),)), HOT) is None, "no such guard"


def test_fold_only_what_is_one_summand_at_each_entry() -> None:
    total = equation(P, (a,), W[a, j], (W,), bound=(Index("j", m),))
    reader = equation(Y, (i,), W[i, j] * G[i], (W, G), bound=(Index("j", m),))
    assert fold_term(reader.terms[0], total) is None
    largest = equation(P, (a,), X[a], (X,), reduction="max")
    assert fold(equation(Y, (i,), X[i], (X,)), largest) is None
    assert fold(equation(Y, (i,), X[i], (X,)), plus(RATIO, RATIO)) is None


def test_fold_keeps_an_exponential_whole() -> None:
    """exp(x - g) must not become exp(x)*exp(-g), which overflows."""
    powers = equation(P, (a,), sp.exp(X[a] - G[a]), (X, G))
    step = fold(equation(Y, (i,), T[i] * sp.exp(X[i] - G[i]), (T, X, G)), powers)
    assert step is not None and step.after.terms[0].summand == T[i] * P[i]
    assert not powers.terms[0].summand.is_Mul


# ------------------------------------------------------------ split and merge


def test_split_and_merge_are_inverse() -> None:
    q = equation(Y, (i,), G[i] * (X[i] - T[i]), (G, X, T))
    apart = split(q)
    assert apart is not None and len(apart.after.terms) == 2 and holds(apart, 1)
    together = merge(apart.after)
    assert together is not None and together.after == q and holds(together, 1)


def test_merge_needs_one_domain() -> None:
    one, two = equation(Y, (i,), X[i], (X,)), equation(Y, (i,), G[i], (G,), guards=(Range(i - 1, ZERO, n),))
    assert merge(plus(one, two)) is None
    assert split(one) is None


def test_merge_leaves_subscripts_and_other_terms_as_they_are() -> None:
    guards = (Range(2 * i + 2, ZERO, n),)
    terms = [equation(Y, (i,), X[2 * i + 2] * g[i], (X, g), guards=guards) for g in (G, T)]
    step = merge(plus(*terms))
    assert step is not None and step.after.terms[0].summand == X[2 * i + 2] * (G[i] + T[i])
    lone = equation(Y, (i,), (G[i] + T[i]) * T[i] + T[i], (G, T))
    more = merge(plus(lone, *terms))
    assert more is not None and more.after.terms[0] == lone.terms[0]


def test_merge_does_not_open_an_exponential() -> None:
    terms = [equation(Y, (i,), sp.exp(2 * X[i] - 2 * G[i]) * g[i], (X, G, g)) for g in (G, T)]
    step = merge(plus(*terms))
    assert step is not None and step.after.terms[0].summand.has(sp.exp(2 * X[i] - 2 * G[i]))


# ------------------------------------------------------------ rename and squeeze


def test_rename_gives_the_names_of_the_axes() -> None:
    q = Equation(Y, (Term((a,), W[a, b], (Index("a", n), Index("b", m))),), (W,))
    step = rename(q)
    assert step is not None and [index.name for index in step.after.terms[0].indices] == ["i", "b"]
    assert rename(step.after) is None
    clash = Equation(Y, (Term((a,), W[a, i], (Index("a", n), Index("i", m))),), (W,))
    done = rename(clash)
    assert done is not None and [index.name for index in done.after.terms[0].indices] == ["i", "i_"]
    assert holds(done, 1)


def test_squeeze_drops_single_axes_and_nothing_else() -> None:
    x = Tensor("x", (1, 4, 1), ("a", "b", "c"))
    y = Tensor("y", (1, 4), ("a", "b"))
    q = equation(y, (a, b), x[a, b, k] * 2, (x,), bound=indices(k=1))
    step = squeeze(q)
    assert step is not None
    assert step.after.target.shape == (4,) and step.after.terms[0].indices == indices(b=4)
    data = {"x": [3, 1, 4, 1]}
    assert evaluate(q, data, EXACT) == evaluate(step.after, data, EXACT)
    assert squeeze(step.after) is None
    assert squeeze_tensor(x).axes == ("b",)


def test_squeeze_keeps_a_condition_on_a_single_entry() -> None:
    x = Tensor("x", (1,), ("a",))
    y = Tensor("y", (3,), ("k",))
    q = equation(y, (k,), x[k - 1], (x,), guards=(Range(k - 1, ZERO, sp.Integer(1)),))
    step = squeeze(q)
    assert step is not None
    assert evaluate(step.after, {"x": [7]}, EXACT) == evaluate(q, {"x": [7]}, EXACT) == [0, 7, 0]
