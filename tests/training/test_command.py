"""``symconv train`` as it is typed."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from symconv.cli import main
from symconv.importers import npz
from tests.refusals import Refused
from tests.training.models import CLASSES, LINE, blobs, slope


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("classes.toml").write_text(CLASSES)
    Path("line.toml").write_text(LINE)
    np.savez("blobs.npz", **blobs())
    np.savez("slope.npz", **slope())
    np.savez("x.npz", A=np.zeros((4, 2)))
    Path("none.toml").write_text(LINE.replace('weight = "W"\nout_features = 1', "").replace("linear", "relu"))
    return tmp_path


def test_a_model_of_ones_own(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    argv = ["train", "classes.toml", "--data", "blobs.npz", "--epochs", "15", "--save", "w.npz", "--plot", "p.png"]
    assert main(argv) == 0
    shown = capsys.readouterr()
    lines = shown.out.splitlines()
    assert lines[0].split() == ["epoch", "loss", "held-out", "loss", "accuracy"] and len(lines) == 1 + 15 + 3
    assert lines[-3:] == [
        "classes: 48 samples learnt from, 12 held out: 12 of 12 right (100.0%)", "weights: w.npz", "picture: p.png"
    ]  # fmt: skip
    assert re.search(r"epoch 15/15: loss 0\.\d{4}, accuracy 100\.0%$", shown.err, re.MULTILINE)
    with np.load("w.npz") as saved:
        assert {name: saved[name].shape for name in saved} == {"V": (6, 2), "B": (6,), "W": (3, 6)}
    assert main(["train", "classes.toml", "--data", "blobs.npz", "--epochs", "1", "--weights", "w.npz", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["losses"][0] < 0.1


def test_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    argv = ["train", "classes.toml", "--data", "blobs.npz", "--epochs", "2", "--seed", "3", "--json", "--save", "w.npz"]
    found = []
    for _ in range(2):
        assert main(argv) == 0
        found.append((json.loads(capsys.readouterr().out), Path("w.npz").read_bytes()))
    assert found[0] == found[1]
    assert set(found[0][0]) == {"accuracy", "epochs", "seed", "losses"}
    assert (found[0][0]["epochs"], found[0][0]["seed"], len(found[0][0]["losses"])) == (2, 3, 2)
    assert main(["train", "line.toml", "--data", "slope.npz", "--epochs", "2", "--json", "--target", "numpy"]) == 0
    assert json.loads(capsys.readouterr().out)["accuracy"] is None


def test_a_loss_that_is_no_number_is_a_failure(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    argv = ["train", "line.toml", "--data", "slope.npz", "--lr", "1e6", "--save", "w.npz", "--plot", "p.png"]
    assert main(argv) == 1
    shown = capsys.readouterr()
    assert shown.out == "" and "train line: the loss is " in shown.err and "a smaller --lr may help" in shown.err
    assert not Path("w.npz").exists() and not Path("p.png").exists()


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        ("nope", "model nope: is not built in"),
        ("lenet5", "train lenet5: no data comes with it"),
        ("classes.toml", "train classes.toml: no data comes with it"),
        ("classes.toml --data none.npz", "none.npz: cannot be read"),
        ("classes.toml --data slope.npz", "has shape (50, 3); give (n, 2) for n samples of A"),
        ("digits --epochs 0", "argument --epochs: '0' is not a positive integer"),
        ("digits --epochs 1000000", "epochs 1000000 cannot be"),
        ("digits --seed -1", "argument --seed"),
        ("digits --lr nan", "argument --lr: 'nan' is not a number such as 0.05"),
        ("digits --lr 0", "train: lr 0.0 cannot be; give a number above 0"),
        ("digits --momentum 1", "train: momentum 1.0"),
        ("digits --init zero", "train: init 'zero'"),
        ("digits --schedule x", "train: schedule 'x'"),
        ("digits --target python", "train: target 'python' does not exist"),
        ("digits --save ../w.npz", "--save ../w.npz: the path has a part '..'"),
        ("digits --save w.txt", "--save w.txt is not an .npz file"),
        ("digits --plot p.gif", "--plot p.gif does not tell the format"),
        ("digits --weights blobs.npz", "the model has no tensor 'x'"),
        ("classes.toml --data blobs.npz --save blobs.npz", "--save blobs.npz is the file of samples"),
        ("classes.toml --data blobs.npz --save /proc/x.npz", "--save /proc: cannot be written"),
        ("classes.toml --data blobs.npz --weights x.npz", "x.npz: A: comes with the samples; leave it out"),
        ("none.toml --data slope.npz", "train line: the model has no parameters to learn"),
        ("digits --data blobs.npz", "has shape (60, 2); give (n, 1, 8, 8) for n samples of A"),
    ],
)
def test_refusals(argv: str, message: str, folder: Path, refused: Refused) -> None:
    assert message in refused("train", *argv.split())


def test_without_the_extra_it_says_so(monkeypatch: pytest.MonkeyPatch, refused: Refused) -> None:
    import builtins

    right = builtins.__import__

    def without(name: str, *more: object, **words: object) -> object:
        if name.startswith("sklearn"):
            raise ImportError(name)
        return right(name, *more, **words)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", without)
    assert "scikit-learn is not installed; pip install 'symconv[train]'" in refused("train", "digits")


@pytest.mark.slow
def test_digits_as_typed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "digits", "--json", "--save", "w.npz"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["accuracy"] >= 0.97 and found["epochs"] == 20 and found["seed"] == 0
    with np.load("w.npz") as saved:
        assert saved["F"].shape == (32, 1, 3, 3)
        assert npz.write(dict(saved)) == Path("w.npz").read_bytes()
