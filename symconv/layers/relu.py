"""relu: ``output = max(0, input)``, entry by entry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import sympy as sp

from symconv.layers.common.elementwise import Elementwise
from symconv.notation.functions import relu


@dataclass(frozen=True)
class ReLU(Elementwise):
    """``output = max(0, input)`` for an input of any shape (N, ...); NaN stays NaN; ReLU'(0) = 0 by convention."""

    kind: ClassVar[str] = "relu"
    letter: ClassVar[str] = "R"

    def formula(self, x: sp.Expr) -> sp.Expr:
        """``max(0, x)``."""
        return relu(x)
