"""relu, flatten and linear."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from symconv.reference import flatten, linear, relu

FLOATS = [np.float32, np.float64, np.longdouble]
INF, NAN = math.inf, math.nan


@pytest.mark.parametrize("dtype", FLOATS)
def test_relu(dtype: Any) -> None:
    y = relu(np.array([-INF, -2, -0.0, 0, 3, INF, NAN], dtype=dtype))
    assert y.dtype == dtype
    assert np.array_equal(y, [0, 0, 0, 0, 3, INF, NAN], equal_nan=True)
    assert not np.signbit(y[:6]).any()
    assert relu(np.array(-1, dtype=dtype)).shape == ()


@pytest.mark.parametrize("dtype", FLOATS)
def test_flatten(dtype: Any) -> None:
    x = np.arange(24, dtype=dtype).reshape(2, 3, 2, 2)
    y = flatten(x)
    assert y.dtype == dtype
    assert y.shape == (2, 12)
    for n, c, h, w in np.ndindex(*x.shape):
        assert y[n, (c * 2 + h) * 2 + w] == x[n, c, h, w]
    y[:] = -1
    assert x[1, 2, 1, 1] == 23
    assert flatten(x.transpose(0, 3, 2, 1))[0].tolist() == [0, 4, 8, 2, 6, 10, 1, 5, 9, 3, 7, 11]
    assert flatten(x[:0]).shape == (0, 12)
    with pytest.raises(ValueError, match="x must be"):
        flatten(np.zeros(3))


@pytest.mark.parametrize("dtype", FLOATS)
def test_linear(dtype: Any) -> None:
    rng = np.random.default_rng(0)
    x, weight, bias = (rng.integers(-9, 10, shape) for shape in ((3, 5), (4, 5), (4,)))
    y = linear(x.astype(dtype), weight.astype(dtype), bias.astype(dtype))
    assert y.dtype == dtype
    assert y.shape == (3, 4)
    for n, o in np.ndindex(3, 4):
        assert y[n, o] == bias[o] + sum(int(weight[o, i]) * int(x[n, i]) for i in range(5))
    assert np.array_equal(linear(x.astype(dtype), weight.astype(dtype)), y - bias.astype(dtype))


@pytest.mark.parametrize("shapes", [((3,), (4, 3)), ((2, 3), (3, 4)), ((2, 3), (4, 3), (3,)), ((2, 3), (3,))])
def test_linear_misuse_is_a_value_error(shapes: tuple[tuple[int, ...], ...]) -> None:
    with pytest.raises(ValueError, match="must"):
        linear(*map(np.zeros, shapes))
