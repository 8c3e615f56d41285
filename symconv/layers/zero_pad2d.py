"""zero_pad2d: zeros around every image."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

import sympy as sp

from symconv.layers.common import sizes as check
from symconv.layers.common.fragment import Definition, Fragment, Shape
from symconv.notation.guards import Range
from symconv.notation.index import padding, size, symbol
from symconv.notation.tensor import Tensor
from symconv.notation.term import equation


@dataclass(frozen=True)
class ZeroPad2d:
    """``output[b,c,k,l] = input[b, c, k-p1, l-p2]`` inside the input, 0 elsewhere.

    ``padding`` is one number for all sides, one an axis, or one (begin, end) pair an axis, rows first
    (torch.nn.ZeroPad2d takes left, right, top, bottom). Raises SizeError for sizes that cannot be.
    """

    padding: int | tuple[int | tuple[int, int], ...]

    kind: ClassVar[str] = "zero_pad2d"
    loss: ClassVar[bool] = False
    inferred: ClassVar[Mapping[str, int]] = MappingProxyType({})

    def __post_init__(self) -> None:
        check.pads(self.kind, "padding", self.padding, 2)

    def options(self) -> dict[str, object]:
        """What the reference needs beside the array."""
        return {"padding": check.pads(self.kind, "padding", self.padding, 2)}

    def fragment(self, shape: Shape) -> Fragment:
        """The equation for an input (N, C, H, W)."""
        shape = check.shape(self.kind, "input shape", shape, rank=4)
        pad = check.pads(self.kind, "padding", self.padding, 2)
        n_b, n_c, n_u, n_v, n_k, n_l = (size(f"n_{a}") for a in "bcuvkl")
        b, c, k, l = map(symbol, "bckl")
        p = (padding("p_1"), padding("p_2"))
        x = Tensor("input", (n_b, n_c, n_u, n_v), ("b", "c", "u", "v"), latex="A")
        y = Tensor("output", (n_b, n_c, n_k, n_l), ("b", "c", "k", "l"), latex="Y")
        guards = (Range(k - p[0], sp.Integer(0), n_u), Range(l - p[1], sp.Integer(0), n_v))
        q = equation(y, (b, c, k, l), x[b, c, k - p[0], l - p[1]], (x,), guards=guards)
        padded = check.padded(shape, pad)
        sizes = dict(zip((n_b, n_c, n_u, n_v, n_k, n_l), (*shape, *padded[2:]), strict=True))
        sizes |= {symbol_: begin for symbol_, (begin, _) in zip(p, pad, strict=True)}
        definitions = tuple(
            Definition(n, rf"n_{{{u}}} + p_{{{axis}}} + p'_{{{axis}}}", f"n_{u} + p_{axis} + p_{axis}'")
            for n, u, axis in ((n_k, "u", 1), (n_l, "v", 2))
        )
        return Fragment((x,), (), (q,), sizes, definitions=definitions, padded=padded)
