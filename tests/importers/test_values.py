"""Numbers for a model's tensors: shapes, kinds, and what is refused."""

from __future__ import annotations

import pytest

from symconv.errors import ModelError
from symconv.importers.toml import read_model
from symconv.importers.values import index_range

MODEL = """
[model]
name = "m"
input = [1, 2, 3]
batch = {batch}
[[layer]]
type = "conv2d"
name = "C"
weight = "F"
out_channels = 2
kernel_size = 2
[[layer]]
type = "flatten"
name = "X"
[loss]
type = "softmax_cross_entropy"
target = "T"
[values]
{values}
"""


def values(text: str, batch: int = 1) -> dict[str, tuple[float, ...]]:
    return dict(read_model(MODEL.format(batch=batch, values=text), where="m.toml").values)  # type: ignore[arg-type]


@pytest.mark.parametrize("given", ["[[1, 2, 3], [4, 5, 6]]", "[[[1, 2, 3], [4, 5, 6]]]", "[[[[1, 2, 3], [4, 5, 6]]]]"])
def test_leading_axes_of_extent_1_may_be_left_out(given: str) -> None:
    assert values(f"A = {given}") == {"A": (1, 2, 3, 4, 5, 6)}


def test_entries_are_row_major_and_tensors_in_the_model_s_order() -> None:
    found = values("T = 3\nF = [[[[1, 2], [3, 4]]], [[[5, 6], [7, 8.5]]]]\nA = [[1, 2, 3], [4, 5, -6]]")
    assert list(found.items()) == [("A", (1, 2, 3, 4, 5, -6)), ("F", (1, 2, 3, 4, 5, 6, 7, 8.5)), ("T", (3,))]


def test_a_batch_is_an_axis_like_any_other() -> None:
    assert values("T = [0, 3]", batch=2) == {"T": (0, 3)}
    with pytest.raises(ModelError, match=r"values: T: has 0 axes, the shape is 2; nest one list an axis"):
        values("T = 0", batch=2)


def test_the_range_of_a_class_follows_from_the_equations() -> None:
    model = read_model(MODEL.format(batch=1, values=""), where="m.toml")
    (target,) = model.targets
    assert index_range(model, target) == (0, model.node("X").output.sizes[1] - 1)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("A = [[1, 2, 3], [4, 5]]", "m.toml: values: A: A[1] has 2 entries; give 3"),
        ("A = [[1, 2, 3]]", "m.toml: values: A: A has 1 entries; give 2"),
        ("A = [1, 2, 3]", "has 1 axes, the shape is 1 x 1 x 2 x 3; nest one list an axis"),
        ("A = []", "has 1 axes, the shape is 1 x 1 x 2 x 3"),
        ("A = [[], []]", "A[0] has 0 entries; give 3"),
        ("A = [[1, 2, 3], 4]", "A[1] is 4; give a list of 3"),
        ("A = [[1, 2, [3]], [4, 5, 6]]", "A[0][2] is [3]; give a number"),
        ('A = "x"', "has 0 axes"),
        ("A = [[1, 2, true], [4, 5, 6]]", "A[0][2] is True; give a number"),
        ('A = [[1, 2, "3"], [4, 5, 6]]', "A[0][2] is '3'; give a number"),
        ("A = [[1, 2, nan], [4, 5, 6]]", "A[0][2] is nan; give a finite number"),
        ("A = [[1, 2, -inf], [4, 5, 6]]", "A[0][2] is -inf; give a finite number"),
        ("A = [[1, 2, 1e999999999], [4, 5, 6]]", "A[0][2] is inf; give a finite number"),
        ("A = [[1, 2, 9007199254740993], [4, 5, 6]]", "A[0][2] is 9007199254740993; give a finite number, an integer"),
        ("A = [[1, 2, 1979-05-27], [4, 5, 6]]", "A[0][2] is datetime.date(1979, 5, 27); give a number"),
        ("T = [4]", "m.toml: values: T: 4 selects nothing; give integers from 0 to 3"),
        ("T = [-1]", "-1 selects nothing"),
        ("T = [1.0]", "1.0 selects nothing"),
        ("C = [[1, 2], [3, 4]]", "m.toml: values: C: the model computes it; give numbers for A, F, T only"),
        ("G = 1", "m.toml: values: the model has no tensor 'G'; known are A, F, T"),
    ],
)
def test_a_wrong_value_is_told_its_place(given: str, message: str) -> None:
    with pytest.raises(ModelError) as caught:
        values(given)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
