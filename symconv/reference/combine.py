"""Tensors put together, shifted and scaled."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from symconv.reference._common import Array, as_floating


def add(*xs: npt.ArrayLike) -> Array:
    """The sum of tensors of one shape, entry by entry.

    Shapes: any, all alike. Raises ValueError if the shapes differ and for an unsupported dtype.

    >>> add([1.0, 2.0], [10.0, 20.0]).tolist()
    [11.0, 22.0]
    """
    first, *others = as_floating(*xs)
    total = first
    for x in others:
        if x.shape != first.shape:
            raise ValueError(f"shapes differ: {first.shape} and {x.shape}")
        total = total + x
    return total


def concat(*xs: npt.ArrayLike, dim: int = 1) -> Array:
    """Tensors one after another along one axis.

    Shapes: alike but for that axis. Raises ValueError if the other axes differ and for an unsupported dtype.

    >>> concat([[1.0]], [[2.0, 3.0]]).tolist()
    [[1.0, 2.0, 3.0]]
    """
    return np.concatenate(as_floating(*xs), axis=dim)


def bias(x: npt.ArrayLike, b: npt.ArrayLike) -> Array:
    """Add to every channel its own number.

    Shapes: x ``(N, C, ...)``, b ``(C,)``. Raises ValueError for an unsupported dtype.

    >>> bias([[1.0, 2.0]], [10.0, 20.0]).tolist()
    [[11.0, 22.0]]
    """
    x, b = as_floating(x, b)
    return x + b.reshape(1, -1, *[1] * (x.ndim - 2))


def scale(x: npt.ArrayLike, weight: npt.ArrayLike) -> Array:
    """Multiply every channel by its own number.

    Shapes: x ``(N, C, ...)``, weight ``(C,)``. Raises ValueError for an unsupported dtype.

    >>> scale([[1.0, 2.0]], [10.0, 20.0]).tolist()
    [[10.0, 40.0]]
    """
    x, weight = as_floating(x, weight)
    return x * weight.reshape(1, -1, *[1] * (x.ndim - 2))
