"""Bad names, sizes and TOML: one line, exit code 2, no traceback, nothing written; and the same through the API."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from symconv.importers.toml import read_model
from tests.refusals import MODEL, Refused, changed, refused_both_ways


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
        ("input = ", "input = [1, 2, 3, 4, 5]", "give [channels, height, width] or [features]"),
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
    choice = "slides, digits, inception, lenet5, residual"
    assert line.endswith(f"is not built in; choose one of {choice}, or give a file as mine.toml")


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
