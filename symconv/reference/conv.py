"""Convolution (cross-correlation) over one, two or three spatial axes."""

from __future__ import annotations

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

    Equation, written for two spatial axes, where x is 0 outside its bounds, ``p`` is the padding in front and
    ``g = o // (O / groups)`` is the group of output channel ``o``::

        y[n, o, i, j] = bias[o] + sum over c, r, s of
            weight[o, c, r, s] * x[n, g*C/groups + c, i*stride + r*dilation - p, j*stride + s*dilation - p]

    Padding cells are zeros like any other zero: an infinite weight makes them NaN.

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

    padded = np.pad(x, ((0, 0), (0, 0), *pads))
    # (*kernel, groups, O/groups, C/groups): one matrix per tap and group.
    taps = np.moveaxis(weight, (0, 1), (-2, -1)).reshape(*kernel, groups, filters // groups, group_channels)
    cells = int(np.prod(out))
    y = np.zeros((batch, groups, filters // groups, cells), dtype=x.dtype)
    for tap in np.ndindex(*kernel):
        window = tuple(
            slice(k * d, k * d + (count - 1) * s + 1, s)
            for k, d, s, count in zip(tap, dilations, steps, out, strict=True)
        )
        # The input cell that this tap meets at every window position.
        met = padded[:, :, *window].reshape(batch, groups, group_channels, cells)
        y += taps[tap] @ met
    y = y.reshape(batch, filters, *out)
    if bias is not None:
        y = y + bias.reshape(filters, *[1] * rank)
    return y
