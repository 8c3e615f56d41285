"""Hessian-vector products through every kind of layer, by central differences of gradients; and their kernels."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import symconv
from symconv import pipeline
from symconv.backends.common.variants import variants
from symconv.derivation.backpropagate import Derivation, backpropagate
from symconv.derivation.example import example_inputs
from symconv.derivation.run import run
from symconv.derivation.second import hessian_product
from symconv.errors import UsageError
from symconv.layers.equation import EquationLayer
from symconv.model import Model, Wiring
from symconv.notation.domain import positive_operands
from symconv.proofs.run import check_variants

STEP = 1e-5


def chain(shape: tuple[int, ...], *layers: Any) -> Model:
    wiring = Wiring("net", shape)
    for n, layer in enumerate(layers):
        wiring.add(f"L{n}", layer)
    return wiring.finish()


def behind_linear(*layers: Any) -> Model:
    return chain((2, 3), symconv.Linear(3, 4, bias=True), *layers, symconv.MSELoss())


def behind_conv(*layers: Any, width: int = 8) -> Model:
    end = (symconv.Flatten(), symconv.Linear(width, 2), symconv.CrossEntropyLoss())
    return chain((2, 1, 3, 3), symconv.Conv2d(1, 2, 2), *layers, *end)


def joined(layer: Any, width: int) -> Model:
    """Two layers read the input, and what they make of it meets; behind it something that is not linear."""
    wiring = Wiring("net", (2, 3))
    wiring.add("P", symconv.Linear(3, 4))
    wiring.add("Q", symconv.Linear(3, 4), inputs=["A"])
    wiring.add("R", layer, inputs=["P", "Q"])
    wiring.add("T", symconv.Tanh())
    wiring.add("Z", symconv.Linear(width, 2))
    wiring.add("E", symconv.CrossEntropyLoss())
    return wiring.finish()


def equation(text: str) -> Model:
    return pipeline.equation(text)[0]


QUICK: dict[str, tuple[Callable[[], Model], str]] = {
    "gelu": (lambda: behind_linear(symconv.GELU()), "L0_weight"),
    "tanh": (lambda: behind_linear(symconv.Tanh()), "L0_weight"),
    "sigmoid": (lambda: behind_linear(symconv.Sigmoid()), "L0_bias"),
    "leaky_relu": (lambda: behind_linear(symconv.LeakyReLU(0.25)), "L0_weight"),
    "softmax": (lambda: behind_linear(symconv.Softmax()), "L0_bias"),
    "scale": (lambda: behind_linear(symconv.Scale(4), symconv.Tanh()), "L1_weight"),
    "layer_norm": (lambda: behind_linear(symconv.LayerNorm((4,))), "L0_weight"),
    "add": (lambda: joined(symconv.Add(), 4), "P_weight"),
    "concat": (lambda: joined(symconv.Concat(), 8), "A"),
    "avg_pool2d": (lambda: behind_conv(symconv.AvgPool2d(2, stride=1), width=2), "L0_weight"),
    "tanh of an equation": (lambda: equation("C[k] = tanh(A[k])*F[k]"), "A"),
    "a square matrix product": (lambda: equation("C[k,l] = sum(i) A[k,i]*A[i,l]"), "A"),
    "a maximum of squares": (lambda: equation("C[k] = max(i) A[k+i]*A[k+i] where k < 3"), "A"),
    "a scalar": (lambda: equation("E = sum(i) A[i]*A[i]*A[i]*F[i]"), "A"),
    "a maximum of what is computed": (lambda: equation("C[k] = exp(A[k])\nE = max(k) C[k]"), "A"),
    "a quotient": (lambda: equation("C[k] = A[k]/F[k]"), "F"),
}

SLOW: dict[str, tuple[Callable[[], Model], str]] = {
    "gelu by tanh": (lambda: behind_linear(symconv.GELU("tanh")), "A"),
    "batch_norm2d": (lambda: behind_conv(symconv.BatchNorm2d(2)), "L0_weight"),
    "batch_norm2d's weight": (lambda: behind_conv(symconv.BatchNorm2d(2), symconv.Tanh()), "L1_weight"),
    "batch_norm2d at rest": (lambda: behind_conv(symconv.BatchNorm2d(2, training=False), symconv.Tanh()), "L0_weight"),
    "layer_norm's weight": (lambda: behind_linear(symconv.LayerNorm((4,)), symconv.Tanh()), "L1_weight"),
    "softmax of maps": (lambda: behind_conv(symconv.Softmax()), "A"),
    "avg_pool2d's edge": (lambda: behind_conv(symconv.AvgPool2d(2, padding=1, count_include_pad=False)), "L0_weight"),
    "conv_transpose2d": (lambda: behind_conv(symconv.ConvTranspose2d(2, 2, 2, stride=2), width=32), "L1_weight"),
    "conv_transpose2d's input": (lambda: behind_conv(symconv.ConvTranspose2d(2, 1, 2), width=9), "A"),
    "concat's branch": (lambda: joined(symconv.Concat(), 8), "Q_weight"),
    "add's input": (lambda: joined(symconv.Add(), 4), "A"),
    "a bilinear form": (lambda: equation("C[k] = sum(i,j) A[i]*W[k,i,j]*A[j]"), "A"),
    "attention": (lambda: equation("D[k,l] = sum(i) A[k,i]*A[l,i]\nC[k,l] = exp(D[k,l])"), "A"),
    "an equation in a model": (
        lambda: behind_linear(EquationLayer("C[b,k] = tanh(L0[b,k])*G[k]*L0[b,k]")), "L0_weight",
    ),
    **{f"residual by {name}": ((lambda: pipeline.load("residual")), name) for name in ("F", "G", "K", "W", "A")},
    **{f"inception by {name}": ((lambda: pipeline.load("inception")), name) for name in ("F1", "F2", "F3", "W", "A")},
}


def numbers(derivation: Derivation, seed: int) -> dict[str, list[Any]]:
    """Random floats, away from ties; what a logarithm or root takes is positive, index tensors keep their classes."""
    rng = random.Random(seed)
    model = derivation.model
    kinds = {t.name: t.kind for t in model.program.inputs}
    positive = positive_operands(model.program.equations)

    def drawn(name: str) -> float:
        return rng.uniform(0.5, 2) if name in positive else rng.gauss(0, 0.7)

    given = example_inputs(model, seed)
    return {n: v if kinds[n] == "index" else [drawn(n) for _ in v] for n, v in given.items()}


def check_product(model: Model, name: str, seed: int) -> None:
    """H V against the change of the gradient along V, with numbers for which there is one (a unit may be at rest)."""
    derivation = backpropagate(model)
    second = hessian_product(derivation, name)
    assert any(_agree(derivation, second, name, seed + 10 * n) for n in range(4)), "nothing to see"


def _agree(derivation: Derivation, second: Derivation, name: str, seed: int) -> bool:
    data = numbers(derivation, seed)
    rng = random.Random(seed + 100)
    direction = [rng.gauss(0, 1) for _ in data[name]]
    layer: Any = second.model.nodes[0].layer
    bars = {b: data[t.name] for b, t in zip((layer.given,), derivation.model.upstream, strict=False)}
    given = data | bars | {layer.direction: direction}
    product = np.array(run(second, given)[f"d{name}"])

    def gradient(step: float) -> Any:
        moved = [x + step * v for x, v in zip(data[name], direction, strict=True)]
        return np.array(run(derivation, {**data, name: moved})[f"d{name}"])

    expected = (gradient(STEP) - gradient(-STEP)) / (2 * STEP)
    scale = float(np.abs(expected).max())
    assert np.abs(product - expected).max() < 1e-7 + 1e-6 * scale
    return scale > 1e-5


def check_kernels(model: Model, name: str, **chosen: Any) -> None:
    """Every kernel of it, held against differences of the reference."""
    second = hessian_product(backpropagate(model), name).model
    report = check_variants(second, variants(second, **chosen), prove=False)
    assert {c.quantity for c in report.checks} == {second.nodes[0].name, f"d{name}"}
    assert {(c.check, c.reason, c.against) for c in report.checks} == {("PASSED", "", "differences of the reference")}


@pytest.mark.parametrize("case", QUICK)
def test_it_is_the_change_of_the_gradient(case: str) -> None:
    make, name = QUICK[case]
    check_product(make(), name, 1)


@pytest.mark.parametrize("case", ["sigmoid", "add", "a square matrix product", "a maximum of squares", "a quotient"])
def test_its_kernels_compute_it(case: str) -> None:
    make, name = QUICK[case]
    check_kernels(make(), name, wanted=("numpy",), dtypes=("float64",))


@pytest.mark.slow
@pytest.mark.parametrize("seed", [2, 3])
@pytest.mark.parametrize("case", [*QUICK, *SLOW])
def test_it_is_the_change_of_the_gradient_for_more_numbers(case: str, seed: int) -> None:
    make, name = (QUICK | SLOW)[case]
    check_product(make(), name, seed)


@pytest.mark.slow
@pytest.mark.parametrize("case", [*QUICK, *SLOW])
def test_all_its_kernels_compute_it(case: str) -> None:
    make, name = (QUICK | SLOW)[case]
    check_kernels(make(), name)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["F", "b1", "W"])
def test_digits(name: str) -> None:
    check_product(pipeline.load("digits"), name, 1)
    check_kernels(pipeline.load("digits"), name, wanted=("c", "numpy"))


REFUSED = {
    "C[k] = A[k]*F[k]": "C is linear in A; with dE/dC held fixed its Hessian is zero; write E itself",
    "C[k,l] = sum(i) A[k,i]*F[i,l]": "C is linear in A; with dE/dC held fixed its Hessian is zero; write E itself",
    "C[k] = max(i) A[k+i]*F[i] where k < 4": "C is piecewise linear in A; with dE/dC held fixed its Hessian is zero "
    "wherever it exists; write E itself",
    "E = sum(k) relu(A[k])*F[k]": "E is piecewise linear in A; its Hessian is zero wherever it exists",
    "E = sum(k) A[k]*F[k]*F[k]": "E is linear in A; its Hessian is zero",
    "E = sum(k) step(A[k])*F[k]": "E does not change with A; choose one of F",
}


@pytest.mark.parametrize("text", REFUSED)
def test_no_second_derivative_for_a_true_reason(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        hessian_product(backpropagate(equation(text)), "A")
    assert str(caught.value).startswith(f"model equation: {REFUSED[text]}")


def test_the_document_says_that_an_arbitrary_error_counts_as_linear() -> None:
    model = hessian_product(backpropagate(equation("C[k] = tanh(A[k])*F[k]")), "A").model
    text = " ".join(str(pipeline.derive_document(model)).split())
    assert "E is any error behind C: its gradient C_bar is given and held fixed while A changes" in text
    scalar = hessian_product(backpropagate(equation("E = sum(i) A[i]*A[i]*F[i]")), "A").model
    assert "held fixed" not in str(pipeline.derive_document(scalar))


def test_nothing_flows_to_what_only_a_step_reads() -> None:
    """A layer in front of a step has no gradient, nor has anything before it."""
    wiring = Wiring("net", (2, 3))
    wiring.add("Z", symconv.Linear(3, 3))
    wiring.add("C", EquationLayer("C[k,l] = step(Z[k,l])*F[l]"))
    wiring.add("E", symconv.MSELoss())
    derivation = backpropagate(wiring.finish())
    assert list(derivation.gradients) == ["C", "F"]
    found = run(derivation, example_inputs(derivation.model))
    assert any(found["dF"])
