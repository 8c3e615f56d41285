"""Every layer at random sizes: against the hand-written forward, its Steps, its kernels in every target."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from symconv.backends.common.registry import backend
from symconv.backends.common.variants import Variant
from symconv.derivation.check import holds
from symconv.derivation.layer import layer_gradient, roles
from symconv.kernels.single import single_spec
from symconv.layers.common.registry import kinds
from symconv.proofs.compare import check_kernel
from symconv.proofs.oracle import expected
from symconv.reference import FORWARD
from tests.support import Shapes, random_layer

VARIANTS = [("c", "float32"), ("c", "float64"), ("numpy", "float32"), ("numpy", "float64"), ("python", "float64")]


STRAIGHT = [("c", "float32"), ("c", "float64"), ("python", "float64")]


def check_kernels(layer: Any, shapes: Shapes, seed: int, *, unrolled: bool = False) -> None:
    """Forward and every gradient, every target, held against the reference and the formula."""
    given = shapes if len(shapes) > 1 else shapes[0]
    for role in (None, *roles(layer.fragment(*shapes))):
        spec = single_spec(layer, given, role)
        known = expected(spec, seed)
        assert known.source == "reference"
        forms = [("loops", *v) for v in VARIANTS] + [("unrolled", *v) for v in STRAIGHT if unrolled]
        for style, target, dtype in forms:
            text = Variant(spec, target, style, dtype).source("made by a test")
            function = backend(target).load(text, spec, dtype, style)
            check = check_kernel(spec, target, style, dtype, function, known)
            assert check.check == "PASSED", (layer, shapes, role, target, style, dtype, check)


def test_every_layer_has_a_reference() -> None:
    assert set(FORWARD) == set(kinds())


@pytest.mark.parametrize("kind", kinds())
def test_its_kernels_compute_it(kind: str) -> None:
    rng = random.Random(f"kernels {kind}")
    for seed in range(2):
        check_kernels(*random_layer(kind, rng), seed)


@pytest.mark.slow
@pytest.mark.parametrize("chunk", range(4))
@pytest.mark.parametrize("kind", kinds())
def test_its_kernels_compute_it_at_many_sizes(kind: str, chunk: int) -> None:
    rng = random.Random(f"more kernels {kind} {chunk}")
    for seed in range(3):
        check_kernels(*random_layer(kind, rng), seed, unrolled=chunk == 0)


@pytest.mark.parametrize("kind", kinds())
def test_its_steps_hold(kind: str) -> None:
    rng = random.Random(f"steps {kind}")
    seen = 0
    for _ in range(4):
        layer, shapes = random_layer(kind, rng)
        fragment = layer.fragment(*shapes)
        for role in roles(fragment):
            for step in layer_gradient(fragment, role).all_steps:
                assert holds(step, 5), (layer, role, step.rule)
                seen += 1
    assert seen


@pytest.mark.parametrize("kind", kinds())
def test_what_is_only_given_has_no_gradient(kind: str) -> None:
    layer, shapes = random_layer(kind, random.Random(f"given {kind}"))
    fragment = layer.fragment(*shapes)
    assert not set(roles(fragment)) & set(fragment.data)
    assert set(roles(fragment)) >= {t.name for t in fragment.parameters}
    assert fragment.inputs[0].name in roles(fragment)


FAR = [-1000.0, -100.0, -40.0, -10.0, -0.0, 0.0, 10.0, 40.0, 100.0, 1000.0]


@pytest.mark.parametrize(("target", "dtype"), VARIANTS)
@pytest.mark.parametrize("kind", ["leaky_relu", "sigmoid", "tanh", "gelu", "relu"])
def test_far_out_nothing_overflows(kind: str, target: str, dtype: str) -> None:
    """Tails: finite, without a warning, as the reference; NaN stays NaN."""
    from symconv.layers.common.registry import layer_class
    from symconv.pipeline import kernel

    cls: Any = layer_class(kind)
    x = np.array([[*FAR, np.nan]], dtype=dtype)
    with np.errstate(over="raise", invalid="raise"):
        y = kernel(cls(), x.shape, target=target, dtype=dtype)(x)
        dx = kernel(cls(), x.shape, "input", target=target, dtype=dtype)(*_given(kernel(cls(), x.shape, "input"), x))
    tolerance = 1e-6 if dtype == "float32" else 1e-14
    np.testing.assert_allclose(y[:, :-1], FORWARD[kind](x)[:, :-1], rtol=tolerance, atol=1e-36)
    assert np.isnan(y[0, -1])
    assert np.isfinite(dx[:, :-1]).all()


def _given(made: Any, x: Any) -> list[Any]:
    """The arguments of a gradient kernel: the input, and ones from behind."""
    return [np.ones_like(x) if a.startswith("d") else x for a in made.arguments]


def test_depthwise_is_a_convolution_with_groups() -> None:
    from symconv.layers.conv2d import Conv2d

    check_kernels(Conv2d(3, 3, 3, padding=1, groups=3), ((2, 3, 4, 5),), 1)
    check_kernels(Conv2d(2, 4, 2, stride=2, groups=2, bias=True), ((1, 2, 5, 4),), 2)
