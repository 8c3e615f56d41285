"""The stages of the commands: what they accept, what they refuse, what they write."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import symconv
from symconv import pipeline
from symconv.cli import main
from symconv.derivation.example import example
from symconv.errata import corrections
from symconv.errors import LimitError, PathError, UsageError
from symconv.importers.toml import read_model
from symconv.layers.conv2d import Conv2d
from symconv.layers.max_pool2d import MaxPool2d
from symconv.layers.mse import MSELoss
from symconv.model import Wiring
from symconv.reference import FORWARD

SLIDES = Path(symconv.__file__).parent / "importers" / "models" / "slides.toml"


def test_models_by_name_everywhere(tmp_path: Path) -> None:
    assert symconv.generate("slides", targets=("python",), out=tmp_path / "made").files[-1] == "manifest.json"
    assert symconv.derive("slides").model.name == "slides"
    with pytest.raises(UsageError, match="'conv2d' is not a layer"):
        symconv.kernel("conv2d", (1, 1, 6, 6))  # type: ignore[arg-type]


@pytest.mark.parametrize("change", ["stride = 1", "padding = 1", "dilation = 2"])
def test_other_models_with_the_slides_names_get_no_corrections(change: str) -> None:
    text = SLIDES.read_text(encoding="utf-8").split("[values]")[0]
    layer = "kernel_size = 2" if "stride" in change else "kernel_size = 3"
    model = read_model(text.replace(layer, f"{layer}\n{change}"), where="changed.toml")
    assert corrections(pipeline.derive(model)) == ()
    assert "Corrections" not in str(pipeline.derive_document(model, format="text"))


def test_the_slides_themselves_get_them() -> None:
    assert len(corrections(pipeline.derive("slides"))) >= 8


def test_a_large_model_is_derived_without_a_worked_example() -> None:
    wiring = Wiring("large", (1, 1, 300, 300))
    wiring.add("C", Conv2d(1, 1, 150), names={"weight": "F"})
    wiring.add("E", MSELoss())
    model = wiring.finish()
    assert example(pipeline.derive(model)) is None
    text = str(pipeline.derive_document(model, format="text"))
    assert "513,022,500" in text or "terms" in text


def test_huge_padding_is_refused() -> None:
    wiring = Wiring("padded", (1, 1, 2, 2))
    with pytest.raises(LimitError, match="the padded input of conv2d C"):
        wiring.add("C", Conv2d(1, 1, 1, stride=100000, padding=100000))


def test_ceil_mode_takes_a_window_that_hangs_over() -> None:
    """As torch.nn.MaxPool2d(4, dilation=(1, 2), ceil_mode=True) on 4 x 4: one window, its reach beyond the edge."""
    layer = MaxPool2d(4, dilation=(1, 2), ceil_mode=True)
    fragment = layer.fragment((1, 1, 4, 4))
    assert fragment.shape(fragment.output) == (1, 1, 1, 1)
    import numpy as np

    values, _ = FORWARD["max_pool2d"](np.zeros((1, 1, 4, 4)), **layer.options())
    assert values.shape == (1, 1, 1, 1)


OWN = """
[model]
name = "slides"
input = [2, 5, 6]
[[layer]]
type = "conv2d"
name = "good"
weight = "state"
out_channels = 2
kernel_size = 3
[loss]
type = "mse"
"""


def test_prove_takes_a_folder_of_an_own_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also one that is called as a built-in model, with tensors called as the self-test might call its variables."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.toml").write_text(OWN)
    assert main(["generate", "own.toml", "--out", "made"]) == 0
    assert main(["prove", "made"]) == 0
    capsys.readouterr()
    text = (tmp_path / "made" / "c" / "good_forward_f32.c").read_text()
    assert "symconv generate own.toml --layer good" in text
    assert os.system("make -s -C made/c check") == 0
    (tmp_path / "made" / "c" / "good_forward_f32.c").write_text(text.replace("+ j", "- j"))
    assert main(["prove", "made"]) == 1


def test_a_place_that_cannot_be_written_is_refused_before_the_work(tmp_path: Path) -> None:
    calls = []
    with pytest.raises(PathError, match="cannot be written"):
        pipeline.build("slides", out=Path("/proc/nothing/here"), progress=lambda *a: calls.append(a))
    assert calls == []


def test_check_wants_a_folder(tmp_path: Path) -> None:
    with pytest.raises(PathError, match="there is no such folder"):
        pipeline.generate("slides", out=tmp_path / "none", check=True)


def test_python_has_no_float32_files(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there are no files for float32; choose float64"):
        pipeline.generate("slides", targets=("python",), dtypes=("float32",), out=tmp_path / "made")
    report = pipeline.prove("slides", dtypes=("float32",))
    assert {c.target for c in report.checks} == {"c", "numpy"}


def test_every_step_of_a_model_is_counted_and_holds() -> None:
    held, large = pipeline.check_steps(pipeline.load("slides"))
    assert held > 50 and large == 0


@pytest.mark.slow
def test_lenet5_builds_whole(tmp_path: Path) -> None:
    report = pipeline.build("lenet5", out=tmp_path / "lenet5")
    assert report.ok and len(report.checks) == 180 and {c.check for c in report.checks} == {"PASSED"}
    assert (tmp_path / "lenet5" / "derivation.pdf").read_bytes().startswith(b"%PDF")
    assert os.system(f"make -s -C {tmp_path}/lenet5/c check") == 0
