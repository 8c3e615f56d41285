"""global_avg_pool2d: the mean of each channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

import sympy as sp

from symconv.layers.common import sizes as check
from symconv.layers.common.fragment import Fragment, Shape
from symconv.notation.index import Index, indices, size, symbol
from symconv.notation.tensor import Tensor
from symconv.notation.term import equation


@dataclass(frozen=True)
class GlobalAvgPool2d:
    """``output[b,c,0,0] = sum(u,v) input[b,c,u,v] / (H*W)``: input (N, C, H, W), output (N, C, 1, 1).

    As torch.nn.AdaptiveAvgPool2d(1) and GlobalAveragePool of ONNX.
    """

    kind: ClassVar[str] = "global_avg_pool2d"
    loss: ClassVar[bool] = False
    inferred: ClassVar[Mapping[str, int]] = MappingProxyType({})

    def options(self) -> dict[str, object]:
        """Nothing beside the array."""
        return {}

    def fragment(self, shape: Shape) -> Fragment:
        """The equation for an input (N, C, H, W)."""
        shape = check.shape(self.kind, "input shape", shape, rank=4)
        axes = ("b", "c", "u", "v")
        symbols = tuple(size(f"n_{a}") for a in axes)
        n_b, n_c, n_u, n_v = symbols
        b, c, u, v = map(symbol, axes)
        x = Tensor("input", symbols, axes, latex="X")
        one = sp.Integer(1)
        y = Tensor("output", (n_b, n_c, one, one), ("b", "c", "p", "q"), latex="G")
        free = indices(b=n_b, c=n_c)
        bound = (Index("u", n_u), Index("v", n_v))
        q = equation(y, (b, c, 0, 0), x[b, c, u, v] / (n_u * n_v), (x,), free=free, bound=bound)
        return Fragment((x,), (), (q,), dict(zip(symbols, shape, strict=True)))
