"""What the derivations say: p - t emerges, nothing flows through the shift, ReLU'(0) = 0."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import pytest

from symconv.derivation.backpropagate import backpropagate
from symconv.derivation.layer import layer_gradient
from symconv.layers.mse import MSELoss
from symconv.layers.relu import ReLU
from symconv.layers.softmax_cross_entropy import CrossEntropyLoss
from symconv.model import Wiring
from symconv.notation.evaluate import evaluate
from symconv.notation.printing.printer import latex, text
from symconv.notation.rewrite import instantiate
from symconv.notation.rings import EXACT, FLOAT, GFP, P61, Ring
from tests.derivation.cases import backward, chain, derivation, forward


def test_p_minus_t_emerges_for_one_image() -> None:
    wiring = Wiring("m", (1, 3), "Z")
    wiring.add("E", CrossEntropyLoss(), names={"target": "T"})
    derived = backpropagate(wiring.finish())
    assert text.equation(derived.gradient("Z").written) == "dE/dZ[o] = E_probability[o] - E_one_hot[o]"
    assert latex.equation(derived.gradient("Z").written) == r"\frac{\partial E}{\partial Z_{o}} = p_{o} - t_{o}"
    # Without the shorthands: exp(Z - m)/s minus 1 at the target.
    assert text.equation(derived.gradient("Z").equation) == (
        "dE/dZ[b,o] = -[T[b] = o] + E_exponentials[b,o]/E_total[b]"
    )


def test_p_minus_t_emerges_for_a_batch() -> None:
    (node,) = chain((4, 3), CrossEntropyLoss()).nodes
    written = layer_gradient(node.fragment, "input").written
    assert text.right(written) == "(probability[b,o] - one_hot[b,o])/n_b"
    assert latex.right(written) == r"\frac{p_{bo} - t_{bo}}{n_{b}}"


def shift_gradient(ring: Ring, data: dict[str, list[float]], batch: int, classes: int) -> list[float]:
    """dE/dshift with the shift treated like any other tensor."""
    (node,) = chain((batch, classes), CrossEntropyLoss()).nodes
    assert node.fragment.constants == ("shift",)
    free = layer_gradient(replace(node.fragment, constants=()), "shift")
    values: dict[str, list[float]] = dict(data)
    for q in (*node.fragment.equations, *free.inner, free.result):
        bound = instantiate(q, node.fragment.sizes)
        values[bound.target.name] = evaluate(bound, values, ring)
    return values["dshift"]


@pytest.mark.parametrize("seed", range(5))
def test_nothing_flows_through_the_shift(seed: int) -> None:
    rng = random.Random(seed)
    batch, classes = rng.randint(1, 4), rng.randint(1, 6)
    target: list[float] = [rng.randrange(classes) for _ in range(batch)]
    real = [rng.uniform(-30, 30) for _ in range(batch * classes)]
    gradient = shift_gradient(FLOAT, {"input": real, "target": target}, batch, classes)
    assert len(gradient) == batch
    assert all(math.isclose(g, 0, abs_tol=1e-15) for g in gradient)
    residues: list[float] = [rng.randrange(P61) for _ in range(batch * classes)]
    assert shift_gradient(GFP, {"input": residues, "target": target}, batch, classes) == [0] * batch


def test_the_loss_does_not_overflow() -> None:
    model = chain((1, 3), CrossEntropyLoss())
    derived = backpropagate(model)
    values = forward(model, {"A": [1000.0, 0.0, -1000.0], "L1_target": [1]}, FLOAT)
    assert values["L1"] == [1000.0]
    assert backward(derived, values, FLOAT)["A"] == [1.0, -1.0, 0.0]


def test_the_derivative_of_relu_is_zero_at_zero_and_nan_passes() -> None:
    derived = backpropagate(chain((5,), ReLU(), MSELoss()))
    q = derived.gradient("A").equation
    assert text.equation(q) == "dE/dA[b] = dE/dL1[b] * [A[b] > 0]".replace("dE/", "dL2/")
    up = [2.0, 3.0, 5.0, 7.0, 11.0]
    assert evaluate(q, {"dL1": up, "A": [-1.0, 0.0, -0.0, 1e-300, math.nan]}, FLOAT) == [0, 0, 0, 7, 11]
    assert evaluate(q, {"dL1": [2, 3, 5, 7, 11], "A": [-1, 0, 0, 1, 9]}, EXACT) == [0, 0, 0, 7, 11]


def test_the_mean_divides_by_all_entries() -> None:
    derived = backpropagate(chain((2, 3), MSELoss()))
    x, t = [3, 1, 4, 1, 5, 9], [2, 7, 1, 8, 2, 8]
    gradient = evaluate(derived.gradient("A").equation, {"A": x, "L1_target": t}, EXACT)
    assert [6 * g for g in gradient] == [2 * (a - b) for a, b in zip(x, t, strict=True)]


def test_targets_have_no_gradient() -> None:
    for name in ("slides", "strided", "dense", "ceil"):
        derived = derivation(name)
        assert not {t.name for t in derived.model.targets} & set(derived.gradients)
