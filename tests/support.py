"""Models and helpers that several tests use."""

from __future__ import annotations

import random
from typing import Any

from symconv.kernels.single import single_spec
from symconv.kernels.spec import KernelSpec
from symconv.layers.conv2d import Conv2d
from symconv.layers.flatten import Flatten
from symconv.layers.linear import Linear
from symconv.layers.max_pool2d import MaxPool2d
from symconv.layers.relu import ReLU
from symconv.layers.softmax_cross_entropy import CrossEntropyLoss
from symconv.model import Model, Wiring


def slides() -> Model:
    """The slides' network, without numbers."""
    wiring = Wiring("slides", (1, 1, 6, 6))
    wiring.add("C", Conv2d(1, 1, 3), names={"weight": "F"})
    wiring.add("P", MaxPool2d(2))
    wiring.add("X", Flatten())
    wiring.add("Z", Linear(4, 2), names={"weight": "W"})
    wiring.add("E", CrossEntropyLoss(), names={"target": "T"})
    return wiring.finish()


def every_layer() -> Model:
    """A small network with every layer, batch 2, groups, biases, overlapping windows, stride and padding."""
    wiring = Wiring("every", (2, 2, 7, 6))
    wiring.add("C", Conv2d(2, 4, (3, 2), stride=(2, 1), padding=((1, 0), 1), groups=2, bias=True))
    wiring.add("R", ReLU())
    wiring.add("P", MaxPool2d((2, 3), stride=1, padding=(1, 0)))
    wiring.add("X", Flatten())
    shape = wiring.shape()
    wiring.add("Z", Linear(shape[1], 3, bias=True))
    wiring.add("E", CrossEntropyLoss())
    return wiring.finish()


def random_conv(rng: random.Random) -> tuple[Conv2d, tuple[int, ...]]:
    """A convolution and an input shape that fit each other, asymmetric in every respect."""
    while True:
        groups = rng.choice([1, 1, 2])
        kernel = (rng.randint(1, 4), rng.randint(1, 4))
        layer = Conv2d(
            groups * rng.randint(1, 2), groups * rng.randint(1, 2), kernel,
            stride=(rng.randint(1, 3), rng.randint(1, 3)),
            padding=((rng.randint(0, 2), rng.randint(0, 2)), (rng.randint(0, 2), rng.randint(0, 2))),
            dilation=(rng.randint(1, 2), rng.randint(1, 2)), groups=groups, bias=rng.random() < 0.5,
        )
        shape = (rng.randint(1, 2), layer.in_channels, rng.randint(2, 8), rng.randint(2, 8))
        if fits(layer, shape):
            return layer, shape


def random_pool(rng: random.Random) -> tuple[MaxPool2d, tuple[int, ...]]:
    """A max-pooling and an input shape that fit each other; windows may overlap, leave gaps, or hang over the edge."""
    while True:
        kernel = (rng.randint(1, 4), rng.randint(1, 4))
        layer = MaxPool2d(
            kernel,
            stride=(rng.randint(1, 4), rng.randint(1, 4)),
            padding=tuple((rng.randint(0, k // 2), rng.randint(0, k // 2)) for k in kernel),
            dilation=(rng.randint(1, 2), rng.randint(1, 2)),
            ceil_mode=rng.random() < 0.5,
        )
        shape = (rng.randint(1, 2), rng.randint(1, 2), rng.randint(2, 8), rng.randint(2, 8))
        if fits(layer, shape):
            return layer, shape


def fits(layer: Any, shape: tuple[int, ...]) -> bool:
    """Whether the layer takes an input of that shape."""
    from symconv.errors import SizeError

    try:
        layer.fragment(shape)
    except SizeError:
        return False
    return True


def specs_of(layer: Any, shape: tuple[int, ...]) -> list[KernelSpec]:
    """Forward and every gradient of one layer."""
    from symconv.derivation.layer import roles

    return [single_spec(layer, shape, role) for role in (None, *roles(layer.fragment(shape)))]
