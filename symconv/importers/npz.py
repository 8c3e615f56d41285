"""Arrays in ``.npz`` files: read with every claim of the file checked before it is believed, written to the same bytes.

A file is read as a zip archive of ``.npy`` arrays. Names, element types, shapes and sizes are looked at before any
entry is unpacked; pickled objects are never loaded.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable, Mapping
from math import prod
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from symconv.errors import LimitError, ModelError, SymconvError, show
from symconv.paths import label, read_bytes

Array = NDArray[Any]
Check = Callable[[str, str, tuple[int, ...]], None]
"""Called with a place for messages, a name and a shape before that array is read; raises to refuse it."""

MAX_BYTES = 2**28
"""The largest file that is read."""

MAX_UNPACKED = 2**30
"""The most bytes that all arrays of a file take together."""

MAX_ARRAYS = 10_000
"""The most arrays of one file."""

ENTRY = b"PK\x01\x02"
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip archive can state; every array has it, so that equal arrays make equal files."""

BROKEN = (
    ValueError, TypeError, KeyError, EOFError, OSError, RuntimeError, SyntaxError, MemoryError, zipfile.BadZipFile,
    zlib.error,
)  # what NumPy and zipfile raise for files that are damaged, encrypted or packed in a way they do not know


def read(path: str | Path, check: Check, *, where: str = "") -> dict[str, Array]:
    """The arrays of a file by name, in the file's order: finite numbers, real or integer, in native byte order.

    Raises PathError, LimitError, and ModelError for what is not such a file, what ``check`` refuses, entries that
    are not numbers, and numbers that are not finite.
    """
    where = where or label(path)
    content = read_bytes(path, limit=MAX_BYTES)
    if content.count(ENTRY) > MAX_ARRAYS:  # before the list of entries is built
        raise LimitError(where, f"has more than {MAX_ARRAYS} entries", "give a smaller file")
    found: dict[str, Array] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries: dict[str, tuple[str, zipfile.ZipInfo]] = {}
            claimed = 0
            for entry in archive.infolist():
                name = entry.filename.removesuffix(".npy")
                if name in entries:
                    raise ModelError(f"{where}: {show(name)}", "is there twice", "keep one")
                place = f"{where}: {name if name.isidentifier() and len(name) < 40 else show(name)}"
                claimed += _claimed(archive, entry, place, name, check)
                if claimed > MAX_UNPACKED:
                    raise LimitError(where, f"unpacks to more than {MAX_UNPACKED} bytes", "give a smaller file")
                entries[name] = (place, entry)
            for name, (place, entry) in entries.items():
                found[name] = _array(archive, entry, place)
    except SymconvError:
        raise
    except BROKEN as error:
        reason = " ".join(str(error).split())[:100] or type(error).__name__
        problem = f"is not an .npz file of numbers ({reason})" if reason.isprintable() else "is not an .npz file"
        raise ModelError(where, problem, "save it with numpy.savez(name=array)") from None
    return found


def _claimed(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, where: str, name: str, check: Check) -> int:
    """How many bytes the entries of one array take, by its header; that is all that is unpacked."""
    with archive.open(entry) as file:
        shape, dtype = _header(file)
    if dtype.hasobject or dtype.kind not in "fiu" or dtype.itemsize > 8:
        remedy = "save integers, float32 or float64, with allow_pickle=False"
        raise ModelError(where, f"its entries are {show(str(dtype))}, not numbers", remedy)
    check(where, name, shape)
    claimed = prod(shape) * dtype.itemsize
    if not claimed <= entry.file_size <= claimed + 2**16:
        problem = f"has {entry.file_size} bytes where {shape} of {dtype} takes {claimed}"
        raise ModelError(where, problem, "save it again")
    return claimed


def _array(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, where: str) -> Array:
    """The entries of one array."""
    with archive.open(entry) as file:
        array: Array = np.lib.format.read_array(file, allow_pickle=False)
        if file.read(1):
            raise ModelError(where, "goes on after its last entry", "save it again")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        at = tuple(map(int, np.argwhere(~np.isfinite(array))[0]))
        raise ModelError(where, f"entry {at} is {array[at]}", "give finite numbers")
    return np.ascontiguousarray(array.astype(array.dtype.newbyteorder("="), copy=False)).reshape(array.shape)


def _header(file: IO[bytes]) -> tuple[tuple[int, ...], np.dtype[Any]]:
    version = np.lib.format.read_magic(file)
    if version == (1, 0):
        shape, _, dtype = np.lib.format.read_array_header_1_0(file)
    elif version == (2, 0):
        shape, _, dtype = np.lib.format.read_array_header_2_0(file)
    else:
        raise ValueError(f"format version {version} is not known")
    if any(n < 0 for n in shape):
        raise ValueError(f"an axis of shape {shape} is negative")
    return shape, dtype


def write(arrays: Mapping[str, Array]) -> bytes:
    """The bytes of an ``.npz`` file with these arrays, unpacked and in this order; equal arrays, equal bytes.

    >>> write({"F": np.zeros(3)}) == write({"F": np.zeros(3)})
    True
    """
    page = io.BytesIO()
    with zipfile.ZipFile(page, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            entry = zipfile.ZipInfo(f"{name}.npy", EPOCH)
            entry.create_system, entry.external_attr = 3, 0o600 << 16  # the same on every system
            held = io.BytesIO()
            np.lib.format.write_array(held, np.ascontiguousarray(array), version=(1, 0), allow_pickle=False)
            archive.writestr(entry, held.getvalue())
    return page.getvalue()
