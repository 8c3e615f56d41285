"""What maximum poolings share: the largest entry of a window, and which one it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

from symconv.layers.common import sizes as check
from symconv.layers.common.fragment import Fragment, Shape
from symconv.layers.common.spatial import INPUT_AXES, output_sizes, window
from symconv.notation.index import indices, size, symbol
from symconv.notation.tensor import Tensor
from symconv.notation.term import Equation, Reduction, equation

OUTPUT_AXES = ("p", "q", "r")


@dataclass(frozen=True)
class MaxPooling:
    """``output[b,c,p,..] = max(i,..) input[b, c, s1*p+d1*i-p1, ..]`` and ``argmax``, the winner's place.

    The argmax is the row-major place inside the window. The first maximum wins, NaN wins over everything (the last
    NaN), -0.0 equals 0.0; padding is skipped; a window without input gives -inf and argmax -1. Hyper-parameters as
    torch.nn.MaxPool2d (``stride`` defaults to the kernel size), ``padding`` at most half the kernel on each side.

    Raises SizeError for sizes that cannot be.
    """

    kernel_size: int | tuple[int, ...]
    stride: int | tuple[int, ...] | None = None
    padding: int | tuple[int | tuple[int, int], ...] = 0
    dilation: int | tuple[int, ...] = 1
    ceil_mode: bool = False

    kind: ClassVar[str]
    loss: ClassVar[bool] = False
    inferred: ClassVar[Mapping[str, int]] = MappingProxyType({})
    rank: ClassVar[int]

    def __post_init__(self) -> None:
        where, rank = self.kind, self.rank
        kernel = check.per_axis(where, "kernel_size", self.kernel_size, rank)
        if self.stride is not None:
            check.per_axis(where, "stride", self.stride, rank)
        check.per_axis(where, "dilation", self.dilation, rank)
        check.flag(where, "ceil_mode", self.ceil_mode)
        check.half_kernel(where, kernel, check.pads(where, "padding", self.padding, rank))

    def options(self) -> dict[str, object]:
        """What the reference needs beside the arrays."""
        where, rank = self.kind, self.rank
        kernel = check.per_axis(where, "kernel_size", self.kernel_size, rank)
        return {
            "kernel_size": kernel,
            "stride": kernel if self.stride is None else check.per_axis(where, "stride", self.stride, rank),
            "padding": check.pads(where, "padding", self.padding, rank),
            "dilation": check.per_axis(where, "dilation", self.dilation, rank),
            "ceil_mode": self.ceil_mode,
        }

    def fragment(self, shape: Shape) -> Fragment:
        """The equations for an input (N, C, *spatial)."""
        where, rank = self.kind, self.rank
        shape = check.shape(where, "input shape", shape, rank=rank + 2)
        kernel = check.per_axis(where, "kernel_size", self.kernel_size, rank)
        stride = kernel if self.stride is None else check.per_axis(where, "stride", self.stride, rank)
        dilation = check.per_axis(where, "dilation", self.dilation, rank)
        pad = check.pads(where, "padding", self.padding, rank)
        out = tuple(
            check.windows(where, n, k, s, p, d, ceil_mode=self.ceil_mode)
            for n, k, s, p, d in zip(shape[2:], kernel, stride, pad, dilation, strict=True)
        )
        w = window(rank, OUTPUT_AXES)
        n_b, n_c = size("n_b"), size("n_c")
        b, c = symbol("b"), symbol("c")
        x = Tensor("input", (n_b, n_c, *w.input_sizes), ("b", "c", *INPUT_AXES[:rank]), latex="C")
        shape_y = (n_b, n_c, *(i.extent for i in w.output))
        axes = ("b", "c", *OUTPUT_AXES[:rank])
        y = Tensor("output", shape_y, axes, latex="P")
        winner = Tensor("argmax", shape_y, axes, "index", latex="M")

        def reduce(target: Tensor, reduction: Reduction, decided: Tensor | None = None) -> Equation:
            return equation(
                target,
                (b, c, *(i.symbol for i in w.output)),
                x[(b, c, *w.accesses)],
                (x,),
                free=(*indices(b=n_b, c=n_c), *w.output),
                bound=w.kernel,
                guards=w.guards,
                reduction=reduction,
                winner=decided,
            )

        sizes = w.sizes(shape[2:], kernel, out, stride, dilation, pad) | {n_b: shape[0], n_c: shape[1]}
        equations = (reduce(winner, "argmax"), reduce(y, "max", winner))
        definitions = output_sizes(w, ceil_mode=self.ceil_mode)
        padded = check.padded(shape, pad)
        return Fragment((x,), (), equations, sizes, saved=("argmax",), definitions=definitions, padded=padded)
