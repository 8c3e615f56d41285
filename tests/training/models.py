"""Small models that learn quickly, and samples for them."""

from __future__ import annotations

import numpy as np

from symconv.importers.toml import read_model
from symconv.model import Model
from symconv.training.chain import Array

CLASSES = """
[model]
name = "classes"
input = [2]
batch = 4
[[layer]]
type = "linear"
name = "Y"
weight = "V"
bias = "B"
out_features = 6
[[layer]]
type = "tanh"
name = "H"
[[layer]]
type = "linear"
name = "Z"
weight = "W"
out_features = 3
[loss]
type = "softmax_cross_entropy"
name = "E"
target = "T"
"""

LINE = """
[model]
name = "line"
input = [3]
batch = 5
[[layer]]
type = "linear"
name = "Z"
weight = "W"
out_features = 1
[loss]
type = "mse"
target = "T"
"""

SMALL = """
[model]
name = "small"
input = [1, 6, 6]
batch = 3
[[layer]]
type = "conv2d"
name = "C"
weight = "F"
bias = "b1"
out_channels = 2
kernel_size = 3
[[layer]]
type = "relu"
name = "R"
[[layer]]
type = "max_pool2d"
name = "P"
kernel_size = 2
[[layer]]
type = "flatten"
name = "X"
[[layer]]
type = "linear"
name = "Z"
weight = "W"
bias = "b2"
out_features = 3
[loss]
type = "softmax_cross_entropy"
name = "E"
target = "T"
"""


def classes() -> Model:
    """Points in the plane, three classes."""
    return read_model(CLASSES, where="classes.toml")


def line() -> Model:
    """A number that is a linear function of three."""
    return read_model(LINE, where="line.toml")


def small() -> Model:
    """The layers of the model ``digits``, on 6 x 6 pictures."""
    return read_model(SMALL, where="small.toml")


def blobs(count: int = 60, seed: int = 0) -> dict[str, Array]:
    """Points around three centres, far enough apart to be told from one another."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 3, count)
    centres = np.array([[2.0, 0.0], [-1.0, 2.0], [-1.0, -2.0]])
    return {"x": (centres[y] + rng.normal(0, 0.3, (count, 2))).astype(np.float32), "y": y.astype(np.int64)}


def slope(count: int = 50, seed: int = 0) -> dict[str, Array]:
    """Samples of ``2 x_0 - x_1 + x_2 / 2``."""
    x = np.random.default_rng(seed).normal(0, 1, (count, 3)).astype(np.float32)
    return {"x": x, "y": x @ np.array([[2.0], [-1.0], [0.5]], np.float32)}
