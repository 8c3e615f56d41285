"""Bad paths and arguments, also as a user sees them and through the API: refused in one line, nothing written."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import symconv
from symconv import SymconvError
from tests.refusals import Refused, changed, snapshot

CHECKOUT = Path(__file__).parents[1]


# ------------------------------------------------------------ output paths

PATHS = {
    "../out": "the path has a part '..'; give the path without it",
    "a/../../out": "the path has a part '..'",
    "a\0b": "a character that does not print",
    "a\nb": "a character that does not print",
    "\x1b[31mred": "a character that does not print",
    "": "the path is empty; name a file or folder",
    "x" * 300: "is too long (300 characters); use at most 200 a part",
    "a/" * 1500 + "b": "is too long",
    "-rf": "begins with '-'",
    "a/-rf": "begins with '-'",
    "link": "is a symbolic link; name the place that it leads to",
    "dangling": "is a symbolic link",
}


@pytest.mark.parametrize("path", PATHS, ids=lambda path: ascii(path)[:20])
@pytest.mark.parametrize("command", ["build", "generate", "derive"])
def test_an_output_path_that_invites_trouble_is_refused(
    refused: Refused, tmp_path: Path, command: str, path: str
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "link").symlink_to("elsewhere")
    (tmp_path / "dangling").symlink_to("nowhere")
    assert PATHS[path] in refused(command, f"--out={path}")
    stage: Any = {"build": symconv.build, "generate": symconv.generate}.get(command)
    if stage is not None and path:  # the path of no characters is Path("."), which is a place to write to
        before = snapshot(tmp_path)
        with pytest.raises(SymconvError, match="out"):
            stage(symconv.load(), out=Path(path))
        assert snapshot(tmp_path) == before


def test_a_file_where_a_folder_is_needed_is_refused(refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "folder").mkdir()
    for command in ("build", "generate"):
        assert "file is a file; name a folder" in refused(command, "--out", "file")
        assert "file is a file; name a folder" in refused(command, "--out", "file/deeper")
    assert "--out folder: is not a file; name a file" in refused("derive", "--out", "folder", "--format", "tex")
    assert "file is a file; name a folder" in refused("derive", "--out", "file/x.tex")


def test_a_default_folder_that_is_a_link_is_refused(refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "symconv-slides").symlink_to("elsewhere")
    (tmp_path / "slides.pdf").symlink_to("elsewhere/x.pdf")
    assert "symconv-slides: is a symbolic link" in refused("build")
    assert "symconv-slides: is a symbolic link" in refused("generate", "--layer", "X", "--target", "python")
    assert "slides.pdf: is a symbolic link" in refused("derive", "--format", "pdf")


def test_a_link_inside_of_the_folder_is_refused(refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "python").symlink_to("../elsewhere")
    line = refused("generate", "--layer", "X", "--target", "python", "--out", "out")
    assert "out/python: is a symbolic link; remove it or choose another folder" in line


def test_a_place_that_cannot_be_written_is_refused(refused: Refused) -> None:
    line = refused("generate", "--layer", "X", "--target", "python", "--out", "/proc/nowhere/out")
    assert "--out /proc/nowhere/out: cannot be written (" in line


# ------------------------------------------------------------ arguments

ARGUMENTS: dict[tuple[str, ...], str] = {
    (): "arguments: the following arguments are required: COMMAND; see symconv --help",
    ("nonsense",): "invalid choice: 'nonsense'",
    ("--nonsense",): "see symconv --help",
    ("build", "slides", "lenet5"): "unrecognized arguments: lenet5; see symconv --help",
    ("build", "--nons\nense"): "unrecognized arguments",
    ("build", "--ou", "x"): "unrecognized arguments",
    ("build", "--out"): "build: argument --out: expected one argument; see symconv build --help",
    ("build", "--out", "-rf"): "argument --out: expected one argument",
    ("build", "--max-entries", "0"): "'0' is not a positive integer",
    ("build", "--max-entries", "-1"): "is not a positive integer",
    ("build", "--max-entries", "1e9"): "'1e9' is not a positive integer",
    ("build", "--max-entries", "9" * 5000): "is not a positive integer",
    ("build", "--max-entries", "\u0663"): "is not a positive integer",
    ("build", "--max-entries", "35"): "slides.toml: model: input has 36 entries, the limit is 35",
    ("derive", "--entry", "0,1"): "argument --entry: it goes with the --wrt before it, one each",
    ("derive", "--wrt", "F", "--entry", "0,1", "--entry", "0,2"): "it goes with the --wrt before it, one each",
    ("derive", "--wrt", "F", "--entry", "a"): "argument --entry: 'a' is not a place such as 0,1",
    ("derive", "--wrt", "F", "--entry", ""): "is not a place such as 0,1",
    ("derive", "--wrt", "F", "--entry", "0,,1"): "is not a place such as 0,1",
    ("derive", "--wrt", "F", "--entry", "9" * 5000): "is not a place such as 0,1",
    ("derive", "--wrt", "F", "--entry", "0,9"): "F: entry (0, 9) does not exist; F is 3 x 3, from 0",
    ("derive", "--wrt", "F", "--entry", "0"): "F: entry (0,) does not exist",
    ("derive", "--wrt", "nope"): "model slides: there is no gradient with respect to 'nope'; choose one of ",
    ("derive", "--wrt", "T"): "there is no gradient with respect to 'T'",
    ("derive", "--wrt", "a\nb"): "there is no gradient with respect to 'a\\nb'",
    ("derive", "--form", "x"): "invalid choice: 'x' (choose from",
    ("derive", "--format", "docx"): "format 'docx' does not exist; choose one of pdf, tex, text",
    ("derive", "--out", "notes.md"): "derive: --out notes.md does not tell the format; add --format tex, pdf or text",
    ("generate", "--layer", "nope"): "model slides: no layer is called 'nope'; choose one of C, P, X, Z, E",
    ("generate", "--layer", "x" * 5000): "no layer is called",
    ("generate", "--target", "fortran"): "target: 'fortran' does not exist; choose one of c, numpy, python",
    ("generate", "--target", "common.registry"): "does not exist; choose one of c, numpy, python",
    ("generate", "--style", "x"): "invalid choice: 'x' (choose from",
    ("generate", "--target", "numpy", "--style", "unrolled"): "there is no style 'unrolled'; choose one of loops",
    ("generate", "--dtype", "float16"): "invalid choice: 'float16' (choose from",
    ("bench",): "the following arguments are required: BENCHMARK; see symconv bench --help",
    ("bench", "nope"): "invalid choice: 'nope'",
    ("bench", "derive", "--sizes", "6"): "'6' is not a size such as 28:5 or 30x20:5x3",
    ("bench", "derive", "--sizes", "3:6"): "bench derive 3x3:6x6: the filter does not fit into the input",
    ("bench", "derive", "--sizes", "0:0"): "bench derive 0x0:0x0: the filter does not fit",
    ("bench", "derive", "--sizes", "6:3,65536:3"): "has 38652346404 terms, the limit is 4000000; give smaller sizes",
    ("models", "slides"): "unrecognized arguments: slides",
}  # fmt: skip


@pytest.mark.parametrize("argv", ARGUMENTS, ids=lambda argv: ascii(" ".join(argv))[:40])
def test_arguments_that_cannot_be_met_are_refused(refused: Refused, argv: tuple[str, ...]) -> None:
    assert ARGUMENTS[argv] in refused(*argv)


# ------------------------------------------------------------ as a user sees it


MODELS = "slides, digits, inception, lenet5, residual"


@pytest.mark.parametrize(
    ("argv", "line"),
    [
        (["derive", "m.toml"], "m.toml: layer 1 (conv2d C): weight 'double' is reserved; choose another name"),
        (
            ["build", "nope"],
            f"model nope: is not built in; choose one of {MODELS}, or give a file as mine.toml",
        ),
        (["generate", "--out", "../x"], "--out ../x: the path has a part '..'; give the path without it"),
        (["prove", "--nonsense"], "arguments: unrecognized arguments: --nonsense; see symconv --help"),
    ],
)
def test_a_refusal_in_a_process_of_its_own(tmp_path: Path, argv: list[str], line: str) -> None:
    (tmp_path / "m.toml").write_text(changed("weight", 'weight = "double"'))
    before = snapshot(tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "symconv", *argv], cwd=tmp_path, capture_output=True, text=True, check=False,
        env=os.environ | {"PYTHONPATH": str(CHECKOUT), "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"symconv: {line}\n")
    assert snapshot(tmp_path) == before


# ------------------------------------------------------------ through the API


@pytest.mark.parametrize(
    "call",
    [
        lambda: symconv.Conv2d(1, 1, 0),
        lambda: symconv.Conv2d(1, 1, 1.5),  # type: ignore[arg-type]
        lambda: symconv.Conv2d(True, 1, 3),
        lambda: symconv.Conv2d(1, 1, "3"),  # type: ignore[arg-type]
        lambda: symconv.Conv2d(1, 1, 3, stride=0),
        lambda: symconv.Conv2d(3, 4, 3, groups=2),
        lambda: symconv.Conv2d(1, 1, 2**31),
        lambda: symconv.MaxPool2d(2, padding=2),
        lambda: symconv.MaxPool2d(2, ceil_mode=1),  # type: ignore[arg-type]
        lambda: symconv.Linear(0, 2),
        lambda: symconv.Linear(2, 2, bias="yes"),  # type: ignore[arg-type]
        lambda: symconv.kernel(symconv.Conv2d(1, 1, 3), (1, 1, 2, 6)),
        lambda: symconv.kernel(symconv.Conv2d(1, 1, 3), (1, 2, 6, 6)),
        lambda: symconv.kernel(symconv.Conv2d(1, 1, 3), (1, 1, 6)),
        lambda: symconv.kernel(symconv.Conv2d(1, 1, 3), (1, 1, 65536, 65536)),
        lambda: symconv.kernel(symconv.Conv2d(1, 1, 3), (1, 1, 6, 6), "nope"),
        lambda: symconv.kernel(symconv.Conv2d(1, 1, 3), (1, 1, 6, 6), dtype="float16"),
        lambda: symconv.kernel(symconv.Conv2d(1, 1, 3), (1, 1, 6, 6), target="fortran"),
        lambda: symconv.kernel(symconv.Conv2d(1, 1, 3), (1, 1, 6, 6), target="../c"),
        lambda: symconv.load("nope"),
        lambda: symconv.derive("nope"),
        lambda: symconv.derive("slides").gradient("nope"),
        lambda: symconv.derive("slides").expression("F", (3, 0)),
        lambda: symconv.generate(symconv.load(), layers=("nope",)),
        lambda: symconv.generate(symconv.load(), targets=("fortran",)),
        lambda: symconv.generate(symconv.load(), styles=("nope",)),
        lambda: symconv.generate(symconv.load(), dtypes=("float16",)),
    ],
)  # fmt: skip
def test_the_api_refuses_with_its_own_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: Callable[[], object]
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SymconvError) as caught:
        call()
    assert str(caught.value).isprintable()
    assert caught.value.remedy
    assert snapshot(tmp_path) == []
