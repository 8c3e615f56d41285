"""A world of chosen numbers: what is free has a number that was chosen for it, and 0 where none was."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from symconv.claims.meaning.arrays import Tensor
from symconv.claims.meaning.functions import Real
from symconv.claims.meaning.ranges import TOP, Ranges
from symconv.claims.meaning.section import Reading, Section, Unresolved
from symconv.claims.meaning.tape import Number, Value, Var
from symconv.claims.meaning.world import World

Place = tuple[str, int | None, tuple[int, ...]]
"""A free number: the tensor, its layer, the entry from 0. ``∂X`` is the tensor of the loss's derivatives by X."""


class _Linked(dict[Any, bool]):
    """Everything is taken to depend on everything: what does not has the derivative 0."""

    def __contains__(self, key: object) -> bool:
        return True

    def __getitem__(self, key: Any) -> bool:
        return True


class Chosen(World):
    """A world in which ``numbers`` says what is free. A loss of which nothing is said is linear in what it reads.

    ``asked`` are the places of all free numbers that were needed, in the order in which they were.
    """

    def __init__(
        self, section: Section, reading: Reading, position: int, spread: Ranges, numbers: Mapping[Place, Number]
    ) -> None:
        self.chosen = numbers
        self.asked: dict[Place, None] = {}
        self.made: dict[int, Place] = {}
        self.powers: dict[str, int] = {}
        self.below: dict[int, set[int]] = {}
        super().__init__(section, reading, 0, position, spread)
        self.links = _Linked()

    def fresh(self, key: str, layer: int | None, place: tuple[int, ...]) -> Var:
        """The number chosen for an entry."""
        return self._number((key, layer, place))

    def _number(self, place: Place) -> Var:
        self.asked[place] = None
        value = Var(self.chosen.get(place, 0))
        self.made[value.order] = place
        return value

    def _arbitrary(self) -> Var:
        total = Var(0)
        for key, layer in self.sinks():
            if self.reading.sink and key != self.reading.sink:
                continue
            try:
                tensor = self.tensor(key, layer)
            except (Unresolved, ArithmeticError):
                continue
            if isinstance(tensor, Tensor):
                for place, x in zip(_places(tensor.data.shape), tensor.data.reshape(-1), strict=True):
                    if isinstance(x, Var):
                        total = total + x * self.slope(key, layer, place)
            elif isinstance(tensor, Var):
                total = total + tensor * self.slope(key, layer, ())
        return total

    def slope(self, key: str, layer: int | None, place: tuple[int, ...]) -> Number:
        """The number chosen for the derivative of the loss by an entry of what it reads."""
        where: Place = (f"∂{key}", layer, place)
        self.asked[where] = None
        return self.chosen.get(where, 0)

    def gradient(self, key: str, layer: int | None) -> Tensor | Value:
        """The derivative of the loss by a tensor; 0 where nothing flows back, be it for the numbers chosen."""
        tensor = self.tensor(key, layer)
        entries = tensor.data.reshape(-1) if isinstance(tensor, Tensor) else [tensor]
        loss = self.loss()
        if not any(isinstance(x, Var) and x.order in self._reached(loss) for x in entries):
            loss = self.arbitrary()
        flows = [loss.by(x) for x in entries]
        if not isinstance(tensor, Tensor):
            return flows[0]
        data = np.empty(tensor.data.shape, dtype=object)
        data.reshape(-1)[:] = flows
        return Tensor(data, "loss", f"{key}@{layer}", 0)

    def _reached(self, top: Var) -> set[int]:
        """Everything of which a value is made, whatever the slopes."""
        if top.order not in self.below:
            seen: set[int] = set()
            stack = [top]
            while stack:
                value = stack.pop()
                if value.order not in seen:
                    seen.add(value.order)
                    stack.extend(p for p, _ in value.parents)
            self.below[top.order] = seen
        return self.below[top.order]

    def function(self, name: str) -> tuple[Real, Real]:
        """A function: a known one, or a power, another one for each name."""
        known = super().function(name)
        if (name, 0) not in self.pairs:
            return known
        n = self.powers.setdefault(name, len(self.powers) + 2)
        self.pairs[name, 0] = (lambda x: x**n, lambda x: n * x ** (n - 1))
        return self.pairs[name, 0]

    def base(self, key: str, axis: int) -> int:
        """The first index of an axis, as the note counts."""
        if self.reading.model and key in self.reading.model.shapes:
            return self.reading.base
        return self.ranges.extent(("axis", key, axis), TOP)[0]


def _places(shape: tuple[int, ...]) -> list[tuple[int, ...]]:
    return list(np.ndindex(*shape))


__all__ = ["Chosen", "Place", "Value"]
