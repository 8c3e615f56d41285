"""Gradients of whole models against the exact derivative of their forward pass, by dual numbers over GF(p).

The forward equations are evaluated with numbers ``x + v*eps``; no rule of the derivation takes part. exp, log and
ReLU are unknown but fixed functions there, so nothing can agree by accident of one function.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import pytest

from symconv.derivation.backpropagate import Derivation, backpropagate
from symconv.layers.conv2d import Conv2d
from symconv.layers.flatten import Flatten
from symconv.layers.linear import Linear
from symconv.layers.max_pool2d import MaxPool2d
from symconv.layers.mse import MSELoss
from symconv.layers.relu import ReLU
from symconv.layers.softmax_cross_entropy import CrossEntropyLoss
from symconv.model import Model
from symconv.notation.evaluate import evaluate
from symconv.notation.rings import DUAL, EXACT, GFP, P61, Dual
from tests.derivation.cases import MODELS, backward, chain, derivation, forward


def random_data(model: Model, rng: random.Random) -> dict[str, list[int]]:
    """Residues for the input, the parameters and real targets; class numbers for the others."""
    data = {}
    for t in (model.input, *model.parameters, *model.targets):
        if t.kind == "index":
            (logits,) = (model.node(model.error.name).tensors["input"],)
            data[t.name] = [rng.randrange(logits.sizes[-1]) for _ in range(t.length)]
        else:
            data[t.name] = [rng.randrange(P61) for _ in range(t.length)]
    return data


def slope_of_error(model: Model, data: Mapping[str, list[int]], name: str, direction: list[int]) -> int:
    """dE in a direction of one tensor, which may be an activation: it is given the slopes when it has its values."""
    kinds = {t.name: t.kind for t in (model.input, *model.parameters, *model.targets)}
    values: dict[str, list[Any]] = {
        n: list(v) if kinds[n] == "index" else [Dual(x, 0) for x in v] for n, v in data.items()
    }

    def turn() -> None:
        values[name] = [Dual(x.value, v) for x, v in zip(values[name], direction, strict=True)]

    if name in values:
        turn()
    for q in model.program.equations:
        values[q.target.name] = evaluate(q, values, DUAL)
        if q.target.name == name:
            turn()
    return values[model.error.name][0].slope


def check(derived: Derivation, seed: int) -> None:
    model, rng = derived.model, random.Random(seed)
    data = random_data(model, rng)
    gradients = backward(derived, forward(model, data, GFP), GFP)
    assert set(gradients) >= {model.input.name, *(t.name for t in model.parameters)}
    for name, gradient in gradients.items():
        direction = [rng.randrange(P61) for _ in gradient]
        inner = sum(g * v for g, v in zip(gradient, direction, strict=True)) % P61
        assert inner == slope_of_error(model, data, name, direction), name


@pytest.mark.parametrize("name", MODELS)
def test_every_gradient_of_every_model_is_the_derivative_of_the_error(name: str) -> None:
    check(derivation(name), 7)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("loss", [MSELoss(), CrossEntropyLoss()], ids=["mse", "cross entropy"])
def test_deep_models_with_batch_and_channels(loss: Any, seed: int) -> None:
    rng = random.Random(seed)
    channels = rng.choice((2, 3))
    groups = rng.choice((1, channels))
    height, width = rng.randint(7, 9), rng.randint(6, 8)
    layers = [
        Conv2d(
            channels, 2 * channels, (2, 3), stride=(rng.choice((1, 2)), 1), padding=((1, 0), (rng.choice((0, 1)), 1)),
            dilation=(1, rng.choice((1, 2))), groups=groups, bias=rng.random() < 0.5,
        ),
        ReLU(),
        MaxPool2d((3, 2), stride=(2, 1), padding=(1, 0), ceil_mode=rng.random() < 0.5),
        Conv2d(2 * channels, 2, 2, bias=True),
        Flatten(),
    ]
    features = chain((2, channels, height, width), *layers, MSELoss()).node("L5").output.sizes[1]
    check(backpropagate(chain((2, channels, height, width), *layers, Linear(features, 3, bias=True), loss)), seed)


def test_a_wrong_gradient_would_be_seen() -> None:
    derived = derivation("dense")
    model, rng = derived.model, random.Random(1)
    data = random_data(model, rng)
    gradient = backward(derived, forward(model, data, GFP), GFP)["L1_weight"]
    direction = [rng.randrange(P61) for _ in gradient]
    inner = sum(g * v for g, v in zip(gradient, direction, strict=True)) % P61
    gradient[5] += 1
    wrong = sum(g * v for g, v in zip(gradient, direction, strict=True)) % P61
    assert inner == slope_of_error(model, data, "L1_weight", direction) != wrong


# ------------------------------------------------------------ strides


@pytest.mark.parametrize("stride", [1, 2, 3, 4])
def test_the_gradient_by_the_input_is_right_for_every_remainder(stride: int) -> None:
    """Against a literal scatter, where 0 to stride-1 rows at the end are met by no window."""
    rng = random.Random(stride)
    remainders = set()
    for kernel in (1, 2, 3):
        for pad in (0, 1, 2):
            for dilation in (1, 2):
                reach = dilation * (kernel - 1) + 1
                for spare in range(stride):
                    height = reach - 2 * pad + stride + spare
                    if height < 1:
                        continue
                    remainders.add((height + 2 * pad - reach) % stride)
                    layer = Conv2d(
                        1, 1, (kernel, 1), stride=(stride, 1), padding=(pad, 0), dilation=(dilation, 1)
                    )
                    q = backpropagate(chain((1, 1, height, 1), layer, MSELoss())).gradient("A").equation
                    rows = (height + 2 * pad - reach) // stride + 1
                    up = [rng.randint(-9, 9) for _ in range(rows)]
                    taps = [rng.randint(-9, 9) for _ in range(kernel)]
                    expected = [0] * height
                    for k in range(rows):
                        for i in range(kernel):
                            u = stride * k + dilation * i - pad
                            if 0 <= u < height:
                                expected[u] += up[k] * taps[i]
                    got = evaluate(q, {"dL1": up, "L1_weight": taps}, EXACT)
                    assert got == expected, (height, kernel, pad, dilation)
    assert remainders == set(range(stride))
