"""Samples: what a file must hold, how it is split, and every refusal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from symconv import pipeline
from symconv.errors import LimitError, ModelError, PathError, SymconvError, UsageError
from symconv.importers.toml import read_model
from symconv.training import data
from tests.training.models import blobs, classes, line, slope


def saved(tmp_path: Path, **arrays: Any) -> Path:
    np.savez(tmp_path / "d.npz", **arrays)
    return tmp_path / "d.npz"


def test_a_file_of_samples(tmp_path: Path) -> None:
    found = data.load(classes(), saved(tmp_path, **blobs()))
    assert {name: (a.shape, a.dtype.name) for name, a in found.arrays.items()} == {
        "A": ((60, 2), "float32"), "T": ((60,), "int32")
    }  # fmt: skip
    assert found.count == 60
    rows = found.take(np.array([3, 1]))
    np.testing.assert_array_equal(rows["A"], blobs()["x"][[3, 1]])


def test_the_digits_come_with_the_model() -> None:
    found = data.load(pipeline.load("digits"))
    assert found.arrays["A"].shape == (1797, 1, 8, 8) and found.arrays["T"].shape == (1797,)
    assert found.arrays["A"].min() == 0 and found.arrays["A"].max() == 1
    with pytest.raises(UsageError, match=r"no data comes with it \(it does with digits\); give --data X.npz"):
        data.load(classes())


X, Y = blobs()["x"], blobs()["y"]


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"x": X}, "there is no array y for T; add y"),
        ({"x": X, "y": Y, "z": Y}, "no array is called 'z'"),
        ({"x": X, "y": Y[:-1]}, "y has 59 samples, x has 60; give as many of each"),
        ({"x": X[:, :1], "y": Y}, r"has shape \(60, 1\); give \(n, 2\) for n samples of A"),
        ({"x": X, "y": Y[:, None]}, r"has shape \(60, 1\); give \(n,\) for n samples of T"),
        ({"x": X, "y": Y + 1}, "3 selects nothing; give integers from 0 to 2"),
        ({"x": X, "y": Y - 1}, "-1 selects nothing"),
        ({"x": X, "y": Y.astype(float)}, "its entries are float64; give integers"),
        ({"x": X * np.nan, "y": Y}, "is nan; give finite numbers"),
        ({"x": X.astype(str), "y": Y}, "not numbers"),
        ({"x": X[:4], "y": Y[:4]}, "4 samples are too few"),
    ],
)
def test_what_does_not_fit(tmp_path: Path, arrays: dict[str, Any], message: str) -> None:
    with pytest.raises(SymconvError, match=message):
        data.load(classes(), saved(tmp_path, **arrays))


def test_objects_are_not_unpickled(tmp_path: Path) -> None:
    np.savez(tmp_path / "d.npz", x=np.array([{"a": 1}], dtype=object), y=Y)
    with pytest.raises(ModelError, match="not numbers"):
        data.load(classes(), tmp_path / "d.npz")


def test_files_that_are_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "text.npz").write_text("nonsense")
    with pytest.raises(ModelError, match=r"is not an \.npz file"):
        data.load(classes(), tmp_path / "text.npz")
    with pytest.raises(PathError, match="cannot be read"):
        data.load(classes(), tmp_path / "missing.npz")
    whole = saved(tmp_path, **blobs()).read_bytes()
    (tmp_path / "cut.npz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelError, match=r"is not an \.npz file"):
        data.load(classes(), tmp_path / "cut.npz")
    monkeypatch.setattr(data, "MAX_ENTRIES", 100)
    with pytest.raises(LimitError, match="60 samples have more than 100 entries"):
        data.load(classes(), saved(tmp_path, **blobs()))


def test_a_target_without_the_batch_is_refused() -> None:
    text = """
[model]
name = "whole"
input = [2]
batch = 3
[[layer]]
type = "equation"
name = "S"
equation = "S[c] = sum(b) A[b,c]"
[loss]
type = "mse"
"""
    with pytest.raises(ModelError, match="its first axis is not the batch of 3; keep the batch as the first axis"):
        data.keys(read_model(text, where="whole.toml"))


def test_what_the_model_states_may_be_left_out_of_the_file(tmp_path: Path) -> None:
    model = read_model(line().toml + '\n[values]\nT = [[1], [2], [3], [4], [5]]\n', where="line.toml")
    assert set(data.load(model, saved(tmp_path, x=slope()["x"])).arrays) == {"A"}
    with pytest.raises(ModelError, match="there is no array x for A; add x"):
        data.load(model, saved(tmp_path, y=slope()["y"]))


MASKED = """
[model]
name = "masked"
input = [2]
batch = 2
[[layer]]
type = "dropout"
name = "N"
mask = "M"
[loss]
type = "mse"
target = "T"
"""


def test_what_comes_with_a_sample_is_told_by_the_batch_index_not_by_sizes(tmp_path: Path) -> None:
    """Two channels and a batch of two: the statistics of the channels are no samples."""
    assert list(data.keys(read_model(MASKED, where="m.toml"))) == ["x", "M", "y"]
    normalised = """
[model]
name = "channels"
input = [2, 3, 3]
batch = 2
[[layer]]
type = "batch_norm2d"
name = "N"
training = false
[loss]
type = "mse"
target = "T"
"""
    assert list(data.keys(read_model(normalised, where="n.toml"))) == ["x", "y"]
    taken = MASKED.replace('"M"', '"x"')
    with pytest.raises(ModelError, match="x and A are both called x in a file of samples; give the tensor another"):
        data.keys(read_model(taken, where="m.toml"))


def test_every_sample_is_learnt_from_or_held_out() -> None:
    train, held_out = data.split(103, np.random.default_rng(0))
    assert len(held_out) == 20 and sorted([*train, *held_out]) == list(range(103))
    batches = list(data.shuffled(train, 10, np.random.default_rng(1)))
    assert [len(b) for b in batches] == [10] * 8 and len({*np.concatenate(batches)}) == 80
    filled = list(data.padded(held_out, 8, train))
    assert [count for _, count in filled] == [8, 8, 4] and all(len({*rows}) == 8 for rows, _ in filled)
    np.testing.assert_array_equal(np.concatenate([rows[:n] for rows, n in filled]), held_out)
