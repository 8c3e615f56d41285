"""What the layer files share: the floating dtype of a computation and the geometry of sliding windows."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[np.floating[Any]]
"""A NumPy array of one of the supported floating dtypes."""

PerAxis: TypeAlias = int | Sequence[int]
"""One int for all spatial axes, or one int per spatial axis."""

Padding: TypeAlias = int | Sequence[int | Sequence[int]]
"""One int, one int per spatial axis, or one (begin, end) pair per spatial axis."""

FLOATING = (np.dtype(np.float32), np.dtype(np.float64), np.dtype(np.longdouble))


def as_floating(*arrays: npt.ArrayLike) -> tuple[Array, ...]:
    """Bring arrays to one floating dtype: the widest floating dtype among them.

    Integer arrays take the dtype of the others, or float64 if all are integer. Raises ValueError for anything
    that is neither integer nor float32, float64 or longdouble.
    """
    given = [np.asarray(array) for array in arrays]
    dtypes = []
    for array in given:
        if array.dtype in FLOATING:
            dtypes.append(array.dtype)
        elif not np.issubdtype(array.dtype, np.integer):
            raise ValueError(f"dtype must be float32, float64, longdouble or integer, not {array.dtype}")
    dtype = np.result_type(*dtypes) if dtypes else np.dtype(np.float64)
    return tuple(array.astype(dtype, copy=False) for array in given)


def as_int(name: str, value: Any, lowest: int | None = None) -> int:
    """Return value as an int; raises ValueError if it is no integer or is below lowest (if that is given)."""
    try:
        number = operator.index(value)
    except TypeError:
        raise ValueError(f"{name} must be an integer, not {value!r}") from None
    if lowest is not None and number < lowest:
        raise ValueError(f"{name} must be at least {lowest}, not {number}")
    return number


def per_axis(name: str, value: PerAxis, rank: int) -> tuple[int, ...]:
    """Return one int >= 1 per spatial axis; raises ValueError for a wrong count or a smaller value."""
    values = list(value) if isinstance(value, Sequence) else [value] * rank
    if len(values) != rank:
        raise ValueError(f"{name} must be one int or {rank} ints, not {value!r}")
    return tuple(as_int(name, entry, 1) for entry in values)


def padding_pairs(value: Padding, rank: int) -> tuple[tuple[int, int], ...]:
    """Return one (begin, end) pair of ints >= 0 per spatial axis; raises ValueError if that is impossible."""
    values = list(value) if isinstance(value, Sequence) else [value] * rank
    if len(values) != rank:
        raise ValueError(f"padding must be one int, {rank} ints or {rank} (begin, end) pairs, not {value!r}")
    pairs = []
    for entry in values:
        pair = list(entry) if isinstance(entry, Sequence) else [entry, entry]
        if len(pair) != 2:
            raise ValueError(f"padding of one axis must be an int or a (begin, end) pair, not {entry!r}")
        pairs.append((as_int("padding", pair[0], 0), as_int("padding", pair[1], 0)))
    return tuple(pairs)


def output_size(
    size: int, kernel: int, stride: int, pad: tuple[int, int], dilation: int, ceil_mode: bool = False
) -> int:
    """Count the window positions along one axis.

    Equation: ``floor((size + begin + end - dilation*(kernel - 1) - 1) / stride) + 1``. With ceil_mode the
    division rounds up, and the last window is dropped if it would start in the padding behind the input.
    Raises ValueError if no window fits.
    """
    begin, end = pad
    room = size + begin + end - dilation * (kernel - 1) - 1
    if ceil_mode:
        count = -(-room // stride) + 1
        if (count - 1) * stride >= size + begin:
            count -= 1
    else:
        count = room // stride + 1
    if count < 1:
        raise ValueError(
            f"no window fits: size {size}, padding {pad}, kernel {kernel}, "
            f"stride {stride}, dilation {dilation}"
        )
    return count
