"""Activation functions."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from symconv.reference._common import Array, as_floating


def relu(x: npt.ArrayLike) -> Array:
    """Replace every entry that is not above zero by zero; NaN stays NaN.

    Equation: ``y = max(x, 0)`` entry by entry; relu(-inf) = 0, relu(inf) = inf, relu(-0.0) = 0.0.

    Shapes: any; the result has the shape of x. Raises ValueError for an unsupported dtype.

    >>> relu([-2.0, 0.0, 3.0]).tolist()
    [0.0, 0.0, 3.0]
    """
    (x,) = as_floating(x)
    return np.where(x <= 0, x.dtype.type(0), x)


def leaky_relu(x: npt.ArrayLike, *, negative_slope: float = 0.01) -> Array:
    """Multiply every entry that is not above zero by the slope; NaN stays NaN.

    Shapes: any; the result has the shape of x. Raises ValueError for an unsupported dtype.

    >>> leaky_relu([-2.0, 0.0, 3.0], negative_slope=0.5).tolist()
    [-1.0, 0.0, 3.0]
    """
    (x,) = as_floating(x)
    return np.where(x <= 0, x.dtype.type(negative_slope) * x, x)


def sigmoid(x: npt.ArrayLike) -> Array:
    """The logistic function ``1 / (1 + exp(-x))``; no exponential overflows.

    Shapes: any; the result has the shape of x. Raises ValueError for an unsupported dtype.

    >>> sigmoid([0.0, -1000.0, 1000.0]).tolist()
    [0.5, 0.0, 1.0]
    """
    (x,) = as_floating(x)
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1 / (1 + small), small / (1 + small))


def tanh(x: npt.ArrayLike) -> Array:
    """The hyperbolic tangent.

    Shapes: any; the result has the shape of x. Raises ValueError for an unsupported dtype.

    >>> tanh([0.0, 1000.0]).tolist()
    [0.0, 1.0]
    """
    (x,) = as_floating(x)
    return np.tanh(x)


def gelu(x: npt.ArrayLike, *, approximate: str = "none") -> Array:
    """``x`` times the probability that a standard normal number is below x, or the approximation of it by tanh.

    Shapes: any; the result has the shape of x. Raises ValueError for an unsupported dtype.

    >>> gelu([0.0, 10.0]).tolist()
    [0.0, 10.0]
    """
    (x,) = as_floating(x)
    if approximate == "tanh":
        return x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))) / 2
    below = np.array([math.erfc(-v / math.sqrt(2)) / 2 for v in x.ravel().tolist()], dtype=x.dtype)
    return x * below.reshape(x.shape)


def softmax(x: npt.ArrayLike, *, dim: int = 1) -> Array:
    """``exp(x) / sum of exp(x)`` along one axis, the largest entry subtracted first.

    Shapes: any; the result has the shape of x. Raises ValueError for an unsupported dtype.

    >>> softmax([[0.0, 0.0]]).tolist()
    [[0.5, 0.5]]
    """
    (x,) = as_floating(x)
    powers = np.exp(x - x.max(axis=dim, keepdims=True))
    return powers / powers.sum(axis=dim, keepdims=True)


def dropout(x: npt.ArrayLike, mask: npt.ArrayLike, *, p: float = 0.5) -> Array:
    """Keep the entries where the mask is 1, divided by the share ``1 - p`` that is kept on average.

    Shapes: x and mask alike. Raises ValueError if the shapes differ or for an unsupported dtype.

    >>> dropout([1.0, 2.0], [0.0, 1.0]).tolist()
    [0.0, 4.0]
    """
    x, mask = as_floating(x, mask)
    if x.shape != mask.shape:
        raise ValueError(f"x {x.shape} and mask {mask.shape} differ")
    return x * mask / x.dtype.type(1 - p)
