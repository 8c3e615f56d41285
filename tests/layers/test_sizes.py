"""Sizes and hyper-parameters: windows are counted as the reference does, and what cannot be gets one line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from symconv.errors import SizeError
from symconv.layers.common import sizes
from symconv.layers.conv2d import Conv2d
from symconv.layers.flatten import Flatten
from symconv.layers.linear import Linear
from symconv.layers.max_pool2d import MaxPool2d
from symconv.layers.mse import MSELoss
from symconv.layers.relu import ReLU
from symconv.layers.softmax_cross_entropy import CrossEntropyLoss
from symconv.reference._common import output_size

# ------------------------------------------------------------ windows


@given(
    st.integers(1, 30), st.integers(1, 7), st.integers(1, 6), st.tuples(st.integers(0, 5), st.integers(0, 5)),
    st.integers(1, 4), st.booleans(),
)
def test_the_number_of_windows_is_that_of_the_reference(
    size: int, kernel: int, stride: int, pad: tuple[int, int], dilation: int, ceil_mode: bool
) -> None:
    assume(dilation * (kernel - 1) + 1 <= size + sum(pad))
    count = sizes.windows("x", size, kernel, stride, pad, dilation, ceil_mode=ceil_mode)
    assert count == output_size(size, kernel, stride, pad, dilation, ceil_mode) >= 1
    # The last window fits, or with ceil_mode at least begins inside the input or the padding before it.
    last = (count - 1) * stride
    reach = dilation * (kernel - 1) + 1
    if ceil_mode:
        assume(pad[1] <= kernel // 2)  # as pooling allows; one window at most begins too late then
        assert last < size + pad[0]
        covered = last + reach >= size + sum(pad)
        assert covered or last + stride >= size + pad[0]
    else:
        assert last + reach <= size + sum(pad) < last + stride + reach


def test_a_kernel_that_does_not_fit() -> None:
    with pytest.raises(SizeError) as caught:
        Conv2d(1, 1, 7).fragment((1, 1, 5, 9))
    assert str(caught.value) == (
        "conv2d: kernel_size 7 exceeds padded input 5; enlarge the input, add padding or shrink the kernel"
    )
    message = r"^max_pool2d: kernel_size 3 with dilation 4 \(reach 9\) exceeds padded input 8;"
    with pytest.raises(SizeError, match=message):
        MaxPool2d(3, dilation=(1, 4), padding=1).fragment((1, 1, 9, 6))
    Conv2d(1, 1, 7, padding=1).fragment((1, 1, 5, 9))


# ------------------------------------------------------------ single values

BAD_INTEGERS = [0, -1, 1.5, 2.0, True, False, "3", None, 2**31, 10**30, [], [2], (1, 2, 3), {}, b"3"]


def one_line(error: pytest.ExceptionInfo[SizeError], where: str) -> None:
    message = str(error.value)
    assert message.startswith(f"{where}: ") and "; " in message and "\n" not in message and len(message) < 200


@pytest.mark.parametrize("value", BAD_INTEGERS, ids=repr)
@pytest.mark.parametrize(
    ("where", "make"),
    [
        ("conv2d", lambda v: Conv2d(v, 2, 3)),
        ("conv2d", lambda v: Conv2d(2, v, 3)),
        ("conv2d", lambda v: Conv2d(2, 2, 3, groups=v)),
        ("linear", lambda v: Linear(v, 2)),
        ("linear", lambda v: Linear(2, v)),
    ],
    ids=["in_channels", "out_channels", "groups", "in_features", "out_features"],
)
def test_counts_are_positive_integers(where: str, make: Callable[[Any], Any], value: object) -> None:
    with pytest.raises(SizeError) as caught:
        make(value)
    one_line(caught, where)


def pool_stride(value: Any) -> MaxPool2d:
    return MaxPool2d(1, stride=value)


@pytest.mark.parametrize(
    "value", [*BAD_INTEGERS, (3, 0), (3, -1), (3, 1.5), (True, 3), ("3", "3"), "33", b"33", (3, (3, 3))], ids=repr
)
@pytest.mark.parametrize(
    ("where", "make"),
    [
        ("conv2d", lambda v: Conv2d(1, 1, v)),
        ("conv2d", lambda v: Conv2d(1, 1, 1, stride=v)),
        ("conv2d", lambda v: Conv2d(1, 1, 1, dilation=v)),
        ("max_pool2d", lambda v: MaxPool2d(v)),
        ("max_pool2d", pool_stride),
        ("max_pool2d", lambda v: MaxPool2d(1, dilation=v)),
    ],
    ids=["kernel_size", "stride", "dilation", "pool kernel_size", "pool stride", "pool dilation"],
)
def test_one_positive_integer_an_axis(where: str, make: Callable[[Any], Any], value: object) -> None:
    if value is None and make is pool_stride:
        assert make(None).options()["stride"] == (1, 1)  # it may be left out and is then the kernel size
        return
    with pytest.raises(SizeError) as caught:
        make(value)
    one_line(caught, where)


@pytest.mark.parametrize(
    "value",
    [-1, 1.5, True, "same", "1", None, 2**31, (1,), (1, 1, 1), ((1, 1), (1,)), ((1, 1), (1, 1, 1)), ((1, -1), 0),
     ((1, 1.5), 0), ((1, True), 0), ("11", 0), b"11", ((1, 1), "a")],
    ids=repr,
)
@pytest.mark.parametrize(
    "make", [lambda v: Conv2d(1, 1, 3, padding=v), lambda v: MaxPool2d(3, padding=v)], ids=["conv", "pool"]
)
def test_padding_is_one_integer_or_pair_an_axis(make: Callable[[Any], Any], value: object) -> None:
    with pytest.raises(SizeError) as caught:
        make(value)
    one_line(caught, "conv2d" if "conv" in str(caught.value) else "max_pool2d")


@pytest.mark.parametrize("value", [0, 1, "yes", None, "true", 1.0], ids=repr)
@pytest.mark.parametrize(
    "make",
    [lambda v: Conv2d(1, 1, 1, bias=v), lambda v: Linear(1, 1, bias=v), lambda v: MaxPool2d(1, ceil_mode=v)],
    ids=["conv bias", "linear bias", "ceil_mode"],
)
def test_flags_are_true_or_false(make: Callable[[Any], Any], value: object) -> None:
    with pytest.raises(SizeError, match="is not true or false; give true or false"):
        make(value)


@pytest.mark.parametrize(
    ("kernel", "padding", "allowed"),
    [(2, 1, True), (2, 2, False), (3, 1, True), (3, 2, False), (1, 0, True), (1, 1, False), ((2, 4), (1, 2), True),
     ((2, 4), (2, 1), False), (4, ((0, 2), (2, 0)), True), (4, ((0, 3), (0, 0)), False)],
    ids=str,
)
def test_a_pooling_window_is_padded_by_half_of_it_at_most(kernel: Any, padding: Any, allowed: bool) -> None:
    if allowed:
        MaxPool2d(kernel, padding=padding)
        return
    message = r"^max_pool2d: padding \d exceeds half of kernel_size \d; pad at most \d on a side$"
    with pytest.raises(SizeError, match=message):
        MaxPool2d(kernel, padding=padding)


@pytest.mark.parametrize(
    ("channels", "groups", "name"),
    [((4, 6), 3, "in_channels 4"), ((6, 4), 3, "out_channels 4"), ((2, 2), 4, "in_channels 2")],
)
def test_groups_divide_both_channel_counts(channels: tuple[int, int], groups: int, name: str) -> None:
    with pytest.raises(SizeError, match=f"^conv2d: {name} is not divisible by groups {groups}; choose groups"):
        Conv2d(*channels, 3, groups=groups)


# ------------------------------------------------------------ shapes

LAYERS: dict[str, Any] = {
    "conv2d": Conv2d(2, 1, 1),
    "max_pool2d": MaxPool2d(1),
    "relu": ReLU(),
    "flatten": Flatten(),
    "linear": Linear(2, 1),
    "mse": MSELoss(),
    "softmax_cross_entropy": CrossEntropyLoss(),
}


@pytest.mark.parametrize("kind", LAYERS)
@pytest.mark.parametrize(
    "shape",
    [(), (0, 2), (-1, 2, 3, 3), (1, 2, 1.5, 3), (1, True), (1, "2"), (1, 2**31), "12", 3, None, (1,) * 6, b"12"],
    ids=repr,
)
def test_shapes_that_are_none(kind: str, shape: Any) -> None:
    with pytest.raises(SizeError) as caught:
        LAYERS[kind].fragment(shape)
    one_line(caught, kind)


@pytest.mark.parametrize(
    ("layer", "shape", "message"),
    [
        (Conv2d(2, 1, 1), (1, 3, 4, 4), "conv2d: input has 3 channels, in_channels is 2; make the two agree"),
        (Conv2d(2, 1, 1), (1, 2, 4), "conv2d: input shape (1, 2, 4) has 3 axes, 4 expected; give 4 sizes"),
        (Linear(2, 1), (1, 3), "linear: input has 3 features, in_features is 2; make the two agree"),
        (Linear(2, 1), (1, 2, 1), "linear: input shape (1, 2, 1) has 3 axes, 2 expected; put a flatten before it"),
        (Flatten(), (3,), "flatten: input shape (3,) has no axis to flatten; give the batch and one more axis"),
        (ReLU(), (1,) * 6, "relu: input shape (1, 1, 1, 1, 1, 1) has 6 axes; give 1 to 5 axes, batch first"),
        (
            CrossEntropyLoss(), (2, 3, 1),
            "softmax_cross_entropy: input shape (2, 3, 1) has 3 axes, 2 expected; give 2 sizes",
        ),
    ],
    ids=str,
)
def test_what_the_message_says(layer: Any, shape: tuple[int, ...], message: str) -> None:
    with pytest.raises(SizeError) as caught:
        layer.fragment(shape)
    assert str(caught.value) == message


def test_sequences_of_either_kind_are_taken() -> None:
    assert sizes.per_axis("x", "stride", [1, 2], 2) == sizes.per_axis("x", "stride", (1, 2), 2) == (1, 2)
    assert sizes.pads("x", "padding", 1, 3) == ((1, 1),) * 3
    assert sizes.pads("x", "padding", [(0, 1), 2], 2) == ((0, 1), (2, 2))
    assert sizes.shape("x", "shape", [1, 2]) == (1, 2)
    listed = Conv2d(1, 1, [3, 2]).fragment([1, 1, 4, 4])  # type: ignore[arg-type]
    assert listed.shape(listed.output) == (1, 1, 2, 3)
