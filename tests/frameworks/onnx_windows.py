"""ONNX's operators of sliding windows as layers and equations of symconv.

Arguments are the operator's inputs, keywords its attributes with ONNX's defaults: an input or an attribute that is not
named here is an error, so none is passed over.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

import symconv
from tests.frameworks.onnx_run import Run

Pairs = list[tuple[int, int]]
Ints = Sequence[int] | None

CONV = {1: symconv.Conv1d, 2: symconv.Conv2d, 3: symconv.Conv3d}
MAX = {1: symconv.MaxPool1d, 2: symconv.MaxPool2d, 3: symconv.MaxPool3d}
AVERAGE = {1: symconv.AvgPool1d, 2: symconv.AvgPool2d, 3: symconv.AvgPool3d}

WINDOWS, TAPS, PLACES = "pqr", "ijh", "uvw"


def ones(values: Ints, rank: int) -> tuple[int, ...]:
    """Strides and dilations: 1 where they are left out."""
    return tuple(values) if values else (1,) * rank


def pairs(pads: Ints, rank: int) -> Pairs:
    """(begin, end) for each axis; ONNX has all begins, then all ends."""
    flat = list(pads) if pads else [0] * (2 * rank)
    return list(zip(flat[:rank], flat[rank:], strict=True))


def halves(total: int, auto_pad: str) -> tuple[int, int]:
    """A padding on both sides; what does not halve is at the end for SAME_UPPER, at the beginning for SAME_LOWER."""
    small, large = total // 2, total - total // 2
    return (small, large) if auto_pad == "SAME_UPPER" else (large, small)


def padding(
    auto_pad: str, pads: Ints, sizes: Sequence[int], kernel: Sequence[int], strides: Sequence[int],
    dilations: Sequence[int],
) -> Pairs:
    """The padding that is given, or the one that gives ceil(size/stride) windows."""
    if not auto_pad.startswith("SAME"):
        assert auto_pad in ("NOTSET", "VALID")
        return pairs(pads, len(kernel))
    found = []
    for n, k, s, d in zip(sizes, kernel, strides, dilations, strict=True):
        found.append(halves(max(0, (math.ceil(n / s) - 1) * s + d * (k - 1) + 1 - n), auto_pad))
    return found


def conv(
    run: Run, x: Any, w: Any, b: Any = None, *, auto_pad: str = "NOTSET", dilations: Ints = None, group: int = 1,
    kernel_shape: Ints = None, pads: Ints = None, strides: Ints = None,
) -> tuple[Any, ...]:
    """Conv: a convolution layer of its rank."""
    rank, kernel = x.ndim - 2, w.shape[2:]
    assert kernel_shape is None or tuple(kernel_shape) == kernel
    s, d = ones(strides, rank), ones(dilations, rank)
    pad = tuple(padding(auto_pad, pads, x.shape[2:], kernel, s, d))
    layer = CONV[rank](x.shape[1], w.shape[0], kernel, s, pad, d, group, b is not None)
    return (run(layer, x.shape, input=x, weight=w, bias=b),)


def conv_transpose(
    run: Run, x: Any, w: Any, b: Any = None, *, auto_pad: str = "NOTSET", dilations: Ints = None, group: int = 1,
    kernel_shape: Ints = None, output_padding: Ints = None, output_shape: Ints = None, pads: Ints = None,
    strides: Ints = None,
) -> tuple[Any, ...]:
    """ConvTranspose: the layer in two dimensions, its equation in one and three; channels are (group, within it)."""
    rank, kernel = x.ndim - 2, w.shape[2:]
    assert kernel_shape is None or tuple(kernel_shape) == kernel
    s, d = ones(strides, rank), ones(dilations, rank)
    more = tuple(output_padding or (0,) * rank)
    axes = list(zip(x.shape[2:], kernel, s, d, more, strict=True))
    whole = [(n - 1) * step + e * (k - 1) + 1 + extra for n, k, step, e, extra in axes]  # without padding
    wanted = output_shape
    if wanted is None and auto_pad.startswith("SAME"):
        wanted = [n * step for n, step in zip(x.shape[2:], s, strict=True)]
    pad = pairs(pads, rank)
    if wanted is not None:
        # An output larger than all that arrives is longer at its end: the missing entries are zeros.
        cut = [n - m for n, m in zip(whole, wanted, strict=True)]
        pad = [halves(c, auto_pad) if c > 0 else (0, 0) for c in cut]
        more = tuple(m + max(0, -c) for m, c in zip(more, cut, strict=True))
    else:
        wanted = [n - sum(p) for n, p in zip(whole, pad, strict=True)]
    if rank == 2:
        layer = symconv.ConvTranspose2d(
            x.shape[1], w.shape[1] * group, kernel, s, tuple(pad), more, group, b is not None, d
        )
        return (run(layer, x.shape, input=x, weight=w, bias=b),)
    u, k, i = (letters[:rank] for letters in (PLACES, "klm", TAPS))
    meet = ", ".join(
        f"{place} = {step}*{entry}+{e}*{tap}-{begin}"
        for place, entry, tap, step, e, (begin, _) in zip(u, k, i, s, d, pad, strict=True)
    )
    text = (
        f"Y[b,g,o,{','.join(u)}] = {'' if b is None else 'B[g,o] + '}"
        f"(sum(c,{','.join(k + i)}) X[b,g,c,{','.join(k)}] * W[g,c,o,{','.join(i)}] where {meet})"
    )
    y = run.equation(
        text, (x.shape[0], group, w.shape[1], *wanted), X=x.reshape(x.shape[0], group, -1, *x.shape[2:]),
        W=w.reshape(group, -1, *w.shape[1:]), B=None if b is None else b.reshape(group, -1),
    )
    return (y.reshape(x.shape[0], -1, *wanted),)


def windows(n: int, k: int, s: int, d: int, pad: tuple[int, int], ceil_mode: int) -> int:
    """How many windows an axis has; with ceil_mode the last one starts inside the input or the padding before it."""
    spare = n + sum(pad) - d * (k - 1) - 1
    if not ceil_mode:
        return spare // s + 1
    count = -(-spare // s) + 1
    return count - ((count - 1) * s >= n + pad[0])


def max_pool(
    run: Run, x: Any, *, kernel_shape: Sequence[int], auto_pad: str = "NOTSET", ceil_mode: int = 0,
    dilations: Ints = None, pads: Ints = None, storage_order: int = 0, strides: Ints = None,
) -> tuple[Any, ...]:
    """MaxPool: the layer; where padding exceeds half the window its equation. The winner's place becomes ONNX's."""
    rank = len(kernel_shape)
    s, d = ones(strides, rank), ones(dilations, rank)
    pad = padding(auto_pad, pads, x.shape[2:], kernel_shape, s, d)
    if _half(kernel_shape, pad):
        layer = MAX[rank](tuple(kernel_shape), s, tuple(pad), d, bool(ceil_mode))
        y, winner = run(layer, x.shape, input=x)
    else:
        entry, ranges, inside, out = _window(x.shape, kernel_shape, s, d, pad, ceil_mode)
        text = f"Y[b,c,{','.join(WINDOWS[:rank])}] = max({','.join(TAPS[:rank])}) {entry} where {ranges}, {inside}"
        y, winner = run.equation(text, (*x.shape[:2], *out), X=x)
    if run.asked == 1:
        return (y,)
    return y, indices(winner, x.shape, kernel_shape, s, d, pad, storage_order)


def indices(
    winner: Any, shape: Sequence[int], kernel: Sequence[int], strides: Sequence[int], dilations: Sequence[int],
    pad: Pairs, storage_order: int,
) -> Any:
    """ONNX's flat place in the whole input, from the place in the window; storage_order 1 is column-major."""
    grid = np.indices(winner.shape)
    taps = np.unravel_index(winner, tuple(kernel))
    cell = [
        at * s + tap * d - begin
        for at, tap, s, d, (begin, _) in zip(grid[2:], taps, strides, dilations, pad, strict=True)
    ]
    spatial = tuple(shape[2:])
    place = np.ravel_multi_index(cell, spatial, order="F" if storage_order else "C")
    return ((grid[0] * shape[1] + grid[1]) * math.prod(spatial) + place).astype(np.int64)


def average_pool(
    run: Run, x: Any, *, kernel_shape: Sequence[int], auto_pad: str = "NOTSET", ceil_mode: int = 0,
    count_include_pad: int = 0, dilations: Ints = None, pads: Ints = None, strides: Ints = None,
) -> tuple[Any, ...]:
    """AveragePool: the layer; dilated, or where padding exceeds half the window, its two equations."""
    rank = len(kernel_shape)
    s, d = ones(strides, rank), ones(dilations, rank)
    pad = padding(auto_pad, pads, x.shape[2:], kernel_shape, s, d)
    if _half(kernel_shape, pad) and not any(e > 1 for e in d):
        layer = AVERAGE[rank](tuple(kernel_shape), s, tuple(pad), bool(ceil_mode), bool(count_include_pad))
        return (run(layer, x.shape, input=x),)
    entry, ranges, inside, out = _window(x.shape, kernel_shape, s, d, pad, ceil_mode)
    counted = _window(x.shape, kernel_shape, s, d, pad, ceil_mode, padded=True)[2] if count_include_pad else inside
    p, i = ",".join(WINDOWS[:rank]), ",".join(TAPS[:rank])
    text = (
        f"N[{p}] = sum({i}) 1 where {ranges}, {counted}; "
        f"Y[b,c,{p}] = sum({i}) {entry} / N[{p}] where {ranges}, {inside}"
    )
    return (run.equation(text, (*x.shape[:2], *out), X=x),)


def global_average_pool(run: Run, x: Any) -> tuple[Any, ...]:
    """GlobalAveragePool: the layer; one axis is taken with a second of extent 1, three as two."""
    two = (*x.shape[:3], math.prod(x.shape[3:]))
    y = run(symconv.GlobalAvgPool2d(), two, input=x.reshape(two))
    return (y.reshape(*x.shape[:2], *(1,) * (x.ndim - 2)),)


def _half(kernel: Sequence[int], pad: Pairs) -> bool:
    """Whether padding is at most half the window, as in PyTorch's poolings."""
    return all(max(pair) <= k // 2 for k, pair in zip(kernel, pad, strict=True))


def _window(
    shape: Sequence[int], kernel: Sequence[int], strides: Sequence[int], dilations: Sequence[int], pad: Pairs,
    ceil_mode: int, *, padded: bool = False,
) -> tuple[str, str, str, list[int]]:
    """An entry of the window, the ranges of its indices, the condition that it is inside, the output's extents."""
    axes = list(zip(WINDOWS, TAPS, shape[2:], kernel, strides, dilations, pad, strict=False))
    out = [windows(n, k, s, d, ends, ceil_mode) for _, _, n, k, s, d, ends in axes]
    places = [f"{s}*{p}+{d}*{i}-{ends[0]}" for p, i, _, _, s, d, ends in axes]
    ranges = [f"0 <= {p} < {count}, 0 <= {i} < {k}" for (p, i, _, k, _, _, _), count in zip(axes, out, strict=True)]
    sizes = [(-ends[0], n + ends[1]) if padded else (0, n) for _, _, n, _, _, _, ends in axes]
    inside = [f"{low} <= {place} < {high}" for place, (low, high) in zip(places, sizes, strict=True)]
    return f"X[b,c,{','.join(places)}]", ", ".join(ranges), ", ".join(inside), out
