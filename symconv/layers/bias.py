"""bias: adds to every channel a number of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import sympy as sp

from symconv.layers.common.channelwise import Channelwise
from symconv.notation.tensor import Tensor
from symconv.notation.term import Equation, equation, plus


@dataclass(frozen=True)
class Bias(Channelwise):
    """``output[b,c,..] = input[b,c,..] + bias[c]`` for an input (N, num_features, ...) of two to five axes.

    Raises SizeError for sizes that cannot be.
    """

    kind: ClassVar[str] = "bias"
    role: ClassVar[str] = "bias"
    letter: ClassVar[str] = "B"

    def joined(self, y: Tensor, at: tuple[sp.Expr, ...], x: Tensor, parameter: Tensor) -> Equation:
        """The equation of the output."""
        return plus(equation(y, at, x[at], (x,)), equation(y, at, parameter[at[1]], (parameter,)))
