"""Hessian-vector products: against differences of gradients, exactly where the gradient is linear, and as kernels."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from symconv.backends.common.variants import variants
from symconv.derivation.backpropagate import Derivation, backpropagate
from symconv.derivation.check import holds
from symconv.derivation.example import example_inputs
from symconv.derivation.run import run
from symconv.derivation.second import hessian_product
from symconv.errors import UsageError
from symconv.layers.conv2d import Conv2d
from symconv.layers.flatten import Flatten
from symconv.layers.linear import Linear
from symconv.layers.max_pool2d import MaxPool2d
from symconv.layers.mse import MSELoss
from symconv.layers.relu import ReLU
from symconv.layers.softmax_cross_entropy import CrossEntropyLoss
from symconv.model import Model, Wiring
from symconv.notation.rings import EXACT
from symconv.proofs.run import check_variants
from tests.support import slides


def chain(shape: tuple[int, ...], *layers: Any) -> Model:
    wiring = Wiring("net", shape)
    for n, layer in enumerate(layers):
        wiring.add(f"L{n}", layer)
    return wiring.finish()


def network() -> Model:
    """Strided, padded convolution with a bias, ReLU, overlapping pooling, dense, cross-entropy; two images."""
    layers = (Conv2d(1, 2, 3, stride=2, padding=1, bias=True), ReLU(), MaxPool2d(2, stride=1), Flatten())
    return chain((2, 1, 6, 6), *layers, Linear(8, 3, bias=True), CrossEntropyLoss())


def regression() -> Model:
    return chain((3, 4), Linear(4, 2, bias=True), MSELoss())


def numbers(derivation: Derivation, seed: int) -> dict[str, list[Any]]:
    """Random floats, away from ties; index tensors keep their classes."""
    rng = random.Random(seed)
    given = example_inputs(derivation.model, seed)
    kinds = {t.name: t.kind for t in derivation.model.program.inputs}
    return {n: v if kinds[n] == "index" else [rng.gauss(0, 0.5) for _ in v] for n, v in given.items()}


CASES = [
    (slides, "W"), (slides, "F"), (slides, "A"), (network, "L0_weight"), (network, "L0_bias"), (network, "L4_weight"),
    (network, "A"), (regression, "L0_weight"), (regression, "A"),
]


@pytest.mark.parametrize(("make", "name"), CASES)
@pytest.mark.parametrize("seed", [1, 2])
def test_it_is_the_change_of_the_gradient(make: Any, name: str, seed: int) -> None:
    derivation = backpropagate(make())
    second = hessian_product(derivation, name)
    data = numbers(derivation, seed)
    rng = random.Random(seed + 100)
    direction = [rng.gauss(0, 1) for _ in data[name]]
    product = np.array(run(second, {**data, "V": direction})[f"d{name}"])

    def gradient(step: float) -> Any:
        moved = [x + step * v for x, v in zip(data[name], direction, strict=True)]
        return np.array(run(derivation, {**data, name: moved})[f"d{name}"])

    step = 1e-5
    expected = (gradient(step) - gradient(-step)) / (2 * step)
    scale = max(1e-3, float(np.abs(expected).max()))
    assert np.abs(expected).max() > 1e-6, "nothing to see"
    assert np.abs(product - expected).max() < 1e-6 * scale


def test_a_quadratic_error_has_it_exactly() -> None:
    """The gradient of a mean square is affine in the weights: H V is a difference of gradients, to the last digit."""
    derivation = backpropagate(regression())
    second = hessian_product(derivation, "L0_weight")
    data = example_inputs(derivation.model, 3)
    direction = [n - 3 for n in range(8)]
    moved = [x + v for x, v in zip(data["L0_weight"], direction, strict=True)]
    before, after = (run(derivation, {**data, "L0_weight": w}, EXACT)["dL0_weight"] for w in (data["L0_weight"], moved))
    product = run(second, {**data, "V": direction}, EXACT)["dL0_weight"]
    assert product == [b - a for a, b in zip(before, after, strict=True)]
    assert any(product)


@pytest.mark.parametrize(("make", "name"), [(slides, "F"), (network, "L0_weight")])
def test_the_hessian_is_symmetric(make: Any, name: str) -> None:
    derivation = backpropagate(make())
    second = hessian_product(derivation, name)
    data = numbers(derivation, 5)
    rng = random.Random(6)
    u, v = ([rng.gauss(0, 1) for _ in data[name]] for _ in range(2))
    hu, hv = (run(second, {**data, "V": w})[f"d{name}"] for w in (u, v))
    left = sum(a * b for a, b in zip(v, hu, strict=True))
    assert left == pytest.approx(sum(a * b for a, b in zip(u, hv, strict=True)), rel=1e-9)
    assert abs(left) > 1e-9


@pytest.mark.parametrize(("make", "name"), [(slides, "F"), (regression, "L0_weight"), (network, "L4_weight")])
def test_its_steps_hold(make: Any, name: str) -> None:
    second = hessian_product(backpropagate(make()), name)
    steps = [s for c in second.gradient(name).contributions for s in c.layer.all_steps]
    assert len(steps) > 10
    for step in dict.fromkeys(steps):
        assert holds(step, 7), step.rule


@pytest.mark.parametrize(("make", "name"), [(slides, "F"), (slides, "W"), (network, "L0_weight")])
def test_its_kernels_compute_it(make: Any, name: str) -> None:
    model = hessian_product(backpropagate(make()), name).model
    report = check_variants(model, variants(model), prove=False)
    assert {c.quantity for c in report.checks} == {"S", f"d{name}"}
    assert {c.check for c in report.checks} == {"PASSED"}


def test_only_what_is_asked_for_is_derived() -> None:
    second = hessian_product(backpropagate(slides()), "F")
    assert list(second.gradients) == ["F"]
    assert [t.name for t in second.model.parameters] == ["F", "W"]
    assert second.model.hvp == "F"


@pytest.mark.parametrize("name", ["C", "T", "nothing", ""])
def test_other_tensors_are_refused(name: str) -> None:
    with pytest.raises(UsageError, match="is no input or parameter; choose one of A, F, W"):
        hessian_product(backpropagate(slides()), name)
