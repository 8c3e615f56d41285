"""The models that come with the package, and where else a model comes from."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from symconv.errors import LimitError, PathError, SymconvError, UsageError
from symconv.importers.builtin import builtin_names, load
from symconv.importers.document import MAX_BYTES
from symconv.notation.evaluate import evaluate
from symconv.notation.rings import FLOAT

MINE = '[model]\nname = "mine"\ninput = [3]\n[[layer]]\ntype = "relu"\nname = "R"\n[loss]\ntype = "mse"\n'


def test_the_default_is_the_slides_model() -> None:
    assert builtin_names()[0] == "slides"
    assert load().name == "slides"
    assert load().program == load("slides").program


def test_the_slides_model() -> None:
    tensors = {name: tensor.sizes for name, tensor in load().program.tensors.items()}
    assert {name: tensors[name] for name in ("A", "F", "C", "P", "X", "W", "Z", "T", "E")} == {
        "A": (1, 1, 6, 6), "F": (1, 1, 3, 3), "C": (1, 1, 4, 4), "P": (1, 1, 2, 2), "X": (1, 4), "W": (2, 4),
        "Z": (1, 2), "T": (1,), "E": (),
    }  # fmt: skip


def test_the_slides_image_is_the_printed_one() -> None:
    assert load().values["A"] == tuple(5 + i % 3 + j % 3 for i in range(6) for j in range(6))


def test_the_winners_of_the_slides_example_are_four_different_places_without_a_tie() -> None:
    model = load()
    data = dict(model.values)
    for q in model.program.equations:
        data[q.target.name] = evaluate(q, data, FLOAT)  # type: ignore[arg-type]
    c = data["C"]
    for p in range(2):
        for q in range(2):
            window = [c[(2 * p + i) * 4 + 2 * q + j] for i in range(2) for j in range(2)]  # type: ignore[index]
            assert len(set(window)) == 4
    assert data["P_argmax"] == [1, 0, 3, 2]


def test_lenet5_is_the_classic_network() -> None:
    model = load("lenet5")
    assert [node.layer.kind for node in model.nodes] == [
        "conv2d", "relu", "max_pool2d", "conv2d", "relu", "max_pool2d", "flatten",
        "linear", "relu", "linear", "relu", "linear", "softmax_cross_entropy",
    ]  # fmt: skip
    assert sum(t.length for t in model.parameters) == 61706
    assert model.node("P2").output.sizes == (1, 16, 5, 5)


def test_a_file_is_a_model(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(MINE)
    assert load(tmp_path / "mine.toml").name == "mine"
    assert load(str(tmp_path / "mine.toml")).name == "mine"


def test_a_byte_order_mark_and_other_line_ends_are_read(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_bytes(b"\xef\xbb\xbf" + MINE.replace("\n", "\r\n").encode())
    assert load(tmp_path / "mine.toml").name == "mine"


@pytest.mark.parametrize(
    "source", ["nope", "", "slides.json", "../slides", "models/slides", "a\0b", "a\nb", 3, b"slides"]
)
def test_anything_else_is_told_what_there_is(source: object) -> None:
    with pytest.raises(UsageError) as caught:
        load(source)  # type: ignore[arg-type]
    choice = "slides, digits, inception, lenet5, residual"
    assert f"is not built in; choose one of {choice}, or give a file as mine.toml" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "\0" not in str(caught.value)


def test_a_built_in_name_is_not_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "slides").write_text("nonsense")
    assert load("slides").name == "slides"
    with pytest.raises(UsageError):
        load(tmp_path / "slides")


@pytest.mark.parametrize(
    ("content", "kind", "message"),
    [
        (b"\xff\xfe", PathError, "is not UTF-8 (byte 0); save it as UTF-8 text"),
        (b"#" * (MAX_BYTES + 1), LimitError, f"has more than {MAX_BYTES} bytes; give a smaller file"),
        (b"a = \0", SymconvError, "is not TOML: "),
    ],
)
def test_a_file_of_something_else(tmp_path: Path, content: bytes, kind: type[SymconvError], message: str) -> None:
    file = tmp_path / "m.toml"
    file.write_bytes(content)
    with pytest.raises(kind) as caught:
        load(file)
    assert message in str(caught.value)


def test_what_is_not_a_file(tmp_path: Path) -> None:
    (tmp_path / "folder.toml").mkdir()
    os.mkfifo(tmp_path / "pipe.toml")
    (tmp_path / "endless.toml").symlink_to("/dev/zero")
    (tmp_path / "around.toml").symlink_to("around.toml")
    for name, message in {
        "folder.toml": "is a folder; name a file",
        "pipe.toml": "is not a file; name a file",
        "endless.toml": "is not a file; name a file",
        "around.toml": "cannot be read (",
        "missing.toml": "cannot be read (No such file or directory)",
        f"{'x' * 300}.toml": "cannot be read (File name too long)",
        "a\0b.toml": "is not a path",
    }.items():
        with pytest.raises(PathError) as caught:
            load(tmp_path / name)
        assert message in str(caught.value)
