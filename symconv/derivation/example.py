"""Numbers for a worked example: those that a model states, and small integers for the rest."""

from __future__ import annotations

import random
from typing import Any

from symconv.derivation.backpropagate import Derivation
from symconv.derivation.run import run
from symconv.importers.values import index_range
from symconv.model import Model
from symconv.notation.domain import positive_operands
from symconv.notation.expand import count_terms


def example_inputs(model: Model, seed: int = 1) -> dict[str, list[Any]]:
    """Entries for the model's input, parameters and target, row-major; the same for the same seed."""
    rng = random.Random(seed)
    data: dict[str, list[Any]] = {}
    positive = positive_operands(model.program.equations)
    for tensor in model.program.inputs:
        given = model.values.get(tensor.name)
        low, high = (1, 4) if tensor.name in positive else (-2, 2)
        if tensor.kind == "index":
            low, high = index_range(model, tensor)
        drawn = [rng.randint(low, high) for _ in range(tensor.length)]
        data[tensor.name] = list(given) if isinstance(given, (list, tuple)) else drawn
    return data


MOST_TERMS = 3_000_000
"""Above this many terms, forward and backward, a worked example with numbers is left out."""


def example(derivation: Derivation) -> dict[str, list[Any]] | None:
    """Numbers for every tensor and gradient of a model; None for one that is too large to be an example."""
    equations = [*derivation.model.program.equations, *(g.equation for g in derivation.gradients.values())]
    if sum(map(count_terms, equations)) > MOST_TERMS:
        return None
    return run(derivation, example_inputs(derivation.model))
