"""Models that the tests of the derivation share: every layer, with every option, at small sizes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from symconv.derivation.backpropagate import Derivation, backpropagate
from symconv.layers.conv2d import Conv2d
from symconv.layers.flatten import Flatten
from symconv.layers.linear import Linear
from symconv.layers.max_pool2d import MaxPool2d
from symconv.layers.mse import MSELoss
from symconv.layers.relu import ReLU
from symconv.layers.softmax_cross_entropy import CrossEntropyLoss
from symconv.model import Model, Wiring
from symconv.notation.evaluate import evaluate
from symconv.notation.rings import Ring
from symconv.notation.term import Equation


def chain(shape: tuple[int, ...], *layers: Any) -> Model:
    """A model of layers one after the other, named L1, L2 …; its input is A."""
    wiring = Wiring("model", shape)
    for n, layer in enumerate(layers):
        wiring.add(f"L{n + 1}", layer)
    return wiring.finish()


MODELS: dict[str, tuple[tuple[int, ...], tuple[Any, ...]]] = {
    "slides": ((1, 1, 6, 6), (Conv2d(1, 1, 3), MaxPool2d(2), Flatten(), Linear(4, 2), CrossEntropyLoss())),
    "plain": (
        (2, 1, 5, 6),
        (Conv2d(1, 2, 2, bias=True), ReLU(), MaxPool2d(2), Flatten(), Linear(8, 2, bias=True), CrossEntropyLoss()),
    ),
    "grouped": (
        (2, 4, 3, 4),
        (Conv2d(4, 2, (2, 3), padding=((1, 0), (0, 2)), groups=2, bias=True), MaxPool2d((2, 1)), MSELoss()),
    ),
    "strided": (
        (1, 2, 6, 7),
        (Conv2d(2, 2, (2, 3), stride=(2, 3), padding=(1, 2)), ReLU(), Flatten(), Linear(24, 3), CrossEntropyLoss()),
    ),
    "dilated": ((1, 1, 7, 6), (Conv2d(1, 2, (2, 3), dilation=(3, 2), stride=(1, 2), padding=1), MSELoss())),
    "overlapping": ((2, 1, 5, 6), (MaxPool2d(3, stride=2, padding=1), ReLU(), MSELoss())),
    "dilated pool": (
        (1, 2, 6, 5), (MaxPool2d((2, 3), stride=1, dilation=(2, 1), padding=(1, 0)), Flatten(), MSELoss())
    ),
    "ceil": ((1, 1, 5, 6), (MaxPool2d(2, ceil_mode=True), Flatten(), Linear(9, 2), MSELoss())),
    "dense": ((3, 4), (Linear(4, 3, bias=True), ReLU(), Linear(3, 2), CrossEntropyLoss())),
    "flatten 2": ((2, 3), (Flatten(), MSELoss())),
    "flatten 3": ((2, 3, 2), (Flatten(), MSELoss())),
    "flatten 4": ((2, 2, 1, 3), (Flatten(), MSELoss())),
    "flatten 5": ((1, 2, 3, 2, 2), (Flatten(), MSELoss())),
    "relu 1": ((4,), (ReLU(), MSELoss())),
    "relu 5": ((1, 2, 2, 1, 3), (ReLU(), MSELoss())),
}


@cache
def derivation(name: str) -> Derivation:
    """The derivation of one of the models above."""
    shape, layers = MODELS[name]
    return backpropagate(chain(shape, *layers))


def forward(model: Model, data: Mapping[str, Sequence[Any]], ring: Ring) -> dict[str, list[Any]]:
    """Every tensor of a model, from its inputs, parameters and targets."""
    values = {name: list(v) for name, v in data.items()}
    for q in model.program.equations:
        values[q.target.name] = evaluate(q, values, ring)
    return values


def backward(derived: Derivation, values: Mapping[str, Sequence[Any]], ring: Ring) -> dict[str, list[Any]]:
    """Every gradient of a model, last layer first, from the tensors of its forward pass."""
    known = {name: list(v) for name, v in values.items()}

    def make(q: Equation) -> list[Any]:
        return evaluate(q, known, ring)

    for name, gradient in derived.gradients.items():
        for contribution in gradient.contributions:
            for q in contribution.inner:
                known[q.target.name] = make(q)
        known[f"d{name}"] = make(gradient.equation)
    return {name: known[f"d{name}"] for name in derived.gradients}
