"""The models whose documents are tested: the slides', a small LeNet, one with odd names, and their numbers."""

from __future__ import annotations

import random
from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest

from symconv.derivation.backpropagate import Derivation, backpropagate
from symconv.derivation.run import run
from symconv.layers.conv2d import Conv2d
from symconv.layers.flatten import Flatten
from symconv.layers.linear import Linear
from symconv.layers.max_pool2d import MaxPool2d
from symconv.layers.mse import MSELoss
from symconv.layers.relu import ReLU
from symconv.layers.softmax_cross_entropy import CrossEntropyLoss
from symconv.model import Model, Wiring
from tests.derivation.test_backpropagate import Product

IMAGE = [5 + i % 3 + j % 3 for i in range(6) for j in range(6)]


def slides() -> Model:
    wiring = Wiring("slides", (1, 1, 6, 6))
    wiring.add("C", Conv2d(1, 1, 3), names={"weight": "F"})
    wiring.add("P", MaxPool2d(2))
    wiring.add("X", Flatten())
    wiring.add("Z", Linear(4, 2), names={"weight": "W"})
    wiring.add("E", CrossEntropyLoss(), names={"target": "T"})
    return wiring.finish()


def lenet() -> Model:
    wiring = Wiring("lenet_like", (1, 1, 16, 16), "x")
    wiring.add("C1", Conv2d(1, 6, 5, padding=2, bias=True))
    wiring.add("R1", ReLU())
    wiring.add("S1", MaxPool2d(2))
    wiring.add("C2", Conv2d(6, 12, 5, bias=True))
    wiring.add("R2", ReLU())
    wiring.add("S2", MaxPool2d(2))
    wiring.add("flat", Flatten())
    wiring.add("H", Linear(48, 20, bias=True))
    wiring.add("R3", ReLU())
    wiring.add("Z", Linear(20, 10, bias=True))
    wiring.add("E", CrossEntropyLoss(), names={"target": "label"})
    return wiring.finish()


def odd() -> Model:
    wiring = Wiring("a_very_odd_model_name_1234567", (2, 3, 9, 8), "the_image_of_thirty_letters_xx")
    layer = Conv2d(3, 4, (2, 3), stride=2, padding=(1, (0, 2)), dilation=(2, 1), bias=True)
    wiring.add("x_1", layer, names={"weight": "Kernel_of_the_first_layer", "bias": "beta"})
    wiring.add("max_of_everything", MaxPool2d(3, stride=2, padding=1, ceil_mode=True))
    wiring.add("relu_1", ReLU())
    wiring.add("error_9", MSELoss(), names={"target": "what_it_should_be"})
    return wiring.finish()


def strided() -> Model:
    wiring = Wiring("strided", (1, 1, 7, 8))
    wiring.add("C", Conv2d(1, 1, 3, stride=2, padding=1), names={"weight": "F"})
    wiring.add("R", ReLU())
    wiring.add("P", MaxPool2d(2, stride=1))
    wiring.add("E", MSELoss(), names={"target": "T"})
    return wiring.finish()


def big() -> Model:
    wiring = Wiring("big", (1, 1, 28, 28))
    wiring.add("C", Conv2d(1, 1, 5), names={"weight": "F"})
    wiring.add("E", MSELoss(), names={"target": "T"})
    return wiring.finish()


def branches() -> Model:
    """Two layers read A, and one of their outputs is read by two layers again."""
    wiring = Wiring("branches", (2, 3))
    wiring.add("R", Linear(3, 2), inputs=("A",))
    wiring.add("S", Linear(3, 2), inputs=("A",))
    wiring.add("P", Product(), inputs=("R", "S"))  # type: ignore[arg-type]
    wiring.add("Q", Product(), inputs=("P", "R"))  # type: ignore[arg-type]
    wiring.add("E", MSELoss(), names={"target": "T"})
    return wiring.finish()


MODELS = {"slides": slides, "lenet": lenet, "odd": odd, "strided": strided, "big": big, "branches": branches}


@cache
def derivation_of(name: str) -> Derivation:
    return backpropagate(MODELS[name]())


@cache
def values_of(name: str) -> Mapping[str, list[Any]]:
    derivation, rng = derivation_of(name), random.Random(7)
    inputs: dict[str, list[Any]] = {
        t.name: [rng.randrange(2) if t.kind == "index" else rng.uniform(-1, 1) for _ in range(t.length)]
        for t in derivation.model.program.inputs
    }
    if name == "slides":
        inputs |= {"A": IMAGE, "F": [0, 0, -1, 1, 1, 0, 1, -1, 1], "W": [1, -1, 1, 0, 0, 1, 1, -1], "T": [0]}
    return run(derivation, inputs)


@pytest.fixture(scope="session")
def derivations() -> Any:
    """name -> Derivation."""
    return derivation_of


@pytest.fixture(scope="session")
def examples() -> Any:
    """name -> the numbers of its worked example."""
    return values_of
