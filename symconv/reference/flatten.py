"""Flattening of all axes but the batch axis."""

from __future__ import annotations

import math

import numpy.typing as npt

from symconv.reference._common import Array, as_floating


def flatten(x: npt.ArrayLike) -> Array:
    """Join all axes but the first into one, in row-major order; the result is a copy.

    Equation, for x of four axes: ``y[n, (c*H + h)*W + w] = x[n, c, h, w]``.

    Shapes: x ``(N, *rest)`` with at least one further axis; the result is ``(N, product of rest)``.

    Raises ValueError if x has fewer than two axes or an unsupported dtype.

    >>> flatten([[[1.0, 2.0], [3.0, 4.0]]]).tolist()
    [[1.0, 2.0, 3.0, 4.0]]
    """
    (x,) = as_floating(x)
    if x.ndim < 2:
        raise ValueError(f"x must be (N, *rest), not of shape {x.shape}")
    return x.reshape(x.shape[0], math.prod(x.shape[1:])).copy()
