"""What the operators of ONNX are made of: generated forward kernels, and the reason where there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np

import symconv
from symconv.layers.common.fragment import Layer

DTYPES = ("float32", "float64")


class NotExpressible(Exception):
    """No layer, composition or equation says what the operator does."""


@cache
def kernel(layer: Layer, shapes: tuple[tuple[int, ...], ...], target: str, dtype: str) -> Any:
    """A forward kernel, made once; the target is the one that was asked for."""
    made = symconv.kernel(layer, shapes if len(shapes) > 1 else shapes[0], target=target, dtype=dtype)
    assert made.target == target
    return made


@dataclass
class Run:
    """Computes layers in one target and remembers which; ``asked`` is how many outputs the case has."""

    target: str
    dtype: str
    asked: int
    used: list[str] = field(default_factory=list)

    def __call__(self, layer: Layer, *shapes: tuple[int, ...], **arrays: Any) -> Any:
        """The layer on arrays given by role or name; ``shapes`` are those of its inputs."""
        self.used.append(layer.kind)
        kinds = {"i": np.int32, "f": self.dtype}
        given = {n: np.asarray(a, kinds[a.dtype.kind], order="C") for n, a in arrays.items() if a is not None}
        return kernel(layer, shapes, self.target, self.dtype)(**given)

    def equation(self, text: str, result: tuple[int, ...], **arrays: Any) -> Any:
        """Equations as text on arrays by name, the first one as input; ``result`` is the shape of the last target."""
        given = {n: a for n, a in arrays.items() if a is not None}
        first, *others = given
        target = symconv.EquationLayer(text).target()
        shapes = {n: given[n].shape for n in others} | {target: result}
        return self(symconv.EquationLayer(text, shapes=shapes, inputs=(first,)), given[first].shape, **given)


def element_type(inputs: Sequence[Any]) -> str:
    """The one element type of the first input and all real ones; raises NotExpressible where kernels have none."""
    found = sorted({str(a.dtype) for a in inputs if a is not None and (a is inputs[0] or a.dtype.kind == "f")})
    if len(found) != 1 or found[0] not in DTYPES:
        raise NotExpressible(f"element type {' and '.join(found)}: kernels have {' and '.join(DTYPES)}")
    return found[0]


def decimal(x: float) -> str:
    """The shortest decimal of an attribute, which ONNX holds in float32: 0.1, not 0.10000000149.

    >>> decimal(0.10000000149011612)
    '0.1'
    """
    return str(np.float32(x))
