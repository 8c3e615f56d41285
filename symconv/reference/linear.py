"""The fully connected layer."""

from __future__ import annotations

import numpy.typing as npt

from symconv.reference._common import Array, as_floating


def linear(x: npt.ArrayLike, weight: npt.ArrayLike, bias: npt.ArrayLike | None = None) -> Array:
    """Apply one affine map to every row of x.

    Equation: ``y[n, o] = bias[o] + sum over i of weight[o, i] * x[n, i]``.

    Shapes: x ``(N, in)``, weight ``(out, in)``, bias ``(out,)``; the result is ``(N, out)``.

    Raises ValueError if the shapes do not fit or for an unsupported dtype.

    >>> linear([[1.0, 2.0]], [[3.0, 4.0], [5.0, 6.0]], [100.0, 200.0]).tolist()
    [[111.0, 217.0]]
    """
    if bias is None:
        x, weight = as_floating(x, weight)
    else:
        x, weight, bias = as_floating(x, weight, bias)
    if x.ndim != 2 or weight.ndim != 2 or x.shape[1] != weight.shape[1]:
        raise ValueError(f"x must be (N, in) and weight (out, in), not {x.shape} and {weight.shape}")
    if bias is not None and bias.shape != (weight.shape[0],):
        raise ValueError(f"bias must have shape {(weight.shape[0],)}, not {bias.shape}")
    y: Array = x @ weight.T
    return y if bias is None else y + bias
