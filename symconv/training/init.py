"""Initialisation: where parameters start, by the part that each plays in the equations, from a seed."""

from __future__ import annotations

from collections.abc import Callable, Collection
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symconv.errors import UsageError, show
from symconv.model import Model
from symconv.training.fans import Part, part

Array = NDArray[np.float32]
Draw = Callable[[np.random.Generator, Part, tuple[int, ...]], Any]


def _normal(variance: Callable[[Part], float]) -> Draw:
    """Normal with mean 0."""
    return lambda rng, p, shape: rng.normal(0.0, sqrt(variance(p)), shape)


def _uniform(variance: Callable[[Part], float]) -> Draw:
    """Uniform on ``(-a, a)`` with ``a = sqrt(3 variance)``."""

    def draw(rng: np.random.Generator, p: Part, shape: tuple[int, ...]) -> Any:
        bound = sqrt(3 * variance(p))
        return rng.uniform(-bound, bound, shape)

    return draw


def _he(p: Part) -> float:
    """Keeps the variance forward through a ReLU, which halves the mean square."""
    return 2 / p.fan_in


def _xavier(p: Part) -> float:
    """The mean of what keeps the variance forward and what keeps it backward."""
    return 2 / (p.fan_in + p.fan_out)


SCHEMES: dict[str, Draw] = {
    "he": _normal(_he),
    "he-uniform": _uniform(_he),
    "xavier": _uniform(_xavier),
    "xavier-normal": _normal(_xavier),
}
"""He: variance 2/fan_in, normal or uniform on ±sqrt(6/fan_in). Xavier: variance 2/(fan_in + fan_out), uniform on
±sqrt(6/(fan_in + fan_out)) or normal."""


def initial(
    model: Model, rng: np.random.Generator, scheme: str = "he", *, stated: Collection[str] = ()
) -> dict[str, Array]:
    """A float32 array a parameter, by name: weights drawn by the scheme, scales 1, what is only added 0.

    Parameters draw in the model's order, so that names do not matter; those ``stated`` are left out. Raises UsageError
    for a scheme that does not exist, LimitError for a parameter whose products are too many to count.

    >>> from symconv import load
    >>> initial(load("digits"), np.random.default_rng(0))["b1"].any()
    np.False_
    """
    if scheme not in SCHEMES:
        raise UsageError("initialisation", f"{show(scheme)} does not exist", f"choose one of {', '.join(SCHEMES)}")
    found: dict[str, Array] = {}
    for parameter in (t for t in model.parameters if t.name not in stated):
        p = part(model, parameter)
        if p.does == "multiplies and sums":
            drawn = SCHEMES[scheme](rng, p, parameter.sizes)
        else:
            drawn = np.full(parameter.sizes, 1.0 if p.does == "multiplies" else 0.0)
        found[parameter.name] = drawn.astype(np.float32)
    return found
