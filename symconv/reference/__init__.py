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

from symconv.reference.activation import dropout, gelu, leaky_relu, relu, sigmoid, softmax, tanh
from symconv.reference.average import avg_pool, global_avg_pool, zero_pad
from symconv.reference.combine import add, bias, concat, scale
from symconv.reference.conv import conv
from symconv.reference.conv_transpose import conv_transpose
from symconv.reference.difference import directional, entries, well_separated
from symconv.reference.equation import equation
from symconv.reference.flatten import flatten
from symconv.reference.linear import linear
from symconv.reference.losses import mse, softmax_cross_entropy
from symconv.reference.norm import batch_norm, layer_norm
from symconv.reference.pool import max_pool

FORWARD: dict[str, Callable[..., Any]] = {
    "add": add,
    "avg_pool1d": avg_pool,
    "avg_pool2d": avg_pool,
    "avg_pool3d": avg_pool,
    "batch_norm2d": batch_norm,
    "bias": bias,
    "concat": concat,
    "conv1d": conv,
    "conv2d": conv,
    "conv3d": conv,
    "conv_transpose2d": conv_transpose,
    "dropout": dropout,
    "equation": equation,
    "flatten": flatten,
    "gelu": gelu,
    "global_avg_pool2d": global_avg_pool,
    "layer_norm": layer_norm,
    "leaky_relu": leaky_relu,
    "linear": linear,
    "max_pool1d": max_pool,
    "max_pool2d": max_pool,
    "max_pool3d": max_pool,
    "mse": mse,
    "relu": relu,
    "scale": scale,
    "sigmoid": sigmoid,
    "softmax": softmax,
    "softmax_cross_entropy": softmax_cross_entropy,
    "tanh": tanh,
    "zero_pad2d": zero_pad,
}
"""The forward function of each layer kind: one array, or a tuple of the output and what the layer saves.

Arrays go in by position, in the order of the layer's inputs and parameters, hyper-parameters by name.
"""

__all__ = [
    "FORWARD",
    "add",
    "avg_pool",
    "batch_norm",
    "bias",
    "concat",
    "conv",
    "conv_transpose",
    "directional",
    "dropout",
    "entries",
    "equation",
    "flatten",
    "gelu",
    "global_avg_pool",
    "layer_norm",
    "leaky_relu",
    "linear",
    "max_pool",
    "mse",
    "relu",
    "scale",
    "sigmoid",
    "softmax",
    "softmax_cross_entropy",
    "tanh",
    "well_separated",
    "zero_pad",
]
