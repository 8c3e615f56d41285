"""flatten: every image as one row, row-major."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

import sympy as sp

from symconv.errors import SizeError
from symconv.layers.common import sizes as check
from symconv.layers.common.fragment import Fragment, Shape
from symconv.notation.affine import flat
from symconv.notation.index import Index, size, symbol
from symconv.notation.tensor import Tensor
from symconv.notation.term import equation

AXES = ("b", "c", "u", "v", "w")


@dataclass(frozen=True)
class Flatten:
    """``output[b, c*H*W + u*W + v] = input[b, c, u, v]``: the batch axis stays, the others become one."""

    kind: ClassVar[str] = "flatten"
    loss: ClassVar[bool] = False
    inferred: ClassVar[Mapping[str, int]] = MappingProxyType({})

    def options(self) -> dict[str, object]:
        """Nothing beside the array."""
        return {}

    def fragment(self, shape: Shape) -> Fragment:
        """The equation for an input (N, ...) of at least two axes."""
        shape = check.shape(self.kind, "input shape", shape)
        axes = check.axes(self.kind, shape, AXES)
        if len(axes) < 2:
            problem = f"input shape {shape} has no axis to flatten"
            raise SizeError(self.kind, problem, "give the batch and one more axis")
        symbols = tuple(size(f"n_{a}") for a in axes)
        batch, *rest = (Index(a, n) for a, n in zip(axes, symbols, strict=True))
        x = Tensor("input", symbols, axes, latex="P")
        y = Tensor("output", (symbols[0], sp.Mul(*symbols[1:])), ("b", "f"), latex="X")
        q = equation(
            y, (batch.symbol, flat(rest)), x[tuple(map(symbol, axes))], (x,), free=(batch, *rest)
        )
        return Fragment((x,), (), (q,), dict(zip(symbols, shape, strict=True)))
