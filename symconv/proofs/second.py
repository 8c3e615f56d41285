"""Second derivatives found without any derivation: differences of differences of the error, by the reference.

With E(X) computed layer by layer by the hand-written forwards, ``S = <V, dE/dX>`` is the change of E along V, and
``<H V, U>`` the change of S along U: four values of E around X, in longdouble. A step that is too wide is off by the
next derivatives or meets a kink, one that is too short is lost in rounding; so a ladder of steps is tried, and two
neighbouring ones that agree best say the number and how far it can be trusted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symconv.derivation.second import GradientProduct
from symconv.kernels.spec import KernelSpec
from symconv.model import Model, Node
from symconv.reference import directional

Array = NDArray[Any]
Forward = Callable[[Node, Mapping[str, Array]], tuple[Array, ...]]

STEPS = tuple(2.0**-n for n in range(6, 25, 2))
SAMPLES = 12
DIRECTIONS = 4
TRUSTED = 1e-3
"""Two steps may differ by this, relative to the largest number seen; else a kink lies between, and it is left out."""
SLACK = 1e-7
"""What is allowed beside four times that difference, relative to the largest number seen."""
ROUNDINGS = 16
"""What one difference may be off by rounding, in units of the last place of E over the step (of both steps)."""


@dataclass(frozen=True, slots=True)
class Differences:
    """Sampled entries and directions of a result, NaN where no step can be trusted, and what each may be off.

    ``of`` is the model whose error was evaluated.
    """

    of: Model
    where: NDArray[np.int64]
    values: Array
    slack: Array
    directions: tuple[tuple[Array, float, float], ...]

    @property
    def known(self) -> bool:
        """Whether any of them can be trusted."""
        return bool(np.isfinite(self.values).any() or any(np.isfinite(number) for _, number, _ in self.directions))


def differences(
    spec: KernelSpec, layer: GradientProduct, data: Mapping[str, Array], forward: Forward, rng: np.random.Generator
) -> Differences:
    """S itself, or the gradient of S by X, on data by name."""
    x, v = data[layer.by], data[layer.direction]
    error = _error(layer, data, forward)
    weight = np.ones(())
    grain = np.finfo(np.longdouble).eps * (1 + abs(error(x)))

    def change(y: Array, step: float) -> Any:
        return directional(error, y, weight, v, step)

    if spec.kind == "forward":
        ladder = np.array([[change(x, h)] for h in STEPS])
        values, slack = _trusted(ladder, np.array([grain / h for h in STEPS]))
        return Differences(layer.first, np.zeros(1, dtype=np.int64), values, slack, ())

    def second(u: Array, step: float) -> Any:
        return directional(lambda y: change(y, step), x, weight, u, step)

    noise = np.array([grain / h**2 for h in STEPS])
    along = [rng.integers(-3, 4, x.shape).astype(np.float64) for _ in range(DIRECTIONS)]
    ladder = np.array([[second(u, h) for u in along] for h in STEPS])
    numbers, slack = _trusted(ladder, noise)
    best = _best(ladder, noise)
    where = np.arange(x.size) if x.size <= SAMPLES else np.sort(rng.choice(x.size, SAMPLES, replace=False))
    units = [(np.arange(x.size) == k).astype(np.float64).reshape(x.shape) for k in where]
    two = slice(best, best + 2)
    values, off = _trusted(np.array([[second(u, h) for u in units] for h in STEPS[two]]), noise[two])
    directions = tuple(zip(along, map(float, numbers), map(float, slack), strict=True))
    return Differences(layer.first, where, values, off, directions)


def _error(layer: GradientProduct, data: Mapping[str, Array], forward: Forward) -> Callable[[Array], Any]:
    """E as a function of X alone; an arbitrary error behind C is <dE/dC, C> with dE/dC held fixed."""

    model = layer.first

    def error(x: Array) -> Any:
        values = {**data, layer.by: x}
        for node in model.nodes:
            roles = (*node.fragment.inputs, *node.fragment.parameters)
            results = forward(node, {t.name: values[node.tensors[t.name].name] for t in roles})
            saved = (node.tensors[role].name for role in node.fragment.saved)
            values |= dict(zip((node.output.name, *saved), results, strict=False))
        last = values[model.loss.output.name]
        return np.sum(data[layer.given] * last) if layer.given else last

    return error


def _best(ladder: Array, noise: Array) -> int:
    """The step that differs least from the next one, over all columns, rounding counted."""
    return int(np.argmin(np.abs(np.diff(ladder, axis=0)).mean(axis=1) + ROUNDINGS * noise[1:]))


def _trusted(ladder: Array, noise: Array) -> tuple[Array, Array]:
    """Of rows by falling steps the one that agrees best with that before, and what it may be off; noise is rounding."""
    best = _best(ladder, noise)
    values = ladder[best + 1].astype(np.float64)
    gap = (np.abs(ladder[best] - ladder[best + 1]) + ROUNDINGS * noise[best + 1]).astype(np.float64)
    scale = float(np.abs(values[np.isfinite(values)]).max(initial=0.0))
    return np.where(gap <= TRUSTED * scale, values, np.nan), 4 * gap + SLACK * scale
