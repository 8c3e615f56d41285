"""Average pooling over one, two or three spatial axes, window by window."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from symconv.reference._common import Array, Padding, PerAxis, as_floating, output_size, padding_pairs, per_axis


def avg_pool(
    x: npt.ArrayLike,
    *,
    kernel_size: PerAxis,
    stride: PerAxis | None = None,
    padding: Padding = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Array:
    """Take the mean of every window, as PyTorch's ``avg_pool1d``, ``avg_pool2d`` and ``avg_pool3d`` do.

    Equation: the sum of the window's entries inside x, divided by divisor_override if it is given, otherwise by the
    number of places of the window inside the padded x, or with ``count_include_pad=False`` inside x.

    Shapes: x ``(N, C, *spatial)``; the result is ``(N, C, *out)`` with ``out`` as for max pooling.

    Raises ValueError for parameters that do not fit x, for an unsupported dtype, and if no window fits.

    >>> avg_pool([[[1.0, 3.0, 8.0]]], kernel_size=2, stride=1).tolist()
    [[[2.0, 5.5]]]
    >>> avg_pool([[[1.0, 3.0]]], kernel_size=2, padding=1, count_include_pad=False).tolist()
    [[[1.0, 3.0]]]
    """
    (x,) = as_floating(x)
    rank = x.ndim - 2
    if rank < 1:
        raise ValueError(f"x must be (N, C, *spatial), not of shape {x.shape}")
    batch, channels, *spatial = x.shape
    kernel = per_axis("kernel_size", kernel_size, rank)
    steps = kernel if stride is None else per_axis("stride", stride, rank)
    pads = padding_pairs(padding, rank)
    axes = zip(spatial, kernel, steps, pads, [1] * rank, strict=True)
    out = [output_size(*axis, ceil_mode) for axis in axes]
    y = np.zeros((batch, channels, *out), dtype=x.dtype)
    for window in np.ndindex(*out):
        starts = [w * s - b for w, s, (b, _) in zip(window, steps, pads, strict=True)]
        inner = [(max(a, 0), min(a + k, n)) for a, k, n in zip(starts, kernel, spatial, strict=True)]
        padded = [min(a + k, n + e) - a for a, k, n, (_, e) in zip(starts, kernel, spatial, pads, strict=True)]
        count = math.prod(padded) if count_include_pad else math.prod(high - low for low, high in inner)
        cells = x[:, :, *(slice(low, high) for low, high in inner)]
        total = cells.reshape(batch, channels, -1).sum(axis=2)
        y[:, :, *window] = total / x.dtype.type(count if divisor_override is None else divisor_override)
    return y


def global_avg_pool(x: npt.ArrayLike) -> Array:
    """Take the mean of every channel; the spatial axes stay with extent 1.

    Shapes: x ``(N, C, *spatial)``, result ``(N, C, 1, ...)``. Raises ValueError for an unsupported dtype.

    >>> global_avg_pool([[[[1.0, 3.0], [4.0, 0.0]]]]).tolist()
    [[[[2.0]]]]
    """
    (x,) = as_floating(x)
    axes = tuple(range(2, x.ndim))
    return x.sum(axis=axes, keepdims=True) / x.dtype.type(math.prod(x.shape[2:]))


def zero_pad(x: npt.ArrayLike, *, padding: Padding) -> Array:
    """Surround every image by zeros.

    Shapes: x ``(N, C, *spatial)``. Raises ValueError for a padding that does not fit and for an unsupported dtype.

    >>> zero_pad([[[1.0, 2.0]]], padding=[(1, 0)]).tolist()
    [[[0.0, 1.0, 2.0]]]
    """
    (x,) = as_floating(x)
    return np.pad(x, ((0, 0), (0, 0), *padding_pairs(padding, x.ndim - 2)))
