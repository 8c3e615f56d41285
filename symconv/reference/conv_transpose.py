"""Transposed convolution over one, two or three spatial axes, by scattering."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from symconv.reference._common import Array, Padding, PerAxis, as_floating, as_int, padding_pairs, per_axis


def conv_transpose(
    x: npt.ArrayLike,
    weight: npt.ArrayLike,
    bias: npt.ArrayLike | None = None,
    *,
    stride: PerAxis = 1,
    padding: Padding = 0,
    output_padding: PerAxis = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
) -> Array:
    """Add to the output, for every entry of x, its multiple of the filter, as PyTorch's ``conv_transpose2d``.

    Equation, written for two spatial axes: for every n, c, i, j and every tap (r, s)::

        y[n, o, i*stride + r*dilation - p, j*stride + s*dilation - p] += x[n, c, i, j] * weight[c, o', r, s]

    where o' counts the output channels inside the group of c; what falls outside of y is dropped.

    Shapes: x ``(N, C, *spatial)``, weight ``(C, O/groups, *kernel)``, bias ``(O,)``; the result is ``(N, O, *out)``
    with ``out = (size - 1)*stride - begin - end + dilation*(kernel - 1) + output_padding + 1``.

    Raises ValueError for shapes or parameters that do not fit together and for an unsupported dtype.

    >>> conv_transpose([[[1.0, 2.0]]], [[[1.0, 10.0]]], stride=2).tolist()
    [[[1.0, 10.0, 2.0, 20.0]]]
    """
    if bias is None:
        x, weight = as_floating(x, weight)
    else:
        x, weight, bias = as_floating(x, weight, bias)
    rank = x.ndim - 2
    if rank < 1 or weight.ndim != x.ndim or weight.shape[0] != x.shape[1] or x.shape[1] % as_int("groups", groups, 1):
        raise ValueError(f"x {x.shape} and weight {weight.shape} do not fit with groups={groups}")
    batch, channels, *spatial = x.shape
    _, filters, *kernel = weight.shape
    steps, dilations = per_axis("stride", stride, rank), per_axis("dilation", dilation, rank)
    pads = padding_pairs(padding, rank)
    given = [output_padding] * rank if isinstance(output_padding, int) else output_padding
    extra = [as_int("output_padding", entry, 0) for entry in given]
    # Everything is added to an array that holds every tap; the padding is then cut off, output_padding added.
    whole = [(n - 1) * s + d * (k - 1) + 1 for n, s, d, k in zip(spatial, steps, dilations, kernel, strict=True)]
    out = [w - b - e + more for w, (b, e), more in zip(whole, pads, extra, strict=True)]
    if min(out) < 1:
        raise ValueError(f"the padding {pads} leaves nothing of {whole}")
    room = [max(w, b + n) for w, (b, _), n in zip(whole, pads, out, strict=True)]
    y = np.zeros((batch, groups, filters, *room), dtype=x.dtype)
    grouped = x.reshape(batch, groups, channels // groups, *spatial)
    taps = weight.reshape(groups, channels // groups, filters, *kernel)
    for tap in np.ndindex(*kernel):
        axes = zip(tap, dilations, spatial, steps, strict=True)
        at = tuple(slice(t * d, t * d + (n - 1) * s + 1, s) for t, d, n, s in axes)
        y[:, :, :, *at] += np.einsum("bgc...,gco->bgo...", grouped, taps[:, :, :, *tap])
    y = y.reshape(batch, groups * filters, *room)
    y = y[:, :, *(slice(b, b + n) for (b, _), n in zip(pads, out, strict=True))]
    return y if bias is None else y + bias.reshape(-1, *[1] * rank)
