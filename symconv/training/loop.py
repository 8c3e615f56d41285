"""The loop: epochs of shuffled batches, each a pass forward, a pass backward and a step of SGD."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symconv.console import Progress
from symconv.errors import ModelError, UsageError, show
from symconv.model import Model
from symconv.training import data as samples
from symconv.training import sgd
from symconv.training.chain import Chain
from symconv.training.data import Data
from symconv.training.init import SCHEMES, initial
from symconv.training.score import Score, score

Array = NDArray[Any]

MOST_EPOCHS = 100_000


class Diverged(Exception):
    """The loss, or a parameter, is no longer a finite number: where that was seen."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a training depends on beside model and data; raises UsageError for numbers that cannot be."""

    epochs: int = 20
    seed: int = 0
    lr: float = 0.05
    momentum: float = 0.9
    schedule: str = "cosine"
    init: str = "he"

    def __post_init__(self) -> None:
        most = f"a whole number from 1 to {MOST_EPOCHS}"
        _check("epochs", self.epochs, _whole(self.epochs) and 1 <= self.epochs <= MOST_EPOCHS, most)
        _check("seed", self.seed, _whole(self.seed) and 0 <= self.seed < 2**63, "a whole number from 0 to 2^63 - 1")
        _check("lr", self.lr, _real(self.lr) and 0 < self.lr <= 1e6, "a number above 0, at most 1e6")
        _check("momentum", self.momentum, _real(self.momentum) and 0 <= self.momentum < 1, "a number from 0, below 1")
        _check("schedule", self.schedule, self.schedule in sgd.SCHEDULES, f"one of {', '.join(sgd.SCHEDULES)}")
        _check("init", self.init, self.init in SCHEMES, f"one of {', '.join(SCHEMES)}")


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _real(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _check(name: str, value: object, sound: bool, choice: str) -> None:
    if not sound:
        raise UsageError("train", f"{name} {show(value)} cannot be", f"give {choice}")


@dataclass(frozen=True, slots=True)
class Result:
    """What has been learnt: the parameters by name, the mean loss of every epoch, the scores on what was held out."""

    parameters: Mapping[str, Array]
    losses: tuple[float, ...]
    scores: tuple[Score, ...]

    @property
    def score(self) -> Score:
        """The score at the end."""
        return self.scores[-1]


@dataclass(frozen=True, slots=True)
class Streams:
    """Random numbers, one source a purpose, all from one seed: where parameters start, what is held out, the order."""

    init: np.random.Generator
    split: np.random.Generator
    order: np.random.Generator

    @classmethod
    def of(cls, seed: int) -> Streams:
        """The sources of a seed."""
        return cls(*map(np.random.default_rng, np.random.SeedSequence(seed).spawn(3)))


def start(model: Model, rng: np.random.Generator, scheme: str, weights: Mapping[str, Array]) -> dict[str, Array]:
    """Parameters and what else stays the same for all samples: from ``weights``, the model's values, or drawn.

    Raises ModelError for a number of the model that float32 cannot hold, LimitError as ``initial``.
    """
    stated = {**model.values, **weights}
    found: dict[str, Array] = dict(initial(model, rng, scheme, stated=tuple(stated)))
    for tensor in (*model.parameters, *model.targets):
        if tensor.name in stated:
            kind = np.float32 if tensor.kind == "real" else np.int32
            with np.errstate(over="ignore"):
                found[tensor.name] = np.array(stated[tensor.name]).astype(kind).reshape(tensor.sizes)
            if not np.isfinite(found[tensor.name]).all():
                problem = "has a number that float32 cannot hold"
                raise ModelError(f"model {model.name}: {tensor.name}", problem, "give smaller ones")
    return found


def train(
    chain: Chain, data: Data, settings: Settings, progress: Progress, weights: Mapping[str, Array] | None = None
) -> Result:
    """Learn; the same model, data, settings and target give the same result to the last bit.

    Raises Diverged as soon as the loss of a batch is not finite, and what ``start`` raises.
    """
    model, streams = chain.model, Streams.of(settings.seed)
    rows, held_out = samples.split(data.count, streams.split)
    parameters = start(model, streams.init, settings.init, weights or {})
    batch = model.input.sizes[0]
    a_time = len(rows) // batch
    rates = _rates(settings, a_time)
    velocities: dict[str, Array] = {}
    losses: list[float] = []
    scores: list[Score] = []
    with np.errstate(all="ignore"):  # what overflows is found by looking at the loss
        for epoch in range(settings.epochs):
            total = 0.0
            for n, chosen in enumerate(samples.shuffled(rows, batch, streams.order)):
                values = chain.values({**parameters, **data.take(chosen)})
                loss = float(values[model.error.name])
                if not math.isfinite(loss):
                    raise Diverged(f"the loss is {loss} in epoch {epoch + 1}, step {n + 1}")
                total += loss
                parameters, velocities = sgd.step(
                    parameters, velocities, chain.gradients(values), lr=next(rates), momentum=settings.momentum
                )
                done = epoch * a_time + n + 1
                progress(done, settings.epochs * a_time, _describe(epoch, settings, total / (n + 1), scores))
            losses.append(total / a_time)
            scores.append(score(chain, parameters, data, held_out, rows))
            if not all(np.isfinite(p).all() for p in parameters.values()) or not math.isfinite(scores[-1].loss):
                raise Diverged(f"a parameter or the loss is not finite after epoch {epoch + 1}")
    learnt = {t.name: parameters[t.name] for t in model.parameters}
    return Result(learnt, tuple(losses), tuple(scores))


def _rates(settings: Settings, a_time: int) -> Iterator[float]:
    """The learning rate of every step."""
    steps = settings.epochs * a_time
    return (settings.lr * sgd.SCHEDULES[settings.schedule](n / steps) for n in range(steps))


def _describe(epoch: int, settings: Settings, loss: float, scores: list[Score]) -> str:
    """How the training stands: the mean loss of the epoch so far, the accuracy after the last one."""
    text = f"epoch {epoch + 1}/{settings.epochs}: loss {loss:.4f}"
    accuracy = scores[-1].accuracy if scores else None
    return text if accuracy is None else f"{text}, accuracy {accuracy:.1%}"
