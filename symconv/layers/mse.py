"""mse: the mean of the squared differences over all entries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

import sympy as sp

from symconv.layers.common import sizes as check
from symconv.layers.common.fragment import Fragment, Shape
from symconv.notation.index import Index, size, symbol
from symconv.notation.tensor import Tensor
from symconv.notation.term import equation

AXES = ("b", "c", "u", "v", "w")


@dataclass(frozen=True)
class MSELoss:
    """``output = mean over all entries of (input - target)**2``, as torch.nn.MSELoss; target has the input's shape."""

    kind: ClassVar[str] = "mse"
    loss: ClassVar[bool] = True
    inferred: ClassVar[Mapping[str, int]] = MappingProxyType({})

    def options(self) -> dict[str, object]:
        """Nothing beside the arrays."""
        return {}

    def fragment(self, shape: Shape) -> Fragment:
        """The equation for an input of one to five axes."""
        shape = check.shape(self.kind, "input shape", shape)
        axes = check.axes(self.kind, shape, AXES)
        symbols = tuple(size(f"n_{a}") for a in axes)
        at = tuple(map(symbol, axes))
        x = Tensor("input", symbols, axes, latex="Z")
        t = Tensor("target", symbols, axes, latex="T")
        bound = tuple(Index(a, n) for a, n in zip(axes, symbols, strict=True))
        q = equation(
            Tensor("output", latex="E"), (), (x[at] - t[at]) ** 2 / sp.Mul(*symbols), (x, t), free=(), bound=bound
        )
        return Fragment((x, t), (), (q,), dict(zip(symbols, shape, strict=True)), data=("target",))
