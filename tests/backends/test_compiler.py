"""Optimised code is right: forms that a compiler is known to get wrong are not printed, and checked anyway."""

from __future__ import annotations

import numpy as np
import pytest

import symconv
from symconv import reference


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("width", [1, 2, 3, 5, 7, 8, 9, 15, 16, 17])
def test_selection_by_relu_in_rows_of_any_width(width: int, dtype: str) -> None:
    shape = (2, 4, 3, width)
    x = (np.arange(24 * width).reshape(shape) * 37 % 11 - 5).astype(dtype)
    upstream = (np.arange(24 * width).reshape(shape) % 7 - 3).astype(dtype)
    upstream[x <= 0] = np.inf  # nothing of what is cut off may leak, not even infinity
    kernel = symconv.kernel(symconv.ReLU(), shape, "input", dtype=dtype)
    out = np.full(shape, 9e9, dtype)
    assert np.array_equal(kernel(x, upstream, out=out), np.where(x > 0, upstream, 0))
    assert np.array_equal(symconv.kernel(symconv.ReLU(), shape, dtype=dtype)(x), reference.relu(x))


@pytest.mark.parametrize("target", ["c", "python", "numpy"])
def test_relu_cuts_off_infinity(target: str) -> None:
    kernel = symconv.kernel(symconv.ReLU(), (1, 4), "input", target=target, dtype="float64")
    got = kernel(np.array([[-1.0, 0.0, 2.0, np.nan]]), np.array([[np.inf, np.nan, -np.inf, 3.0]]))
    assert got.tolist() == [[0.0, 0.0, -np.inf, 3.0]]
