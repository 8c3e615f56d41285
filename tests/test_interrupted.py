"""Runs that are killed: what was there before stays whole, and running again completes."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from symconv import pipeline
from tests.refusals import snapshot

MADE = ("derivation.tex", "c/C_dA_f32.c", "manifest.json", "report.json")
OLD = {**dict.fromkeys(MADE, b"old"), "mine.txt": b"mine"}


def start(folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "symconv", "build", "slides", "--out", str(folder.name)]
    return subprocess.Popen(
        command, cwd=folder.parent, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def old(folder: Path) -> list[tuple[str, bytes | None]]:
    for name, content in OLD.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return snapshot(folder)


def hold(tmp_path: Path, how: int, delay: float | None) -> bool:
    """Whether the run was stopped before it was done; either way the folder is as it was, or complete.

    It is stopped after ``delay`` seconds, or as soon as it says what it does.
    """
    folder = tmp_path / "out"
    before = old(folder)
    process = start(folder)
    if delay is None:
        assert process.stderr is not None
        assert "deriving" in process.stderr.readline()
    else:
        time.sleep(delay)
    process.send_signal(how)
    _, err = process.communicate(timeout=120)
    stopped = process.returncode != 0
    if stopped:
        assert process.returncode in (-how, 130), err
        assert "Traceback" not in err
    files = {name: content for name, content in snapshot(folder) if content is not None}
    assert files.pop("mine.txt") == b"mine"
    # Every file is the old or the new one, whole; those that a run makes are all old or all new.
    made = {name: content for name, content in files.items() if ".symconv" not in name and not name.startswith(".")}
    if all(made.get(name) == content for name, content in OLD.items() if name != "mine.txt"):
        assert sorted(made) == sorted(set(OLD) - {"mine.txt"}) and before
    else:
        fresh = pipeline.outputs(pipeline.load("slides"))
        assert {name: made[name].decode() for name in fresh} == fresh
    return stopped


def complete(tmp_path: Path) -> None:
    """Running it again completes, whatever a killed run has left."""
    process = start(tmp_path / "out")
    _, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    fresh = pipeline.outputs(pipeline.load("slides"))
    for name, text in fresh.items():
        assert (tmp_path / "out" / name).read_text(encoding="utf-8") == text
    assert (tmp_path / "out" / "mine.txt").read_bytes() == b"mine"


def test_an_early_interrupt_leaves_the_folder_as_it_was(tmp_path: Path) -> None:
    assert hold(tmp_path, signal.SIGINT, None)
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


@pytest.mark.marathon
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL, signal.SIGTERM])
def test_a_run_stopped_at_any_time_can_be_run_again(tmp_path: Path, how: int) -> None:
    begin = time.perf_counter()
    complete_first = start(tmp_path / "first")
    complete_first.communicate(timeout=300)
    whole = time.perf_counter() - begin
    stopped = sum(hold(tmp_path, how, whole * n / 8) for n in (1, 3, 5, 6, 7))
    assert stopped
    complete(tmp_path)


