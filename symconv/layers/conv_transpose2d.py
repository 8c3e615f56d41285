"""conv_transpose2d: a convolution backwards, ``C[b,o,u,v] = sum(c,i,j) A[b, c, (u+p-d*i)/s, ..] * F[c,o,i,j]``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

import sympy as sp

from symconv.errors import SizeError
from symconv.layers.common import sizes as check
from symconv.layers.common.fragment import Definition, Fragment, Shape
from symconv.notation.guards import Divides, Guard, Range
from symconv.notation.index import Index, indices, padding, size, symbol
from symconv.notation.tensor import Tensor
from symconv.notation.term import equation, plus

INPUT_AXES, KERNEL_AXES, OUTPUT_AXES = ("k", "l"), ("i", "j"), ("u", "v")


@dataclass(frozen=True)
class ConvTranspose2d:
    """Transposed convolution: every input entry adds its multiple of the filter to the output, ``stride`` apart.

    ``output[b,o,u,v] = sum(c,i,j) input[b, c, (u+p1-d1*i)/s1, (v+p2-d2*j)/s2] * weight[c,o,i,j] + bias[o]`` over the
    taps where both quotients are integers inside the input. Shapes: input (N, in_channels, H, W), weight (in_channels,
    out_channels/groups, *kernel), bias (out_channels,); an output extent is
    ``(H - 1)*s1 - p1 - p1' + d1*(kernel - 1) + output_padding + 1``. Hyper-parameters as torch.nn.ConvTranspose2d,
    except that ``bias`` is False by default; ``padding`` may also be a (begin, end) pair an axis.

    Raises SizeError for sizes that cannot be.
    """

    in_channels: int
    out_channels: int
    kernel_size: int | tuple[int, ...]
    stride: int | tuple[int, ...] = 1
    padding: int | tuple[int | tuple[int, int], ...] = 0
    output_padding: int | tuple[int, ...] = 0
    groups: int = 1
    bias: bool = False
    dilation: int | tuple[int, ...] = 1

    kind: ClassVar[str] = "conv_transpose2d"
    loss: ClassVar[bool] = False
    inferred: ClassVar[Mapping[str, int]] = MappingProxyType({"in_channels": 1})
    rank: ClassVar[int] = 2

    def __post_init__(self) -> None:
        where, rank = self.kind, self.rank
        check.integer(where, "in_channels", self.in_channels)
        check.integer(where, "out_channels", self.out_channels)
        check.per_axis(where, "kernel_size", self.kernel_size, rank)
        stride = check.per_axis(where, "stride", self.stride, rank)
        dilation = check.per_axis(where, "dilation", self.dilation, rank)
        check.pads(where, "padding", self.padding, rank)
        extra = check.per_axis(where, "output_padding", self.output_padding, rank, least=0)
        check.flag(where, "bias", self.bias)
        check.groups(where, self.groups, self.in_channels, self.out_channels)
        for more, s, d in zip(extra, stride, dilation, strict=True):
            if more >= max(s, d):
                problem = f"output_padding {more} is not smaller than stride {s} or dilation {d}"
                raise SizeError(where, problem, f"give at most {max(s, d) - 1}")

    def options(self) -> dict[str, object]:
        """What the reference needs beside the arrays."""
        where, rank = self.kind, self.rank
        return {
            "stride": check.per_axis(where, "stride", self.stride, rank),
            "padding": check.pads(where, "padding", self.padding, rank),
            "output_padding": check.per_axis(where, "output_padding", self.output_padding, rank, least=0),
            "dilation": check.per_axis(where, "dilation", self.dilation, rank),
            "groups": self.groups,
        }

    def fragment(self, shape: Shape) -> Fragment:
        """The equations for an input (N, in_channels, H, W)."""
        where, rank, groups = self.kind, self.rank, self.groups
        shape = check.shape(where, "input shape", shape, rank=rank + 2)
        check.channels(where, shape, self.in_channels)
        kernel = check.per_axis(where, "kernel_size", self.kernel_size, rank)
        stride = check.per_axis(where, "stride", self.stride, rank)
        dilation = check.per_axis(where, "dilation", self.dilation, rank)
        pad = check.pads(where, "padding", self.padding, rank)
        extra = check.per_axis(where, "output_padding", self.output_padding, rank, least=0)
        out = tuple(
            _extent(where, n, k, s, p, d, more)
            for n, k, s, p, d, more in zip(shape[2:], kernel, stride, pad, dilation, extra, strict=True)
        )
        n_b, n_g, n_c, n_o = (size(f"n_{name}") for name in "bgco")
        s, d = (tuple(size(f"{name}_{n + 1}") for n in range(rank)) for name in "sd")
        p = tuple(padding(f"p_{n + 1}") for n in range(rank))
        n_in, n_taps, n_out = (tuple(size(f"n_{a}") for a in axes) for axes in (INPUT_AXES, KERNEL_AXES, OUTPUT_AXES))
        b, c, o = symbol("b"), symbol("c"), symbol("o")
        group = (Index("g", n_g),) if groups > 1 else ()
        g, n_groups = (symbol("g"), n_g) if group else (sp.Integer(0), sp.Integer(1))
        x = Tensor("input", (n_b, n_groups * n_c, *n_in), ("b", "c", *INPUT_AXES), latex="A")
        weight = Tensor("weight", (n_groups * n_c, n_o, *n_taps), ("c", "o", *KERNEL_AXES), latex="F")
        y = Tensor("output", (n_b, n_groups * n_o, *n_out), ("b", "o", *OUTPUT_AXES), latex="C")
        taps, places = tuple(map(symbol, KERNEL_AXES)), tuple(map(symbol, OUTPUT_AXES))
        # The output entry u meets the input entry k by the tap i where u = s*k + d*i - p.
        reach = tuple(u + q - e * i for u, q, e, i in zip(places, p, d, taps, strict=True))
        guards: tuple[Guard, ...] = tuple(
            Range(r, sp.Integer(0), step * n) for r, step, n in zip(reach, s, n_in, strict=True)
        )
        guards += tuple(Divides(step, r) for r, step in zip(reach, s, strict=True))
        place = (b, g * n_o + o, *places)
        free = (*indices(b=n_b), *group, *indices(o=n_o), *map(Index, OUTPUT_AXES, n_out))
        entry = x[(b, g * n_c + c, *(r / step for r, step in zip(reach, s, strict=True)))]
        bound = (*indices(c=n_c), *map(Index, KERNEL_AXES, n_taps))
        q = equation(
            y, place, entry * weight[(g * n_c + c, o, *taps)], (x, weight), free=free, bound=bound, guards=guards
        )
        parameters = [weight]
        if self.bias:
            add = Tensor("bias", (n_groups * n_o,), ("o",), latex="B")
            parameters.append(add)
            q = plus(q, equation(y, place, add[g * n_o + o], (add,), free=free))
        sizes = {n_b: shape[0], n_c: self.in_channels // groups, n_o: self.out_channels // groups}
        for symbols, numbers in ((n_in, shape[2:]), (n_taps, kernel), (n_out, out), (s, stride), (d, dilation)):
            sizes |= dict(zip(symbols, numbers, strict=True))
        sizes |= {symbol_: begin for symbol_, (begin, _) in zip(p, pad, strict=True)}
        if group:
            sizes[n_g] = groups
        definitions = tuple(_definition(n, n_out[n]) for n in range(rank))
        return Fragment((x,), tuple(parameters), (q,), sizes, definitions=definitions)


def _extent(where: str, n: int, kernel: int, stride: int, pad: check.Pair, dilation: int, extra: int) -> int:
    """``(n - 1)*stride - p - p' + dilation*(kernel - 1) + output_padding + 1``; raises SizeError unless positive."""
    extent = (n - 1) * stride - sum(pad) + dilation * (kernel - 1) + extra + 1
    if extent < 1:
        problem = f"padding {pad} leaves nothing of the {extent + sum(pad)} entries that an axis would have"
        raise SizeError(where, problem, "pad less or enlarge the input")
    return extent


def _definition(axis: int, symbol_: sp.Symbol) -> Definition:
    """How an output extent follows; e is the output padding, p' the padding at the end."""
    k, i, n = INPUT_AXES[axis], KERNEL_AXES[axis], axis + 1
    latex = rf"(n_{{{k}}} - 1) s_{{{n}}} - p_{{{n}}} - p'_{{{n}}} + d_{{{n}}}(n_{{{i}}} - 1) + e_{{{n}}} + 1"
    text = f"(n_{k} - 1)*s_{n} - p_{n} - p_{n}' + d_{n}*(n_{i} - 1) + e_{n} + 1"
    return Definition(symbol_, latex, text, letters=(("e", "output padding"),))
