"""Activation functions."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from symconv.reference._common import Array, as_floating


def relu(x: npt.ArrayLike) -> Array:
    """Replace every entry that is not above zero by zero; NaN stays NaN.

    Equation: ``y = max(x, 0)`` entry by entry; relu(-inf) = 0, relu(inf) = inf, relu(-0.0) = 0.0.

    Shapes: any; the result has the shape of x. Raises ValueError for an unsupported dtype.

    >>> relu([-2.0, 0.0, 3.0]).tolist()
    [0.0, 0.0, 3.0]
    """
    (x,) = as_floating(x)
    return np.where(x <= 0, x.dtype.type(0), x)
