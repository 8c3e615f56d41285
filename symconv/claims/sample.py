"""Samples: numbers for every quantity of a World, to evaluate claims with."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from symconv.claims.data import Factor, Product, Products, Ref
from symconv.errors import UsageError
from symconv.notation.evaluate import evaluate
from symconv.notation.rings import GFP, P61, Ring
from symconv.notation.tensor import Tensor

if TYPE_CHECKING:
    from symconv.claims.world import World

Given = Mapping[str, Sequence[Any]]


def arrange(world: World, winners: tuple[Ref, ...], rng: random.Random, *, big: bool) -> dict[str, list[int]]:
    """Values of the tensors that the winners belong to, different from each other, in which the winners win.

    The largest value of a window changes places with the winner's; windows that overlap are tried again until all
    are as asked. Raises UsageError when that does not come about.
    """
    found: dict[str, list[int]] = {}
    for name in dict.fromkeys(r.name for r in winners):
        windows = []
        for _, _, window in world.windows(name):
            mine = [r for r in winners if r in window]
            if mine:
                windows.append(([world.place(r) for r in window], world.place(mine[0])))
        length = world.tensor(name).length
        for _ in range(500):
            values = rng.sample(range(1, P61 if big else length + 1), length)
            for places, winner in windows:
                top = max(places, key=values.__getitem__)
                values[top], values[winner] = values[winner], values[top]
            if all(max(values[p] for p in places) == values[winner] for places, winner in windows):
                break
        else:
            raise UsageError("claims", f"no values of {name} were found that have these winners", "name others")
        found[name] = values
    return found


class Sample:
    """Numbers for every quantity: those given, those that equations define, random ones for the others."""

    def __init__(self, world: World, ring: Ring, rng: random.Random, given: Given) -> None:
        self.world, self.ring, self.rng = world, ring, rng
        self.data: dict[str, Sequence[Any]] = dict(given)
        self._defined: dict[Factor, Any] = {}
        self._jacobians: dict[tuple[str, str], list[list[Any]]] = {}

    def values(self, tensor: Tensor) -> Sequence[Any]:
        """All entries of a tensor, row-major."""
        if tensor.name not in self.data:
            equation = self.world.computed.get(tensor.name)
            if equation is None:
                self.data[tensor.name] = self._draw(tensor)
            else:
                operands = {t.name: self.values(t) for t in equation.reads}
                self.data[tensor.name] = evaluate(equation, operands, self.ring)
        return self.data[tensor.name]

    def _draw(self, tensor: Tensor) -> list[int]:
        top = 2 if tensor.kind == "index" else P61 if self.ring is GFP else 10
        return [self.rng.randrange(0 if tensor.kind == "index" else 1, top) for _ in range(tensor.length)]

    def defined(self, left: Factor) -> Any:
        """The value of an entry by the equation that defines it, even where the entry itself was given."""
        if left not in self._defined:
            equation, at = self.world.equation(left)
            operands = {t.name: self.values(t) for t in equation.reads}
            (self._defined[left],) = evaluate(equation, operands, self.ring, at=at)
        return self._defined[left]

    def factor(self, factor: Factor) -> Any:
        """The value of one entry."""
        world = self.world
        if isinstance(factor, Ref):
            return self.values(world.tensor(factor.name))[world.place(factor)]
        if world.is_gradient(factor):
            return self.values(world.gradient(factor.by.name))[world.place(factor.by)]
        return self.jacobian(factor.of.name, factor.by.name)[world.place(factor.of)][world.place(factor.by)]

    def product(self, factors: Product) -> Any:
        """The value of a product of entries."""
        return self.ring.product([self.factor(f) for f in factors])

    def winners(self) -> dict[str, Sequence[Any]]:
        """The argmax of every maximum, by its name."""
        pooled = [self.world.forward[name].winner for name in self.world.pools]
        return {w.name: self.values(self.world.tensor(w.name)) for w in pooled if w}

    def total(self, products: Products) -> Any:
        """The value of a sum of products of entries."""
        return self.ring.add([self.product(p) for p in products])

    # ------------------------------------------------------------------ jacobians

    def jacobian(self, of: str, by: str) -> list[list[Any]]:
        """All ``d of / d by``, a row an entry of ``of``, through every equation in between; 0 where nothing depends."""
        if (of, by) not in self._jacobians:
            self._jacobians[of, by] = self._jacobian(of, by)
        return self._jacobians[of, by]

    def _jacobian(self, of: str, by: str) -> list[list[Any]]:
        world, ring = self.world, self.ring
        rows, columns = world.tensor(of).length, world.tensor(by).length
        zero, one = ring.number(0, 1), ring.number(1, 1)
        if of == by:
            return [[one if r == c else zero for c in range(columns)] for r in range(rows)]
        if of == world.error.name:
            return [list(self.values(world.gradient(by)))]
        total = [[zero] * columns for _ in range(rows)]
        equation = world.forward.get(of)
        for read in equation.operands if equation else ():
            if read.kind == "real" and (of, read.name) in world.partials and depends(world, read.name, by):
                part = self.multiply(self._direct(of, read.name), self.jacobian(read.name, by))
                total = [
                    [ring.add(pair) for pair in zip(a, b, strict=True)] for a, b in zip(total, part, strict=True)
                ]
        return total

    def _direct(self, of: str, by: str) -> list[list[Any]]:
        equation = self.world.partials[of, by]
        entries = evaluate(equation, {t.name: self.values(t) for t in equation.reads}, self.ring)
        columns = self.world.tensor(by).length
        return [entries[n : n + columns] for n in range(0, len(entries), columns)]

    def multiply(self, a: list[list[Any]], b: list[list[Any]]) -> list[list[Any]]:
        """The matrix product: the contraction over the entries of what stands in between."""
        ring, zero = self.ring, self.ring.number(0, 1)
        columns = list(zip(*b, strict=True))

        def entry(row: list[Any], column: tuple[Any, ...]) -> Any:
            return ring.add([ring.product(p) for p in zip(row, column, strict=True) if zero not in p] or [zero])

        return [[entry(row, column) for column in columns] for row in a]


def depends(world: World, of: str, by: str) -> bool:
    """Whether a tensor is, or depends on, another by the forward equations."""
    if of == by:
        return True
    equation = world.forward.get(of)
    return equation is not None and any(depends(world, t.name, by) for t in equation.operands)
