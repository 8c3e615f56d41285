"""Models that a section is known or found to speak of: layers of symconv under the note's own names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from symconv.claims.meaning.arrays import Tensor
from symconv.claims.meaning.tape import Value, Var, invert
from symconv.notation.evaluate import evaluate
from symconv.notation.rings import Ring, first_maximum

if TYPE_CHECKING:
    from symconv.claims.meaning.world import World


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

    def tensor(self, world: World, key: str) -> Tensor | Value:
        """A tensor of the model: free numbers, and for the output those that the layer's equations give."""
        if key != self.output:
            return world.free(key, None)
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
            data[n] = x if isinstance(x, Var) else Var(x)
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
