"""Bad names, sizes, TOML, paths and arguments: one line, exit code 2, no traceback, nothing written.

The same inputs go in at the command line and through the API.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import symconv
from symconv import SymconvError
from symconv.cli import main
from symconv.importers.toml import read_model

CHECKOUT = Path(__file__).parents[1]

MODEL = """
[model]
name = "m"
input = [2, 6, 6]
batch = 1
input_name = "A"
[[layer]]
type = "conv2d"
name = "C"
weight = "F"
bias = "beta"
out_channels = 2
kernel_size = 3
stride = 1
padding = 0
dilation = 1
groups = 1
[[layer]]
type = "max_pool2d"
name = "P"
kernel_size = [2, 2]
stride = [2, 2]
padding = [0, 0]
dilation = [1, 1]
ceil_mode = false
[[layer]]
type = "flatten"
name = "X"
[[layer]]
type = "linear"
name = "Z"
weight = "W"
out_features = 2
bias = false
[loss]
type = "softmax_cross_entropy"
name = "E"
target = "T"
[values]
T = [0]
"""

Refused = Callable[..., str]


def snapshot(folder: Path) -> list[tuple[str, bytes | None]]:
    """Every file below a folder with its content."""
    return [(str(p.relative_to(folder)), p.read_bytes() if p.is_file() else None) for p in sorted(folder.rglob("*"))]


@pytest.fixture
def refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Refused:
    """Run a command that must be refused; returns the line that it says."""
    monkeypatch.chdir(tmp_path)

    def refused(*argv: str) -> str:
        before = snapshot(tmp_path)
        assert main(list(argv)) == 2
        shown = capsys.readouterr()
        assert shown.out == ""
        (line,) = shown.err.splitlines()
        assert line.startswith("symconv: ")
        assert line.isprintable()
        assert len(line) < 600
        assert "Traceback" not in line
        assert snapshot(tmp_path) == before
        return line

    return refused


def changed(line: str, new: str) -> str:
    """The model with one line replaced: the first that begins so."""
    lines = MODEL.splitlines()
    place = next(n for n, text in enumerate(lines) if text.startswith(line))
    return "\n".join([*lines[:place], new, *lines[place + 1 :]]) + "\n"


def refused_both_ways(refused: Refused, text: str) -> str:
    """A model refused as a file at the command line and as text through the API; returns what is said."""
    Path("m.toml").write_text(text, encoding="utf-8")
    line = refused("generate", "m.toml", "--out", "out")
    with pytest.raises(SymconvError) as caught:
        read_model(text, where="m.toml")
    assert line == f"symconv: {caught.value}"
    return line


def test_the_model_that_is_made_worse_is_sound() -> None:
    assert read_model(MODEL, where="m.toml").name == "m"


# ------------------------------------------------------------ names

NAMES = [
    'x; system("id"); //', "*/ int evil; /*", "trailing\\", "??/", "a\n", "\n", '"""', "{{7*7}}", "{% x %}", "<<x>>",
    "é", "\u0441", "double", "main", "lambda", "I", "int32_t", "exp", "np", "None", "class", "template", "acc", "a_",
    "_a", "__import__", "1a", "a b", "a-b", "", " ", "x" * 32, "x" * 100_000, "\x00", "a\x00", "\u202e", "A\u0301",
    r"\input{/etc/passwd}", "^^5cinput", r"\write18{id}", r"\csname input\endcsname", r"\def\x{\x\x}\x", "$x$", "%",
    "<script>", "../x", "/etc/passwd", "C", "A", "dC", "i", "j", "k", "b",
]  # fmt: skip
POSITIONS = ['name = "m"', "input_name", 'name = "C"', "weight", "bias", 'name = "Z"', 'name = "E"', "target"]
TAKEN = {  # names that are sound by themselves, and fine in these positions
    'name = "m"': ("A", "C", "dC", "i", "j", "k", "b"),
    "input_name": ("A",),
    'name = "C"': ("C", "dC"),  # dC is a derivative only where there is a C
}


@pytest.mark.parametrize("position", POSITIONS)
@pytest.mark.parametrize("name", NAMES, ids=lambda name: ascii(name)[:24])
def test_a_name_that_cannot_be_is_refused(refused: Refused, position: str, name: str) -> None:
    if name in TAKEN.get(position, ()):
        return
    key = position.split(" ")[0]
    line = refused_both_ways(refused, changed(position, f"{key} = {json.dumps(name)}"))
    assert "is not an identifier; use a letter followed by" in line or "choose another name" in line
    assert line.startswith("symconv: m.toml: ")


@pytest.mark.parametrize("value", ["3", "true", "[]", '["a"]', "1.5", "{a = 1}", "1979-05-27"])
@pytest.mark.parametrize("position", POSITIONS)
def test_a_name_that_is_no_string_is_refused(refused: Refused, position: str, value: str) -> None:
    if position == "bias" and value == "true":
        return  # a bias with an automatic name
    line = refused_both_ways(refused, changed(position, f"{position.split(' ')[0]} = {value}"))
    assert line.startswith("symconv: m.toml: ")


# ------------------------------------------------------------ sizes

SIZES = ["0", "-1", "1.5", "true", '"3"', "2147483648", "9**9**9", "1e999999999", "nan", "inf", "0x" + "f" * 500]
SIZE_KEYS = ["batch", "out_channels", "kernel_size = 3", "stride = 1", "dilation = 1", "groups", "out_features"]


@pytest.mark.parametrize("key", SIZE_KEYS)
@pytest.mark.parametrize("size", SIZES, ids=lambda size: size[:16])
def test_a_size_that_cannot_be_is_refused(refused: Refused, key: str, size: str) -> None:
    line = refused_both_ways(refused, changed(key, f"{key.split(' ')[0]} = {size}"))
    assert "is not an integer" in line or "is outside 1..2147483647" in line or "is not TOML" in line


@pytest.mark.parametrize("size", SIZES, ids=lambda size: size[:16])
@pytest.mark.parametrize("shape", ["[{}, 6, 6]", "[2, {}, 6]", "[2, 6, {}]", "[{}]"])
def test_an_input_that_cannot_be_is_refused(refused: Refused, shape: str, size: str) -> None:
    line = refused_both_ways(refused, changed("input = ", f"input = {shape.format(size)}"))
    assert "m.toml: model: input size" in line or "is not TOML" in line


@pytest.mark.parametrize(
    ("key", "new", "problem"),
    [
        ("kernel_size = 3", "kernel_size = 7", "layer 1 (conv2d C): kernel_size 7 exceeds padded input 6; enlarge"),
        ("kernel_size = 3", "kernel_size = [3, 7]", "kernel_size 7 exceeds padded input 6"),
        ("dilation = 1", "dilation = 3", "kernel_size 3 with dilation 3 (reach 7) exceeds padded input 6"),
        ("dilation = 1", "dilation = 2147483647", "exceeds padded input 6"),
        ("groups", "groups = 3", "in_channels 2 is not divisible by groups 3; choose groups that divide both"),
        ("out_channels", "out_channels = 3\nnothing = 1", "key 'nothing' is unknown"),
        ("padding = 0", "padding = -1", "padding -1 is outside 0.."),
        ("padding = 0", "padding = [[0, 1, 2], 0]", "padding (0, 1, 2) is not (begin, end)"),
        ("padding = 0", "padding = [1]", "padding (1,) has 1 entries; give one, or 2, one an axis"),
        ("padding = 0", "padding = 2147483647", "the output of conv2d C has"),
        ("padding = [0, 0]", "padding = [2, 0]", "layer 2 (max_pool2d P): padding 2 exceeds half of kernel_size 2"),
        ("kernel_size = [2, 2]", "kernel_size = [5, 1]", "(max_pool2d P): kernel_size 5 exceeds padded input 4"),
        ("stride = [2, 2]", "stride = [0, 1]", "layer 2 (max_pool2d P): stride 0 is outside 1..2147483647"),
        ("ceil_mode", 'ceil_mode = "yes"', "ceil_mode 'yes' is not true or false; give true or false"),
        ("ceil_mode", "ceil_mode = 1", "ceil_mode 1 is not true or false"),
        ("input = ", "input = [2, 65536, 65536]", "input has 8589934592 entries, the limit is 67108864"),
        ("input = ", "input = [2147483647, 2147483647, 2147483647]", "raise max_entries (--max-entries)"),
        ("out_channels", "out_channels = 2147483647", "the weight of conv2d C has 38654705646 entries, the limit is"),
        ("out_features", "out_features = 2147483647", "the weight of linear Z has 17179869176 entries"),
        ("batch", "batch = 2147483647", "entries, the limit is 67108864"),
        ("input = ", "input = []", "input is []; give [channels, height, width] or [features]"),
        ("input = ", "input = [1, 2, 3, 4]", "give [channels, height, width] or [features]"),
        ("input = ", "input = [72]", "layer 1 (conv2d C): input shape (1, 72) has 2 axes, 4 expected"),
    ],
)  # fmt: skip
def test_sizes_that_do_not_fit_are_refused(refused: Refused, key: str, new: str, problem: str) -> None:
    assert problem in refused_both_ways(refused, changed(key, new))


# ------------------------------------------------------------ TOML

TEXTS = {
    "not toml": "[model\n",
    "two values": changed("batch", "batch = 1\nbatch = 2"),
    "two tables": MODEL + '[model]\nname = "n"\n',
    "a table for a list": MODEL.replace("[[layer]]", "[layer]", 1),
    "a control character": changed("batch", "batch = \x07"),
    "an unknown table": MODEL + "[optimizer]\nlr = 1\n",
    "an unknown key": changed("batch", "batchsize = 1"),
    "code as a value": changed("batch", "batch = __import__('os').getpid()"),
    "code as a string": changed("batch", "batch = \"__import__('os').getpid()\""),
    "code as a key": changed("batch", "\"__import__('os').getpid()\" = 1"),
    "a template as a key": changed("batch", '"{{7*7}}" = 1'),
    "a newline in a key": changed("batch", '"a\\nb" = 1'),
    "a very long key": changed("batch", "x" * 500_000 + " = 1"),
    "a very long string": changed("batch", f'batch = "{"x" * 500_000}"'),
    "deep lists": changed("batch", f"batch = {'[' * 5000}{']' * 5000}"),
    "deep tables": MODEL + "[a" + ".a" * 30 + "]\n",
    "a dotted key": MODEL + ".".join("a" * 50_000) + " = 1\n",
    "digits": changed("batch", "batch = " + "9" * 10_000),
    "a factorial": changed("batch", "batch = factorial(10**8)"),
    "a value that is not finite": changed("T = ", "T = [0]\nA = [[[nan]]]"),
    "a value of the wrong shape": changed("T = ", "T = [0, 1]"),
    "a class that is none": changed("T = ", "T = [2]"),
    "no layers": "[model]\nname = \"m\"\ninput = [3]\n[loss]\ntype = \"mse\"\n",
    "empty": "",
    "nothing but a comment": "# model\n",
}  # fmt: skip


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_toml_that_is_no_model_is_refused(refused: Refused, text: str) -> None:
    assert refused_both_ways(refused, text).startswith("symconv: m.toml: ")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"\xff\xfe\x00", "m.toml: is not UTF-8 (byte 0); save it as UTF-8 text"),
        (b"#" * (2**20 + 1), "m.toml: has more than 1048576 bytes; give a smaller file"),
        (b"\x7fELF\x00\x00", "m.toml: is not TOML: "),
    ],
)
def test_a_file_that_is_no_toml_is_refused(refused: Refused, content: bytes, problem: str) -> None:
    Path("m.toml").write_bytes(content)
    for command in ("build", "derive", "generate", "prove"):
        assert problem in refused(command, "m.toml")


@pytest.mark.parametrize(
    "source", ["nope", "../slides", "slides.onnx", "", "é", "a\nb", "a\0b", "\udcff", "x" * 5000, "C:\\x"]
)
@pytest.mark.parametrize("command", ["build", "derive", "generate", "prove"])
def test_a_model_that_does_not_exist_is_refused(refused: Refused, command: str, source: str) -> None:
    line = refused(command, source)
    assert line.endswith("is not built in; choose one of slides, lenet5, or give a file as mine.toml")


def test_files_that_are_none_are_refused(refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "endless.toml").symlink_to("/dev/zero")
    assert "is a folder; name a file" in refused("derive", "folder.toml")
    assert "is not a file; name a file" in refused("derive", "endless.toml")
    assert "cannot be read (No such file or directory); name a file that exists" in refused("derive", "missing.toml")
    assert "has no manifest.json; name a folder that symconv has written" in refused("prove", "folder.toml")


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '{"model": 3}', '{"model": "x", "kernels": [3]}', "[" * 100_000])
def test_a_manifest_that_is_none_is_refused(refused: Refused, tmp_path: Path, text: str) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "manifest.json").write_text(text)
    assert "out/manifest.json: is not a manifest of symconv; generate the folder again" in refused("prove", "out")


def test_a_manifest_of_a_model_that_is_not_built_in_is_refused(refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "manifest.json").write_text('{"model": "../../x\\n", "kernels": []}')
    assert "the model '../../x\\n' is not built in; give its TOML file instead" in refused("prove", "out")


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


@pytest.mark.parametrize(
    ("argv", "line"),
    [
        (["derive", "m.toml"], "m.toml: layer 1 (conv2d C): weight 'double' is reserved; choose another name"),
        (["build", "nope"], "model nope: is not built in; choose one of slides, lenet5, or give a file as mine.toml"),
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
