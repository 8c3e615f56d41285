"""sigmoid: ``output = 1/(1 + exp(-input))``, entry by entry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import sympy as sp

from symconv.layers.common.elementwise import Elementwise
from symconv.notation.functions import sigmoid


@dataclass(frozen=True)
class Sigmoid(Elementwise):
    """``output = 1/(1 + exp(-input))`` for an input of any shape (N, ...), as torch.nn.Sigmoid."""

    kind: ClassVar[str] = "sigmoid"
    letter: ClassVar[str] = "S"

    def formula(self, x: sp.Expr) -> sp.Expr:
        """``1/(1 + exp(-x))``."""
        return sigmoid(x)
