"""README says what is true: its Python runs, its commands print what it shows, its models load."""

from __future__ import annotations

import doctest
import re
import shlex
from pathlib import Path

import pytest

from symconv.cli import main
from symconv.importers.toml import read_model

TEXT = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)


def test_the_python_runs() -> None:
    parser, found = doctest.DocTestParser(), 0
    names: dict[str, object] = {}
    runner = doctest.DocTestRunner(verbose=False)
    for n, block in enumerate(blocks("python")):
        test = parser.get_doctest(block, names, f"README block {n}", "README.md", 0)
        found += len(test.examples)
        runner.run(test, clear_globs=False)
        names.update(test.globs)
    assert found >= 10 and runner.summarize(verbose=False).failed == 0


def test_the_models_load() -> None:
    model, *_ = [read_model(text, where="small.toml") for text in blocks("toml")]
    assert model.name == "small" and model.values


@pytest.mark.parametrize("block", blocks("console"))
def test_the_commands_print_what_is_shown(
    block: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "broken.toml").write_text(
        '[model]\nname = "broken"\ninput = [1, 6, 6]\n[[layer]]\ntype = "conv2d"\nname = "C"\n'
        'out_channels = 1\nkernel_size = 7\n[loss]\ntype = "mse"\n'
    )
    command, *shown = block.splitlines()
    assert command.startswith("$ symconv ")
    code = main(shlex.split(command)[2:])
    printed = capsys.readouterr()
    out = printed.out.splitlines() + (printed.err.splitlines() if code else [])
    kept = [line.rstrip() for line in shown if line.strip() not in ("", "…")]
    for line in kept:
        # Rounding in exp and log is the machine's; the document is a PDF only where there is LaTeX.
        if line.startswith("E ") or "derivation.pdf" in line:
            assert any(o.split()[:5] == line.split()[:5] for o in out) or "derivation.pdf" in line, line
        else:
            assert line in [o.rstrip() for o in out], (line, printed.out[-2000:], printed.err)


def test_the_table_of_layers_is_the_printed_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["layers", "--format", "md"]) == 0
    table = capsys.readouterr().out
    assert table.count("\n") > 25
    assert table in TEXT
