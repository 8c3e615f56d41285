"""What layers with one number a channel share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

import sympy as sp

from symconv.errors import SizeError
from symconv.layers.common import sizes as check
from symconv.layers.common.elementwise import AXES
from symconv.layers.common.fragment import Fragment, Shape
from symconv.notation.index import size, symbol
from symconv.notation.tensor import Tensor
from symconv.notation.term import Equation


@dataclass(frozen=True)
class Channelwise:
    """``output[b,c,..] = f(input[b,c,..], parameter[c])`` for an input (N, num_features, ...) of two to five axes."""

    num_features: int

    kind: ClassVar[str]
    role: ClassVar[str]
    letter: ClassVar[str]
    loss: ClassVar[bool] = False
    inferred: ClassVar[Mapping[str, int]] = MappingProxyType({"num_features": 1})

    def __post_init__(self) -> None:
        check.integer(self.kind, "num_features", self.num_features)

    def joined(self, y: Tensor, at: tuple[sp.Expr, ...], x: Tensor, parameter: Tensor) -> Equation:
        """The equation of the output."""
        raise NotImplementedError

    def options(self) -> dict[str, object]:
        """Nothing beside the arrays."""
        return {}

    def fragment(self, shape: Shape) -> Fragment:
        """The equation for an input (N, num_features, ...)."""
        shape = check.shape(self.kind, "input shape", shape)
        axes = check.axes(self.kind, shape, AXES)
        if len(shape) < 2:
            raise SizeError(self.kind, f"input shape {shape} has no channels", "give the batch and the channels first")
        check.channels(self.kind, shape, self.num_features, "num_features")
        symbols = tuple(size(f"n_{a}") for a in axes)
        x = Tensor("input", symbols, axes, latex="X")
        y = Tensor("output", symbols, axes, latex="Y")
        parameter = Tensor(self.role, (symbols[1],), ("c",), latex=self.letter)
        q = self.joined(y, tuple(map(symbol, axes)), x, parameter)
        return Fragment((x,), (parameter,), (q,), dict(zip(symbols, shape, strict=True)))
