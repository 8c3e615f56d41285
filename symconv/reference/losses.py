"""Losses; each returns the mean as an array without axes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from symconv.reference._common import Array, as_floating


def mse(x: npt.ArrayLike, target: npt.ArrayLike) -> Array:
    """Average the squared differences over all entries.

    Equation: ``loss = (1 / size) * sum over all entries of (x - target)**2``.

    Shapes: x and target alike, any shape (there is no broadcasting); the result has no axes.

    Raises ValueError if the shapes differ, if there are no entries, or for an unsupported dtype.

    >>> float(mse([1.0, 2.0], [4.0, 3.0]))
    5.0
    """
    x, target = as_floating(x, target)
    if x.shape != target.shape:
        raise ValueError(f"x and target must have one shape, not {x.shape} and {target.shape}")
    if x.size == 0:
        raise ValueError("the mean of no entries is undefined")
    return np.asarray(((x - target) ** 2).sum() / x.dtype.type(x.size))


def softmax_cross_entropy(x: npt.ArrayLike, target: npt.ArrayLike) -> Array:
    """Average over the batch how unlikely the softmax of x finds the target classes.

    Equation: ``loss = (1 / N) * sum over n of (log(sum over k of exp(x[n, k])) - x[n, target[n]])``. The
    largest entry of each row is subtracted first, which leaves the value unchanged and lets no exponential
    overflow.

    Shapes: x ``(N, K)``, target ``(N,)`` of integers in ``0 .. K-1``; the result has no axes.

    Raises ValueError if the shapes do not fit, if x has no entries, if target is not of an integer type
    or out of range, or for an unsupported dtype of x.

    >>> round(float(softmax_cross_entropy([[0.0, 0.0], [1000.0, 0.0]], [0, 1])), 6)
    500.346574
    """
    (x,) = as_floating(x)
    target = np.asarray(target)
    if x.ndim != 2 or target.shape != x.shape[:1]:
        raise ValueError(f"x must be (N, K) and target (N,), not {x.shape} and {target.shape}")
    if x.size == 0:
        raise ValueError("the mean of no entries is undefined")
    if not np.issubdtype(target.dtype, np.integer):
        raise ValueError(f"target must be of an integer type, not {target.dtype}")
    batch, classes = x.shape
    if target.min() < 0 or target.max() >= classes:
        raise ValueError(f"target must lie in 0 .. {classes - 1}")
    with np.errstate(invalid="ignore"):  # inf - inf: the loss is then NaN, as it should be
        shifted = x - x.max(axis=1, keepdims=True)
    losses = np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(batch), target]
    return np.asarray(losses.sum() / x.dtype.type(batch))
