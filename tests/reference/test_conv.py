"""Convolution against its definition, written as one loop per index."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symconv.reference import conv

FLOATS = [np.float32, np.float64, np.longdouble]


def literal(
    x: Any, weight: Any, bias: Any, stride: Any, pads: Any, dilation: Any, groups: int
) -> dict[tuple[int, ...], int]:
    """Evaluate every output entry in Python integers: loops over n, o, window, c, tap."""
    batch, _, *spatial = x.shape
    filters, group_channels, *kernel = weight.shape
    axes = range(len(spatial))
    out = []
    for a in axes:
        count = 0
        # A window fits as long as its last tap does not pass the padding behind.
        while count * stride[a] + (kernel[a] - 1) * dilation[a] < spatial[a] + sum(pads[a]):
            count += 1
        out.append(count)
    y = {}
    for n in range(batch):
        for o in range(filters):
            for window in np.ndindex(*out):
                total = int(bias[o])
                for c in range(group_channels):
                    for tap in np.ndindex(*kernel):
                        cell = tuple(window[a] * stride[a] + tap[a] * dilation[a] - pads[a][0] for a in axes)
                        if all(0 <= cell[a] < spatial[a] for a in axes):
                            channel = o // (filters // groups) * group_channels + c
                            total += int(weight[(o, c, *tap)]) * int(x[(n, channel, *cell)])
                y[(n, o, *window)] = total
    return y


@st.composite
def cases(draw: st.DrawFn) -> dict[str, Any]:
    """Draw shapes and parameters for which at least one window fits."""
    rank = draw(st.integers(1, 3))

    def each(low: int, high: int) -> tuple[int, ...]:
        return tuple(draw(st.integers(low, high)) for _ in range(rank))

    kernel, stride, dilation = each(1, 3), each(1, 3), each(1, 2)
    pads = tuple(zip(each(0, 2), each(0, 2), strict=True))
    extra = each(0, 3 if rank < 3 else 2)
    spatial = [
        max(1, (k - 1) * d + 1 - sum(pad) + more)
        for k, d, pad, more in zip(kernel, dilation, pads, extra, strict=True)
    ]
    groups = draw(st.integers(1, 2))
    channels, filters = draw(st.integers(1, 2)), draw(st.integers(1, 2))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return {
        "x": rng.integers(-9, 10, (draw(st.integers(1, 2)), groups * channels, *spatial)),
        "weight": rng.integers(-9, 10, (groups * filters, channels, *kernel)),
        "bias": rng.integers(-9, 10, groups * filters),
        "stride": stride,
        "pads": pads,
        "dilation": dilation,
        "groups": groups,
    }


@given(cases(), st.sampled_from(FLOATS))
def test_matches_the_definition(case: dict[str, Any], dtype: Any) -> None:
    expected = literal(**case)
    parameters = {name: case[name] for name in ("stride", "dilation", "groups")}
    arrays = [case[name].astype(dtype) for name in ("x", "weight", "bias")]
    y = conv(*arrays, padding=case["pads"], **parameters)
    assert y.dtype == dtype
    assert {index: int(y[index]) for index in np.ndindex(*y.shape)} == expected
    without = conv(*arrays[:2], padding=case["pads"], **parameters)
    assert np.array_equal(without + arrays[2].reshape(-1, *[1] * len(case["stride"])), y)


def test_scalars_stand_for_every_axis() -> None:
    rng = np.random.default_rng(0)
    x, weight = rng.integers(-9, 10, (2, 4, 7, 8)), rng.integers(-9, 10, (6, 2, 2, 3))
    expected = conv(x, weight, stride=(2, 2), padding=((1, 1), (1, 1)), dilation=(2, 2), groups=2)
    assert np.array_equal(conv(x, weight, stride=2, padding=1, dilation=2, groups=2), expected)
    assert np.array_equal(conv(x, weight, stride=2, padding=[1, 1], dilation=2, groups=2), expected)
    one_each = conv(x, weight, padding=(0, 2), groups=2)
    assert np.array_equal(one_each, conv(x, weight, padding=((0, 0), (2, 2)), groups=2))


def test_the_kernel_is_not_flipped() -> None:
    x = np.zeros((1, 1, 3, 3))
    x[0, 0, 0, 1] = 1
    weight = np.arange(4.0).reshape(1, 1, 2, 2)
    assert conv(x, weight).tolist() == [[[[1, 0], [0, 0]]]]


def test_integer_arrays_take_the_dtype_of_the_others() -> None:
    ones = np.ones((1, 1, 3), dtype=np.int64)
    assert conv(ones, ones).dtype == np.float64
    assert conv(ones.astype(np.float32), ones).dtype == np.float32
    assert conv(ones.astype(np.float32), ones, np.ones(1)).dtype == np.float64


def test_longdouble_is_not_narrowed() -> None:
    eps = np.finfo(np.longdouble).eps
    x = np.array([[[1 + eps]]], dtype=np.longdouble)
    assert (conv(x, np.ones((1, 1, 1), dtype=np.longdouble)) - 1).item() == eps


def test_nan_reaches_only_the_windows_that_hold_it() -> None:
    x = np.arange(6.0).reshape(1, 1, 6)
    x[0, 0, 1] = np.nan
    y = conv(x, np.ones((1, 1, 2)))
    assert np.isnan(y).tolist() == [[[True, True, False, False, False]]]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_padding_is_skipped(value: float) -> None:
    """A tap that is no number reaches only the windows where it meets a cell, not those where it meets padding."""
    weight = np.array([[[1.0, 2.0, value]]])
    y = conv(np.ones((1, 1, 3)), weight, padding=1)
    assert np.isfinite(y).tolist() == [[[False, False, True]]]
    assert y[0, 0, 2] == 3
    with np.errstate(invalid="ignore"):  # 0 * inf, where the tap does meet a cell
        y = conv(np.zeros((1, 1, 3)), weight, padding=((5, 4),), stride=3, dilation=2)
    assert np.isfinite(y).tolist() == [[[True, False, True]]]


def test_padding_takes_no_memory() -> None:
    y = conv(np.ones((1, 1, 2)), np.ones((1, 1, 3)), padding=((10**12, 10**12),), stride=10**12)
    assert y.tolist() == [[[0, 2]]]


def test_arguments_are_left_alone() -> None:
    x, weight, bias = np.ones((1, 1, 3)), np.ones((1, 1, 2)), np.ones(1)
    conv(x, weight, bias, padding=1)
    assert (x == 1).all()
    assert (weight == 1).all()
    assert (bias == 1).all()


def test_empty_batch() -> None:
    assert conv(np.ones((0, 1, 3)), np.ones((2, 1, 2))).shape == (0, 2, 2)


X, W = np.ones((1, 2, 4, 4)), np.ones((2, 2, 3, 3))


@pytest.mark.parametrize(
    ("x", "weight", "bias", "parameters", "message"),
    [
        (np.ones((1, 2)), np.ones((2, 2)), None, {}, "x must be"),
        (X, np.ones((2, 2, 3)), None, {}, "rank"),
        (X, np.ones((2, 1, 3, 3)), None, {}, "do not fit"),
        (X, np.ones((3, 1, 3, 3)), None, {"groups": 2}, "do not fit"),
        (X, np.ones((2, 2, 0, 3)), None, {}, "empty"),
        (X, np.ones((2, 2, 5, 1)), None, {}, "no window"),
        (X, W, np.ones(3), {}, "bias must"),
        (X, W, None, {"groups": 0}, "groups must"),
        (X, W, None, {"stride": 0}, "stride must"),
        (X, W, None, {"stride": (1, 1, 1)}, "stride must"),
        (X, W, None, {"stride": 1.5}, "stride must"),
        (X, W, None, {"dilation": 2}, "no window"),
        (X, W, None, {"dilation": (0, 1)}, "dilation must"),
        (X, W, None, {"padding": -1}, "padding must"),
        (X, W, None, {"padding": "same"}, "padding must"),
        (X, W, None, {"padding": (1, 1, 1, 1)}, "padding must"),
        (X, W, None, {"padding": ((1, 1, 1), (1, 1, 1))}, "padding of one axis"),
        (X.astype(np.float16), W, None, {}, "dtype must"),
        (X.astype(complex), W, None, {}, "dtype must"),
        (X.astype(bool), W, None, {}, "dtype must"),
    ],
)
def test_misuse_is_a_value_error(
    x: Any, weight: Any, bias: Any, parameters: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        conv(x, weight, bias, **parameters)
