"""Arrays of exact values: NumPy's shapes, views and broadcasting, a kind instead of an element type."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from symconv.proofs.algebra.polynomial import Polynomial
from symconv.proofs.fault import UNSET, Fault, Unreadable

Kind = Literal["real", "int", "bool"]
Total = Callable[[Sequence[Any]], Any]
LARGEST = 20_000_000
"""The most entries of one array."""


@dataclass(frozen=True, slots=True)
class Values:
    """An array whose entries are exact values; a view shares them, as in NumPy."""

    data: NDArray[Any]
    kind: Kind


@dataclass(frozen=True, slots=True)
class Element:
    """An element type as a value: what ``np.float32`` or ``x.dtype.type`` is."""

    kind: Kind
    dtype: str


def scalar(value: Any, kind: Kind) -> Values:
    """One value as an array without axes."""
    data = np.empty((), dtype=object)
    data[()] = value
    return Values(data, kind)


def filled(shape: tuple[int, ...], value: Any, kind: Kind) -> Values:
    """A new array."""
    if int(np.prod(shape, dtype=object)) > LARGEST or any(n < 0 for n in shape):
        raise Unreadable(f"an array of shape {shape}")
    data = np.empty(shape, dtype=object)
    data.fill(value)
    return Values(data, kind)


def as_values(value: Any) -> Values:
    """A number or array as an array."""
    if isinstance(value, Values):
        return value
    if type(value) is bool:
        return scalar(value, "bool")
    if type(value) is int:
        return scalar(value, "int")
    raise Unreadable(f"{type(value).__name__} is no array")


def map_values(f: Callable[..., Any], kind: Kind, *arrays: Values) -> Values:
    """A function of entries over arrays that broadcast."""
    apply = np.frompyfunc(f, len(arrays), 1)
    made = apply(*(a.data for a in arrays))
    return Values(made, kind) if isinstance(made, np.ndarray) else scalar(made, kind)


def joined(*arrays: Values) -> Kind:
    """The kind of what is computed from several."""
    kinds = {a.kind for a in arrays}
    return "real" if "real" in kinds else "int"


def indices(value: Values) -> NDArray[np.int64]:
    """Integers that data do not decide, to index with."""
    flat = value.data.ravel().tolist()
    if value.kind != "int" or any(type(n) is not int for n in flat):
        raise Unreadable("an index depends on data")
    return np.array(flat, dtype=np.int64).reshape(value.data.shape)


def checked(values: Iterable[Any]) -> list[Any]:
    """The entries, all of which have been set."""
    found = list(values)
    if any(v is UNSET for v in found):
        raise Fault("an entry of an array is read before it is set")
    return found


def reduced(
    array: Values, axes: Sequence[int], keep: bool, f: Callable[[list[Any]], Any], kind: Kind
) -> Values:
    """A function of all entries along some axes."""
    rank = array.data.ndim
    chosen = sorted({a % rank for a in axes}) if rank else []
    rest = [a for a in range(rank) if a not in chosen]
    turned = array.data.transpose([*rest, *chosen])
    shape = tuple(array.data.shape[a] for a in rest)
    rows = turned.reshape(int(np.prod(shape, dtype=np.int64)), -1) if turned.size else turned.reshape(*shape, 0)
    made = np.empty(int(np.prod(shape, dtype=np.int64)), dtype=object)
    for n in range(made.size):
        made[n] = f(checked(rows[n].tolist()) if turned.size else [])
    if keep:
        shape = tuple(1 if a in chosen else array.data.shape[a] for a in range(rank))
    return Values(made.reshape(shape), kind)


def matmul(a: Values, b: Values, total: Total) -> Values:
    """``a @ b``, each entry one sum."""
    x, y = a.data, b.data
    if x.ndim == 0 or y.ndim == 0:
        raise Unreadable("a matrix product of numbers")
    left, right = (x[None, :] if x.ndim == 1 else x), (y[:, None] if y.ndim == 1 else y)
    if left.shape[-1] != right.shape[-2]:
        raise Fault(f"a matrix product of shapes {x.shape} and {y.shape}")
    batch = np.broadcast_shapes(left.shape[:-2], right.shape[:-2])
    left = np.broadcast_to(left, (*batch, *left.shape[-2:]))
    right = np.broadcast_to(right, (*batch, *right.shape[-2:]))
    made = np.empty((*batch, left.shape[-2], right.shape[-1]), dtype=object)
    for at in np.ndindex(*batch):
        rows = [checked(row) for row in left[at].tolist()]
        columns = [checked(column) for column in right[at].T.tolist()]
        for i, row in enumerate(rows):
            for j, column in enumerate(columns):
                made[(*at, i, j)] = total([p * q for p, q in zip(row, column, strict=True)])
    if y.ndim == 1:
        made = made[..., 0]
    if x.ndim == 1:
        made = made[..., 0, :] if y.ndim > 1 else made[..., 0]
    return Values(np.asarray(made, dtype=object), joined(a, b))


def einsum(formula: str, arrays: Sequence[Values], total: Total) -> Values:
    """A sum of products by letters, each entry one sum."""
    spelled, _, result = formula.replace(" ", "").partition("->")
    names = spelled.split(",")
    extents: dict[str, int] = {}
    if len(names) != len(arrays) or not all(n.isalpha() for n in names) or not set(result) <= set(spelled):
        raise Unreadable(f"einsum {formula[:40]}")
    for name, array in zip(names, arrays, strict=True):
        if len(name) != array.data.ndim:
            raise Fault(f"einsum {formula}: an operand has shape {array.data.shape}")
        for z, n in zip(name, array.data.shape, strict=True):
            if extents.setdefault(z, n) != n:
                raise Fault(f"einsum {formula}: {z} has two extents")
    inner = [z for z in extents if z not in result]
    made = np.empty(tuple(extents[z] for z in result), dtype=object)
    for free in product(*(range(extents[z]) for z in result)):
        at = dict(zip(result, free, strict=True))
        terms = []
        for bound in product(*(range(extents[z]) for z in inner)):
            at.update(zip(inner, bound, strict=True))
            term: Any = 1
            for name, array in zip(names, arrays, strict=True):
                term = term * array.data[tuple(at[z] for z in name)]
            terms.append(term)
        made[free] = total(checked(terms))
    return Values(made, joined(*arrays))


def strided(array: Values, shape: tuple[int, ...], strides: tuple[int, ...], itemsize: int) -> Values:
    """A strided view that never leaves the memory of the array, as a copy that is only to be read."""
    root = array.data
    while isinstance(root.base, np.ndarray):
        root = root.base
    if len(shape) != len(strides) or any(s % itemsize for s in strides) or any(n < 0 for n in shape):
        raise Unreadable(f"a view of shape {shape} with strides {strides}")
    start = (array.data.__array_interface__["data"][0] - root.__array_interface__["data"][0]) // root.itemsize
    places = np.full(shape, start, dtype=np.int64)
    for axis, (n, s) in enumerate(zip(shape, strides, strict=True)):
        places += (np.arange(n) * (s // itemsize)).reshape([-1 if a == axis else 1 for a in range(len(shape))])
    if places.size and not (places.min() >= 0 and places.max() < root.size):
        raise Fault(f"a view of shape {shape} with strides {strides} leaves its array")
    assert root.flags.c_contiguous
    made = root.ravel()[places]
    made.setflags(write=False)
    return Values(made, array.kind)


def add_at(target: Values, at: tuple[Any, ...], values: Values) -> None:
    """Add each value at its place, also where places repeat."""
    places = np.broadcast_arrays(*at, values.data)
    for n in np.ndindex(*places[-1].shape):
        where = tuple(int(p[n]) for p in places[:-1])
        target.data[where] = target.data[where] + places[-1][n]


def shared(values: Values) -> Values:
    """A copy whose entries are not changed in place through another."""
    data = values.data.copy()
    for v in data.ravel().tolist():
        if type(v) is Polynomial:
            v.share()
    return Values(data, values.kind)
