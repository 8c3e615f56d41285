"""Weights from a file: shapes, names and numbers that fit the model, and where they are used."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from symconv import pipeline
from symconv.cli import main
from symconv.errors import ModelError
from symconv.importers.weights import read_weights
from tests.refusals import Refused


def saved(tmp_path: Path, **arrays: Any) -> Path:
    np.savez(tmp_path / "w.npz", **arrays)
    return tmp_path / "w.npz"


def test_arrays_by_name_in_the_order_of_the_model(tmp_path: Path) -> None:
    model = pipeline.load("slides")
    found = read_weights(saved(tmp_path, W=np.ones((2, 4)), F=np.arange(9).reshape(3, 3), T=np.array([1])), model)
    assert {name: a.shape for name, a in found.items()} == {"F": (1, 1, 3, 3), "W": (2, 4), "T": (1,)}
    assert list(found) == ["F", "W", "T"]


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"Q": np.ones(1)}, "the model has no tensor 'Q'"),
        ({"C": np.ones((4, 4))}, "w.npz: C: the model computes it; give arrays for A, F, W, T only"),
        ({"F": np.ones((3, 4))}, r"F: has shape \(3, 4\); give shape \(1, 1, 3, 3\)"),
        ({"F": np.ones((2, 1, 1, 3, 3))}, r"give shape \(1, 1, 3, 3\)"),
        ({"T": np.array([2])}, "T: 2 selects nothing; give integers from 0 to 1"),
        ({"T": np.array([0.5])}, "T: its entries are float64; give integers from 0 to 1"),
        ({"F": np.full((3, 3), 1e300)}, "F: has a number that float32 cannot hold"),
        ({"F": np.full((3, 3), 2**60)}, r"F: has an integer beyond 2\^53"),
    ],
)
def test_what_does_not_fit(tmp_path: Path, arrays: dict[str, Any], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        read_weights(saved(tmp_path, **arrays), pipeline.load("slides"))


def test_the_worked_example_has_their_numbers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    filters = np.arange(9.0).reshape(3, 3) / 8
    path = saved(tmp_path, F=filters)
    model = pipeline.load("slides", weights=path)
    assert model.values["F"] == tuple(filters.ravel())
    assert model.values["A"] == pipeline.load("slides").values["A"]
    assert main(["derive", "--weights", str(path)]) == 0
    assert "0.125" in capsys.readouterr().out


def test_refused_at_the_command_line(tmp_path: Path, refused: Refused) -> None:
    assert "none.npz: cannot be read" in refused("derive", "--weights", "none.npz")
    assert "none.npz: cannot be read" in refused("build", "--weights", "none.npz")
    line = refused("derive", "--equation", "C[k] = A[k]^2", "--weights", "w.npz")
    assert "--weights stands with --equation; give a model" in line
