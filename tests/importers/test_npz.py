"""Files of arrays: what is read, what is written, and what is refused before it is unpacked."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symconv.errors import LimitError, ModelError, PathError, SymconvError
from symconv.importers import npz


def anything(where: str, name: str, shape: tuple[int, ...]) -> None:
    """No wish as to name or shape."""


def saved(tmp_path: Path, **arrays: Any) -> Path:
    np.savez(tmp_path / "a.npz", **arrays)
    return tmp_path / "a.npz"


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6.0).reshape(2, 3), np.float32(3.5), np.arange(4, dtype=np.int8), np.zeros((0, 3)),
        np.asfortranarray(np.arange(6.0).reshape(2, 3)), np.arange(3, dtype=">f8"), np.arange(3, dtype=">i4"),
    ],
)  # fmt: skip
def test_numbers_of_every_layout(tmp_path: Path, array: Any) -> None:
    for path in (saved(tmp_path, x=array), tmp_path / "b.npz"):
        if path.name == "b.npz":
            np.savez_compressed(path, x=array)
        found = npz.read(path, anything)["x"]
        np.testing.assert_array_equal(found, array)
        assert found.flags.c_contiguous and found.dtype == np.asarray(array).dtype.newbyteorder("=")


def test_what_is_written_is_read_by_numpy_and_is_the_same_every_time(tmp_path: Path) -> None:
    arrays = {"F": np.arange(4, dtype=np.float32).reshape(2, 2), "b": np.ones(3)}
    content = npz.write(arrays)
    assert content == npz.write(arrays)
    with np.load(io.BytesIO(content)) as found:
        assert list(found) == ["F", "b"]
        for name, array in arrays.items():
            np.testing.assert_array_equal(found[name], array)
    (tmp_path / "w.npz").write_bytes(content)
    assert list(npz.read(tmp_path / "w.npz", anything)) == ["F", "b"]


def test_refusals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for array, message in (
        (np.array([1, None], dtype=object), "its entries are 'object', not numbers; save integers, float32 or float64"),
        (np.array(["a"]), "not numbers"), (np.array([1j]), "not numbers"), (np.array([True]), "not numbers"),
        (np.ones(1, np.longdouble), "not numbers"),
        (np.array([0, np.inf]), r"entry \(1,\) is inf; give finite numbers"),
    ):  # fmt: skip
        with pytest.raises(ModelError, match=message):
            npz.read(saved(tmp_path, x=array), anything)
    with pytest.raises(PathError):
        npz.read(tmp_path, anything)
    monkeypatch.setattr(npz, "MAX_BYTES", 100)
    with pytest.raises(LimitError, match="has more than 100 bytes"):
        npz.read(saved(tmp_path, x=np.ones(3)), anything)


def test_a_shape_is_checked_before_anything_is_unpacked(tmp_path: Path) -> None:
    """A header that claims more than there is, or an archive that unpacks to more than its header claims."""
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (2**40,)})
    with zipfile.ZipFile(tmp_path / "claims.npz", "w") as archive:
        archive.writestr("x.npy", header.getvalue())
    with pytest.raises(ModelError, match="bytes where"):
        npz.read(tmp_path / "claims.npz", anything)
    small = io.BytesIO()
    np.save(small, np.ones(2))
    with zipfile.ZipFile(tmp_path / "bomb.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", small.getvalue() + bytes(10_000_000))
    with pytest.raises(ModelError, match="bytes where"):
        npz.read(tmp_path / "bomb.npz", anything)
    with zipfile.ZipFile(tmp_path / "twice.npz", "w") as archive:
        archive.writestr("x.npy", small.getvalue())
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("x.npy", small.getvalue())
    with pytest.raises(ModelError, match="is there twice; keep one"):
        npz.read(tmp_path / "twice.npz", anything)


def test_all_headers_are_read_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(npz, "MAX_UNPACKED", 100)
    with pytest.raises(LimitError, match="unpacks to more than 100 bytes"):
        npz.read(saved(tmp_path, x=np.ones(10), y=np.ones(10)), anything)
    monkeypatch.undo()
    monkeypatch.setattr(npz, "_array", lambda *a: pytest.fail("unpacked"))
    with pytest.raises(ModelError, match="y: its entries are"):
        npz.read(saved(tmp_path, x=np.ones(10), y=np.array(["a"])), anything)


def test_many_entries_are_counted_before_they_are_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(npz, "MAX_ARRAYS", 3)
    with pytest.raises(LimitError, match="has more than 3 entries"):
        npz.read(saved(tmp_path, **{f"x{n}": np.ones(1) for n in range(4)}), anything)


WHOLE = npz.write({"x": np.arange(5.0), "y": np.arange(3)})


@settings(max_examples=150)
@given(st.integers(0, len(WHOLE) - 1), st.integers(0, 255), st.booleans())
def test_a_damaged_file_is_refused_or_read(at: int, byte: int, cut: bool) -> None:
    import tempfile

    content = WHOLE[:at] if cut else WHOLE[:at] + bytes([byte]) + WHOLE[at + 1 :]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.npz"
        path.write_bytes(content)
        try:
            message = " ".join(npz.read(path, anything))
        except SymconvError as error:
            message = str(error)
        assert "\n" not in message and len(message) < 400
