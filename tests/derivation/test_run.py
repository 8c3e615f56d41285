"""run: numbers for every tensor and every gradient."""

from __future__ import annotations

import math
import random
from fractions import Fraction

import pytest

from symconv.derivation.backpropagate import backpropagate
from symconv.derivation.run import run
from symconv.errors import ModelError
from symconv.layers.conv2d import Conv2d
from symconv.layers.flatten import Flatten
from symconv.layers.linear import Linear
from symconv.layers.max_pool2d import MaxPool2d
from symconv.layers.mse import MSELoss
from symconv.layers.relu import ReLU
from symconv.layers.softmax_cross_entropy import CrossEntropyLoss
from symconv.model import Model, Wiring
from symconv.notation.rings import EXACT


def exact_model() -> Model:
    wiring = Wiring("m", (1, 1, 4, 5))
    wiring.add("C", Conv2d(1, 1, 2), names={"weight": "F"})
    wiring.add("R", ReLU())
    wiring.add("P", MaxPool2d((1, 2)))
    wiring.add("E", MSELoss(), names={"target": "T"})
    return wiring.finish()


def softmax_model() -> Model:
    wiring = Wiring("m", (2, 1, 2, 2))
    wiring.add("X", Flatten())
    wiring.add("Z", Linear(4, 3), names={"weight": "W"})
    wiring.add("E", CrossEntropyLoss(), names={"target": "T"})
    return wiring.finish()


def draw(model: Model, seed: int) -> dict[str, list[int]]:
    rng = random.Random(seed)
    return {
        t.name: [rng.randrange(2) if t.kind == "index" else rng.randint(-4, 9) for _ in range(t.length)]
        for t in model.program.inputs
    }


def test_exact_values_are_exact_and_complete() -> None:
    derivation = backpropagate(exact_model())
    data = run(derivation, draw(derivation.model, 1), EXACT)
    names = {t.name for t in derivation.model.program.tensors.values()} | {
        g.tensor.name for g in derivation.gradients.values()
    }
    assert names <= set(data)
    count = len(data["T"])
    assert data["E"][0] == Fraction(sum((p - t) ** 2 for p, t in zip(data["P"], data["T"], strict=True)), count)
    assert data["dP"] == [Fraction(2 * (p - t), count) for p, t in zip(data["P"], data["T"], strict=True)]
    image, upstream = data["A"], data["dC"]
    for i in range(2):
        for j in range(2):
            total = sum(image[(i + k) * 5 + j + n] * upstream[k * 4 + n] for k in range(3) for n in range(4))
            assert data["dF"][i * 2 + j] == total


def test_every_gradient_is_the_slope_of_the_error() -> None:
    derivation = backpropagate(softmax_model())
    inputs = {k: [v / 7 if k != "T" else v for v in x] for k, x in draw(derivation.model, 2).items()}
    data = run(derivation, inputs)
    step = 1e-6
    for name in ("W", "A"):
        for n in range(len(inputs[name])):
            up, down = ({**inputs, name: [*inputs[name]]} for _ in range(2))
            up[name][n] += step
            down[name][n] -= step
            slope = (run(derivation, up)["E"][0] - run(derivation, down)["E"][0]) / (2 * step)
            assert math.isclose(data[f"d{name}"][n], slope, rel_tol=1e-6, abs_tol=1e-8)


def test_shorthands_are_there() -> None:
    derivation = backpropagate(softmax_model())
    data = run(derivation, draw(derivation.model, 3))
    rows = [data["E_probability"][3 * b : 3 * b + 3] for b in range(2)]
    assert all(math.isclose(sum(row), 1) for row in rows)
    difference = [(p - t) / 2 for p, t in zip(data["E_probability"], data["E_one_hot"], strict=True)]
    assert all(map(math.isclose, data["dZ"], difference))


@pytest.mark.parametrize(("change", "problem"), [({"F": [1]}, "F has 1 numbers"), ({"T": None}, "T has no numbers")])
def test_numbers_that_do_not_fit_are_refused(change: dict[str, list[int] | None], problem: str) -> None:
    derivation = backpropagate(exact_model())
    inputs = {k: v for k, v in {**draw(derivation.model, 4), **change}.items() if v is not None}
    with pytest.raises(ModelError, match=problem):
        run(derivation, inputs)
