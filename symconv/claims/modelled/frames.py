"""Frames: a model with numbers, at its own sizes and, one layer by itself, at other sizes that its equations allow."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from random import Random
from typing import Any

import numpy as np
import sympy as sp

from symconv.claims.meaning.section import Unresolved
from symconv.claims.modelled.names import Names, size_name
from symconv.claims.modelled.numbers import Array, Numbers
from symconv.derivation.check import random_sizes
from symconv.errors import LimitError
from symconv.model import Model, Node
from symconv.notation.rewrite import bind
from symconv.notation.term import Equation

SEEDS = (1, 2, 3)
GENERAL = 3
"""At how many sizes a statement for general sizes is evaluated."""
POINTS = 1500
ATTEMPTS = 30
RARE = 80
"""How many worlds are drawn to find some of which something holds."""


@dataclass(frozen=True)
class Frame:
    """Tensors with numbers, one choice a world, and the numbers of the sizes that a statement may name.

    ``extents`` are those of the indices of the layer's equations, by name as it is written. In a ``general`` frame
    every axis is written; elsewhere those of extent 1 may be left out.
    """

    worlds: tuple[Numbers, ...]
    sizes: Mapping[str, int]
    extents: Mapping[str, int]
    general: bool = False
    base: int = 0
    cache: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    def shape(self, name: str) -> tuple[int, ...]:
        """The full shape of a tensor; that of the error is empty."""
        tensor = self.worlds[0].tensors.get(name)
        return tensor.sizes if tensor is not None else ()

    def squeezed(self, name: str) -> tuple[int, ...]:
        """The shape without axes of extent 1."""
        return tuple(n for n in self.shape(name) if n != 1)

    def fitted(self, name: str, rank: int) -> tuple[int, ...]:
        """The shape that a name with so many indices speaks of; raises Unresolved when it has another number."""
        full, short = self.shape(name), self.squeezed(name)
        if rank == len(full):
            return full
        if rank == len(short) and not self.general:
            return short
        raise Unresolved(f"{name} has {len(short)} indices, not {rank}")

    def values(self, name: str) -> Array:
        """The numbers of a tensor in every world, flat."""
        return self._stacked(("value", name), lambda w: w.array(name))

    def gradients(self, name: str) -> Array:
        """The derivatives of the error by a tensor in every world, flat."""
        return self._stacked(("gradient", name), lambda w: w.gradient(name))

    def jacobians(self, of: str, by: str, *, direct: bool) -> Array:
        """The derivatives of one tensor by another in every world, flat."""
        return self._stacked(("jacobian", of, by, direct), lambda w: w.jacobian(of, by, direct=direct))

    def through(self, name: str, way: str) -> Array:
        """The part of the gradient that comes back through an equation, in every world, flat."""
        return self._stacked(("through", name, way), lambda w: w.through(name, way))

    def _stacked(self, key: Any, make: Any) -> Array:
        if key not in self.cache:
            self.cache[key] = np.stack([np.asarray(make(w)).reshape(-1) for w in self.worlds])
        found: Array = self.cache[key]
        return found


class Frames:
    """The frames of a model."""

    def __init__(self, model: Model, base: int = 0) -> None:
        self.model, self.base = model, base
        self.names = Names.of(
            x for node in model.nodes for x in (*node.tensors.values(), *(model.upstream), model.error)
        )
        self._general: dict[str, tuple[Frame, ...]] = {}
        self._worlds: dict[str, tuple[Numbers, ...]] = {}
        self._frames: dict[str, Frame] = {}

    @cached_property
    def worlds(self) -> tuple[Numbers, ...]:
        """The whole model in several worlds."""
        return tuple(map(self.numbers, SEEDS))

    def numbers(self, seed: int) -> Numbers:
        """The whole model in one world."""
        equations, constants = self._program
        return Numbers(equations, constants, self.model.error.name, self.model.loss.output.name, seed)

    @cached_property
    def _program(self) -> tuple[list[Equation], list[str]]:
        equations: list[Equation] = []
        for node in self.model.nodes:
            equations += node.equations
            equations += [bind(q, node.fragment.sizes, node.tensors) for q in node.fragment.shorthands]
        return equations, [node.tensors[c].name for node in self.model.nodes for c in node.fragment.constants]

    def where(self, node: Node, holds: Callable[[Numbers], bool]) -> Frame | None:
        """The frame of a layer in worlds of which something holds; None when it is too rare."""
        chosen: list[Numbers] = []
        for seed in range(101, 101 + RARE):
            world = self.numbers(seed)
            if holds(world):
                chosen.append(world)
            if len(chosen) == len(SEEDS):
                break
        if len(chosen) < 2:
            return None
        own = self.frame(node)
        return Frame(tuple(chosen), own.sizes, own.extents, base=self.base)

    def frame(self, node: Node) -> Frame:
        """The model at its own sizes, sizes and indices being those of one layer."""
        if node.name not in self._frames:
            values = {z: int(n) for z, n in node.values.items()}
            self._frames[node.name] = Frame(
                self.worlds, _options(node) | _sizes(values), _extents(node.equations), base=self.base
            )
        return self._frames[node.name]

    def general(self, node: Node) -> tuple[Frame, ...]:
        """One layer by itself at other sizes; its error is arbitrary unless the layer makes it."""
        if node.name not in self._general:
            self._general[node.name] = tuple(_drawn(node, self.model, self.base))
        return self._general[node.name]


def _drawn(node: Node, model: Model, base: int) -> Iterator[Frame]:
    rng = Random(f"sizes of {node.name}")
    found = 0
    for _ in range(ATTEMPTS):
        try:
            sizes = random_sizes(node.fragment.equations, rng, points=POINTS)
        except LimitError:
            return
        equations = [bind(q, sizes, node.tensors) for q in (*node.fragment.equations, *node.fragment.shorthands)]
        constants = [node.tensors[c].name for c in node.fragment.constants]
        numbers = Numbers(equations, constants, model.error.name, node.output.name, found + 1)
        try:
            finite = all(np.isfinite(numbers.array(q.target.name)).all() for q in equations)
            finite = finite and math.isfinite(float(numbers.loss.value)) and bool(numbers.loss.adjoints())
        except (ArithmeticError, ValueError, TypeError):
            continue
        if not finite or not np.any(numbers.array(node.output.name)):
            continue
        values = {z: int(n) for z, n in sizes.items()}
        yield Frame((numbers,), _sizes(values), _extents(equations), general=True, base=base)
        found += 1
        if found == GENERAL:
            return


def _sizes(values: Mapping[sp.Symbol, int]) -> dict[str, int]:
    return {size_name(z.name): n for z, n in values.items()}


def _options(node: Node) -> dict[str, int]:
    """Hyper-parameters axis by axis, by the letters of size formulas: s, d, e, and p and p' before and after."""
    found: dict[str, int] = {}
    options = node.layer.options()
    for name, letter in (("stride", "s"), ("dilation", "d"), ("output_padding", "e"), ("padding", "p")):
        values = options.get(name)
        for n, value in enumerate(values if isinstance(values, (tuple, list)) else ()):
            if isinstance(value, (tuple, list)):
                found |= {f"{letter}_{n + 1}": int(value[0]), f"{letter}'_{n + 1}": int(value[1])}
            else:
                found[f"{letter}_{n + 1}"] = int(value)
    return found


def _extents(equations: Any) -> dict[str, int]:
    """The extent of every index of some equations; an index of several extents has the greatest."""
    found: dict[str, int] = {}
    for q in equations:
        for term in q.terms:
            for i in term.indices:
                name = size_name(i.name)
                found[name] = max(found.get(name, 0), int(i.extent))
    return found
