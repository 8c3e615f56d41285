"""Models and helpers that several tests use."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from symconv.kernels.single import single_spec
from symconv.kernels.spec import KernelSpec
from symconv.layers.conv2d import Conv2d
from symconv.layers.flatten import Flatten
from symconv.layers.linear import Linear
from symconv.layers.max_pool2d import MaxPool2d
from symconv.layers.relu import ReLU
from symconv.layers.softmax_cross_entropy import CrossEntropyLoss
from symconv.model import Model, Wiring
from symconv.reference._common import Array, Padding, PerAxis, as_floating, as_int, padding_pairs, per_axis
from tests.equations import random_equation


def slides() -> Model:
    """The slides' network, without numbers."""
    wiring = Wiring("slides", (1, 1, 6, 6))
    wiring.add("C", Conv2d(1, 1, 3), names={"weight": "F"})
    wiring.add("P", MaxPool2d(2))
    wiring.add("X", Flatten())
    wiring.add("Z", Linear(4, 2), names={"weight": "W"})
    wiring.add("E", CrossEntropyLoss(), names={"target": "T"})
    return wiring.finish()


def every_layer() -> Model:
    """A small network with every layer, batch 2, groups, biases, overlapping windows, stride and padding."""
    wiring = Wiring("every", (2, 2, 7, 6))
    wiring.add("C", Conv2d(2, 4, (3, 2), stride=(2, 1), padding=((1, 0), 1), groups=2, bias=True))
    wiring.add("R", ReLU())
    wiring.add("P", MaxPool2d((2, 3), stride=1, padding=(1, 0)))
    wiring.add("X", Flatten())
    shape = wiring.shape()
    wiring.add("Z", Linear(shape[1], 3, bias=True))
    wiring.add("E", CrossEntropyLoss())
    return wiring.finish()


def random_conv(rng: random.Random) -> tuple[Conv2d, tuple[int, ...]]:
    """A convolution and an input shape that fit each other, asymmetric in every respect."""
    while True:
        groups = rng.choice([1, 1, 2])
        kernel = (rng.randint(1, 4), rng.randint(1, 4))
        layer = Conv2d(
            groups * rng.randint(1, 2), groups * rng.randint(1, 2), kernel,
            stride=(rng.randint(1, 3), rng.randint(1, 3)),
            padding=((rng.randint(0, 2), rng.randint(0, 2)), (rng.randint(0, 2), rng.randint(0, 2))),
            dilation=(rng.randint(1, 2), rng.randint(1, 2)), groups=groups, bias=rng.random() < 0.5,
        )
        shape = (rng.randint(1, 2), layer.in_channels, rng.randint(2, 8), rng.randint(2, 8))
        if fits(layer, shape):
            return layer, shape


def random_pool(rng: random.Random) -> tuple[MaxPool2d, tuple[int, ...]]:
    """A max-pooling and an input shape that fit each other.

    Windows may overlap, leave gaps, or hang over the edge; now and then one meets no cell at all, because its taps lie
    on both sides of an input that is smaller than their distance.
    """
    while True:
        astride = rng.random() < 0.3
        kernel = (rng.choice([2, 4]) if astride else rng.randint(1, 4), rng.randint(1, 4))
        layer = MaxPool2d(
            kernel,
            stride=(rng.randint(1, 4), rng.randint(1, 4)),
            padding=tuple((k // 2 if astride else rng.randint(0, k // 2), rng.randint(0, k // 2)) for k in kernel),
            dilation=(3 if astride else rng.randint(1, 3), rng.randint(1, 3)),
            ceil_mode=rng.random() < 0.5,
        )
        height = 1 if astride else rng.randint(1, 8)
        shape = (rng.randint(1, 2), rng.randint(1, 2), height, rng.randint(1, 8))
        if fits(layer, shape):
            return layer, shape


def fits(layer: Any, shape: tuple[int, ...]) -> bool:
    """Whether the layer takes an input of that shape."""
    from symconv.errors import SizeError

    try:
        layer.fragment(shape)
    except SizeError:
        return False
    return True


def specs_of(layer: Any, shape: tuple[int, ...]) -> list[KernelSpec]:
    """Forward and every gradient of one layer."""
    from symconv.derivation.layer import roles

    return [single_spec(layer, shape, role) for role in (None, *roles(layer.fragment(shape)))]


def max_pool_backward(
    upstream: npt.ArrayLike,
    argmax: npt.ArrayLike,
    *,
    input_shape: Sequence[int],
    kernel_size: PerAxis,
    stride: PerAxis | None = None,
    padding: Padding = 0,
    dilation: PerAxis = 1,
) -> Array:
    """Add every upstream entry to the input cell that won its window, by a literal loop.

    Equation, written for two spatial axes, with ``r, s = divmod(argmax[n, c, i, j], S)``::

        dx[n, c, i*stride + r*dilation - p, j*stride + s*dilation - p] += upstream[n, c, i, j]

    An argmax of -1 (a window without a cell) adds nothing. The parameters are those given to `reference.max_pool`.

    Shapes: upstream and argmax ``(N, C, *out)``; the result has shape input_shape ``(N, C, *spatial)`` and
    the dtype of upstream.

    Raises ValueError if the shapes do not fit, if argmax is not of an integer type, or if it points outside
    the window or outside the input.

    >>> max_pool_backward([[[10.0, 1.0]]], [[[2, 0]]], input_shape=(1, 1, 5), kernel_size=3, stride=2)
    array([[[ 0.,  0., 11.,  0.,  0.]]])
    """
    (upstream,) = as_floating(upstream)
    argmax = np.asarray(argmax)
    shape = tuple(as_int("input_shape", size, 0) for size in input_shape)
    rank = len(shape) - 2
    if rank < 1:
        raise ValueError(f"input_shape must be (N, C, *spatial), not {shape}")
    if not np.issubdtype(argmax.dtype, np.integer):
        raise ValueError(f"argmax must be of an integer type, not {argmax.dtype}")
    if upstream.shape != argmax.shape or upstream.ndim != len(shape) or upstream.shape[:2] != shape[:2]:
        raise ValueError(f"upstream {upstream.shape}, argmax {argmax.shape} and input {shape} do not fit")
    kernel = per_axis("kernel_size", kernel_size, rank)
    steps = kernel if stride is None else per_axis("stride", stride, rank)
    dilations = per_axis("dilation", dilation, rank)
    pads = padding_pairs(padding, rank)
    taps = list(np.ndindex(*kernel))

    dx = np.zeros(shape, dtype=upstream.dtype)
    for n, c, *window in np.ndindex(*upstream.shape):
        position = int(argmax[n, c, *window])
        if position == -1:
            continue
        if not 0 <= position < len(taps):
            raise ValueError(f"argmax {position} is not a position in a window of {len(taps)} cells")
        cell = [
            i * s + k * d - begin
            for i, s, k, d, (begin, _) in zip(window, steps, taps[position], dilations, pads, strict=True)
        ]
        if not all(0 <= index < size for index, size in zip(cell, shape[2:], strict=True)):
            raise ValueError(f"argmax {position} of window {tuple(window)} points outside the input")
        dx[n, c, *cell] += upstream[n, c, *window]
    return dx


Shapes = tuple[tuple[int, ...], ...]


def random_layer(kind: str, rng: random.Random) -> tuple[Any, Shapes]:
    """A layer of a kind with random hyper-parameters, and shapes of inputs that fit it."""
    from symconv.errors import SizeError

    while True:
        layer, shapes = _drawn(kind, rng)
        try:
            layer.fragment(*shapes)
        except SizeError:
            continue
        return layer, shapes


def _drawn(kind: str, rng: random.Random) -> tuple[Any, Shapes]:
    from symconv.errors import SizeError
    from symconv.layers.common.registry import layer_class

    if kind == "equation":
        return random_equation(rng)
    cls: Any = layer_class(kind)
    rank = getattr(cls, "rank", 2)

    def each(low: int, high: int) -> tuple[int, ...]:
        return tuple(rng.randint(low, high) for _ in range(rank))

    def pairs(most: Sequence[int]) -> tuple[tuple[int, int], ...]:
        return tuple((rng.randint(0, m), rng.randint(0, m)) for m in most)

    coin = rng.random() < 0.5
    batch, channels, places = rng.randint(1, 2), rng.randint(1, 3), each(2, 6 if rank < 3 else 4)
    groups = rng.choice([1, 1, 2])
    inner, outer = groups * rng.randint(1, 2), groups * rng.randint(1, 2)
    shape = (batch, channels, *places)
    try:
        match kind:
            case "conv1d" | "conv2d" | "conv3d":
                layer = cls(
                    inner, outer, each(1, 3), stride=each(1, 2), padding=pairs([2] * rank), dilation=each(1, 2),
                    groups=groups, bias=coin,
                )
                return layer, ((batch, inner, *places),)
            case "conv_transpose2d":
                layer = cls(
                    inner, outer, each(1, 3), stride=each(1, 3), padding=pairs([2] * rank), dilation=each(1, 2),
                    output_padding=each(0, 1), groups=groups, bias=coin,
                )
                return layer, ((batch, inner, *each(1, 4)),)
            case "max_pool1d" | "max_pool2d" | "max_pool3d":
                kernel = each(1, 3)
                pad = pairs([k // 2 for k in kernel])
                return cls(kernel, rng.choice([None, each(1, 3)]), pad, each(1, 2), coin), (shape,)
            case "avg_pool1d" | "avg_pool2d" | "avg_pool3d":
                kernel = each(1, 3)
                pad = pairs([k // 2 for k in kernel])
                override = rng.choice([None, None, 3])
                layer = cls(kernel, rng.choice([None, each(1, 3)]), pad, coin, rng.random() < 0.5, override)
                return layer, (shape,)
            case "zero_pad2d":
                return cls(pairs([2, 2])), (shape,)
            case "linear":
                return cls(inner, outer, coin), ((batch, inner),)
            case "batch_norm2d":
                return cls(channels, affine=coin, training=rng.random() < 0.5), ((2, channels, *places),)
            case "layer_norm":
                last = shape[rng.randint(1, 3):] or shape[3:]
                return cls(last, elementwise_affine=coin, bias=rng.random() < 0.5), (shape,)
            case "bias" | "scale":
                return cls(channels), (shape[: rng.randint(2, 4)],)
            case "add":
                return cls(), (shape[: rng.randint(1, 4)],) * rng.randint(2, 3)
            case "concat":
                dim = rng.randint(1, 3)
                one = [(*shape[:dim], rng.randint(1, 3), *shape[dim + 1:]) for _ in range(rng.randint(2, 3))]
                return cls(dim), tuple(one)
            case "softmax":
                rank_ = rng.randint(2, 4)
                return cls(rng.randint(1, rank_ - 1)), (shape[:rank_],)
            case "softmax_cross_entropy":
                return cls(), ((batch, channels + 1),)
            case "leaky_relu":
                return cls(rng.choice([0.01, 0.25, 0, 2])), (shape[: rng.randint(1, 4)],)
            case "gelu":
                return cls(rng.choice(["none", "tanh"])), (shape[: rng.randint(1, 4)],)
            case "dropout":
                return cls(rng.choice([0.5, 0.1, 0])), (shape[: rng.randint(1, 4)],)
            case "global_avg_pool2d":
                return cls(), (shape,)
            case "flatten":
                return cls(), (shape[: rng.randint(2, 4)],)
            case "relu" | "sigmoid" | "tanh" | "mse":
                return cls(), (shape[: rng.randint(1, 4)],)
    except SizeError:
        return _drawn(kind, rng)
    raise AssertionError(f"say how a {kind} is drawn")
