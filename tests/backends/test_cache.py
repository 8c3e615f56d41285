"""The cache of compiled kernels: private, sealed, safe when many build at once, honest when the compiler is not."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from symconv.backends.common import cache, compiler
from symconv.errors import CompilerError, PathError

TEXT = "int seven(void); int seven(void) { return 7; }\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    where = tmp_path / "cache"
    monkeypatch.setenv("SYMCONV_CACHE", str(where))
    cache._library.cache_clear()
    return where


def seven(text: str = TEXT) -> int:
    return cache.library((text,)).seven()


def test_built_once_private_and_found_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert seven() == 7
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    names = sorted(p.suffix for p in folder.iterdir())
    assert names == [".sha256", ".so"]
    cache._library.cache_clear()
    monkeypatch.setattr(cache, "compile_shared", lambda *a: pytest.fail("compiled again"))
    assert seven() == 7


def test_a_truncated_or_planted_library_is_built_anew(folder: Path) -> None:
    assert seven() == 7
    (library,) = folder.glob("*.so")
    other = folder / "other.c"
    other.write_text("int seven(void) { return 8; }")
    for bad in (library.read_bytes()[:100], b"", None):
        cache._library.cache_clear()
        replacement = folder / "planted"
        if bad is None:
            subprocess.run(["gcc", "-shared", "-fPIC", "-o", str(replacement), str(other)], check=True)
        else:
            replacement.write_bytes(bad)
        os.replace(replacement, library)
        # In a process of its own: a library that is loaded stays loaded under its name.
        code = f"from symconv.backends.common import cache; print(cache.library(({TEXT!r},)).seven())"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout.strip() == "7"


def test_a_folder_that_others_may_write_is_refused(folder: Path) -> None:
    folder.mkdir(mode=0o777)
    folder.chmod(0o777)
    with pytest.raises(PathError, match="may be written by others; chmod 700"):
        seven()


def test_a_symlink_is_refused(folder: Path, tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.mkdir(mode=0o700)
    folder.symlink_to(real)
    with pytest.raises(PathError, match="is not a folder"):
        seven()


def test_a_file_in_the_place_of_the_folder(folder: Path) -> None:
    folder.write_text("")
    with pytest.raises(PathError, match="cannot be made"):
        seven()


def test_sixteen_first_builds_at_once(folder: Path) -> None:
    code = f"from symconv.backends.common import cache; print(cache.library(({TEXT!r},)).seven())"
    running = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(16)
    ]
    for process in running:
        out, err = process.communicate(timeout=120)
        assert (process.returncode, out.strip()) == (0, "7"), err
    assert sorted(p.suffix for p in folder.iterdir()) == [".sha256", ".so"]


def test_compilers_that_are_missing_or_fail(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "no-such-compiler")
    with pytest.raises(CompilerError, match="none of no-such-compiler answers"):
        seven()
    fails = tmp_path / "fails"
    answer = '#!/bin/sh\n[ "$1" = --version ] && echo one && exit 0\n'
    fails.write_text(answer + 'echo "error: out of ideas" >&2\nexit 1\n')
    fails.chmod(0o755)
    monkeypatch.setenv("CC", str(fails))
    with pytest.raises(CompilerError, match="error: out of ideas"):
        seven()
    assert list(folder.glob("*.so")) == []


def test_a_compiler_that_hangs(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hangs = tmp_path / "hangs"
    hangs.write_text('#!/bin/sh\n[ "$1" = --version ] && echo hangs 1 && exit 0\nexec sleep 60\n')
    hangs.chmod(0o755)
    monkeypatch.setenv("CC", str(hangs))
    monkeypatch.setattr(compiler, "TIMEOUT", 0.3)
    with pytest.raises(CompilerError, match="did not finish"):
        seven()


def test_broken_code_shows_the_compilers_complaint(folder: Path) -> None:
    with pytest.raises(CompilerError, match="error"):
        cache.library(("int broken(",))


def test_the_key_depends_on_everything() -> None:
    one = compiler.Compiler(("cc",), "cc 1")
    keys = {
        cache.key((TEXT,), one, ("-O1",)), cache.key((TEXT + " ",), one, ("-O1",)), cache.key((TEXT,), one, ("-O2",)),
        cache.key((TEXT,), compiler.Compiler(("cc",), "cc 2"), ("-O1",)), cache.key((TEXT, ""), one, ("-O1",)),
    }
    assert len(keys) == 5


def test_a_full_disk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(cache.os, "replace", full)
    with pytest.raises(PathError, match=r"cannot be written \(No space left on device\); free some space"):
        seven()
    monkeypatch.undo()
    monkeypatch.setenv("SYMCONV_CACHE", str(folder))
    assert list(folder.iterdir()) == []
    assert seven() == 7
