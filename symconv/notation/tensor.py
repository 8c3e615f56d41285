"""Tensors: a name, a shape and how the two are written."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Literal

import sympy as sp

Kind = Literal["real", "index"]


@dataclass(frozen=True, slots=True)
class Tensor:
    """A named array of real numbers, or of integers that select something (``kind="index"``: argmax, class targets).

    ``axes`` are its preferred index names. ``quotient`` is set on derivatives: ``(T, X)`` for the tensor
    :math:`\\partial T_t / \\partial X_a` with the axes of T, then those of X; for a scalar T = E it is a gradient.
    ``latex`` overrides how the name is written.
    """

    name: str
    shape: tuple[sp.Expr, ...] = ()
    axes: tuple[str, ...] = ()
    kind: Kind = "real"
    latex: str = ""
    quotient: tuple[Tensor, Tensor] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "shape", tuple(map(sp.sympify, self.shape)))
        assert len(self.axes) == len(self.shape), (self.name, self.axes, self.shape)

    def __getitem__(self, at: object) -> sp.Indexed:
        """The entry at ``at``; a scalar is written ``T[()]`` (SymPy wants a subscript, so it is ``T[0]`` inside)."""
        where = at if isinstance(at, tuple) else (at,)
        assert len(where) == len(self.shape), (self.name, where)
        return sp.Indexed(sp.IndexedBase(self.name), *(where or (sp.Integer(0),)))

    @property
    def sizes(self) -> tuple[int, ...]:
        """The shape as plain integers; the tensor must be instantiated."""
        return tuple(int(n) for n in self.shape)

    @property
    def length(self) -> int:
        """The number of entries; the tensor must be instantiated."""
        return prod(self.sizes)


def partial(of: Tensor, by: Tensor) -> Tensor:
    """The tensor of all partial derivatives: shape ``of.shape + by.shape``, a gradient when ``of`` is a scalar.

    >>> partial(Tensor("E"), Tensor("F", (3, 3), ("i", "j"))).name
    'dF'
    """
    taken = set(of.axes)
    axes = list(of.axes)
    for name in by.axes:
        while name in taken:
            name += "_"
        taken.add(name)
        axes.append(name)
    name = f"d{by.name}" if not of.shape else f"d{of.name}_d{by.name}"
    return Tensor(name, of.shape + by.shape, tuple(axes), quotient=(of, by))


def base(entry: sp.Indexed) -> str:
    """The name of the tensor that an entry belongs to."""
    return str(entry.base.label)
