"""Data: samples for a model's input and for what its loss compares with, checked before anything runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from symconv.errors import LimitError, ModelError, UsageError, show
from symconv.importers import npz
from symconv.importers.document import suggest
from symconv.importers.weights import check_entries
from symconv.model import MAX_ENTRIES, Model
from symconv.notation.tensor import Tensor, base
from symconv.paths import label

Array = NDArray[Any]

HELD_OUT = 5
"""One sample of so many is held out: the first fifth, rounded down, of a random order."""


@dataclass(frozen=True, slots=True)
class Data:
    """Samples by the names of the tensors that they are for; the first axis counts them."""

    arrays: Mapping[str, Array]

    @property
    def count(self) -> int:
        """How many samples there are."""
        return min(map(len, self.arrays.values()))

    def take(self, rows: Array) -> dict[str, Array]:
        """Some samples, in that order."""
        return {name: array[rows] for name, array in self.arrays.items()}


def keys(model: Model) -> dict[str, Tensor]:
    """What a file of samples may hold: ``x``, ``y``, and by its own name any other input that has the batch first.

    Raises ModelError for a model whose input or target does not have the batch as its first axis.
    """
    batch, batched = model.input.sizes[0], _batched(model)
    own = {t.name for t in model.loss.tensors.values()}
    found = {"x": model.input}
    for tensor in model.targets:
        has_batch = tensor.name in batched
        if tensor.name in own and not has_batch:
            problem = f"{tensor.name} has shape {tensor.sizes}, its first axis is not the batch of {batch}"
            raise ModelError(f"model {model.name}", problem, "keep the batch as the first axis up to the loss")
        if has_batch:
            key = "y" if tensor.name in own and "y" not in found else tensor.name
            if key in found:
                problem = f"{tensor.name} and {found[key].name} are both called {key} in a file of samples"
                raise ModelError(f"model {model.name}", problem, "give the tensor another name")
            found[key] = tensor
    return found


def _batched(model: Model) -> set[str]:
    """The tensors whose first axis runs with the batch, the first axis of the input: an index says so in the equations.

    Axes with the same plain index in one term run alike.
    """
    alike: dict[tuple[str, int], set[tuple[str, int]]] = {}
    for equation in model.program.equations:
        for term in equation.terms:
            entries = [(equation.target.name, tuple(map(sp.sympify, term.at)))]
            read = [term.summand, *(sp.sympify(guard.value) for guard in term.guards)]
            entries += [(base(e), e.indices) for part in read for e in part.atoms(sp.Indexed)]
            places: dict[sp.Expr, list[tuple[str, int]]] = {}
            for name, at in entries:
                for axis, form in enumerate(at):
                    if form in term.extents:
                        places.setdefault(form, []).append((name, axis))
            for together in places.values():
                for place in together:
                    alike.setdefault(place, set()).update(together)
    found, waiting = {(model.input.name, 0)}, [(model.input.name, 0)]
    while waiting:
        new = alike.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return {name for name, axis in found if axis == 0}


def load(model: Model, path: str | Path | None = None) -> Data:
    """The samples in an ``.npz`` file, or those that come with a built-in model.

    ``x`` has shape (n, *input) and ``y`` (n, *target) – (n,) for classes –, both without the model's own batch axis.
    Raises UsageError when there are none, PathError, LimitError and ModelError for a file that does not fit the model.
    """
    if path is None:
        if model.origin not in BUILT_IN:
            known = ", ".join(BUILT_IN)
            problem = f"no data comes with it (it does with {known})"
            raise UsageError(f"train {label(model.origin or model.name)}", problem, "give --data X.npz with x and y")
        return samples(model, BUILT_IN[model.origin](), f"data {model.origin}")
    tensors = keys(model)

    def check(where: str, name: str, shape: tuple[int, ...]) -> None:
        if name not in tensors:
            raise ModelError(where, f"no array is called {show(name)}", suggest(name, tensors))
        check_shape(where, shape, tensors[name])

    return samples(model, npz.read(path, check), label(path))


def check_shape(where: str, shape: tuple[int, ...], tensor: Tensor) -> None:
    """Raises ModelError unless the shape is that of a number of samples, LimitError for too many."""
    wanted = ", ".join(map(str, ("n", *tensor.sizes[1:]))) + ("," if len(tensor.sizes) == 1 else "")
    if len(shape) != len(tensor.sizes) or shape[1:] != tensor.sizes[1:]:
        raise ModelError(where, f"has shape {show(shape)}", f"give ({wanted}) for n samples of {tensor.name}")
    if int(np.prod(shape, dtype=object)) > MAX_ENTRIES:
        problem = f"{shape[0]} samples have more than {MAX_ENTRIES} entries"
        raise LimitError(where, problem, "give fewer samples")


def samples(model: Model, arrays: Mapping[str, Array], where: str) -> Data:
    """Arrays by key as Data; raises ModelError for what is missing, too few, of unequal number or out of range."""
    tensors = keys(model)
    for key, tensor in tensors.items():
        if key not in arrays and (key == "x" or tensor.name not in model.values):
            raise ModelError(where, f"there is no array {key} for {tensor.name}", f"add {key}")
    for key, array in arrays.items():
        check_shape(f"{where}: {key}", array.shape, tensors[key])
        check_entries(f"{where}: {key}", array, tensors[key], model)
        if len(array) != len(arrays["x"]):
            problem = f"{key} has {len(array)} samples, x has {len(arrays['x'])}"
            raise ModelError(where, problem, "give as many of each")
    n, batch = len(arrays["x"]), model.input.sizes[0]
    if n < HELD_OUT or n - n // HELD_OUT < batch:
        problem = f"{n} samples are too few: a fifth is held out, and a batch has {batch}"
        raise ModelError(where, problem, "give more samples, or make the model's batch smaller")
    kinds = {"real": np.float32, "index": np.int32}
    return Data({t.name: arrays[k].astype(kinds[t.kind]) for k, t in tensors.items() if k in arrays})


def digits() -> dict[str, Array]:
    """scikit-learn's 1,797 pictures of handwritten digits, 8 x 8, grey from 0 to 1; raises UsageError without it."""
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise UsageError("train digits", "scikit-learn is not installed", "pip install 'symconv[train]'") from None
    found = load_digits()
    return {"x": found.images[:, None].astype(np.float32) / np.float32(16), "y": found.target.astype(np.int32)}


BUILT_IN = {"digits": digits}
"""The data that come with a built-in model, by its name."""


def split(count: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """The samples to learn from and those held out, as row numbers: a random fifth, whatever the classes are.

    >>> train, held_out = split(1797, np.random.default_rng(0))
    >>> len(train), len(held_out)
    (1438, 359)
    """
    order = rng.permutation(count)
    return order[count // HELD_OUT :], order[: count // HELD_OUT]


def shuffled(rows: Array, batch: int, rng: np.random.Generator) -> Iterator[Array]:
    """Batches in a new random order; what is left at the end and does not fill one is left out."""
    order = rng.permutation(rows)
    for start in range(0, len(order) - batch + 1, batch):
        yield order[start : start + batch]


def padded(rows: Array, batch: int, others: Array) -> Iterator[tuple[Array, int]]:
    """Batches in order with how many rows of each count: the last one is filled up with rows before it, then others.

    >>> [(chosen.tolist(), count) for chosen, count in padded(np.arange(5), 4, np.arange(5, 9))]
    [([0, 1, 2, 3], 4), ([4, 0, 1, 2], 1)]
    """
    for start in range(0, len(rows), batch):
        chosen = rows[start : start + batch]
        yield np.concatenate([chosen, rows[:start], others])[:batch], len(chosen)
