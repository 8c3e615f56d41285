"""Max pooling over one, two or three spatial axes, with the winners."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from symconv.reference._common import (
    Array,
    Padding,
    PerAxis,
    as_floating,
    output_size,
    padding_pairs,
    per_axis,
)


def max_pool(
    x: npt.ArrayLike,
    *,
    kernel_size: PerAxis,
    stride: PerAxis | None = None,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    ceil_mode: bool = False,
) -> tuple[Array, npt.NDArray[np.int32]]:
    """Take the maximum of every window, and say where in the window it was found.

    Equation, written for two spatial axes, over the taps (r, s) whose cell lies inside the input::

        values[n, c, i, j] = max over r, s of x[n, c, i*stride + r*dilation - p, j*stride + s*dilation - p]
        argmax[n, c, i, j] = r*S + s of the winner

    The window is read in row-major order. A cell replaces the best so far if it is greater or if it is
    NaN, so the first of several equal maxima wins (-0.0 equals 0.0), a NaN beats every number, and of
    several NaN the last wins. Padding cells are skipped: they are not zeros and not -inf. A window of
    nothing but -inf is won by its first cell inside the input. A window without any cell inside the input
    has value -inf and argmax -1.

    Shapes: x ``(N, C, *spatial)``; both results ``(N, C, *out)``, argmax of dtype int32. ``out`` is as
    for a convolution; with ceil_mode the division rounds up and the last window is dropped if it would
    not start inside the input or the padding in front, that is if ``(out - 1)*stride >= size + begin``.
    stride defaults to kernel_size; padding is an int, one int per axis, or one (begin, end) pair per
    axis, and may be larger than half the window.

    Raises ValueError for parameters that do not fit x, for an unsupported dtype, and if no window fits.

    >>> values, argmax = max_pool([[[1.0, 3.0, 3.0, 2.0, 5.0]]], kernel_size=3, stride=2)
    >>> values.tolist(), argmax.tolist()
    ([[[3.0, 5.0]]], [[[1, 2]]])
    """
    (x,) = as_floating(x)
    rank = x.ndim - 2
    if rank < 1:
        raise ValueError(f"x must be (N, C, *spatial), not of shape {x.shape}")
    batch, channels, *spatial = x.shape
    kernel = per_axis("kernel_size", kernel_size, rank)
    steps = kernel if stride is None else per_axis("stride", stride, rank)
    dilations = per_axis("dilation", dilation, rank)
    pads = padding_pairs(padding, rank)
    if min(spatial) < 1:
        raise ValueError(f"x must not be empty along a spatial axis, it has shape {x.shape}")
    axes = zip(spatial, kernel, steps, pads, dilations, strict=True)
    out = [output_size(*axis, ceil_mode) for axis in axes]

    values = np.full((batch, channels, *out), -np.inf, dtype=x.dtype)
    argmax = np.full((batch, channels, *out), -1, dtype=np.int32)
    for position, tap in enumerate(np.ndindex(*kernel)):
        # Per axis, the input index that this tap meets at every window position; it may lie outside.
        met = [
            np.arange(count) * s + k * d - begin
            for count, s, k, d, (begin, _) in zip(out, steps, tap, dilations, pads, strict=True)
        ]
        inside = np.ones((), dtype=bool)
        for index, size in zip(np.ix_(*met), spatial, strict=True):
            inside = inside & (index >= 0) & (index < size)
        reachable = [np.clip(index, 0, size - 1) for index, size in zip(met, spatial, strict=True)]
        cell = x[:, :, *np.ix_(*reachable)]
        wins = inside & ((argmax == -1) | (cell > values) | np.isnan(cell))
        values = np.where(wins, cell, values)
        argmax = np.where(wins, np.int32(position), argmax)
    return values, argmax
