"""Weights: numbers for a model's tensors from an ``.npz`` file whose arrays have the tensors' names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symconv.errors import ModelError, show
from symconv.importers import npz
from symconv.importers.document import suggest
from symconv.importers.values import LARGEST, index_range
from symconv.model import Model
from symconv.notation.tensor import Tensor
from symconv.paths import label


def read_weights(path: str | Path, model: Model) -> dict[str, NDArray[Any]]:
    """An array of the tensor's shape for each tensor that the file names, in the order of the model's tensors.

    Leading axes of extent 1 may be left out. Raises PathError for what cannot be read, LimitError for a file too
    large, and ModelError for a tensor that the model does not have or computes itself, a wrong shape, entries that
    are not finite numbers, and an index that selects nothing.
    """
    tensors = {t.name: t for t in model.program.inputs}

    def check(where: str, name: str, shape: tuple[int, ...]) -> None:
        if name in model.program.tensors and name not in tensors:
            raise ModelError(where, "the model computes it", f"give arrays for {', '.join(tensors)} only")
        if name not in tensors:
            raise ModelError(where, f"the model has no tensor {show(name)}", suggest(name, tensors))
        check_shape(where, shape, tensors[name])

    found = npz.read(path, check)
    for name, array in found.items():
        check_entries(f"{label(path)}: {name}", array, tensors[name], model)
    return {name: found[name].reshape(tensor.sizes) for name, tensor in tensors.items() if name in found}


def check_shape(where: str, shape: tuple[int, ...], tensor: Tensor) -> None:
    """Raises ModelError unless the shape is the tensor's, or its last axes where those before have extent 1."""
    left_out, last = tensor.sizes[: len(tensor.sizes) - len(shape)], tensor.sizes[len(tensor.sizes) - len(shape) :]
    if len(shape) > len(tensor.sizes) or shape != last or any(n != 1 for n in left_out):
        remedy = f"give shape {tensor.sizes}; leading axes of extent 1 may be left out"
        raise ModelError(where, f"has shape {show(shape)}", remedy)


def check_entries(where: str, array: NDArray[Any], tensor: Tensor, model: Model) -> None:
    """Raises ModelError for an index that is not an integer or selects nothing, and for one too large."""
    if tensor.kind == "index":
        low, high = index_range(model, tensor)
        if array.dtype.kind not in "iu":
            raise ModelError(where, f"its entries are {array.dtype}", f"give integers from {low} to {high}")
        wrong = array[(array < low) | (array > high)]
        if wrong.size:
            raise ModelError(where, f"{wrong.flat[0]} selects nothing", f"give integers from {low} to {high}")
    elif array.dtype.kind in "iu" and array.size and max(abs(int(array.min())), abs(int(array.max()))) > LARGEST:
        raise ModelError(where, "has an integer beyond 2^53", "give floating-point numbers")
    elif np.abs(array).max(initial=0) > np.finfo(np.float32).max:
        raise ModelError(where, "has a number that float32 cannot hold", "give smaller ones")
