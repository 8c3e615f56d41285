"""Random layers with inputs that fit them, drawn from what their classes say of themselves."""

from __future__ import annotations

import random
from dataclasses import MISSING, Field, fields
from inspect import Parameter, signature
from typing import Any

from symconv.errors import SymconvError
from symconv.layers.common.fragment import Authored, Layer
from symconv.layers.common.registry import layer_class

Shapes = tuple[tuple[int, ...], ...]

MOST = {"kernel_size": 3, "stride": 3, "dilation": 2, "output_padding": 1}
"""The largest values drawn for hyper-parameters that have one on each axis."""
FACTORS = (0, 0.125, 0.25, 0.5, 2)
ENTRIES = 4000


def draw(kind: str, rng: random.Random) -> tuple[Layer, Shapes]:
    """A layer of a kind and the shapes of its inputs; every combination that its class accepts may come."""
    cls: Any = layer_class(kind)
    if issubclass(cls, Authored):
        found: tuple[Layer, Shapes] = cls.example()
        return found
    while True:
        rank = getattr(cls, "rank", None)
        length = rng.randint(1, 4) if rank is None else rank + 2
        shape = (rng.randint(1, 2), rng.randint(1, 4), *(rng.randint(1, 6) for _ in range(3)))[:length]
        axes = max(1, length - 2)
        try:
            options = {}
            for f in fields(cls):
                if f.name in cls.inferred:
                    options[f.name] = shape[cls.inferred[f.name]]
                elif f.default is MISSING or rng.random() < 0.7:
                    options[f.name] = _value(f, axes, shape, rng)
            layer: Layer = cls(**options)
            shapes = (shape,) * _inputs(layer, rng)
            fragment = layer.fragment(*shapes)
            tensors = (*fragment.inputs, *fragment.parameters, *(q.target for q in fragment.equations))
            if all(_entries(fragment.shape(t)) <= ENTRIES for t in tensors):
                return layer, shapes
        except (SymconvError, TypeError, IndexError):
            continue


def _inputs(layer: Layer, rng: random.Random) -> int:
    kinds = [p.kind for p in signature(layer.fragment).parameters.values()]
    return rng.randint(2, 3) if Parameter.VAR_POSITIONAL in kinds else len(kinds)


def _entries(shape: tuple[int, ...]) -> int:
    count = 1
    for n in shape:
        count *= n
    return count


def _value(field: Field[Any], axes: int, shape: tuple[int, ...], rng: random.Random) -> Any:
    """A value for one hyper-parameter, by its name in PyTorch or by its type."""
    if field.name in MOST:
        least = 0 if field.name == "output_padding" else 1
        return tuple(rng.randint(least, MOST[field.name]) for _ in range(axes))
    if field.name == "padding":
        return tuple((rng.randint(0, 2), rng.randint(0, 2)) for _ in range(axes))
    if field.name == "groups":
        return rng.choice((1, 1, 2, 3))
    if field.name == "normalized_shape":
        return shape[rng.randint(1, max(1, len(shape) - 1)):] or shape
    if isinstance(field.default, bool):
        return rng.random() < 0.5
    if isinstance(field.default, float):
        return rng.choice((field.default, *FACTORS))
    if isinstance(field.default, str):
        return rng.choice((field.default, "tanh", "none"))
    return rng.randint(1, 4)
