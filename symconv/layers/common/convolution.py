"""What convolutions share: a sliding filter over one, two or three spatial axes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

import sympy as sp

from symconv.layers.common import sizes as check
from symconv.layers.common.fragment import Fragment, Shape
from symconv.layers.common.spatial import INPUT_AXES, KERNEL_AXES, output_sizes, window
from symconv.notation.index import Index, indices, size, symbol
from symconv.notation.tensor import Tensor
from symconv.notation.term import equation, plus

OUTPUT_AXES = ("k", "l", "m")


@dataclass(frozen=True)
class Convolution:
    """Convolution as every framework has it, that is cross-correlation (the filter is not rotated).

    ``output[b,o,k,..] = sum(c,i,..) input[b, c, s1*k+d1*i-p1, ..] * weight[o,c,i,..] + bias[o]`` over ``rank`` spatial
    axes; entries outside the input are 0. Shapes: input (N, in_channels, *spatial), weight (out_channels,
    in_channels/groups, *kernel), bias (out_channels,). Hyper-parameters as torch.nn.Conv2d, except that ``bias`` is
    False by default; ``padding`` may also be a (begin, end) pair an axis.

    Raises SizeError for sizes that cannot be.
    """

    in_channels: int
    out_channels: int
    kernel_size: int | tuple[int, ...]
    stride: int | tuple[int, ...] = 1
    padding: int | tuple[int | tuple[int, int], ...] = 0
    dilation: int | tuple[int, ...] = 1
    groups: int = 1
    bias: bool = False

    kind: ClassVar[str]
    loss: ClassVar[bool] = False
    inferred: ClassVar[Mapping[str, int]] = MappingProxyType({"in_channels": 1})
    rank: ClassVar[int]

    def __post_init__(self) -> None:
        where, rank = self.kind, self.rank
        check.integer(where, "in_channels", self.in_channels)
        check.integer(where, "out_channels", self.out_channels)
        check.per_axis(where, "kernel_size", self.kernel_size, rank)
        check.per_axis(where, "stride", self.stride, rank)
        check.per_axis(where, "dilation", self.dilation, rank)
        check.pads(where, "padding", self.padding, rank)
        check.flag(where, "bias", self.bias)
        check.groups(where, self.groups, self.in_channels, self.out_channels)

    def options(self) -> dict[str, object]:
        """What the reference needs beside the arrays."""
        where, rank = self.kind, self.rank
        return {
            "stride": check.per_axis(where, "stride", self.stride, rank),
            "padding": check.pads(where, "padding", self.padding, rank),
            "dilation": check.per_axis(where, "dilation", self.dilation, rank),
            "groups": self.groups,
        }

    def fragment(self, shape: Shape) -> Fragment:
        """The equations for an input (N, in_channels, *spatial)."""
        where, rank, groups = self.kind, self.rank, self.groups
        shape = check.shape(where, "input shape", shape, rank=rank + 2)
        check.channels(where, shape, self.in_channels)
        kernel = check.per_axis(where, "kernel_size", self.kernel_size, rank)
        stride = check.per_axis(where, "stride", self.stride, rank)
        dilation = check.per_axis(where, "dilation", self.dilation, rank)
        pad = check.pads(where, "padding", self.padding, rank)
        out = tuple(
            check.windows(where, n, k, s, p, d)
            for n, k, s, p, d in zip(shape[2:], kernel, stride, pad, dilation, strict=True)
        )
        # Sizes are sound: now the symbols. Channels are (group, within the group) only where there are groups.
        w = window(rank, OUTPUT_AXES)
        n_b, n_g, n_c, n_o = (size(f"n_{name}") for name in "bgco")
        b, c, o = symbol("b"), symbol("c"), symbol("o")
        group = (Index("g", n_g),) if groups > 1 else ()
        g, n_groups = (symbol("g"), n_g) if group else (sp.Integer(0), sp.Integer(1))
        x = Tensor("input", (n_b, n_groups * n_c, *w.input_sizes), ("b", "c", *INPUT_AXES[:rank]), latex="A")
        kernel_sizes = tuple(i.extent for i in w.kernel)
        weight = Tensor(
            "weight", (n_groups * n_o, n_c, *kernel_sizes), ("o", "c", *KERNEL_AXES[:rank]), latex="F"
        )
        y = Tensor(
            "output", (n_b, n_groups * n_o, *(i.extent for i in w.output)), ("b", "o", *OUTPUT_AXES[:rank]), latex="C"
        )
        place = (b, g * n_o + o, *(i.symbol for i in w.output))
        free = (*indices(b=n_b), *group, *indices(o=n_o), *w.output)
        taps = tuple(i.symbol for i in w.kernel)
        q = equation(
            y,
            place,
            x[(b, g * n_c + c, *w.accesses)] * weight[(g * n_o + o, c, *taps)],
            (x, weight),
            free=free,
            bound=(*indices(c=n_c), *w.kernel),
            guards=w.guards,
        )
        parameters = [weight]
        if self.bias:
            add = Tensor("bias", (n_groups * n_o,), ("o",), latex="B")
            parameters.append(add)
            q = plus(q, equation(y, place, add[g * n_o + o], (add,), free=free))
        sizes = w.sizes(shape[2:], kernel, out, stride, dilation, pad)
        sizes |= {n_b: shape[0], n_c: self.in_channels // groups, n_o: self.out_channels // groups}
        if group:
            sizes[n_g] = groups
        padded = check.padded(shape, pad)
        return Fragment((x,), tuple(parameters), (q,), sizes, definitions=output_sizes(w), padded=padded)
