"""concat: several tensors one after another along an axis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

import sympy as sp

from symconv.layers.common import sizes as check
from symconv.layers.common.elementwise import AXES
from symconv.layers.common.fragment import Fragment, Shape
from symconv.layers.common.several import same_shape, two_or_more
from symconv.notation.guards import Range
from symconv.notation.index import size, symbol
from symconv.notation.tensor import Tensor
from symconv.notation.term import equation, plus


@dataclass(frozen=True)
class Concat:
    """``output[b,c,..] = input[b,c,..]`` for c below its extent n1, ``input2[b,c-n1,..]`` for the next ones, and so on.

    Two or more inputs of one to five axes that differ along ``dim`` only (1 by default, not the batch), as torch.cat.
    Raises SizeError when the other axes differ.
    """

    dim: int = 1

    kind: ClassVar[str] = "concat"
    loss: ClassVar[bool] = False
    inferred: ClassVar[Mapping[str, int]] = MappingProxyType({})

    def __post_init__(self) -> None:
        check.integer(self.kind, "dim", self.dim)

    def options(self) -> dict[str, object]:
        """What the reference needs beside the arrays."""
        return {"dim": self.dim}

    def fragment(self, *inputs: Shape) -> Fragment:
        """The equation for inputs that differ along one axis only."""
        shapes = two_or_more(self.kind, inputs)
        axes = check.axes(self.kind, shapes[0], AXES)
        check.axis(self.kind, "dim", self.dim, shapes[0])
        same_shape(self.kind, shapes, but=self.dim)
        symbols = tuple(size(f"n_{a}") for a in axes)
        parts = tuple(size(f"n_{axes[self.dim]}{n}") for n in range(1, len(shapes) + 1))
        at = tuple(map(symbol, axes))

        def along(new: sp.Expr, whole: tuple[sp.Expr, ...]) -> tuple[sp.Expr, ...]:
            return (*whole[: self.dim], new, *whole[self.dim + 1 :])

        names = ("input", *(f"input{n}" for n in range(2, len(shapes) + 1)))
        xs = tuple(Tensor(name, along(n, symbols), axes, latex="X") for name, n in zip(names, parts, strict=True))
        y = Tensor("output", along(sp.Add(*parts), symbols), axes, latex="Y")
        terms, before = [], sp.Integer(0)
        for x, n in zip(xs, parts, strict=True):
            place = at[self.dim] - before
            guard = Range(place, sp.Integer(0), n)
            terms.append(equation(y, at, x[along(place, at)], (x,), guards=(guard,)))
            before += n
        numbers = {s: n for axis, (s, n) in enumerate(zip(symbols, shapes[0], strict=True)) if axis != self.dim}
        numbers |= {n: s[self.dim] for n, s in zip(parts, shapes, strict=True)}
        return Fragment(xs, (), (plus(*terms),), numbers)
