"""Folders with kernels that are none: refused or FAILED, never run, never a traceback."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from symconv.cli import main

ROOT = Path(__file__).parents[2] / "generated"
FILE = Path("slides/python/C_dF_f64.py")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(ROOT / "slides", "slides")
    return tmp_path


def failure(capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["prove", "slides", "--target", "python", "--json"]) == 1
    shown = capsys.readouterr()
    assert "Traceback" not in shown.err
    (failed,) = (k for k in json.loads(shown.out)["kernels"] if k["check"] == "FAILED")
    assert failed["quantity"] == "dF" and failed["proof"]["verdict"] == "FAILED"
    return str(failed["reason"])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "there is no function"),
        (b"\xff\xfe\x00", "missing"),
        (b"\x00" * 100, "no Python that can be read"),
        (b"def slides_C_dF_f64(A, dC):\n  return " + b"(" * 5000 + b")" * 5000, "no Python|nested"),
        (b"def slides_C_dF_f64(A, dC):\n    return " + b"-" * 5000 + b"1\n", "no Python|not the arrays|nested"),
        (b"x = " + b"1+" * 9000 + b"1\n", "x = 1|nested|no Python"),
        (b"import os\nos.system('touch trap')\n", "import os"),
    ],
    ids=range(7),
)
def test_a_file_that_is_no_kernel_fails(
    here: Path, capsys: pytest.CaptureFixture[str], content: bytes, reason: str
) -> None:
    import re

    FILE.write_bytes(content)
    found = failure(capsys)
    assert re.search(reason, found), found
    assert not Path("trap").exists()


def test_a_file_that_is_too_long_is_refused(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    FILE.write_bytes(b"#" * (2**23 + 1))
    assert main(["prove", "slides", "--target", "python"]) == 2
    assert "C_dF_f64.py" in capsys.readouterr().err.splitlines()[-1]


def test_a_link_to_elsewhere_is_not_followed_into_a_proof(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    FILE.unlink()
    FILE.symlink_to("/dev/zero")
    assert "missing" in failure(capsys)


def test_nothing_is_written_beside_the_report(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("slides/report.json").unlink()
    before = sorted(p for p in here.rglob("*"))
    assert main(["prove", "slides", "--target", "python"]) == 0
    assert sorted(p for p in here.rglob("*")) == before
    assert main(["prove", "slides", "--target", "python", "--report"]) == 0
    report = json.loads(Path("slides/report.json").read_text(encoding="utf-8"))
    assert len(report["kernels"]) == 12
    assert all(list(k) == ["file", "verdict", "monomials", "bound"] for k in report["kernels"])
