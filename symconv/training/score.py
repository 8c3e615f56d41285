"""How good a model is on samples that it has not learnt from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symconv.model import Model
from symconv.notation.tensor import Tensor
from symconv.training.chain import Chain
from symconv.training.data import Data, padded

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Score:
    """The loss of some samples, a mean over the batches that they are in.

    Where classes are learnt, ``confusion[right, predicted]`` counts the samples too.
    """

    loss: float
    count: int
    confusion: Array | None = None

    @property
    def accuracy(self) -> float | None:
        """The fraction that is right; None where there are no classes."""
        return None if self.confusion is None else float(np.trace(self.confusion) / self.confusion.sum())


def scores(model: Model) -> tuple[Tensor, Tensor] | None:
    """The tensor of scores a class and the tensor of classes, where the loss compares such.

    The scores are the first input of the loss: the classes' shape with one more axis, the second one.
    """
    loss = model.loss
    given = loss.tensors[loss.fragment.inputs[0].name]
    for target in model.targets:
        if target.kind == "index" and target.sizes == (*given.sizes[:1], *given.sizes[2:]) and len(given.sizes) > 1:
            return given, target
    return None


def score(chain: Chain, parameters: Mapping[str, Array], data: Data, rows: Array, others: Array) -> Score:
    """The score of some samples, in batches.

    The last batch is filled up with samples that were counted before, then with ``others``, so that none is there twice
    and a mean over the batch stays one over different samples. Its classes count for the rows that are new; its loss,
    which is one number, counts as much as these are.
    """
    compared = scores(chain.model)
    total, found = 0.0, None
    if compared is not None:
        classes = compared[0].sizes[1]
        found = np.zeros((classes, classes), dtype=np.int64)
    for chosen, count in padded(rows, chain.model.input.sizes[0], others):
        values = chain.values({**parameters, **data.take(chosen)})
        total += count * float(values[chain.model.error.name])
        if compared is not None and found is not None:
            given, target = (values[t.name][:count] for t in compared)
            np.add.at(found, (target.ravel(), given.argmax(axis=1).ravel()), 1)
    return Score(total / len(rows), len(rows), found)
