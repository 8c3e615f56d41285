"""softmax: exponentials divided by their sum."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

import sympy as sp

from symconv.layers.common import sizes as check
from symconv.layers.common.elementwise import AXES
from symconv.layers.common.fragment import Fragment, Shape
from symconv.notation.index import Index, size, symbol
from symconv.notation.tensor import Tensor
from symconv.notation.term import equation


@dataclass(frozen=True)
class Softmax:
    """``output = exp(input - m) / sum exp(input - m)`` along the axis ``dim``, with the largest entry m of each row.

    Input of two to five axes; as torch.nn.Softmax, ``dim`` is 1 by default and not the batch. The shift m is a declared
    constant: the quotient does not depend on it. Raises SizeError for an axis that does not exist.
    """

    dim: int = 1

    kind: ClassVar[str] = "softmax"
    loss: ClassVar[bool] = False
    inferred: ClassVar[Mapping[str, int]] = MappingProxyType({})

    def __post_init__(self) -> None:
        check.integer(self.kind, "dim", self.dim)

    def options(self) -> dict[str, object]:
        """What the reference needs beside the array."""
        return {"dim": self.dim}

    def fragment(self, shape: Shape) -> Fragment:
        """The equations for an input (N, ...) that has the axis ``dim``."""
        shape = check.shape(self.kind, "input shape", shape)
        axes = check.axes(self.kind, shape, AXES)
        check.axis(self.kind, "dim", self.dim, shape)
        symbols = tuple(size(f"n_{a}") for a in axes)
        at = tuple(map(symbol, axes))
        rows = tuple(a for n, a in enumerate(at) if n != self.dim)
        row_axes = tuple(a for n, a in enumerate(axes) if n != self.dim)
        row_sizes = tuple(s for n, s in enumerate(symbols) if n != self.dim)
        along = (Index(axes[self.dim], symbols[self.dim]),)
        x = Tensor("input", symbols, axes, latex="Z")
        winner = Tensor("argmax", row_sizes, row_axes, "index", latex="J")
        shift = Tensor("shift", row_sizes, row_axes, latex="m")
        powers = Tensor("exponentials", symbols, axes, latex="e")
        total = Tensor("total", row_sizes, row_axes, latex="s")
        y = Tensor("output", symbols, axes, latex="P")
        equations = (
            equation(winner, rows, x[at], (x,), bound=along, reduction="argmax"),
            equation(shift, rows, x[at], (x,), bound=along, reduction="max", winner=winner),
            equation(powers, at, sp.exp(x[at] - shift[rows]), (x, shift)),
            equation(total, rows, powers[at], (powers,), bound=along),
            equation(y, at, powers[at] / total[rows], (powers, total)),
        )
        return Fragment((x,), (), equations, dict(zip(symbols, shape, strict=True)), constants=("shift",))
