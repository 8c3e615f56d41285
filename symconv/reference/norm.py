"""Normalisation: over the batch and the places of a channel, or over the last axes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from symconv.reference._common import Array, as_floating


def batch_norm(x: npt.ArrayLike, *others: npt.ArrayLike, eps: float, training: bool, affine: bool) -> tuple[Array, ...]:
    """Bring every channel to mean 0 and variance 1, then scale and shift it, as PyTorch's ``batch_norm``.

    Equation: ``y = (x - mean) / sqrt(variance + eps) * weight + bias`` for each channel. In training mean and variance
    (divided by the count) are those of x over the batch and all places, and are returned too; otherwise they are
    given, after x.

    Shapes: x ``(N, C, *spatial)``, all others ``(C,)``: [mean, variance,] [weight, bias]. Raises ValueError for an
    unsupported dtype.

    >>> batch_norm([[[[1.0, 3.0]]]], eps=0.0, training=True, affine=False)[0].tolist()
    [[[[-1.0, 1.0]]]]
    """
    x, *given = as_floating(x, *others)
    axes = (0, *range(2, x.ndim))
    column = (1, -1, *[1] * (x.ndim - 2))
    if training:
        mean = x.mean(axis=axes)
        variance = ((x - mean.reshape(column)) ** 2).mean(axis=axes)
    else:
        mean, variance, *given = given
    y = (x - mean.reshape(column)) / np.sqrt(variance.reshape(column) + x.dtype.type(eps))
    if affine:
        weight, bias = given
        y = y * weight.reshape(column) + bias.reshape(column)
    return (y, mean, variance) if training else (y,)


def layer_norm(
    x: npt.ArrayLike, weight: npt.ArrayLike | None = None, bias: npt.ArrayLike | None = None,
    *, normalized_shape: Sequence[int], eps: float,
) -> tuple[Array, Array, Array]:
    """Bring the last axes, together, to mean 0 and variance 1, then scale and shift them, as PyTorch's ``layer_norm``.

    Equation: ``y = (x - mean) / sqrt(variance + eps) * weight + bias``; mean and variance are returned too.

    Shapes: x ends in normalized_shape, which is the shape of weight and bias; mean and variance have the axes before.
    Raises ValueError for shapes that do not fit and for an unsupported dtype.

    >>> layer_norm([[1.0, 3.0]], normalized_shape=[2], eps=0.0)[0].tolist()
    [[-1.0, 1.0]]
    """
    shape = tuple(normalized_shape)
    (x,) = as_floating(x)
    if x.shape[x.ndim - len(shape):] != shape:
        raise ValueError(f"x {x.shape} does not end in {shape}")
    axes = tuple(range(x.ndim - len(shape), x.ndim))
    mean = x.mean(axis=axes, keepdims=True)
    variance = ((x - mean) ** 2).mean(axis=axes, keepdims=True)
    y = (x - mean) / np.sqrt(variance + x.dtype.type(eps))
    y = y if weight is None else y * np.asarray(weight)
    y = y if bias is None else y + np.asarray(bias)
    before = x.shape[: x.ndim - len(shape)]
    return y, mean.reshape(before), variance.reshape(before)
