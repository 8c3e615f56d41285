"""Random equations: the fragment against the plain NumPy reader, Steps of gradients, kernels in every target."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings

from symconv.derivation.check import verdict
from symconv.derivation.layer import layer_gradient, roles
from symconv.notation.rewrite import instantiate
from tests.layers.test_every_layer import check_kernels
from tests.layers.test_fragments import arrays, oracle, run
from tests.random_equations import Drawn, equations

FILTERED = [HealthCheck.filter_too_much, HealthCheck.too_slow]


def check_forward(drawn: Drawn) -> None:
    """Every entry of the result, and the places of a maximum."""
    fragment = drawn.fragment()
    assume(fragment is not None)
    assert fragment is not None
    assert [fragment.shape(t) for t in fragment.inputs] == [drawn.input]
    data = arrays(fragment, np.random.default_rng(len(drawn.text)))
    got = run(fragment, data)
    for name, expected in oracle(drawn.layer, fragment, data).items():
        assert got[name].shape == np.shape(expected)
        np.testing.assert_allclose(got[name], expected, rtol=1e-9, atol=1e-9)


def check_steps(drawn: Drawn) -> None:
    """Every Step at random sizes, of which those of the text are one case; drawn conditions may exclude each other."""
    fragment = drawn.fragment()
    assume(fragment is not None)
    assert fragment is not None
    for role in roles(fragment):
        for step in layer_gradient(fragment, role).all_steps:
            assert verdict(step, 3, shapes=2) is not False, (role, step.rule)


def check_other_sizes(drawn: Drawn) -> None:
    """Sizes are symbols only where every access stays inside whatever they are."""
    fragment = drawn.fragment()
    assume(fragment is not None)
    assert fragment is not None
    for more in (1, 2):
        sizes = {z: n + more for z, n in fragment.sizes.items()}
        for q in fragment.equations:
            for term in instantiate(q, sizes).terms:
                assert all(i.extent.is_Integer and i.extent > 0 for i in term.indices)
        other = type(fragment)(
            fragment.inputs, fragment.parameters, fragment.equations, sizes, saved=fragment.saved, names=fragment.names
        )
        run(other, arrays(other, np.random.default_rng(more)))


@settings(max_examples=30, suppress_health_check=FILTERED)
@given(equations())
def test_the_fragment_is_what_the_text_says(drawn: Drawn) -> None:
    check_forward(drawn)


@settings(max_examples=12, suppress_health_check=FILTERED)
@given(equations())
def test_its_sizes_may_be_others(drawn: Drawn) -> None:
    check_other_sizes(drawn)


@settings(max_examples=6, suppress_health_check=FILTERED)
@given(equations())
def test_the_steps_of_its_gradients_hold(drawn: Drawn) -> None:
    check_steps(drawn)


@settings(max_examples=3, suppress_health_check=FILTERED)
@given(equations())
def test_its_kernels_compute_it(drawn: Drawn) -> None:
    assume(drawn.fragment() is not None)
    check_kernels(drawn.layer, (drawn.input,), 1)


@pytest.mark.slow
@settings(max_examples=3000, suppress_health_check=FILTERED)
@given(equations())
def test_many_fragments_are_what_their_texts_say(drawn: Drawn) -> None:
    check_forward(drawn)
    check_other_sizes(drawn)


@pytest.mark.slow
@settings(max_examples=300, suppress_health_check=FILTERED)
@given(equations())
def test_the_steps_of_many_gradients_hold(drawn: Drawn) -> None:
    check_steps(drawn)


@pytest.mark.slow
@settings(max_examples=60, suppress_health_check=FILTERED)
@given(equations())
def test_kernels_of_many_compute_them(drawn: Drawn) -> None:
    assume(drawn.fragment() is not None)
    check_kernels(drawn.layer, (drawn.input,), 1)
