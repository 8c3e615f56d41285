"""Max pooling against its definition."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symconv.reference import max_pool

FLOATS = [np.float32, np.float64, np.longdouble]
INF, NAN = math.inf, math.nan


def literal(
    x: Any, kernel: Any, stride: Any, pads: Any, dilation: Any, ceil_mode: bool
) -> tuple[dict[tuple[int, ...], float], dict[tuple[int, ...], int]]:
    """Search every window cell by cell: the last NaN if there is one, else the first greatest number."""
    batch, channels, *spatial = x.shape
    axes = range(len(spatial))
    out = []
    for a in axes:
        room = spatial[a] + sum(pads[a]) - dilation[a] * (kernel[a] - 1) - 1
        count = (math.ceil if ceil_mode else math.floor)(room / stride[a]) + 1
        if ceil_mode and (count - 1) * stride[a] >= spatial[a] + pads[a][0]:
            count -= 1
        out.append(count)
    values, argmax = {}, {}
    for index in np.ndindex(batch, channels, *out):
        numbers, nans = [], []
        for position, tap in enumerate(np.ndindex(*kernel)):
            cell = tuple(index[2 + a] * stride[a] + tap[a] * dilation[a] - pads[a][0] for a in axes)
            if all(0 <= cell[a] < spatial[a] for a in axes):
                value = float(x[(*index[:2], *cell)])
                if math.isnan(value):
                    nans.append((value, position))
                else:
                    numbers.append((value, position))
        if nans:
            values[index], argmax[index] = nans[-1]
        elif numbers:
            greatest = max(value for value, _ in numbers)
            values[index], argmax[index] = next(pair for pair in numbers if pair[0] == greatest)
        else:
            values[index], argmax[index] = -INF, -1
    return values, argmax


@st.composite
def cases(draw: st.DrawFn) -> dict[str, Any]:
    """Draw parameters for which a window fits, and few different values, so that ties are common."""
    rank = draw(st.integers(1, 3))

    def each(low: int, high: int) -> tuple[int, ...]:
        return tuple(draw(st.integers(low, high)) for _ in range(rank))

    kernel, stride, dilation = each(1, 3), each(1, 3), each(1, 3)
    pads = tuple(zip(each(0, 2), each(0, 2), strict=True))
    extra = each(0, 3 if rank < 3 else 2)
    spatial = [
        max(1, (k - 1) * d + 1 - sum(pad) + more)
        for k, d, pad, more in zip(kernel, dilation, pads, extra, strict=True)
    ]
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    palette = draw(
        st.sampled_from([[0.0, -0.0, 1.0, 2.0], [-INF, 1.0, INF], [-INF, NAN, 3.0], [-INF], [-1.0]])
    )
    return {
        "x": rng.choice(palette, (draw(st.integers(1, 2)), draw(st.integers(1, 2)), *spatial)),
        "kernel": kernel,
        "stride": stride,
        "pads": pads,
        "dilation": dilation,
        "ceil_mode": draw(st.booleans()),
    }


@given(cases(), st.sampled_from(FLOATS))
def test_matches_the_definition(case: dict[str, Any], dtype: Any) -> None:
    expected_values, expected_argmax = literal(**case)
    x = case["x"].astype(dtype)
    parameters = {
        "kernel_size": case["kernel"],
        "stride": case["stride"],
        "padding": case["pads"],
        "dilation": case["dilation"],
    }
    values, argmax = max_pool(x, ceil_mode=case["ceil_mode"], **parameters)
    assert values.dtype == dtype
    assert argmax.dtype == np.int32
    assert list(np.ndindex(*values.shape)) == list(expected_values)
    assert argmax.ravel().tolist() == list(expected_argmax.values())
    assert np.array_equal(values.ravel(), np.array(list(expected_values.values()), dtype), equal_nan=True)


@pytest.mark.parametrize(
    ("window", "value", "position"),
    [
        ([1, 3, 3, 2], 3, 1),
        ([-0.0, 0.0, 0.0, -0.0], 0, 0),
        ([1, NAN, 5, 7], NAN, 1),
        ([NAN, 1, NAN, INF], NAN, 2),
        ([INF, INF, 1, INF], INF, 0),
        ([-INF, -INF, -INF, -INF], -INF, 0),
        ([-INF, -5, -INF, -5], -5, 1),
    ],
)
def test_one_window(window: list[float], value: float, position: int) -> None:
    values, argmax = max_pool(np.array(window, dtype=float).reshape(1, 1, 2, 2), kernel_size=2)
    assert np.array_equal(values, [[[[value]]]], equal_nan=True)
    assert argmax.tolist() == [[[[position]]]]


def test_padding_is_no_number() -> None:
    values, argmax = max_pool([[[-3, -2, -INF]]], kernel_size=2, padding=1)
    assert values.tolist() == [[[-3, -2]]]
    assert argmax.tolist() == [[[1, 0]]]
    values, argmax = max_pool([[[-INF]]], kernel_size=3, padding=1)
    assert argmax.tolist() == [[[1]]]


def test_empty_windows() -> None:
    values, argmax = max_pool([[[7.0]]], kernel_size=2, stride=1, padding=1, dilation=2)
    assert values.tolist() == [[[-INF]]]
    assert argmax.tolist() == [[[-1]]]
    values, argmax = max_pool([[[7.0]]], kernel_size=1, padding=((0, 2),))
    assert values.tolist() == [[[7, -INF, -INF]]]
    assert argmax.tolist() == [[[0, -1, -1]]]


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "padding", "floor", "ceil"),
    [
        (5, 2, 2, 0, 2, 3),
        (4, 2, 2, 0, 2, 2),
        (6, 2, 4, 1, 2, 2),  # a third window would start at 8, behind 6 + 1
        (4, 1, 3, 0, 2, 2),
        (5, 1, 3, 0, 2, 2),  # a third window would start at 6, behind 5
        (2, 2, 3, 1, 1, 1),  # a second window would start at 3 = 2 + 1
    ],
)
def test_ceil_mode_counts(size: int, kernel: int, stride: int, padding: int, floor: int, ceil: int) -> None:
    x = np.arange(size, dtype=float).reshape(1, 1, size)
    for ceil_mode, count in ((False, floor), (True, ceil)):
        values, _ = max_pool(x, kernel_size=kernel, stride=stride, padding=padding, ceil_mode=ceil_mode)
        assert values.shape == (1, 1, count)


def test_ceil_mode_admits_a_window_larger_than_the_input() -> None:
    with pytest.raises(ValueError, match="no window"):
        max_pool([[[1.0, 2.0]]], kernel_size=3)
    values, argmax = max_pool([[[1.0, 2.0]]], kernel_size=3, ceil_mode=True)
    assert values.tolist() == [[[2]]]
    assert argmax.tolist() == [[[1]]]


def test_integers_are_taken_as_float64() -> None:
    values, _ = max_pool(np.array([[[3, 2**53]]]), kernel_size=2)
    assert values.dtype == np.float64
    assert values.tolist() == [[[2**53]]]


@pytest.mark.parametrize(
    ("shape", "parameters", "message"),
    [
        ((1, 4), {"kernel_size": 2}, "x must be"),
        ((1, 1, 0), {"kernel_size": 1, "padding": 1}, "empty"),
        ((1, 1, 4), {"kernel_size": 5}, "no window"),
        ((1, 1, 4), {"kernel_size": 0}, "kernel_size must"),
        ((1, 1, 4), {"kernel_size": (2, 2)}, "kernel_size must"),
        ((1, 1, 4), {"kernel_size": 2, "stride": 0}, "stride must"),
        ((1, 1, 4), {"kernel_size": 2, "padding": -1}, "padding must"),
        ((1, 1, 4), {"kernel_size": 2, "dilation": 0}, "dilation must"),
    ],
)
def test_misuse_is_a_value_error(shape: tuple[int, ...], parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        max_pool(np.zeros(shape), **parameters)
