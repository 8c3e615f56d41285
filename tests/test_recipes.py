"""The recipes of CONTRIBUTING.md, followed to the letter: one file, and everything else takes it up."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from types import ModuleType

import pytest

import symconv.backends
import symconv.layers
from symconv import pipeline
from symconv.derivation.backpropagate import backpropagate
from symconv.derivation.check import holds
from symconv.importers.toml import read_model
from symconv.layers.common import registry

TEXT = (Path(__file__).parent.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")

MODEL = """
[model]
name = "pulse"
input = [9]
batch = 2
input_name = "Signal"
[[layer]]
type = "stencil"
name = "Q1"
taps = "Taps"
width = 4
[[layer]]
type = "relu"
name = "R"
[[layer]]
type = "stencil"
name = "Q2"
width = 3
[loss]
type = "mse"
"""


def recipe(heading: str) -> tuple[str, str]:
    """The path and the code that a recipe gives."""
    section = TEXT.split(f"### {heading}\n", 1)[1].split("\n### ", 1)[0]
    path = re.search(r"Write `([^`]+)`", section)
    code = re.search(r"```python\n(.*?)```", section, re.DOTALL)
    assert path and code, heading
    return path[1], code[1]


def follow(heading: str, package: ModuleType, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Put the recipe's file where the package looks, and nothing else; the name of the module."""
    path, code = recipe(heading)
    assert path.startswith(package.__name__.replace(".", "/") + "/")
    (folder / Path(path).name).write_text(code, encoding="utf-8")
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(folder)])
    return Path(path).stem


@pytest.fixture
def stencil(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    registry.kinds.cache_clear()
    name = follow("Add a layer", symconv.layers, tmp_path, monkeypatch)
    assert name in registry.kinds()
    yield name
    monkeypatch.undo()
    registry.kinds.cache_clear()
    registry.layer_class.cache_clear()


def test_a_layer_is_one_file(stencil: str, tmp_path: Path) -> None:
    model = read_model(MODEL, where="pulse.toml")
    derivation = backpropagate(model)
    assert set(derivation.gradients) == {"Signal", "Taps", "Q1", "R", "Q2_taps", "Q2"}
    for gradient in derivation.gradients.values():
        for step in (*gradient.steps(numbers=False), *gradient.steps()):
            assert holds(step, 5), step.rule
    report = pipeline.prove(model, styles=("loops", "unrolled"))
    assert report.ok and {c.check for c in report.checks} == {"PASSED"}
    assert {c.target for c in report.checks} == {"c", "numpy", "python"}
    # C, NumPy and Python kernels of 4 forwards (two stencils, relu, mse) and 6 gradients.
    assert {(c.layer, c.quantity) for c in report.checks} >= {("Q1", "dTaps"), ("Q2", "dQ2_taps"), ("Q1", "dSignal")}
    text = pipeline.derive_document(model, format="text")
    assert "Taps" in text and "Signal" in text


@pytest.mark.slow
def test_a_layer_gets_its_pdf(stencil: str, tmp_path: Path) -> None:
    assert shutil.which("pdflatex"), "the long tests need TeX"
    report = pipeline.build(read_model(MODEL, where="pulse.toml"), out=tmp_path / "pulse")
    assert report.ok
    assert (tmp_path / "pulse" / "derivation.pdf").read_bytes().startswith(b"%PDF")


def test_a_target_is_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = follow("Add a target", symconv.backends, tmp_path, monkeypatch)
    model = pipeline.load("slides")
    files = pipeline.kernel_files(model, pipeline.variants(model, wanted=(name,)))
    assert "function slides_C_dF_f64(A, dC) {" in files["javascript/C_dF_f64.js"]
    report = pipeline.prove(model, targets=(name,))
    expected = {"PASSED"} if shutil.which("node") else {"SKIPPED"}
    assert {c.check for c in report.checks} == expected
    assert len(report.checks) == 12


def test_a_format_is_one_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import symconv.documents.formats
    from symconv.cli import main
    from symconv.documents import registry as formats

    formats.formats.cache_clear()
    name = follow("Add a document format", symconv.documents.formats, tmp_path, monkeypatch)
    try:
        assert main(["derive", "slides", "--format", name]) == 0
    finally:
        formats.formats.cache_clear()
    printed = capsys.readouterr().out
    assert printed.startswith("# Backpropagation")
    assert r"\frac{\partial E}{\partial F_{01}} & = " in printed or r"\frac{\partial E}{\partial F_{01}}" in printed
    assert r"\begin{bmatrix}" in printed and "| --- |" in printed
