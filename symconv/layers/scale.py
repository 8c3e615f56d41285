"""scale: multiplies every channel by a number of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import sympy as sp

from symconv.layers.common.channelwise import Channelwise
from symconv.notation.tensor import Tensor
from symconv.notation.term import Equation, equation


@dataclass(frozen=True)
class Scale(Channelwise):
    """``output[b,c,..] = weight[c] * input[b,c,..]`` for an input (N, num_features, ...) of two to five axes.

    Raises SizeError for sizes that cannot be.
    """

    kind: ClassVar[str] = "scale"
    role: ClassVar[str] = "weight"
    letter: ClassVar[str] = "g"

    def joined(self, y: Tensor, at: tuple[sp.Expr, ...], x: Tensor, parameter: Tensor) -> Equation:
        """The equation of the output."""
        return equation(y, at, parameter[at[1]] * x[at], (parameter, x))
