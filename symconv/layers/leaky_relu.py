"""leaky_relu: ``output = input`` above 0, ``negative_slope*input`` elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import sympy as sp

from symconv.layers.common import sizes as check
from symconv.layers.common.elementwise import Elementwise
from symconv.notation.functions import step, unstep


@dataclass(frozen=True)
class LeakyReLU(Elementwise):
    """``output = input*[input > 0] + negative_slope*input*[input <= 0]``, as torch.nn.LeakyReLU; NaN stays NaN.

    The derivative at 0 is the slope, which is taken as the exact decimal that is written. Raises SizeError for a slope
    that is not a finite number.
    """

    negative_slope: float = 0.01

    kind: ClassVar[str] = "leaky_relu"
    letter: ClassVar[str] = "R"

    def __post_init__(self) -> None:
        check.rational(self.kind, "negative_slope", self.negative_slope)

    def options(self) -> dict[str, object]:
        """What the reference needs beside the array."""
        return {"negative_slope": self.negative_slope}

    def formula(self, x: sp.Expr) -> sp.Expr:
        """``x*[x > 0] + a*x*[x <= 0]``."""
        return x * step(x) + check.rational(self.kind, "negative_slope", self.negative_slope) * x * unstep(x)
