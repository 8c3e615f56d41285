"""The cache of compiled kernels: a private folder of this user, keyed by everything that the binary depends on."""

from __future__ import annotations

import ctypes
import hashlib
import os
import stat
import sys
import sysconfig
import tempfile
from functools import lru_cache
from pathlib import Path

import numpy as np

from symconv import __version__
from symconv.backends.common.compiler import FLAGS, Compiler, compile_shared, find, machine
from symconv.errors import PathError


def folder() -> Path:
    """The cache folder, made with mode 0700; raises PathError when it is not ours alone."""
    from platformdirs import user_cache_path

    chosen = os.environ.get("SYMCONV_CACHE")
    path = Path(chosen) if chosen else user_cache_path("symconv") / "kernels"
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        state = os.lstat(path)
    except OSError as error:
        raise PathError("kernel cache", f"{path} cannot be made ({error.strerror})", "set SYMCONV_CACHE") from None
    check_private(path, state)
    return path


def check_private(path: Path, state: os.stat_result) -> None:
    """Refuse a symlink, a folder of somebody else, and one that others may write to: code is loaded from it."""
    if not stat.S_ISDIR(state.st_mode):
        raise PathError("kernel cache", f"{path} is not a folder", "remove it or set SYMCONV_CACHE")
    if hasattr(os, "getuid") and state.st_uid != os.getuid():
        raise PathError("kernel cache", f"{path} belongs to another user", "set SYMCONV_CACHE to your own folder")
    if state.st_mode & 0o022:
        raise PathError("kernel cache", f"{path} may be written by others", f"chmod 700 {path}")


def key(texts: tuple[str, ...], compiler: Compiler, flags: tuple[str, ...]) -> str:
    """The name of a binary: a hash of sources, flags, compiler, processor, this tool and its Python and NumPy."""
    digest = hashlib.sha256()
    for part in (
        *texts, *flags, *compiler.command, compiler.version, machine(), __version__,
        sys.version, sysconfig.get_config_var("SOABI") or "", np.__version__,
    ):
        digest.update(f"{len(part)}:".encode())
        digest.update(part.encode())
    return digest.hexdigest()


def library(texts: tuple[str, ...], flags: tuple[str, ...] = FLAGS) -> ctypes.CDLL:
    """The texts compiled into one library, from the cache or anew.

    Raises CompilerError when that fails, PathError for a cache folder that cannot be trusted or written.
    """
    compiler = find()
    return _library(texts, flags, compiler, str(folder()))


@lru_cache(maxsize=256)
def _library(texts: tuple[str, ...], flags: tuple[str, ...], compiler: Compiler, where: str) -> ctypes.CDLL:
    name = key(texts, compiler, flags)
    path, seal = Path(where) / f"{name}.so", Path(where) / f"{name}.sha256"
    if not _sealed(path, seal):
        _build(texts, flags, compiler, path, seal)
    try:
        return ctypes.CDLL(str(path))
    except OSError:
        _build(texts, flags, compiler, path, seal)
        return ctypes.CDLL(str(path))


def _sealed(path: Path, seal: Path) -> bool:
    """Whether the library is there, ours, and byte for byte what was built: a truncated or planted file is not."""
    try:
        for p in (path, seal):
            state = os.lstat(p)
            ours = not hasattr(os, "getuid") or state.st_uid == os.getuid()
            if not stat.S_ISREG(state.st_mode) or not ours or state.st_mode & 0o022:
                return False
        return seal.read_text(encoding="ascii") == hashlib.sha256(path.read_bytes()).hexdigest()
    except (OSError, UnicodeDecodeError):
        return False


def _build(texts: tuple[str, ...], flags: tuple[str, ...], compiler: Compiler, path: Path, seal: Path) -> None:
    """Compile in a folder of its own, then rename library and seal into place: racing builds are alike."""
    try:
        with tempfile.TemporaryDirectory(prefix="build-", dir=path.parent) as work:
            sources = []
            for n, text in enumerate(texts):
                sources.append(Path(work) / f"kernel{n}.c")
                sources[-1].write_text(text, encoding="utf-8")
            built = Path(work) / "kernels.so"
            compile_shared(compiler, sources, built, flags)
            built.chmod(0o700)
            sum_file = Path(work) / "seal"
            sum_file.write_text(hashlib.sha256(built.read_bytes()).hexdigest(), encoding="ascii")
            sum_file.chmod(0o600)
            os.replace(built, path)
            os.replace(sum_file, seal)
    except OSError as error:
        raise PathError(
            "kernel cache",
            f"{path.parent} cannot be written ({error.strerror})",
            "free some space or set SYMCONV_CACHE",
        ) from None
