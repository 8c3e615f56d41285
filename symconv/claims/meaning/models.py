"""Models that a section is known or found to speak of: layers of symconv under the note's own names."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from symconv.claims.meaning.arrays import Tensor
from symconv.claims.meaning.tape import Value, Var, invert
from symconv.notation.evaluate import evaluate
from symconv.notation.rings import Ring, first_maximum

if TYPE_CHECKING:
    from symconv.claims.meaning.world import World
    from symconv.model import Model


def _total(values: Any) -> Value:
    total: Value = 0
    for v in values:
        total = total + v
    return total


def _product(values: Any) -> Value:
    out: Value = 1
    for v in values:
        out = out * v
    return out


def _value(x: Value) -> Any:
    return x.value if isinstance(x, Var) else x


def _fraction(p: int, q: int) -> Any:
    return p if q == 1 else p * invert(q)


def _function(name: str, x: Value) -> Value:
    from symconv.claims.meaning.functions import KNOWN, apply

    if name in KNOWN:
        return apply(KNOWN[name], x)
    raise ArithmeticError(f"{name} is not known here")


TAPE = Ring(
    "numbers on a tape",
    number=_fraction,
    add=_total,
    product=_product,
    inverse=lambda x: x.inverse() if isinstance(x, Var) else invert(x),
    function=_function,
    gate=lambda step, rest: rest if _value(step) else 0,
    best=lambda values, _: values[first_maximum([_value(v) for v in values])] if values else 0,
    argbest=lambda values, positions: positions[first_maximum([_value(v) for v in values])] if values else -1,
)
"""The ring in which a layer's own equations give numbers that can be differentiated."""


@dataclass(frozen=True)
class Known:
    """A layer under a note's names: ``roles`` maps each name to the role of the layer's tensor.

    ``shapes`` are those that the note sees, without axes of extent 1.
    """

    kind: str
    roles: tuple[tuple[str, str], ...]
    sizes: tuple[tuple[str, tuple[int, ...]], ...]
    stride: int = 1
    padding: int = 0
    flipped: bool = False

    @property
    def shapes(self) -> Mapping[str, tuple[int, ...]]:
        """The shape of every tensor."""
        return dict(self.sizes)

    def name(self, role: str) -> str:
        """What the note calls a role."""
        return next(n for n, r in self.roles if r == role)

    @property
    def output(self) -> str:
        """What the note calls the output."""
        return self.name("output")

    @property
    def outputs(self) -> frozenset[str]:
        """What the layer computes."""
        return frozenset((self.output,))

    @property
    def kinked(self) -> bool:
        """Whether data decide what it computes, as in a maximum."""
        return self.kind.startswith("max_pool")

    def tensor(self, world: World, key: str) -> Tensor | Value:
        """A tensor of the model: free numbers, and for the output those that the layer's equations give."""
        if key != self.output:
            return world.free(key, None)
        extents = [math.prod(shape) for name, shape in self.sizes if dict(self.roles)[name] in ("output", "weight")]
        world.section.work.spend(math.prod(extents) // 4)
        fragment = layer_fragment(self)
        operands: dict[str, list[Any]] = {}
        for name, role in self.roles:
            if role != "output":
                tensor = world.tensor(name, None)
                data = tensor.data if isinstance(tensor, Tensor) else np.array([tensor], dtype=object)
                if self.flipped and role == "weight":
                    data = data[tuple(slice(None, None, -1) for _ in range(data.ndim))]
                operands[role] = list(data.reshape(-1))
        for equation in fragment:
            operands[equation.target.name] = list(evaluate(equation, operands, TAPE))
        flat = operands["output"]
        data = np.empty(len(flat), dtype=object)
        for n, x in enumerate(flat):
            data[n] = x + 0 if isinstance(x, Var) else Var(x)  # a copy of another is a number of its own
        return Tensor(data.reshape(self.shapes[key]))


@cache
def layer_fragment(known: Known) -> tuple[Any, ...]:
    """The equations of the layer, with its sizes put in."""
    from symconv.layers.common.registry import layer_class
    from symconv.notation.rewrite import bind

    shapes = known.shapes
    image = shapes[known.name("input")]
    cls: Any = layer_class(known.kind)
    if any(role == "weight" for _, role in known.roles):
        kernel = shapes[known.name("weight")]
        layer = cls(1, 1, kernel if len(kernel) > 1 else kernel[0], stride=known.stride, padding=known.padding)
    else:
        out = shapes[known.output]
        size = tuple(n // m for n, m in zip(image, out, strict=True))
        layer = cls(size if len(size) > 1 else size[0], stride=known.stride)
    fragment = layer.fragment((1, 1, *image))
    return tuple(bind(q, fragment.sizes, {}) for q in fragment.equations)


@dataclass(frozen=True)
class Stack:
    """Layers one on top of the other under a note's names."""

    layers: tuple[Known, ...]

    @property
    def shapes(self) -> Mapping[str, tuple[int, ...]]:
        """The shape of every tensor."""
        return {name: shape for layer in self.layers for name, shape in layer.sizes}

    @property
    def roles(self) -> tuple[tuple[str, str], ...]:
        """Names and roles: those of the first layer that has them."""
        return tuple({r: (n, r) for layer in reversed(self.layers) for n, r in layer.roles}.values())

    def name(self, role: str) -> str:
        """What the note calls a role."""
        return next(n for n, r in self.roles if r == role)

    @property
    def output(self) -> str:
        """What the note calls the last output."""
        return self.layers[-1].output

    @property
    def outputs(self) -> frozenset[str]:
        """What some layer computes."""
        return frozenset(layer.output for layer in self.layers)

    @property
    def kinked(self) -> bool:
        """Whether data decide what some layer computes."""
        return any(layer.kinked for layer in self.layers)

    def tensor(self, world: World, key: str) -> Tensor | Value:
        """A tensor of one of the layers."""
        for layer in self.layers:
            if layer.output == key:
                return layer.tensor(world, key)
        return world.free(key, None)


@dataclass(frozen=True)
class Whole:
    """A model of symconv: its own names, its own equations, its own error. Axes of extent 1 are not written."""

    model: Model
    cache: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def __hash__(self) -> int:
        return hash(self.model.name)

    @property
    def roles(self) -> tuple[tuple[str, str], ...]:
        """Names and roles, where a layer has one input and one weight."""
        node = self.model.nodes[0]
        return tuple((t.name, role) for role, t in node.tensors.items())

    def name(self, role: str) -> str:
        """What the model calls a role of its first layer."""
        return next(n for n, r in self.roles if r == role)

    @property
    def shapes(self) -> Mapping[str, tuple[int, ...]]:
        """The shape of every tensor but the error."""
        from symconv.derivation.rules.squeeze import squeeze_tensor

        if "shapes" not in self.cache:
            found = {n: squeeze_tensor(x) for n, x in self.model.program.tensors.items()}
            self.cache["shapes"] = {n: x.sizes for n, x in found.items() if n != self.model.error.name}
        shapes: Mapping[str, tuple[int, ...]] = self.cache["shapes"]
        return shapes

    @property
    def equations(self) -> Mapping[str, Any]:
        """The model's equations by what they compute."""
        from symconv.derivation.rules.squeeze import squeeze_equation

        if "equations" not in self.cache:
            self.cache["equations"] = {q.target.name: squeeze_equation(q) for q in self.model.program.equations}
            self.cache["targets"] = {t.name: max(t.length, 1) for t in self.model.targets}
        equations: Mapping[str, Any] = self.cache["equations"]
        return equations

    @property
    def output(self) -> str:
        """The error, which is the loss itself."""
        return self.model.error.name

    @property
    def outputs(self) -> frozenset[str]:
        """What the model computes."""
        return frozenset(self.equations)

    @property
    def kinked(self) -> bool:
        """Whether data decide what some layer computes."""
        return any(node.layer.kind.startswith(("max_pool", "relu", "leaky")) for node in self.model.nodes)

    def tensor(self, world: World, key: str) -> Tensor | Value:
        """A tensor by the model's own equations."""
        equations = self.equations
        if key not in equations:
            if key in self.cache["targets"]:
                return Tensor(np.array([0] * self.cache["targets"][key], dtype=object))
            return world.free(key, None)
        equation = equations[key]
        operands: dict[str, list[Any]] = {}
        for t in equation.operands:
            found = world.tensor(t.name, None)
            operands[t.name] = list(found.data.reshape(-1)) if isinstance(found, Tensor) else [found]
        flat = list(evaluate(equation, operands, TAPE))
        data = np.empty(len(flat), dtype=object)
        for n, x in enumerate(flat):
            # An entry that is a copy of another is a number of its own.
            data[n] = x if equation.reduction == "argmax" else x + 0 if isinstance(x, Var) else Var(x)
        shape = self.shapes.get(key, ())
        return Tensor(data.reshape(shape)) if shape else data[0]


Modelled = Known | Stack | Whole
