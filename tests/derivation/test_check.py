"""The check of Steps itself: sizes, data, limits, dual numbers."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
import sympy as sp

from symconv.derivation.check import (
    POINTS,
    directional,
    holds,
    random_operands,
    random_sizes,
    size_symbols,
)
from symconv.derivation.layer import layer_gradient
from symconv.derivation.step import Step
from symconv.errors import LimitError
from symconv.notation.guards import Divides, Equal, Range
from symconv.notation.index import Index, indices, size, symbol
from symconv.notation.rings import P61
from symconv.notation.tensor import Tensor
from symconv.notation.term import Equation, Term, equation
from tests.derivation.cases import derivation

i, j = symbol("i"), symbol("j")
n, s, t = size("n"), size("s"), size("t")
X = Tensor("X", (n,), ("i",))
Y = Tensor("Y", (n,), ("i",))


def copy_of(summand: sp.Expr, *guards: object) -> Equation:
    return Equation(Y, (Term((i,), summand, (Index("i", n),), guards),), (X,))  # type: ignore[arg-type]


def test_size_symbols_are_found_wherever_they_stand() -> None:
    q = Equation(
        Y,
        (
            Term(
                (i,), X[i] / t, (Index("i", n), Index("j", size("m"))),
                (Range(j, size("low"), size("high")), Divides(s, i)),
            ),
        ),
        (X,),
    )
    assert {str(z) for z in size_symbols(q)} == {"n", "m", "s", "t", "low", "high"}


def test_random_sizes_are_positive_bounded_and_depend_on_the_seed_alone() -> None:
    (gather,) = [
        step for step in layer_gradient(derivation("grouped").model.nodes[0].fragment, "input").all_steps
        if step.rule == "gather"
    ]
    equations = (gather.before, gather.after)
    for seed in range(20):
        sizes = random_sizes(equations, random.Random(seed))
        assert sizes == random_sizes(equations, random.Random(seed))
        assert all(value >= (1 if z.is_positive else 0) for z, value in sizes.items())
        points = 1
        for index in gather.after.terms[0].indices:
            points *= int(index.extent.xreplace(sizes))
        assert points <= POINTS


def test_domains_that_cannot_shrink_are_refused_not_retried_for_ever() -> None:
    wide = indices(i=100, j=100)
    big = Equation(
        Tensor("Y", (100,), ("i",)), (Term((i,), sp.Integer(1), wide),), ()
    )
    step = Step("none", big, big, "")
    with pytest.raises(LimitError, match="10000 points, the limit is 6000"):
        holds(step, 0)
    assert holds(step, 0, points=10_000)


def test_data_for_an_index_tensor_covers_what_it_is_compared_with() -> None:
    chosen = Tensor("M", (50,), ("i",), "index")
    q = Equation(
        Tensor("Y", (50,), ("i",)),
        (Term((i,), sp.Integer(1), indices(i=50, j=6), (Equal(chosen[i] - 2 * j),)),),
        (chosen,),
    )
    seen = set(random_operands((q,), (), random.Random(0))["M"])
    assert seen == set(range(-1, 11))


def test_an_access_outside_the_tensor_is_a_broken_promise() -> None:
    right = copy_of(X[i])
    assert holds(Step("none", right, right, ""), 0)
    assert not holds(Step("none", right, copy_of(X[i + 1]), ""), 0)
    assert not holds(Step("none", right, copy_of(X[i / 2]), ""), 0)


def test_shapes_at_which_all_is_zero_do_not_count() -> None:
    # X[i-2] is inside only where n >= 3: half of the sizes that are drawn show nothing.
    far = Range(i - 2, sp.Integer(0), n)
    before, after = copy_of(X[i - 2], far), copy_of(2 * X[i - 2], far)
    assert not any(holds(Step("none", before, after, ""), seed, shapes=1) for seed in range(20))


def test_a_wrong_derivative_is_seen_in_every_direction() -> None:
    before = copy_of(X[i] ** 2)
    jacobian = Tensor("dY_dX", (n, n), ("i", "i_"), quotient=(Y, X))

    def claim(summand: sp.Expr) -> Step:
        after = Equation(jacobian, (Term((i, i), summand, (Index("i", n),)),), (X,))
        return Step("partial", before, after, "", relation="derivative", by=X)

    assert holds(claim(2 * X[i]), 1)
    assert not holds(claim(X[i]), 1)
    assert not holds(claim(2 * X[i] + 1), 1)


def test_directional_is_the_derivative_of_a_product_and_a_quotient() -> None:
    a, b = Tensor("a"), Tensor("b")
    data = {"a": [7], "b": [5]}
    product = equation(Tensor("y"), (), a[()] ** 2 * b[()], (a, b), free=())
    assert directional(product, a, data, [3]) == [2 * 7 * 5 * 3]
    quotient = equation(Tensor("y"), (), a[()] / b[()] ** 2, (a, b), free=())
    (slope,) = directional(quotient, b, data, [1])
    assert slope * 5**3 % P61 == -2 * 7 % P61


def test_the_adjoint_identity_sees_a_summand_too_many() -> None:
    steps = layer_gradient(derivation("dense").model.nodes[0].fragment, "weight").all_steps
    (chain,) = [step for step in steps if step.rule == "chain"]
    (term,) = chain.after.terms
    assert holds(chain, 3)
    wrong = replace(term, summand=term.summand + 1)
    assert not holds(replace(chain, after=replace(chain.after, terms=(wrong,))), 3)
