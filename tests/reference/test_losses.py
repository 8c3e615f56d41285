"""The losses against their formulas in plain Python."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from symconv.reference import mse, softmax_cross_entropy

FLOATS = [np.float32, np.float64, np.longdouble]


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("shape", [(), (4,), (2, 4), (2, 2, 2, 2)])
def test_mse(dtype: Any, shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(len(shape))
    x, target = rng.integers(-99, 100, shape), rng.integers(-99, 100, shape)
    loss = mse(np.asarray(x, dtype), np.asarray(target, dtype))
    assert type(loss) is np.ndarray
    assert loss.shape == ()
    assert loss.dtype == dtype
    squares = [(int(a) - int(b)) ** 2 for a, b in zip(np.ravel(x), np.ravel(target), strict=True)]
    assert Fraction(float(loss)) == Fraction(sum(squares), len(squares))


@pytest.mark.parametrize(("x", "target"), [((2, 3), (3,)), ((2, 3), (3, 2)), ((0,), (0,))])
def test_mse_misuse_is_a_value_error(x: tuple[int, ...], target: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"one shape|no entries"):
        mse(np.zeros(x), np.zeros(target))


@pytest.mark.parametrize("dtype", FLOATS)
def test_cross_entropy(dtype: Any) -> None:
    rng = np.random.default_rng(0)
    x, target = rng.normal(size=(6, 5)).astype(dtype), rng.integers(0, 5, 6)
    loss = softmax_cross_entropy(x, target)
    assert type(loss) is np.ndarray
    assert loss.shape == ()
    assert loss.dtype == dtype
    expected = 0.0
    for row, k in zip(x.astype(float).tolist(), target.tolist(), strict=True):
        expected -= math.log(math.exp(row[k]) / math.fsum(map(math.exp, row))) / 6
    assert math.isclose(float(loss), expected, rel_tol=10 * float(np.finfo(np.dtype(dtype)).eps) + 1e-14)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("target_dtype", [np.int32, np.int64, np.uint8])
def test_cross_entropy_is_stable(dtype: Any, target_dtype: Any) -> None:
    x = np.array([[1000, 0, -1000], [1000, 1000, 1000], [-1000, -1000, 1000]], dtype=dtype)

    def loss(*target: int) -> float:
        return float(softmax_cross_entropy(x, np.array(target, dtype=target_dtype)))

    third = float(np.log(dtype(3)) / 3)
    assert math.isclose(loss(0, 0, 2), third, rel_tol=1e-6)
    assert math.isclose(loss(2, 1, 2), 2000 / 3 + third, rel_tol=1e-6)
    assert math.isclose(loss(1, 2, 0), 1000 + third, rel_tol=1e-6)


def test_cross_entropy_with_infinities() -> None:
    row = np.array([[0.0, -np.inf]])
    assert softmax_cross_entropy(row, [0]) == 0
    assert softmax_cross_entropy(row, [1]) == np.inf
    assert np.isnan(softmax_cross_entropy(-row, [1]))
    assert np.isnan(softmax_cross_entropy([[0.0, np.nan]], [0]))


@pytest.mark.parametrize(
    ("x", "target", "message"),
    [
        (np.zeros(3), np.array(0), "x must be"),
        (np.zeros((2, 3)), np.array([0]), "target"),
        (np.zeros((2, 3)), np.array([[0], [0]]), "target"),
        (np.zeros((2, 3)), np.array([0.0, 1.0]), "integer type"),
        (np.zeros((2, 3)), np.array([0, 3]), "lie in 0 \\.\\. 2"),
        (np.zeros((2, 3)), np.array([-1, 0]), "lie in 0 \\.\\. 2"),
        (np.zeros((0, 3)), np.zeros(0, dtype=int), "no entries"),
        (np.zeros((2, 0)), np.array([0, 0]), "no entries"),
    ],
)
def test_cross_entropy_misuse_is_a_value_error(x: Any, target: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        softmax_cross_entropy(x, target)
