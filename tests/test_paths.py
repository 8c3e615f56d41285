"""Outputs are written as a whole or not at all, and only where they belong."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from symconv.errors import PathError
from symconv.paths import check_file, check_folder, write_file, write_files


def tree(folder: Path) -> dict[str, str]:
    """Everything below a folder: files with their content, links, folders."""
    found = {}
    for path in sorted(folder.rglob("*")):
        content = "-> " + os.readlink(path) if path.is_symlink() else path.read_text() if path.is_file() else "/"
        found[path.relative_to(folder).as_posix()] = content
    return found


def test_a_new_folder_gets_every_file(tmp_path: Path) -> None:
    written = write_files(tmp_path / "a" / "b", {"x.c": "int\n", "c/y.h": b"\xc3\xa9"})
    assert written == (tmp_path / "a/b/x.c", tmp_path / "a/b/c/y.h")
    assert tree(tmp_path) == {"a": "/", "a/b": "/", "a/b/c": "/", "a/b/c/y.h": "é", "a/b/x.c": "int\n"}


def test_files_of_a_folder_are_replaced_and_others_stay(tmp_path: Path) -> None:
    write_files(tmp_path, {"x": "1", "sub/y": "1"})
    (tmp_path / "mine").write_text("mine")
    write_files(tmp_path, {"x": "2", "sub/new/z": "2"})
    assert tree(tmp_path) == {
        "mine": "mine", "sub": "/", "sub/new": "/", "sub/new/z": "2", "sub/y": "1", "x": "2",
    }  # fmt: skip


def test_a_file_that_somebody_reads_is_not_changed_under_them(tmp_path: Path) -> None:
    write_files(tmp_path, {"x": "old"})
    with open(tmp_path / "x") as open_file:
        write_files(tmp_path, {"x": "new"})
        assert open_file.read() == "old"
    assert (tmp_path / "x").read_text() == "new"


def test_permissions_are_those_of_any_new_file(tmp_path: Path) -> None:
    write_files(tmp_path / "out", {"x": ""})
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "x").write_text("")
    for name in ("", "x"):
        one, other = (os.stat(tmp_path / folder / name).st_mode for folder in ("out", "plain"))
        assert stat.S_IMODE(one) == stat.S_IMODE(other)


@pytest.mark.parametrize("fail_at", [0, 1, 2])
def test_a_failed_run_leaves_everything_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fail_at: int
) -> None:
    write_files(tmp_path, {"x": "old", "y": "old"})
    before, replace, calls = tree(tmp_path), os.replace, iter(range(100))

    def failing(source: Path, target: Path) -> None:
        if next(calls) == fail_at:
            raise OSError(28, "No space left on device")
        replace(source, target)

    monkeypatch.setattr(os, "replace", failing)
    with pytest.raises(PathError, match=r"cannot be written \(No space left on device\)"):
        write_files(tmp_path, {"x": "new", "deep/er/z": "new", "y": "new"})
    assert tree(tmp_path) == before


def test_an_interrupted_run_leaves_everything_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_files(tmp_path, {"x": "old"})
    before, replace, calls = tree(tmp_path), os.replace, iter(range(100))

    def interrupted(source: Path, target: Path) -> None:
        if next(calls) == 1:
            raise KeyboardInterrupt
        replace(source, target)

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_files(tmp_path, {"x": "new", "y": "new"})
    assert tree(tmp_path) == before


def test_a_full_disk_makes_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, content: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(PathError, match="No space left"):
        write_files(tmp_path / "a" / "b", {"x": "1"})
    assert tree(tmp_path) == {}


def test_without_hard_links_files_are_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(source: Path, target: Path) -> None:
        raise OSError(95, "Operation not supported")

    write_files(tmp_path, {"x": "old"})
    monkeypatch.setattr(os, "link", no_links)
    write_files(tmp_path, {"x": "new"})
    assert tree(tmp_path) == {"x": "new"}


# ------------------------------------------------------------ refused

NAMES = ["../x", "a/../../x", "/x", "a//b", "./x", "", ".", "a\\b", "-x", "a/-x", "a\0b", "a\nb", "x" * 300, "a/"]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_outside_of_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(PathError) as caught:
        write_files(tmp_path / "out", {"good": "1", name: "2"})
    assert tree(tmp_path) == {}
    assert "\n" not in str(caught.value)
    assert "\0" not in str(caught.value)


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("../out", "has a part '..'"),
        ("a/../b", "has a part '..'"),
        ("-out", "begins with '-'"),
        ("a/-out", "begins with '-'"),
        ("a\0b", "does not print"),
        ("a\nb", "does not print"),
        ("a\x1b[31m", "does not print"),
        ("", "is empty"),
        ("x" * 300, "is too long (300 characters)"),
        ("/".join(["abc"] * 1000), "is too long"),
        ("é" * 101, "is too long"),
        ("\udcff", "does not print"),
    ],
)
def test_a_path_that_invites_trouble_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, problem: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for action in (check_folder, check_file, lambda p: write_files(p, {"x": ""}), lambda p: write_file(p, "")):
        with pytest.raises(PathError) as caught:
            action(path)
        assert problem in str(caught.value)
        assert len(str(caught.value)) < 300
        assert str(caught.value).isprintable()
    assert tree(tmp_path) == {}


def test_symbolic_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "link").symlink_to("elsewhere")
    (tmp_path / "out" / "sub").symlink_to("../elsewhere")
    (tmp_path / "out" / "file").symlink_to("../elsewhere/file")
    (tmp_path / "out" / "nowhere").symlink_to("../gone")
    before = tree(tmp_path)
    for folder, name in [("link", "x"), ("out", "sub/x"), ("out", "file"), ("out", "nowhere")]:
        with pytest.raises(PathError, match="is a symbolic link"):
            write_files(tmp_path / folder, {"good": "1", name: "2"})
    with pytest.raises(PathError, match="is a symbolic link"):
        write_file(tmp_path / "out" / "file", "2")
    assert tree(tmp_path) == before


def test_a_folder_that_the_user_reaches_by_a_link_is_theirs(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "home").symlink_to("real")
    write_files(tmp_path / "home" / "out", {"x": "1"})
    write_file(tmp_path / "home" / "y", "1")
    assert tree(tmp_path / "real") == {"out": "/", "out/x": "1", "y": "1"}


def test_files_and_folders_do_not_replace_one_another(tmp_path: Path) -> None:
    write_files(tmp_path, {"file": "1", "folder/x": "1"})
    before = tree(tmp_path)
    with pytest.raises(PathError, match="is a file; name a folder"):
        write_files(tmp_path / "file", {"x": "1"})
    with pytest.raises(PathError, match="is a file; name a folder"):
        write_files(tmp_path / "file" / "deeper" / "still", {"x": "1"})
    with pytest.raises(PathError, match="is a file"):
        write_files(tmp_path, {"file/x": "1"})
    with pytest.raises(PathError, match="is a folder"):
        write_files(tmp_path, {"folder": "1"})
    with pytest.raises(PathError, match="is a file and a folder at once"):
        write_files(tmp_path, {"a": "1", "a/b": "1"})
    with pytest.raises(PathError, match="is not a file"):
        write_file(tmp_path / "folder", "1")
    assert tree(tmp_path) == before


def test_a_file_goes_into_a_new_folder_or_the_current_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert write_file("x.tex", "1") == Path("x.tex")
    assert write_file("new/x.tex", "2") == Path("new/x.tex")
    assert tree(tmp_path) == {"new": "/", "new/x.tex": "2", "x.tex": "1"}
