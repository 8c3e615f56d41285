"""Central differences: exact where they claim to be, accurate elsewhere."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symconv.reference import (
    conv,
    directional,
    entries,
    max_pool,
    mse,
    relu,
    softmax_cross_entropy,
    well_separated,
)


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("step", [1, 3, 0.5])
def test_exact_for_conv_on_integers(rank: int, step: float) -> None:
    rng = np.random.default_rng(rank)
    x = rng.integers(-9, 10, (2, 2, *[4] * rank))
    weight = rng.integers(-9, 10, (4, 1, *[2] * rank))
    parameters: dict[str, Any] = {"stride": 2, "padding": [(1, 0)] * rank, "groups": 2}
    y = conv(x, weight, **parameters)
    upstream = rng.integers(-9, 10, y.shape)

    # conv is linear, so its derivative along an axis is its value at that unit array, in exact integers.
    def pairing_x(k: int) -> int:
        unit = np.zeros(x.size, dtype=np.int64)
        unit[k] = 1
        return int((upstream * conv(unit.reshape(x.shape), weight, **parameters)).sum())

    def pairing_weight(k: int) -> int:
        unit = np.zeros(weight.size, dtype=np.int64)
        unit[k] = 1
        return int((upstream * conv(x, unit.reshape(weight.shape), **parameters)).sum())

    where = rng.choice(x.size, 6, replace=False)
    found = entries(lambda z: conv(z, weight, **parameters), x, upstream, step, where)
    assert found.dtype == np.longdouble
    assert found.tolist() == [pairing_x(k) for k in where]
    where = rng.choice(weight.size, 6, replace=False)
    found = entries(lambda z: conv(x, z, **parameters), weight, upstream, step, where)
    assert found.tolist() == [pairing_weight(k) for k in where]
    direction = rng.integers(-9, 10, x.shape)
    along = directional(lambda z: conv(z, weight, **parameters), x, upstream, direction, step)
    assert along == (upstream * conv(direction, weight, **parameters)).sum()


def test_exact_for_a_quadratic() -> None:
    rng = np.random.default_rng(0)
    x, target = rng.integers(-9, 10, (2, 4)), rng.integers(-9, 10, (2, 4))
    found = entries(lambda z: mse(z, target), x, np.array(12), 2, range(x.size))
    assert found.tolist() == (12 * 2 * (x - target) / 8).ravel().tolist()


def test_exact_for_relu_and_max() -> None:
    rng = np.random.default_rng(0)
    x = well_separated((1, 2, 4, 4), rng, 2, -31)
    upstream = rng.integers(-9, 10, x.shape)
    found = entries(relu, x, upstream, 1, range(x.size))
    assert found.tolist() == (upstream * (x > 0)).ravel().tolist()
    pooled = entries(lambda z: max_pool(z, kernel_size=4)[0], x, np.array([[[[3]], [[5]]]]), 1, range(x.size))
    winners = x == x.max(axis=(2, 3), keepdims=True)
    assert pooled.tolist() == (winners * np.array([3, 5])[:, None, None]).ravel().tolist()


def test_accurate_for_a_smooth_function() -> None:
    rng = np.random.default_rng(0)
    x, target = rng.normal(size=(3, 4)), np.array([0, 3, 1])
    softmax = np.exp(x) / np.exp(x).sum(axis=1, keepdims=True)
    gradient = (softmax - np.eye(4)[target]) / 3
    found = entries(lambda z: softmax_cross_entropy(z, target), x, 1.0, 2.0**-16, range(12))
    assert np.abs(found - gradient.ravel()).max() < 1e-10


def test_the_function_sees_longdouble_and_x_stays() -> None:
    x = np.array([1.0, 2.0], dtype=np.float32)
    seen = []

    def spoil(z: Any) -> Any:
        seen.append((z.dtype, z.tolist()))
        y = z.copy()
        z[:] = 0
        return y

    assert entries(spoil, x, [1, 10], 1, [1]).tolist() == [10]
    assert x.tolist() == [1, 2]
    assert seen == [(np.dtype(np.longdouble), [1, 3]), (np.dtype(np.longdouble), [1, 1])]


def test_outputs_that_do_not_move_contribute_nothing() -> None:
    found = entries(lambda z: np.append(z, -np.inf), [5.0], [2.0, 3.0], 1, [0])
    assert found.tolist() == [2]


def test_misuse_is_a_value_error() -> None:
    x = np.zeros((2, 2))
    for k in (-1, 4):
        with pytest.raises(ValueError, match=r"where must|outside x"):
            entries(relu, x, x, 1, [k])
    for step in (0, -1, np.nan, np.inf):
        with pytest.raises(ValueError, match="step must"):
            directional(relu, x, x, x, step)
    with pytest.raises(ValueError, match="upstream has"):
        directional(relu, x, np.zeros(4), x, 1)
    with pytest.raises(ValueError, match="direction must"):
        directional(relu, x, x, np.zeros(4), 1)


@given(
    st.lists(st.integers(0, 4), max_size=3),
    st.integers(1, 7),
    st.integers(-60, 10),
    st.sampled_from([np.float32, np.float64, np.longdouble]),
    st.integers(0, 2**32 - 1),
)
def test_well_separated(shape: list[int], gap: int, lowest: int, dtype: Any, seed: int) -> None:
    x = well_separated(shape, np.random.default_rng(seed), gap, lowest, dtype=dtype)
    assert x.shape == tuple(shape)
    assert x.dtype == dtype
    assert (x == np.rint(x)).all()
    assert (x >= lowest).all()
    assert (np.abs(x) >= gap / 2).all()
    assert (np.diff(np.sort(x.ravel())) >= gap).all()


def test_well_separated_is_random_and_repeatable() -> None:
    first = well_separated(50, np.random.default_rng(0), 2, -50)
    assert first.dtype == np.float64
    assert first.shape == (50,)
    assert np.array_equal(first, well_separated((50,), np.random.default_rng(0), 2, -50))
    assert not np.array_equal(first, well_separated((50,), np.random.default_rng(1), 2, -50))
    assert not np.array_equal(first, np.sort(first))


def test_well_separated_misuse_is_a_value_error() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="gap must"):
        well_separated(4, rng, 0, 0)
    with pytest.raises(ValueError, match="lowest must"):
        well_separated(4, rng, 2, 0.5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="dtype must"):
        well_separated(4, rng, 2, 0, dtype=np.int64)
    with pytest.raises(ValueError, match="cannot hold"):
        well_separated(4, rng, 2, 2**24, dtype=np.float32)
