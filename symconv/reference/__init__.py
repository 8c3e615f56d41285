"""Forward functions of all layers in plain NumPy, written by hand, and gradients by differences.

This package is the oracle that derived formulas and generated kernels are tested against. It therefore
depends on NumPy and the standard library only: nothing here knows how the rest of symconv computes the
same things.

The names and the meaning of parameters are PyTorch's, arrays are laid out NCHW and weights OIHW, and the
number of spatial axes follows from the array. Every function computes in the widest floating dtype of its
arguments (float32, float64 or longdouble); integer arrays are converted to it, or to float64 if all are
integer. On integers the arithmetic is exact as long as that dtype holds all intermediate sums.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from symconv.reference.activation import relu
from symconv.reference.conv import conv
from symconv.reference.difference import directional, entries, well_separated
from symconv.reference.flatten import flatten
from symconv.reference.linear import linear
from symconv.reference.losses import mse, softmax_cross_entropy
from symconv.reference.pool import max_pool

FORWARD: dict[str, Callable[..., Any]] = {
    "conv2d": conv,
    "max_pool2d": max_pool,
    "relu": relu,
    "flatten": flatten,
    "linear": linear,
    "mse": mse,
    "softmax_cross_entropy": softmax_cross_entropy,
}
"""The forward function of each layer kind; max_pool2d returns (values, argmax), all others one array."""

__all__ = [
    "FORWARD",
    "conv",
    "directional",
    "entries",
    "flatten",
    "linear",
    "max_pool",
    "mse",
    "relu",
    "softmax_cross_entropy",
    "well_separated",
]
