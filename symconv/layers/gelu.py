"""gelu: the input times the probability that a standard normal number is below it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import sympy as sp

from symconv.errors import SizeError, show
from symconv.layers.common.elementwise import Elementwise
from symconv.layers.common.fragment import Remark
from symconv.notation.functions import CUBIC, ROOT, normal_cdf, psi


@dataclass(frozen=True)
class GELU(Elementwise):
    """``output = input*Phi(input)``, as torch.nn.GELU, with the distribution function Phi of the standard normal law.

    ``approximate="tanh"`` takes ``input*(1 + tanh(psi(input)))/2`` with ``psi(x) = sqrt(2/pi)*(x + 0.044715*x**3)``;
    the root is the fraction 238382775/298768502, which is right to 17 digits. Raises SizeError for another word.
    """

    approximate: str = "none"

    kind: ClassVar[str] = "gelu"
    letter: ClassVar[str] = "G"

    def __post_init__(self) -> None:
        if self.approximate not in ("none", "tanh"):
            problem = f"approximate {show(self.approximate)} does not exist"
            raise SizeError(self.kind, problem, "give none or tanh")

    def options(self) -> dict[str, object]:
        """What the reference needs beside the array."""
        return {"approximate": self.approximate}

    def formula(self, x: sp.Expr) -> sp.Expr:
        """``x*Phi(x)``, or its approximation."""
        return x * normal_cdf(x) if self.approximate == "none" else x * (1 + sp.tanh(psi(x))) / 2

    def remarks(self) -> tuple[Remark, ...]:
        """What the numbers of the approximation are, exactly."""
        words = f"In kernels the root of 2/pi is the fraction {ROOT}, right to 17 digits, and 0.044715 is {CUBIC}."
        return (Remark(words),) if self.approximate == "tanh" else ()
