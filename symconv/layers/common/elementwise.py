"""What functions of single entries share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

import sympy as sp

from symconv.layers.common import sizes as check
from symconv.layers.common.fragment import Fragment, Remark, Shape
from symconv.notation.index import size, symbol
from symconv.notation.tensor import Tensor
from symconv.notation.term import equation

AXES = ("b", "c", "u", "v", "w")


@dataclass(frozen=True)
class Elementwise:
    """``output = f(input)``, entry by entry, for an input of any shape (N, ...) of one to five axes."""

    kind: ClassVar[str]
    letter: ClassVar[str]
    loss: ClassVar[bool] = False
    inferred: ClassVar[Mapping[str, int]] = MappingProxyType({})

    def formula(self, x: sp.Expr) -> sp.Expr:
        """The function of one entry."""
        raise NotImplementedError

    def options(self) -> dict[str, object]:
        """Nothing beside the array."""
        return {}

    def remarks(self) -> tuple[Remark, ...]:
        """What a document should say about it."""
        return ()

    def fragment(self, shape: Shape) -> Fragment:
        """The equation for an input of one to five axes."""
        shape = check.shape(self.kind, "input shape", shape)
        axes = check.axes(self.kind, shape, AXES)
        symbols = tuple(size(f"n_{a}") for a in axes)
        at = tuple(map(symbol, axes))
        x = Tensor("input", symbols, axes, latex="X")
        y = Tensor("output", symbols, axes, latex=self.letter)
        q = equation(y, at, self.formula(x[at]), (x,))
        return Fragment((x,), (), (q,), dict(zip(symbols, shape, strict=True)), remarks=self.remarks())
