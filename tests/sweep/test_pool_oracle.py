"""The gradient of max pooling that other tests compare with: a literal scatter to the winners."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from symconv.reference import directional, max_pool, well_separated
from tests.support import max_pool_backward, random_pool


@pytest.mark.parametrize("seed", range(12))
def test_each_upstream_entry_goes_to_its_winner(seed: int) -> None:
    """A single 1 upstream lands on one cell, which holds that window's maximum; nowhere if the window is empty."""
    rng = random.Random(seed)
    layer, shape = random_pool(rng)
    x = np.array([rng.choice([-1.0, 2.0, 3.0, np.inf, np.nan]) for _ in range(int(np.prod(shape)))]).reshape(shape)
    values, argmax = max_pool(x, **layer.options())
    options = {k: v for k, v in layer.options().items() if k != "ceil_mode"}
    for index in np.ndindex(*values.shape):
        one = np.zeros(values.shape, np.float32)
        one[index] = 1
        dx = max_pool_backward(one, argmax, input_shape=shape, **options)
        assert dx.dtype == np.float32
        assert dx.sum() == (argmax[index] != -1)
        assert np.array_equal(x[dx == 1], values[index][None] if argmax[index] != -1 else [], equal_nan=True)


def test_empty_windows_add_nothing() -> None:
    _, argmax = max_pool([[[7.0]]], kernel_size=1, padding=((0, 2),))
    dx = max_pool_backward([[[1.0, 2.0, 4.0]]], argmax, input_shape=(1, 1, 1), kernel_size=1)
    assert dx.tolist() == [[[1]]]


def test_overlapping_windows_add_up() -> None:
    x = np.array([[[[1.0, 9.0, 1.0], [1.0, 1.0, 1.0], [5.0, 5.0, 5.0]]]])
    _, argmax = max_pool(x, kernel_size=2, stride=1)
    assert argmax.tolist() == [[[[1, 0], [2, 2]]]]
    dx = max_pool_backward([[[[1.0, 2.0], [4.0, 8.0]]]], argmax, input_shape=x.shape, kernel_size=2, stride=1)
    assert dx.tolist() == [[[[0, 3, 0], [0, 0, 0], [4, 8, 0]]]]


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_scatter_is_the_gradient(rank: int) -> None:
    rng = np.random.default_rng(rank)
    x = well_separated((2, 2, *[5] * rank), rng, 2, -40)
    parameters: dict[str, Any] = {"kernel_size": 3, "stride": 2, "padding": [(1, 0)] * rank, "dilation": 1}
    values, argmax = max_pool(x, **parameters)
    upstream = rng.integers(-9, 10, values.shape)
    direction = rng.choice([-1, 1], x.shape)
    dx = max_pool_backward(upstream, argmax, input_shape=x.shape, **parameters)
    found = directional(lambda z: max_pool(z, **parameters)[0], x, upstream, direction, 1)
    assert found == (dx * direction).sum()


@pytest.mark.parametrize(
    ("upstream", "argmax", "input_shape", "message"),
    [
        ([[[1.0, 1.0]]], [[[0]]], (1, 1, 4), "do not fit"),
        ([[[1.0, 1.0]]], [[[0, 0]]], (2, 1, 4), "do not fit"),
        ([[[1.0, 1.0]]], [[[0, 0]]], (1, 1), "input_shape must"),
        ([[[1.0, 1.0]]], [[[0, 0]]], (1, 1, 4, 4), "do not fit"),
        ([[[1.0, 1.0]]], [[[0.0, 0.0]]], (1, 1, 4), "integer type"),
        ([[[1.0, 1.0]]], [[[0, 2]]], (1, 1, 4), "not a position"),
        ([[[1.0, 1.0]]], [[[0, -2]]], (1, 1, 4), "not a position"),
        ([[[1.0, 1.0]]], [[[0, 1]]], (1, 1, 3), "outside the input"),
    ],
)
def test_misuse_is_a_value_error(
    upstream: Any, argmax: Any, input_shape: tuple[int, ...], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        max_pool_backward(upstream, argmax, input_shape=input_shape, kernel_size=2)
