"""Numbers for a model's tensors, from nested lists, row-major."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from symconv.errors import ModelError, show
from symconv.importers.document import suggest
from symconv.model import Model
from symconv.notation.affine import interval
from symconv.notation.guards import is_data
from symconv.notation.summand import data_guard
from symconv.notation.tensor import Tensor, base

LARGEST = 2**53
"""The largest magnitude of an integer: every one up to it is exact in float64."""

Number = int | float


def read_values(where: str, table: Mapping[str, Any], model: Model) -> dict[str, tuple[Number, ...]]:
    """The entries of each tensor named, row-major, in the order of the model's tensors.

    A tensor is given as nested lists of its shape; leading axes of extent 1 may be left out. Raises ModelError for
    a tensor that the model does not have or computes itself, a wrong shape, a number that is not finite, and an
    index that selects nothing.
    """
    tensors = {t.name: t for t in model.program.inputs}
    for name in table:
        if name in model.program.tensors and name not in tensors:
            given = ", ".join(tensors)
            raise ModelError(f"{where}: {name}", "the model computes it", f"give numbers for {given} only")
        if name not in tensors:
            raise ModelError(where, f"the model has no tensor {show(name)}", suggest(name, tensors))
    return {
        name: _entries(f"{where}: {name}", table[name], tensor, model)
        for name, tensor in tensors.items()
        if name in table
    }


def _entries(where: str, value: object, tensor: Tensor, model: Model) -> tuple[Number, ...]:
    rank = _rank(value)
    left_out, sizes = tensor.sizes[: -rank or None], tensor.sizes[len(tensor.sizes) - rank :]
    if rank > len(tensor.sizes) or any(n != 1 for n in left_out):
        shape = " x ".join(map(str, tensor.sizes)) or "a single number"
        remedy = "nest one list an axis; leading ones of extent 1 may be left out"
        raise ModelError(where, f"has {rank} axes, the shape is {shape}", remedy)
    found: list[Number] = []
    _collect(where, tensor.name, value, sizes, found)
    if tensor.kind == "index":
        _check_indices(where, found, *index_range(model, tensor))
    return tuple(found)


def _rank(value: object) -> int:
    """How deep the first entry lies."""
    rank = 0
    while isinstance(value, list):
        rank, value = rank + 1, value[0] if value else None
    return rank


def _collect(where: str, name: str, value: object, sizes: tuple[int, ...], found: list[Number]) -> None:
    if not sizes:
        found.append(_number(where, name, value))
        return
    if not isinstance(value, list):
        raise ModelError(where, f"{name} is {show(value)}", f"give a list of {sizes[0]}")
    if len(value) != sizes[0]:
        raise ModelError(where, f"{name} has {len(value)} entries", f"give {sizes[0]}")
    for n, inner in enumerate(value):
        _collect(where, f"{name}[{n}]", inner, sizes[1:], found)


def _number(where: str, name: str, value: object) -> Number:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ModelError(where, f"{name} is {show(value)}", "give a number")
    if not math.isfinite(value) if isinstance(value, float) else abs(value) > LARGEST:
        raise ModelError(where, f"{name} is {show(value)}", "give a finite number, an integer up to 2^53")
    return value


def index_range(model: Model, tensor: Tensor) -> tuple[int, int]:
    """The least and greatest index that the entries of an index tensor may be: what the model compares them with."""
    found = [
        interval(data_guard(guard.value)[1], term.extents)
        for q in model.program.equations
        for term in q.terms
        for guard in term.guards
        if is_data(guard) and base(data_guard(guard.value)[0]) == tensor.name
    ]
    bounds = [b for b in found if b is not None]
    assert bounds, f"nothing is selected by {tensor.name}"
    return max(low for low, _ in bounds), min(high for _, high in bounds)


def _check_indices(where: str, found: list[Number], low: int, high: int) -> None:
    for n in found:
        if not isinstance(n, int) or not low <= n <= high:
            raise ModelError(where, f"{show(n)} selects nothing", f"give integers from {low} to {high}")
