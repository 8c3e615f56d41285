"""dropout: entries that a mask keeps, scaled up; the mask is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import ClassVar

from symconv.errors import SizeError, show
from symconv.layers.common import sizes as check
from symconv.layers.common.elementwise import AXES
from symconv.layers.common.fragment import Fragment, Shape
from symconv.notation.index import size, symbol
from symconv.notation.tensor import Tensor
from symconv.notation.term import equation


@dataclass(frozen=True)
class Dropout:
    """``output = input * mask / (1 - p)``, entry by entry; ``mask`` holds 0 and 1 and is an input.

    Which entries are dropped is decided outside (in training each with probability ``p``), so that a pass can be
    repeated; otherwise as torch.nn.Dropout. ``p`` is the exact decimal that is written.

    Raises SizeError unless 0 <= p < 1.
    """

    p: float = 0.5

    kind: ClassVar[str] = "dropout"
    loss: ClassVar[bool] = False
    inferred: ClassVar[Mapping[str, int]] = MappingProxyType({})

    def __post_init__(self) -> None:
        if check.rational(self.kind, "p", self.p, least=Fraction(0)) >= 1:
            raise SizeError(self.kind, f"p {show(self.p)} drops everything", "give a number from 0 to below 1")

    def options(self) -> dict[str, object]:
        """What the reference needs beside the arrays."""
        return {"p": self.p}

    def fragment(self, shape: Shape) -> Fragment:
        """The equation for an input of one to five axes."""
        shape = check.shape(self.kind, "input shape", shape)
        axes = check.axes(self.kind, shape, AXES)
        symbols = tuple(size(f"n_{a}") for a in axes)
        at = tuple(map(symbol, axes))
        x = Tensor("input", symbols, axes, latex="X")
        mask = Tensor("mask", symbols, axes, latex="D")
        y = Tensor("output", symbols, axes, latex="Y")
        kept = 1 - check.rational(self.kind, "p", self.p)
        q = equation(y, at, x[at] * mask[at] / kept, (x, mask))
        return Fragment((x, mask), (), (q,), dict(zip(symbols, shape, strict=True)), data=("mask",))
