"""Recognised operations: what is said of an equation holds, and a wrong equation is not recognised."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
import sympy as sp

from symconv.derivation.backpropagate import Derivation, backpropagate
from symconv.derivation.recognise import Correlation, MatrixProduct, agrees, recognise, recognise_terms
from symconv.layers.conv2d import Conv2d
from symconv.layers.linear import Linear
from symconv.layers.mse import MSELoss
from symconv.layers.relu import ReLU
from symconv.model import Wiring
from symconv.notation.evaluate import evaluate
from symconv.notation.guards import Range
from symconv.notation.index import symbol
from symconv.notation.rewrite import rename_indices
from symconv.notation.rings import EXACT
from symconv.notation.term import Equation


def conv(shape: tuple[int, ...], layer: Conv2d) -> Derivation:
    wiring = Wiring("m", shape)
    wiring.add("C", layer, names={"weight": "F"})
    wiring.add("E", MSELoss(), names={"target": "T"})
    return backpropagate(wiring.finish())


def dense(batch: int) -> Derivation:
    wiring = Wiring("m", (batch, 4))
    wiring.add("Z", Linear(4, 3), names={"weight": "W"})
    wiring.add("E", MSELoss(), names={"target": "T"})
    return backpropagate(wiring.finish())


def only_term(q: Equation, **changes: object) -> Equation:
    (term,) = q.terms
    return replace(q, terms=(replace(term, **changes),))


def test_the_filter_s_gradient_is_the_valid_correlation() -> None:
    form = recognise(conv((1, 1, 6, 6), Conv2d(1, 1, 3)).gradient("F").written)
    assert isinstance(form, Correlation)
    assert form.plain and not form.turned and not form.full
    assert (form.image.name, form.kernel.name) == ("A", "dC")


def test_the_image_s_gradient_is_the_full_convolution() -> None:
    form = recognise(conv((1, 1, 6, 5), Conv2d(1, 1, (3, 2))).gradient("A").written)
    assert isinstance(form, Correlation)
    assert form.turned and form.full and not form.plain
    assert [(s.before, s.after, s.spread) for s in form.slides] == [(2, 2, 1), (1, 1, 1)]


def test_padding_crops_the_full_convolution() -> None:
    form = recognise(conv((1, 1, 6, 6), Conv2d(1, 1, 3, padding=1)).gradient("A").written)
    assert isinstance(form, Correlation)
    assert form.turned and not form.full
    assert {(s.before, s.after) for s in form.slides} == {(1, 1)}


def test_strides_and_dilations_are_read_off() -> None:
    derivation = conv((1, 1, 9, 9), Conv2d(1, 1, 3, stride=2, dilation=(1, 3), padding=1))
    weight = recognise(derivation.gradient("F").written)
    assert isinstance(weight, Correlation)
    # dE/dC is spread by the stride, the filter's taps lie a dilation apart.
    assert [(s.gap, s.step) for s in weight.slides] == [(2, 1), (2, 3)]
    image = recognise(derivation.gradient("A").written)
    assert isinstance(image, Correlation)
    assert [(s.spread, s.gap) for s in image.slides] == [(2, 1), (2, 3)]
    (forward,) = recognise_terms(derivation.forward("C"))
    assert isinstance(forward, Correlation)
    assert [(s.gap, s.step) for s in forward.slides] == [(1, 2), (3, 2)]


def test_channels_and_images_are_matched_by_index() -> None:
    derivation = conv((2, 3, 5, 6), Conv2d(3, 4, (2, 3), bias=True))
    weight = recognise(derivation.gradient("F").written)
    assert isinstance(weight, Correlation)
    assert weight.target_at == ("o", "c", "", "") and [i.name for i in weight.summed] == ["b"]
    assert weight.image_at == ("b", "c", "", "") and weight.kernel_at == ("b", "o", "", "")
    image = recognise(derivation.gradient("A").written)
    assert isinstance(image, Correlation) and [i.name for i in image.summed] == ["o"]
    # The bias beside the convolution is a term of its own.
    assert len(recognise_terms(derivation.forward("C"))) == 1
    assert recognise(derivation.forward("C")) is None


def test_dense_gradients_are_matrix_products() -> None:
    one, several = dense(1), dense(2)
    outer = recognise(one.gradient("W").written)
    target, upstream = one.gradient("W").written.target, one.gradient("Z").written.target
    assert outer == MatrixProduct(target, upstream, False, one.forward("Z").operand("A"), True)
    column = recognise(one.gradient("A").written)
    assert isinstance(column, MatrixProduct)
    assert (column.left.name, column.left_transposed, column.right.name) == ("W", True, "dZ")
    weights = recognise(several.gradient("W").written)
    assert isinstance(weights, MatrixProduct)
    assert (weights.left_transposed, weights.right_transposed) == (True, False)
    rows = recognise(several.gradient("A").written)
    assert isinstance(rows, MatrixProduct)
    assert (rows.left.name, rows.right.name, rows.left_transposed, rows.right_transposed) == ("dZ", "W", False, False)


def test_plain_correlation_against_loops() -> None:
    q = conv((1, 1, 5, 4), Conv2d(1, 1, (2, 3))).gradient("F").written
    form = recognise(q)
    assert isinstance(form, Correlation) and form.plain
    rng = random.Random(5)
    data = {t.name: [rng.randint(-9, 9) for _ in range(t.length)] for t in q.operands}
    image, kernel = (np.array(data[t.name]).reshape(t.sizes) for t in (form.image, form.kernel))
    rows, columns = q.target.sizes
    slid = [
        int((image[i : i + kernel.shape[0], j : j + kernel.shape[1]] * kernel).sum())
        for i in range(rows) for j in range(columns)
    ]
    assert slid == evaluate(q, data, EXACT)


@pytest.mark.parametrize("seed", range(40))
def test_what_is_recognised_agrees_at_other_data(seed: int) -> None:
    rng = random.Random(seed)
    layer = Conv2d(
        rng.randint(1, 2), rng.randint(1, 2), (rng.randint(2, 4), rng.randint(2, 3)),
        stride=(rng.randint(1, 3), rng.randint(1, 3)), dilation=(rng.randint(1, 2), rng.randint(1, 2)),
        padding=((rng.randint(0, 2), rng.randint(0, 2)), rng.randint(0, 2)),
    )
    shape = (rng.randint(1, 2), layer.in_channels, rng.randint(7, 10), rng.randint(6, 9))
    derivation = conv(shape, layer)
    for q in (derivation.gradient("F").written, derivation.gradient("A").written, derivation.forward("C")):
        form = recognise(q)
        assert form is None or agrees(form, q, seed=seed + 1)
        # Wherever both spatial axes really slide, the operation is known.
        if min(derivation.model.node("C").output.sizes[-2:]) > 1:
            assert form is not None, (layer, shape, q.target.name)


# ------------------------------------------------------------ wrong ones


def wrong_gradients() -> list[tuple[str, Equation]]:
    derivation = conv((1, 1, 6, 6), Conv2d(1, 1, 3))
    weight, image = derivation.gradient("F").written, derivation.gradient("A").written
    (term,) = weight.terms
    shifted = term.summand.xreplace({
        e: sp.Indexed(e.base, *(a.subs(symbol("k"), symbol("l")) for a in e.indices)) for e in term.entries("A")
    })
    square = term.summand.xreplace({e: e**2 for e in term.entries("A")})
    less = Range(symbol("i"), sp.Integer(0), sp.Integer(2))
    return [
        ("doubled", only_term(weight, summand=2 * term.summand)),
        ("another index", only_term(weight, summand=shifted)),
        ("squared", only_term(weight, summand=square)),
        ("a summand more", only_term(weight, summand=term.summand + term.entries("A")[0])),
        ("a guard more", only_term(image, guards=(*image.terms[0].guards, less))),
        ("twice", replace(weight, terms=weight.terms * 2)),
    ]


@pytest.mark.parametrize(("what", "q"), wrong_gradients(), ids=[what for what, _ in wrong_gradients()])
def test_a_wrong_collapse_is_not_recognised(what: str, q: Equation) -> None:
    assert recognise(q) is None


def test_a_proposal_that_does_not_agree_is_refused() -> None:
    derivation = conv((1, 1, 6, 6), Conv2d(1, 1, 3))
    right = recognise(derivation.gradient("F").written)
    turned = recognise(derivation.gradient("A").written)
    assert isinstance(right, Correlation) and isinstance(turned, Correlation)
    assert not agrees(replace(right, turned=True), derivation.gradient("F").written)
    assert not agrees(replace(turned, turned=False), derivation.gradient("A").written)
    moved = replace(turned, slides=(turned.slides[0], replace(turned.slides[1], before=1, after=3)))
    assert not agrees(moved, derivation.gradient("A").written)
    weights = dense(3).gradient("W").written
    product = recognise(weights)
    assert isinstance(product, MatrixProduct)
    # Three images and three classes: dE/dZ is square, so only its entries tell it from its transpose.
    assert product.left.sizes == (3, 3)
    assert not agrees(replace(product, left_transposed=False), weights)


def test_index_names_do_not_matter() -> None:
    q = conv((1, 1, 6, 6), Conv2d(1, 1, 3)).gradient("F").written
    renamed = replace(q, terms=tuple(rename_indices(t, {"k": "x", "l": "y", "i": "z", "j": "w"}) for t in q.terms))
    form = recognise(renamed)
    assert isinstance(form, Correlation) and form.plain


def test_other_equations_are_left_alone() -> None:
    wiring = Wiring("m", (1, 2, 3, 3))
    wiring.add("R", ReLU())
    wiring.add("E", MSELoss(), names={"target": "T"})
    derivation = backpropagate(wiring.finish())
    assert recognise(derivation.gradient("A").written) is None
    assert recognise(derivation.forward("E")) is None
    assert recognise_terms(derivation.forward("R")) == ()


def test_large_equations_are_compared_at_some_entries() -> None:
    q = conv((1, 1, 40, 40), Conv2d(1, 1, 5)).gradient("F").written  # 32,400 products
    form = recognise(q)
    assert isinstance(form, Correlation) and form.plain
    (term,) = q.terms
    assert recognise(only_term(q, summand=3 * term.summand)) is None
