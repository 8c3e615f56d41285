"""add: the sum of several tensors, as a residual connection has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

from symconv.layers.common import sizes as check
from symconv.layers.common.elementwise import AXES
from symconv.layers.common.fragment import Fragment, Shape
from symconv.layers.common.several import same_shape, two_or_more
from symconv.notation.index import size, symbol
from symconv.notation.tensor import Tensor
from symconv.notation.term import equation, plus


@dataclass(frozen=True)
class Add:
    """``output = input + input2 + ...``, entry by entry, for two or more inputs of one shape of one to five axes.

    Raises SizeError when the shapes differ, or for a single one.
    """

    kind: ClassVar[str] = "add"
    loss: ClassVar[bool] = False
    inferred: ClassVar[Mapping[str, int]] = MappingProxyType({})

    def options(self) -> dict[str, object]:
        """Nothing beside the arrays."""
        return {}

    def fragment(self, *inputs: Shape) -> Fragment:
        """The equation for inputs of one shape."""
        shapes = two_or_more(self.kind, inputs)
        same_shape(self.kind, shapes)
        axes = check.axes(self.kind, shapes[0], AXES)
        symbols = tuple(size(f"n_{a}") for a in axes)
        at = tuple(map(symbol, axes))
        names = ("input", *(f"input{n}" for n in range(2, len(shapes) + 1)))
        xs = tuple(Tensor(name, symbols, axes, latex="X") for name in names)
        y = Tensor("output", symbols, axes, latex="Y")
        q = plus(*(equation(y, at, x[at], (x,)) for x in xs))
        return Fragment(xs, (), (q,), dict(zip(symbols, shapes[0], strict=True)))
