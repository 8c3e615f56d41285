"""tanh: ``output = tanh(input)``, entry by entry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import sympy as sp

from symconv.layers.common.elementwise import Elementwise


@dataclass(frozen=True)
class Tanh(Elementwise):
    """``output = tanh(input)`` for an input of any shape (N, ...), as torch.nn.Tanh."""

    kind: ClassVar[str] = "tanh"
    letter: ClassVar[str] = "H"

    def formula(self, x: sp.Expr) -> sp.Expr:
        """``tanh(x)``."""
        return sp.tanh(x)
