"""The command line: options that arrive, exit codes, what goes to stdout and what to stderr, how fast it starts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from symconv import __version__, pipeline
from symconv.cli import COMMANDS, main
from symconv.commands.options import entry
from symconv.proofs.report import Check, Report

CHECKOUT = Path(__file__).parents[1]
ENVIRONMENT = os.environ | {"PYTHONPATH": str(CHECKOUT), "PYTHONDONTWRITEBYTECODE": "1"}

PASSED = Check("C", "dF", "c", "loops", "float32", "PASSED", "", 0.0, 0.0, 0.01)
FAILED = Check("C", "dF", "c", "loops", "float64", "FAILED", "differs at (0, 0)", float("nan"), 1e-9, 0.02)
SKIPPED = Check("C", "C", "c", "unrolled", "float64", "SKIPPED", "no C compiler", None, None, 0.0)


def run(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "symconv", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT, timeout=60, check=False, **options)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, object], list[dict[str, Any]]]:
    """Replace a stage of the pipeline by one that notes its arguments and returns what it is told."""

    def replace(stage: str, outcome: object) -> list[dict[str, Any]]:
        noted: list[dict[str, Any]] = []

        def noting(model: Any, **options: Any) -> object:
            noted.append({"model": model.name, **options})
            if (progress := options.get("progress")) is not None:
                for done in range(101):
                    progress(done, 100, "C dF")
            return outcome

        monkeypatch.setattr(pipeline, stage, noting)
        return noted

    return replace


# ------------------------------------------------------------ starting


def test_help_loads_nothing_heavy() -> None:
    """What makes --help instant: none of the libraries that take long to import is there when it has been printed."""
    code = """
import sys
from symconv.cli import main
try:
    main(["--help"])
except SystemExit:
    pass
print(sorted({"sympy", "numpy", "jinja2", "rich", "platformdirs"} & set(sys.modules)), len(sys.modules) < 400)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[] True"


def test_help_names_every_command() -> None:
    done = run("--help")
    assert done.returncode == 0
    assert done.stderr == ""
    for command in COMMANDS:
        assert f"\n    {command} " in done.stdout


def test_help_of_every_command_loads_nothing_heavy() -> None:
    program = (
        "import sys; from symconv.cli import main, COMMANDS\n"
        "codes = [main([c, '--help']) for c in COMMANDS] + [main(['bench', 'derive', '--help']), main(['--version'])]\n"
        "print(codes, sorted({'sympy', 'numpy', 'jinja2', 'rich', 'tomllib'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=ENVIRONMENT, check=True)
    assert done.stdout.splitlines()[-1] == f"{[0] * (len(COMMANDS) + 2)} []"


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"symconv {__version__}\n"


def test_models(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models"]) == 0
    head, slides, digits, inception, lenet5, residual = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in (digits, inception, residual)] == ["digits", "inception", "residual"]
    assert head.split() == ["model", "input", "layers", "parameters"]
    assert slides.split()[0] == "slides"
    assert slides.endswith(" 17")
    assert lenet5.split()[0] == "lenet5"
    assert lenet5.endswith(" 61706")


def test_layers(capsys: pytest.CaptureFixture[str]) -> None:
    from symconv.layers.common.registry import kinds

    assert main(["layers"]) == 0
    heads = [line.split()[0] for line in capsys.readouterr().out.splitlines() if not line.startswith(" ")]
    assert heads == list(kinds())


# ------------------------------------------------------------ second derivatives


def test_hvp_is_derived_generated_and_proved(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["derive", "--wrt", "W", "--hvp"]) == 0
    out = capsys.readouterr().out
    assert "a bar marks a gradient: W_bar is dE/dW" in " ".join(out.split()) and "dS/dW" in out
    assert main(["derive", "--wrt", "W", "--hvp", "--entry", "0,1", "--form", "expanded"]) == 0
    assert "dS/dW[0,1]" in capsys.readouterr().out
    assert main(["generate", "--hvp", "W", "--target", "numpy", "--dtype", "float64", "--out", "g"]) == 0
    assert "symconv generate slides --hvp W --layer S" in (tmp_path / "g/numpy/S_dW_f64.py").read_text()
    assert main(["prove", "g"]) == 0
    assert "2 PASSED" in capsys.readouterr().out
    assert main(["generate", "--hvp", "W", "--target", "numpy", "--dtype", "float64", "--out", "g", "--check"]) == 0


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["derive", "--hvp"], "derive: --hvp stands with 0 --wrt; name one tensor, as --wrt F --hvp"),
        (["derive", "--wrt", "F", "--wrt", "W", "--hvp"], "derive: --hvp stands with 2 --wrt"),
        (["derive", "--wrt", "P", "--hvp"], "model slides: 'P' is no input or parameter; choose one of A, F, W"),
        (["generate", "--hvp", "nope"], "model slides: 'nope' is no input or parameter; choose one of A, F, W"),
    ],
)
def test_hvp_of_nothing_is_refused(
    arguments: list[str], problem: str, capsys: pytest.CaptureFixture[str], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    assert problem in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


# ------------------------------------------------------------ build and prove


@pytest.mark.parametrize(
    ("checks", "code"), [((PASSED,), 0), ((PASSED, SKIPPED), 0), ((PASSED, FAILED, SKIPPED), 1)]
)
@pytest.mark.parametrize("command", ["build", "prove"])
def test_a_failed_check_is_exit_code_1(
    here: Path, calls: Any, capsys: pytest.CaptureFixture[str], command: str, checks: tuple[Check, ...], code: int
) -> None:
    calls(command, Report("slides", checks, ("symconv-slides/derivation.tex",), ("no TeX engine",)))
    assert main([command]) == code
    shown = capsys.readouterr()
    lines = shown.out.splitlines()
    assert lines[0].split()[:3] == ["layer", "quantity", "c"]
    assert any(line.split()[:2] == ["C", "dF"] for line in lines)
    assert "note: no TeX engine" in lines
    assert ("FAILED: C/dF c float64: differs at (0, 0)" in lines) == (code == 1)
    assert ("SKIPPED: C/C c unrolled float64: no C compiler" in lines) == (SKIPPED in checks)
    assert (command == "build") == ("document: symconv-slides/derivation.tex" in lines)
    assert (command == "build") == ("written to symconv-slides" in lines)
    assert 5 < len(shown.err.splitlines()) < 15  # plain progress: a few lines


@pytest.mark.parametrize("command", ["build", "prove"])
def test_json_is_all_that_stdout_gets(
    here: Path, calls: Any, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    calls(command, Report("slides", (PASSED, FAILED), ("derivation.tex",), ("a note",)))
    assert main([command, "--json"]) == 1
    shown = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert list(shown) == ["model", "kernels", "documents", "ok"]
    assert (shown["model"], shown["documents"], shown["ok"]) == ("slides", ["derivation.tex"], False)
    assert shown["kernels"][0] == {
        "layer": "C", "quantity": "dF", "target": "c", "style": "loops", "dtype": "float32", "check": "PASSED",
        "reason": "", "max_error": 0.0, "bound": 0.0, "seconds": 0.01, "proof": None,
    }  # fmt: skip
    assert shown["kernels"][1]["max_error"] is None  # NaN


def test_build_s_options_arrive(here: Path, calls: Any) -> None:
    noted = calls("build", Report("slides", ()))
    main(["build"])
    main(["build", "lenet5", "--out", "a/b"])
    assert [(call["model"], call["out"]) for call in noted] == [
        ("slides", Path("symconv-slides")), ("lenet5", Path("a/b"))
    ]  # fmt: skip


def test_a_generated_folder_is_proved(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["generate", "slides", "--layer", "X", "--target", "python", "--out", "out"]) == 0
    capsys.readouterr()
    assert main(["prove", "out", "--json"]) == 0
    kernels = json.loads(capsys.readouterr().out)["kernels"]
    assert {k["target"] for k in kernels} == {"python"}
    assert all(k["check"] == "PASSED" for k in kernels)
    file = next(p for p in (here / "out" / "python").iterdir() if "forward" in p.name)
    file.write_text(file.read_text() + "# changed\n")
    assert main(["prove", "out", "--json"]) == 1
    shown = capsys.readouterr()
    assert json.loads(shown.out)["ok"] is False
    assert "-# changed" in shown.err


# ------------------------------------------------------------ derive


def test_derive_s_options_arrive(here: Path, calls: Any, capsys: pytest.CaptureFixture[str]) -> None:
    noted = calls("derive_document", "text of it\n")
    assert main(["derive"]) == 0
    assert capsys.readouterr().out == "text of it\n"
    wrt = ["--wrt", "F", "--entry", "0,1", "--wrt", "A", "--wrt", "C", "--entry", "10, 3"]
    assert main(["derive", "lenet5", *wrt, "--form", "index", "--full", "--out", "x.tex"]) == 0
    usual = {"wrt": (), "form": "both", "full": False, "format": "text", "out": None}
    assert noted == [
        {"model": "slides", **usual},
        {
            "model": "lenet5", "wrt": (("F", (0, 1)), ("A", None), ("C", (10, 3))), "form": "index", "full": True,
            "format": "tex", "out": Path("x.tex"),
        },
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("options", "form", "out"),
    [
        (["--out", "x.pdf"], "pdf", "x.pdf"),
        (["--out", "x.txt"], "text", "x.txt"),
        (["--out", "x.notes", "--format", "tex"], "tex", "x.notes"),
        (["--format", "tex"], "tex", None),
        (["--format", "pdf"], "pdf", "slides.pdf"),
    ],
)
def test_the_format_follows_from_the_name(
    here: Path, calls: Any, capsys: pytest.CaptureFixture[str], options: list[str], form: str, out: str | None
) -> None:
    noted = calls("derive_document", Path(out) if out else "text")
    assert main(["derive", *options]) == 0
    assert (noted[0]["format"], noted[0]["out"]) == (form, Path(out) if out else None)
    assert capsys.readouterr().out == (f"written to {out}\n" if out else "text\n")


def test_where_one_number_comes_from(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["derive", "--wrt", "F", "--entry", "0,1", "--form", "expanded"]) == 0
    shown = capsys.readouterr()
    assert "dE/dF[0,1] = dE/dC[0,0] * A[0,1] + dE/dC[0,1] * A[0,2]" in shown.out
    assert "dE/dC[3,3] * A[3,4]" in shown.out
    assert shown.err == ""
    assert list(here.iterdir()) == []


def test_a_derivation_is_written_as_tex(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["derive", "--wrt", "F", "--form", "index", "--out", "notes/f.tex"]) == 0
    assert capsys.readouterr().out == "written to notes/f.tex\n"
    assert r"\frac{\partial E}{\partial F_{ij}}" in (here / "notes" / "f.tex").read_text()


def test_an_entry_is_numbers() -> None:
    assert entry("0,1") == (0, 1)
    assert entry("10, 3,0") == (10, 3, 0)


# ------------------------------------------------------------ generate


def test_generate_s_options_arrive(here: Path, calls: Any, capsys: pytest.CaptureFixture[str]) -> None:
    noted = calls("generate", pipeline.GenerateResult(("c/a.c",)))
    main(["generate"])
    many = ["--layer", "C", "--layer", "P", "--target", "c", "--style", "unrolled", "--dtype", "float64", "--out", "o"]
    main(["generate", "lenet5", *many])
    assert noted[0] == {"model": "slides", "out": Path("symconv-slides"), "check": False}
    assert noted[1] == {
        "model": "lenet5", "out": Path("o"), "check": False, "layers": ("C", "P"), "targets": ("c",),
        "styles": ("unrolled",), "dtypes": ("float64",),
    }  # fmt: skip
    assert "1 files written to symconv-slides" in capsys.readouterr().out


def test_generate_check_tells_a_difference(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small = ["generate", "--layer", "X", "--target", "python", "--out", "out"]
    assert main([*small, "--check"]) == 2  # nothing is there
    assert not (here / "out").exists()
    assert main(small) == 0
    written = sorted(p for p in (here / "out").rglob("*") if p.is_file())
    assert len(written) > 2
    capsys.readouterr()
    assert main([*small, "--check"]) == 0
    assert capsys.readouterr().out == "out is up to date\n"
    written[0].write_text(written[0].read_text() + "changed\n")
    before = [p.read_bytes() for p in written]
    assert main([*small, "--check"]) == 1
    assert "-changed" in capsys.readouterr().out.splitlines()
    assert [p.read_bytes() for p in written] == before
    written[0].write_bytes(b"\xff")  # not even text
    assert main([*small, "--check"]) == 1


# ------------------------------------------------------------ ending early


def test_an_interruption_is_one_line(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(pipeline, "load", interrupted)
    assert main(["build"]) == 130
    assert capsys.readouterr() == ("", "symconv: interrupted\n")


def test_a_reader_that_goes_away_is_no_error() -> None:
    command = f"{sys.executable} -m symconv models | head -n 0; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, env=ENVIRONMENT, check=False)
    assert done.stderr == ""
    assert done.returncode == 141


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is full")
def test_a_full_disk_is_one_line() -> None:
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "symconv", "models"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT, check=False)
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "symconv: output: No space left on device; see that there is room and permission"
    ]


def test_an_output_that_knows_few_letters_gets_escapes(here: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "symconv", "derive", "é.toml"], capture_output=True, check=False,
        env=ENVIRONMENT | {"PYTHONIOENCODING": "ascii", "LC_ALL": "C.UTF-8"},
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith(b"symconv: \\xe9.toml: cannot be read")
