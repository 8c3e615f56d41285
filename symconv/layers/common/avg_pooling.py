"""What average poolings share: the mean of a window."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

import sympy as sp

from symconv.layers.common import sizes as check
from symconv.layers.common.fragment import Fragment, Shape
from symconv.layers.common.spatial import INPUT_AXES, output_sizes, window
from symconv.notation.guards import Range
from symconv.notation.index import indices, padding, size, symbol
from symconv.notation.tensor import Tensor
from symconv.notation.term import equation

OUTPUT_AXES = ("p", "q", "r")


@dataclass(frozen=True)
class AvgPooling:
    """``output[b,c,p,..] = sum(i,..) input[b, c, s1*p+i-p1, ..] / divisor[p,..]``.

    The divisor is the number of entries of the window inside the padded input (``count_include_pad``, the default) or
    inside the input; ``divisor_override`` puts a number in its place. Without ``ceil_mode``, and with ``padding`` only
    if it counts, every window is whole and the divisor is the kernel's size; otherwise it has an equation of its own,
    ``count[p,..]``. Hyper-parameters as torch.nn.AvgPool2d (``stride`` defaults to the kernel size), ``padding`` at
    most half the kernel on each side.

    Raises SizeError for sizes that cannot be.
    """

    kernel_size: int | tuple[int, ...]
    stride: int | tuple[int, ...] | None = None
    padding: int | tuple[int | tuple[int, int], ...] = 0
    ceil_mode: bool = False
    count_include_pad: bool = True
    divisor_override: int | None = None

    kind: ClassVar[str]
    loss: ClassVar[bool] = False
    inferred: ClassVar[Mapping[str, int]] = MappingProxyType({})
    rank: ClassVar[int]

    def __post_init__(self) -> None:
        where, rank = self.kind, self.rank
        kernel = check.per_axis(where, "kernel_size", self.kernel_size, rank)
        if self.stride is not None:
            check.per_axis(where, "stride", self.stride, rank)
        check.flag(where, "ceil_mode", self.ceil_mode)
        check.flag(where, "count_include_pad", self.count_include_pad)
        if self.divisor_override is not None:
            check.integer(where, "divisor_override", self.divisor_override)
        check.half_kernel(where, kernel, check.pads(where, "padding", self.padding, rank))

    def options(self) -> dict[str, object]:
        """What the reference needs beside the array."""
        where, rank = self.kind, self.rank
        kernel = check.per_axis(where, "kernel_size", self.kernel_size, rank)
        return {
            "kernel_size": kernel,
            "stride": kernel if self.stride is None else check.per_axis(where, "stride", self.stride, rank),
            "padding": check.pads(where, "padding", self.padding, rank),
            "ceil_mode": self.ceil_mode,
            "count_include_pad": self.count_include_pad,
            "divisor_override": self.divisor_override,
        }

    def fragment(self, shape: Shape) -> Fragment:
        """The equations for an input (N, C, *spatial)."""
        where, rank = self.kind, self.rank
        shape = check.shape(where, "input shape", shape, rank=rank + 2)
        kernel = check.per_axis(where, "kernel_size", self.kernel_size, rank)
        stride = kernel if self.stride is None else check.per_axis(where, "stride", self.stride, rank)
        pad = check.pads(where, "padding", self.padding, rank)
        out = tuple(
            check.windows(where, n, k, s, p, 1, ceil_mode=self.ceil_mode)
            for n, k, s, p in zip(shape[2:], kernel, stride, pad, strict=True)
        )
        w = window(rank, OUTPUT_AXES, dilated=False)
        n_b, n_c = size("n_b"), size("n_c")
        b, c = symbol("b"), symbol("c")
        x = Tensor("input", (n_b, n_c, *w.input_sizes), ("b", "c", *INPUT_AXES[:rank]), latex="C")
        windows = tuple(i.extent for i in w.output)
        y = Tensor("output", (n_b, n_c, *windows), ("b", "c", *OUTPUT_AXES[:rank]), latex="P")
        places = tuple(i.symbol for i in w.output)
        sizes = w.sizes(shape[2:], kernel, out, stride, (), pad) | {n_b: shape[0], n_c: shape[1]}
        entry, free = x[(b, c, *w.accesses)], (*indices(b=n_b, c=n_c), *w.output)
        padded = check.padded(shape, pad)
        definitions = output_sizes(w, ceil_mode=self.ceil_mode)
        whole = not self.ceil_mode and (self.count_include_pad or not any(map(any, pad)))
        if self.divisor_override is not None or whole:
            divisor = self.divisor_override or sp.Mul(*(i.extent for i in w.kernel))
            q = equation(
                y, (b, c, *places), entry / divisor, (x,), free=free, bound=w.kernel, guards=w.guards
            )
            return Fragment((x,), (), (q,), sizes, definitions=definitions, padded=padded)
        inside = w.guards
        if self.count_include_pad:
            ends = tuple(padding(f"p_{n + 1}_") for n in range(rank))
            sizes |= {e: end for e, (_, end) in zip(ends, pad, strict=True)}
            inside = tuple(Range(g.value, -p, g.high + e) for g, p, e in zip(inside, w.pad, ends, strict=True))
        count = Tensor("count", windows, OUTPUT_AXES[:rank], latex="N")
        equations = (
            equation(count, places, sp.Integer(1), (), free=w.output, bound=w.kernel, guards=inside),
            equation(
                y, (b, c, *places), entry / count[places], (x, count), free=free, bound=w.kernel, guards=w.guards
            ),
        )
        return Fragment(
            (x,), (), equations, sizes, constants=("count",), definitions=definitions, padded=padded
        )
