"""Convolution (cross-correlation) over one, two or three spatial axes."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from symconv.reference._common import (
    Array,
    Padding,
    PerAxis,
    as_floating,
    as_int,
    output_size,
    padding_pairs,
    per_axis,
)


def conv(
    x: npt.ArrayLike,
    weight: npt.ArrayLike,
    bias: npt.ArrayLike | None = None,
    *,
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
) -> Array:
    """Cross-correlate x with weight, as PyTorch's ``conv1d``, ``conv2d`` and ``conv3d`` do.

    Equation, written for two spatial axes, over the taps (r, s) whose cell lies inside x, where ``p`` is the
    padding in front and ``g = o // (O / groups)`` is the group of output channel ``o``::

        y[n, o, i, j] = bias[o] + sum over c, r, s of
            weight[o, c, r, s] * x[n, g*C/groups + c, i*stride + r*dilation - p, j*stride + s*dilation - p]

    Padding cells are skipped, not multiplied as zeros: an infinite or NaN weight reaches only the windows
    where its tap meets a cell of x. Nor do they take memory.

    Shapes: x ``(N, C, *spatial)``, weight ``(O, C/groups, *kernel)``, bias ``(O,)``; the result is
    ``(N, O, *out)`` with ``out = floor((size + begin + end - dilation*(kernel - 1) - 1) / stride) + 1``.
    stride and dilation are an int or one int per spatial axis; padding is an int, one int per axis, or one
    (begin, end) pair per axis.

    Raises ValueError for shapes or parameters that do not fit together, for an unsupported dtype, and if
    the padded input is smaller than the dilated kernel.

    >>> conv([[[1.0, 2.0, 4.0]]], [[[1.0, -1.0]]]).tolist()
    [[[-1.0, -2.0]]]
    >>> conv([[[1.0, 2.0, 4.0]]], [[[1.0, -1.0]]], [10.0], padding=[(0, 1)], stride=2).tolist()
    [[[9.0, 14.0]]]
    """
    if bias is None:
        x, weight = as_floating(x, weight)
    else:
        x, weight, bias = as_floating(x, weight, bias)
    rank = x.ndim - 2
    if rank < 1:
        raise ValueError(f"x must be (N, C, *spatial), not of shape {x.shape}")
    if weight.ndim != x.ndim:
        raise ValueError(f"weight of shape {weight.shape} does not have the rank of x of shape {x.shape}")
    groups = as_int("groups", groups, 1)
    batch, channels, *spatial = x.shape
    filters, group_channels, *kernel = weight.shape
    if channels != group_channels * groups or filters % groups != 0:
        raise ValueError(f"x {x.shape} and weight {weight.shape} do not fit with groups={groups}")
    if min(kernel) < 1:
        raise ValueError(f"the kernel must not be empty, weight has shape {weight.shape}")
    if bias is not None and bias.shape != (filters,):
        raise ValueError(f"bias must have shape {(filters,)}, not {bias.shape}")
    steps = per_axis("stride", stride, rank)
    dilations = per_axis("dilation", dilation, rank)
    pads = padding_pairs(padding, rank)
    out = [output_size(*axis) for axis in zip(spatial, kernel, steps, pads, dilations, strict=True)]

    # (*kernel, groups, O/groups, C/groups): one matrix per tap and group.
    taps = np.moveaxis(weight, (0, 1), (-2, -1)).reshape(*kernel, groups, filters // groups, group_channels)
    grouped = x.reshape(batch, groups, group_channels, *spatial)
    y = np.zeros((batch, groups, filters // groups, *out), dtype=x.dtype)
    for tap in np.ndindex(*kernel):
        axes = [
            _meeting(k * d - begin, s, count, size)
            for k, d, s, (begin, _), count, size in zip(
                tap, dilations, steps, pads, out, spatial, strict=True
            )
        ]
        windows, cells = (tuple(side) for side in zip(*axes, strict=True))
        met = grouped[:, :, :, *cells]
        inside = met.shape[3:]
        if 0 in inside:
            continue
        columns = met.reshape(batch, groups, group_channels, math.prod(inside))
        y[:, :, :, *windows] += (taps[tap] @ columns).reshape(batch, groups, filters // groups, *inside)
    y = y.reshape(batch, filters, *out)
    if bias is not None:
        y = y + bias.reshape(filters, *[1] * rank)
    return y


def _meeting(offset: int, stride: int, count: int, size: int) -> tuple[slice, slice]:
    """The windows ``i < count`` along one axis with ``0 <= i*stride + offset < size``, and the cells they meet."""
    first = max(0, -(offset // stride))
    stop = max(first, min(count, (size - 1 - offset) // stride + 1))
    start = first * stride + offset
    if first == stop:
        return slice(0, 0), slice(0, 0)
    return slice(first, stop), slice(start, start + (stop - first - 1) * stride + 1, stride)
