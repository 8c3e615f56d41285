"""generated/ is what the program writes today: every file, and no other."""

from __future__ import annotations

import difflib
import json
import shutil
from pathlib import Path

import pytest

from symconv import pipeline
from symconv.paths import write_files
from symconv.proofs.files import REPORT

ROOT = Path(__file__).parent.parent / "generated"
MODELS = ("slides", "lenet5", "residual", "digits")


def test_only_these_models_are_there() -> None:
    assert sorted(p.name for p in ROOT.iterdir()) == sorted(MODELS)


@pytest.mark.parametrize("name", MODELS)
def test_generated_files_are_up_to_date(name: str, request: pytest.FixtureRequest) -> None:
    files = pipeline.outputs(pipeline.load(name))
    folder = ROOT / name
    if request.config.getoption("--update-generated"):
        kept = (folder / REPORT).read_bytes() if (folder / REPORT).is_file() else b""
        shutil.rmtree(folder, ignore_errors=True)
        write_files(folder, files | {REPORT: kept})  # made again by symconv prove generated/... --report
    found = [p for p in folder.rglob("*") if p.is_file() and p.name != REPORT]
    on_disk = {p.relative_to(folder).as_posix(): p.read_text(encoding="utf-8") for p in found}
    remedy = "run pytest --update-generated and read the diff"
    assert sorted(on_disk) == sorted(files), remedy
    for key, text in files.items():
        if on_disk[key] != text:
            diff = difflib.unified_diff(on_disk[key].splitlines(), text.splitlines(), "on disk", key, lineterm="", n=1)
            pytest.fail(remedy + "\n" + "\n".join(list(diff)[:40]))


@pytest.mark.parametrize("name", MODELS)
def test_every_generated_kernel_is_reported_as_proved(name: str) -> None:
    report = json.loads((ROOT / name / REPORT).read_text(encoding="utf-8"))
    manifest = json.loads((ROOT / name / "manifest.json").read_text(encoding="utf-8"))
    remedy = f"run symconv prove generated/{name} --report"
    assert [k["file"] for k in report["kernels"]] == [k["file"] for k in manifest["kernels"]], remedy
    assert {k["verdict"] for k in report["kernels"]} == {"PROVED"}, remedy


@pytest.mark.parametrize("name", ["slides", *(pytest.param(m, marks=pytest.mark.slow) for m in MODELS[1:])])
def test_the_same_input_gives_the_same_bytes(name: str) -> None:
    model = pipeline.load(name)
    assert pipeline.outputs(model) == pipeline.outputs(pipeline.load(name))


def test_generated_text_holds_no_machine_and_no_time() -> None:
    for path in ROOT.rglob("*"):
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            assert "/tmp" not in text and "/home" not in text and "/root" not in text, path
