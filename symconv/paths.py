"""Files: output paths that are refused, outputs written as a whole or not at all, inputs read with a limit."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from symconv.errors import LimitError, PathError, show

LONGEST_PART = 200
"""The most bytes of one part of an output path; file systems take 255, and temporary names need a few."""

LONGEST_PATH = 2000
"""The most bytes of a whole output path."""

Content = str | bytes


def label(path: str | os.PathLike[str]) -> str:
    """A path for a message: itself where that is short and printable, else its ``repr``, cut.

    >>> label("models/mine.toml"), label("a\\nb")
    ('models/mine.toml', "'a\\\\nb'")
    """
    text = os.fspath(path)
    return text if text and len(text) <= 80 and text.isprintable() else show(text, 80)


def check_path(path: str | os.PathLike[str], what: str = "--out") -> Path:
    """The path, if something may be written there.

    Raises PathError for an empty path, ``..``, a part that begins with ``-``, NUL and other characters that do not
    print, a part or a path that is too long, and a symbolic link.
    """
    text = os.fspath(path)
    refused = _fault(text)
    if refused:
        raise PathError(f"{what} {label(path)}", *refused)
    found = Path(text)
    if os.path.islink(found):
        raise PathError(f"{what} {label(path)}", "is a symbolic link", "name the place that it leads to")
    return found


def _fault(text: str) -> tuple[str, str] | None:
    """What is wrong with the text of a path, and the remedy."""
    if not text:
        return "the path is empty", "name a file or folder"
    if not text.isprintable():
        return "the path has a character that does not print", "use printable characters"
    parts = Path(text).parts
    if ".." in parts:
        return "the path has a part '..'", "give the path without it"
    if any(part.startswith("-") for part in parts):
        return "a part of the path begins with '-'", "begin it with another character"
    if max((len(os.fsencode(part)) for part in parts), default=0) > LONGEST_PART or len(text) > LONGEST_PATH:
        return f"the path or a part of it is too long ({len(text)} characters)", f"use at most {LONGEST_PART} a part"
    return None


def check_folder(path: str | os.PathLike[str], what: str = "--out") -> Path:
    """The path, if it is or may become a folder; raises PathError as ``check_path``, and for a file."""
    found = check_path(path, what)
    for place in (found, *found.parents):
        if os.path.exists(place):
            if not os.path.isdir(place):
                raise PathError(f"{what} {label(path)}", f"{label(place)} is a file", "name a folder")
            break
    return found


def check_writable(folder: Path, what: str = "--out") -> None:
    """Raises PathError when nothing can be written to a folder, or to where it would be made."""
    place = next(p for p in (folder, *folder.absolute().parents) if p.exists())
    try:
        with tempfile.TemporaryDirectory(prefix=".symconv-", dir=place):
            pass
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise PathError(f"{what} {label(folder)}", f"cannot be written ({reason})", "name another folder") from None


def check_file(path: str | os.PathLike[str], what: str = "--out") -> Path:
    """The path, if a file may be written there; raises PathError as ``check_path``, and for a folder."""
    found = check_path(path, what)
    if os.path.exists(found) and not os.path.isfile(found):
        raise PathError(f"{what} {label(path)}", "is not a file", "name a file")
    check_folder(found.parent if not os.path.islink(found.parent) else found.parent.resolve(), what)
    return found


def check_copies(place: Path, originals: Sequence[str], what: str = "--out") -> None:
    """Raises PathError when copies of some files (one as ``place``, several in it) would replace one of them.

    Several files have to have names of their own.
    """
    names = [Path(name).name for name in originals]
    twice = next((n for n in names if names.count(n) > 1), None)
    if twice is not None:
        raise PathError(f"{what} {label(place)}", f"two files are called {label(twice)}", "give them one by one")
    for name in originals:
        copy = place if len(originals) == 1 else place / Path(name).name
        if os.path.exists(copy) and os.path.exists(name) and os.path.samefile(copy, name):
            raise PathError(f"{what} {label(place)}", f"the copy would replace {label(name)}", "name another place")


def write_files(folder: str | os.PathLike[str], files: Mapping[str, Content], what: str = "--out") -> tuple[Path, ...]:
    """Write every file, by its name relative to the folder (with ``/``), or none; the paths written, in order.

    Everything is written to a temporary folder first. A new folder then gets its name in one step; in a folder that
    exists each file is replaced in one step, and what was replaced is put back should a later one fail. Other files
    of the folder stay. Raises PathError for names and places that are refused or cannot be written.
    """
    root = check_folder(folder, what)
    for name in files:
        _check_name(name, what)
    _check_places(root, files, what)
    return _write(root, files, what)


def write_file(path: str | os.PathLike[str], content: Content, what: str = "--out") -> Path:
    """Write one file in one step; raises PathError for a place that is refused or cannot be written."""
    place = check_file(path, what)
    (written,) = _write(place.parent, {place.name: content}, what)
    return written


def _check_name(name: str, what: str) -> None:
    fault = _fault(name)
    if fault is None and (PurePosixPath(name).is_absolute() or "\\" in name or Path(name).is_absolute()):
        fault = "the name does not lie inside of the folder", "use a relative name"
    if fault is None and name != PurePosixPath(name).as_posix():
        fault = "the name is not in its shortest form", "leave out '.' and empty parts"
    if fault:
        raise PathError(f"{what}: {label(name)}", *fault)


def _check_places(root: Path, files: Mapping[str, Content], what: str) -> None:
    """No name goes through a file or a symbolic link, none replaces a folder."""
    folders = {parent.as_posix() for name in files for parent in PurePosixPath(name).parents}
    for name in (*sorted(folders), *files):
        place = root / name
        if name in folders and name in files:
            raise PathError(f"{what} {label(place)}", "is a file and a folder at once", "name them differently")
        if name != "." and os.path.islink(place):
            raise PathError(f"{what} {label(place)}", "is a symbolic link", "remove it or choose another folder")
        if os.path.exists(place) and os.path.isdir(place) is (name in files):
            found = "folder" if name in files else "file"
            raise PathError(f"{what} {label(place)}", f"is a {found}", "remove it or choose another folder")


def _write(root: Path, files: Mapping[str, Content], what: str) -> tuple[Path, ...]:
    try:
        if not os.path.exists(root):
            _write_new(root, files)
        elif files:
            _write_into(root, files)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise PathError(f"{what} {label(root)}", f"cannot be written ({reason})", "choose another place") from None
    return tuple(root / name for name in files)


def _write_new(root: Path, files: Mapping[str, Content]) -> None:
    made = [place for place in root.parents if not os.path.exists(place)]
    try:
        root.parent.mkdir(parents=True, exist_ok=True)
        with _temporary(root.parent) as fresh:
            _fill(fresh, files)
            fresh.rename(root)
    except BaseException:
        for place in made:
            with contextlib.suppress(OSError):
                place.rmdir()
        raise


def _write_into(root: Path, files: Mapping[str, Content]) -> None:
    made: list[Path] = []
    undo: list[tuple[Path, Path | None]] = []
    with _temporary(root) as fresh:
        _fill(fresh / "new", files)
        (fresh / "old").mkdir()
        try:
            for number, name in enumerate(files):
                place = root / name
                missing = [parent for parent in place.parents if not os.path.exists(parent)]
                made += missing[::-1]
                place.parent.mkdir(parents=True, exist_ok=True)
                kept = _keep(place, fresh / "old" / str(number)) if os.path.exists(place) else None
                undo.append((place, kept))
                os.replace(fresh / "new" / name, place)
        except BaseException:
            _put_back(undo, made)
            raise


def _keep(place: Path, copy: Path) -> Path:
    """Another name for what is at a place now."""
    try:
        os.link(place, copy)
    except OSError:  # a file system without hard links
        shutil.copy2(place, copy)
    return copy


def _put_back(undo: list[tuple[Path, Path | None]], made: list[Path]) -> None:
    for place, kept in reversed(undo):
        with contextlib.suppress(OSError):
            if kept is None:
                place.unlink()
            else:
                os.replace(kept, place)
    for folder in reversed(made):
        with contextlib.suppress(OSError):
            folder.rmdir()


@contextlib.contextmanager
def _temporary(parent: Path) -> Iterator[Path]:
    """A new folder that is gone afterwards, unless it has been renamed; with the permissions of any new folder."""
    fresh = parent / f".symconv-{secrets.token_hex(8)}"
    fresh.mkdir()
    try:
        yield fresh
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _fill(folder: Path, files: Mapping[str, Content]) -> None:
    for name, content in files.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content.encode() if isinstance(content, str) else content)


def read_text(path: str | os.PathLike[str], *, limit: int) -> str:
    """The text of a file of at most ``limit`` bytes in UTF-8.

    Raises PathError for what is not a readable file of text, LimitError for a longer one.
    """
    content = read_bytes(path, limit=limit)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PathError(label(path), f"is not UTF-8 (byte {error.start})", "save it as UTF-8 text") from None


def read_bytes(path: str | os.PathLike[str], *, limit: int) -> bytes:
    """What a file of at most ``limit`` bytes holds.

    Raises PathError for what is not a readable file, LimitError for a longer one.
    """
    where = label(path)
    try:
        with open(path, "rb", opener=_open) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise PathError(where, "is not a file", "name a file")
            content = file.read(limit + 1)
    except IsADirectoryError:
        raise PathError(where, "is a folder", "name a file") from None
    except ValueError:
        raise PathError(where, "is not a path", "name a file") from None
    except OSError as error:
        raise PathError(where, f"cannot be read ({error.strerror})", "name a file that exists") from None
    if len(content) > limit:
        raise LimitError(where, f"has more than {limit} bytes", "give a smaller file")
    return content


def marked(path: str | os.PathLike[str]) -> bool:
    """Whether a file begins with a byte order mark, which ``read_text`` leaves out."""
    with open(path, "rb", opener=_open) as file:
        return file.read(3) == b"\xef\xbb\xbf"


def _open(path: str, flags: int) -> int:
    """Open without waiting for the other end of a named pipe."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
