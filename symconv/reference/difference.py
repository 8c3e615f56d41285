"""Gradients by central differences: an oracle that needs the forward function and no derivation.

A gradient of a function f under an upstream gradient u is the derivative of the number ``<u, f(x)>``, the
sum of all entries of ``u * f(x)``. A central difference of that number with a step h has a truncation
error made of the third and higher derivatives of f only, and a rounding error made by the arithmetic.
Both vanish when

* f is linear or quadratic in x, everywhere or at least between the two points of the difference: a
  convolution or a linear layer in its input, its weight or its bias, a sum of squares; and piecewise
  linear functions such as relu and max pooling as long as the step crosses no kink (see
  `well_separated`);
* and x, u, the step and all constants are integers (or multiples of one power of two) small enough that f
  and the sums are computed without rounding. The numerator is then an exact multiple of ``2*h``, and so
  is the quotient.

Then the result is the gradient itself, to be compared with ``==``. For other smooth functions the error is of
order ``h**2`` plus rounding of order ``eps / h``, with ``eps`` that of longdouble.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from symconv.reference._common import FLOATING, Array, as_floating, as_int

LongArray: TypeAlias = npt.NDArray[np.longdouble]
"""An array of dtype longdouble."""


def entries(
    f: Callable[[LongArray], npt.ArrayLike],
    x: npt.ArrayLike,
    upstream: npt.ArrayLike,
    step: float | np.longdouble,
    where: Sequence[int] | npt.NDArray[np.integer[Any]],
) -> LongArray:
    """Differentiate ``<upstream, f(x)>`` with respect to chosen entries of x by central differences.

    Equation, where ``e_k`` is 1 at the flat (row-major) index k of x and 0 elsewhere::

        result[m] = (<upstream, f(x + step*e_k)> - <upstream, f(x - step*e_k)>) / (2*step),   k = where[m]

    Exact, with neither rounding nor truncation, for functions that are linear or quadratic in x on
    integer data, and for piecewise linear ones when the step crosses no kink. Everything is computed in
    longdouble: f is called with longdouble arrays, and must itself compute in their dtype. The two values
    of f are subtracted before they are multiplied by upstream; an output entry that is the same on both
    sides contributes nothing, even if it is infinite.

    Shapes: x any; upstream as f(x), possibly without axes; where is a sequence of M flat indices; the
    result is ``(M,)``.

    Raises ValueError if upstream does not have the shape of f(x), if the step is not positive and finite,
    or if an index lies outside x.

    >>> entries(lambda x: x * x, [3.0, 5.0], [1.0, 10.0], 1, [0, 1]).astype(float).tolist()
    [6.0, 100.0]
    """
    at = _long(x)
    result = np.zeros(len(where), dtype=np.longdouble)
    for m, given in enumerate(where):
        k = as_int("where", given, 0)
        if k >= at.size:
            raise ValueError(f"index {k} lies outside x, which has {at.size} entries")
        unit = np.zeros(at.size, dtype=np.longdouble)
        unit[k] = 1
        result[m] = directional(f, at, upstream, unit.reshape(at.shape), step)
    return result


def directional(
    f: Callable[[LongArray], npt.ArrayLike],
    x: npt.ArrayLike,
    upstream: npt.ArrayLike,
    direction: npt.ArrayLike,
    step: float | np.longdouble,
) -> np.longdouble:
    """Differentiate ``<upstream, f(x)>`` along one direction by a central difference.

    Equation: ``(<upstream, f(x + step*direction)> - <upstream, f(x - step*direction)>) / (2*step)``. If g
    is the gradient with respect to x, this is ``<g, direction>``: one number that checks all of g at
    once.

    Exact, with neither rounding nor truncation, for functions that are linear or quadratic in x on
    integer data, and for piecewise linear ones when ``step*direction`` crosses no kink. Computed in
    longdouble, like `entries`.

    Shapes: x any; direction as x; upstream as f(x), possibly without axes; the result is a number.

    Raises ValueError if a shape does not fit or if the step is not positive and finite.

    >>> float(directional(lambda x: x * x, [3.0, 5.0], [1.0, 10.0], [1.0, 2.0], 1))
    206.0
    """
    at, along, weights = _long(x), _long(direction), _long(upstream)
    h = np.longdouble(step)
    if not (h > 0 and np.isfinite(h)):
        raise ValueError(f"the step must be positive and finite, not {step!r}")
    if along.shape != at.shape:
        raise ValueError(f"direction must have the shape {at.shape} of x, not {along.shape}")
    above = _long(f(at + h * along))
    below = _long(f(at - h * along))
    if above.shape != weights.shape or below.shape != weights.shape:
        raise ValueError(f"upstream has shape {weights.shape}, but f(x) has shape {above.shape}")
    moved = above != below
    change = np.zeros(weights.shape, dtype=np.longdouble)
    np.subtract(above, below, out=change, where=moved)
    return np.longdouble((weights * change).sum() / (2 * h))


def well_separated(
    shape: int | Sequence[int],
    rng: np.random.Generator,
    gap: int,
    lowest: int,
    *,
    dtype: npt.DTypeLike = np.float64,
) -> Array:
    """Draw a random array of integers far from each other and from zero, for max and relu.

    The values are, in random order, the first of ``lowest, lowest + gap, lowest + 2*gap, ...``, without
    the one nearer than gap/2 to zero if there is one::

        |a - b| >= gap   for any two entries,        |a| >= gap/2   for any entry

    While each entry moves by at most gap/2, the maximum of any window stays the value of the same entry (at
    worst tied with another) and no entry passes zero: a difference by ``step*direction`` crosses no kink if
    ``step * max|direction| <= gap/2``.

    Shapes: the result has the given shape, and dtype float64 unless told otherwise.

    Raises ValueError if gap is not a positive integer, if lowest is not an integer, if dtype is not
    float32, float64 or longdouble, or if it cannot hold the values exactly.

    >>> sorted(well_separated((2, 2), np.random.default_rng(0), 4, -5).ravel().tolist())
    [-5.0, 3.0, 7.0, 11.0]
    """
    spacing = as_int("gap", gap, 1)
    start = as_int("lowest", lowest)
    if np.dtype(dtype) not in FLOATING:
        raise ValueError(f"dtype must be float32, float64 or longdouble, not {np.dtype(dtype)}")
    dims = (shape,) if isinstance(shape, int) else tuple(shape)
    size = math.prod(dims)
    ladder = [start + spacing * k for k in range(size + 1)]
    chosen = [value for value in ladder if 2 * abs(value) >= spacing][:size]
    if max(map(abs, chosen), default=0) > 1 / float(np.finfo(np.dtype(dtype)).eps):
        raise ValueError(f"{np.dtype(dtype)} cannot hold {size} integers from {start} by {spacing} exactly")
    values: Array = rng.permutation(np.array(chosen, dtype=dtype)).reshape(dims)
    return values


def _long(array: npt.ArrayLike) -> LongArray:
    """Return the array in longdouble."""
    (floating,) = as_floating(array)
    return floating.astype(np.longdouble)
