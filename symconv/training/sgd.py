"""SGD with momentum, as torch.optim.SGD has it, and how its step length changes over a training."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import cos, pi
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

SCHEDULES: dict[str, Callable[[float], float]] = {
    "constant": lambda _: 1.0,
    "cosine": lambda passed: (1 + cos(pi * passed)) / 2,
}
"""By what the learning rate is multiplied once a fraction ``passed`` (from 0 to 1) of all steps is done."""


def step(
    parameters: Mapping[str, Array],
    velocities: Mapping[str, Array],
    gradients: Mapping[str, Array],
    *,
    lr: float,
    momentum: float = 0.0,
) -> tuple[dict[str, Array], dict[str, Array]]:
    """New parameters and velocities: ``v = momentum * v + dE/dp``, then ``p = p - lr * v``, in float32.

    A parameter that has no velocity yet takes ``v = dE/dp``; one without a gradient stays.

    >>> one = {"p": np.ones(1, np.float32)}
    >>> step(one, {}, one, lr=0.5)[0]["p"]
    array([0.5], dtype=float32)
    """
    rate, share = np.float32(lr), np.float32(momentum)
    new = {
        name: share * velocities[name] + gradient if name in velocities else gradient
        for name, gradient in gradients.items()
    }
    return {name: p - rate * new[name] if name in new else p for name, p in parameters.items()}, new
