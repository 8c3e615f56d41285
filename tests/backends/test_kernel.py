"""Calling kernels: arrays are checked before the call, results go where they are wanted."""

from __future__ import annotations

import numpy as np
import pytest

import symconv
from symconv.errors import ArrayError, SizeError, UsageError
from symconv.pipeline import kernel
from symconv.reference import conv, max_pool

A = np.arange(36, dtype=np.float32).reshape(1, 1, 6, 6)
F = np.arange(9, dtype=np.float32).reshape(1, 1, 3, 3)


@pytest.mark.parametrize("target", ["c", "numpy", "python"])
def test_forward_and_gradients(target: str) -> None:
    layer = symconv.Conv2d(in_channels=2, out_channels=3, kernel_size=(3, 2), stride=2, padding=1, bias=True)
    rng = np.random.default_rng(0)
    x = rng.integers(-3, 4, (2, 2, 6, 5)).astype(np.float32)
    w = rng.integers(-3, 4, (3, 2, 3, 2)).astype(np.float32)
    b = rng.integers(-3, 4, 3).astype(np.float32)
    forward = kernel(layer, (2, 2, 6, 5), target=target)
    y = forward(x, w, b)
    assert np.array_equal(y, conv(x, w, b, stride=2, padding=1)) and y.dtype == np.float32
    up = rng.integers(-3, 4, y.shape).astype(np.float32)
    db = kernel(layer, (2, 2, 6, 5), "bias", target=target)(up)
    assert np.array_equal(db, up.sum((0, 2, 3)))
    dx = kernel(layer, (2, 2, 6, 5), gradient="input", target=target)(weight=w, doutput=up)
    dw = kernel(layer, (2, 2, 6, 5), gradient="weight", target=target)(x, up)
    # <up, conv(x, w)> is bilinear, so it equals <dx, x> and <dw, w>.
    total = float((up * (y - b[:, None, None])).sum())
    assert float((dx * x).sum()) == total == float((dw * w).sum())


def test_max_pool_returns_values_and_argmax_and_takes_it_back() -> None:
    layer = symconv.MaxPool2d(kernel_size=2)
    values, argmax = kernel(layer, (1, 1, 6, 6))(A)
    wanted, place = max_pool(A, kernel_size=2)
    assert np.array_equal(values, wanted) and np.array_equal(argmax, place) and argmax.dtype == np.int32
    back = kernel(layer, (1, 1, 6, 6), "input")(argmax, values)
    assert float(back.sum()) == float(values.sum()) and np.array_equal(back[back > 0], values[values > 0])


def test_it_tells_about_itself() -> None:
    k = kernel(symconv.Conv2d(1, 1, 3), (1, 1, 6, 6), "weight")
    assert k.equation.startswith("dE/dF[o,c,i,j] = sum(0 <= b < 1, 0 <= k < 4, 0 <= l < 4) dE/dC[b,o,k,l] * A[b,c,")
    assert k.flops == 2 * 9 * 16
    assert k.arguments == ("A[b,c,u,v]: 1 x 1 x 6 x 6 float32", "dC[b,o,k,l]: 1 x 1 x 4 x 4 float32")
    assert "void conv2d_C_dF_f32(" in k.source and "symconv.kernel(symconv.Conv2d(" in k.source


def test_out_is_written_and_returned() -> None:
    k = kernel(symconv.Conv2d(1, 1, 3), (1, 1, 6, 6))
    for target in ("c", "numpy", "python"):
        k = kernel(symconv.Conv2d(1, 1, 3), (1, 1, 6, 6), target=target)
        out = np.empty((1, 1, 4, 4), np.float32)
        assert k(A, F, out=out) is out
        assert np.array_equal(out, conv(A, F))


def refuse(match: str, *arrays, **named) -> None:
    k = kernel(symconv.Conv2d(1, 1, 3), (1, 1, 6, 6))
    with pytest.raises((ArrayError, UsageError), match=match):
        k(*arrays, **named)


def test_arrays_are_checked_before_the_call() -> None:
    read_only = np.empty((1, 1, 4, 4), np.float32)
    read_only.flags.writeable = False
    unaligned = np.frombuffer(bytearray(36 * 4 + 1), dtype=np.uint8)[1:].view(np.float32).reshape(1, 1, 6, 6)
    room = np.zeros(60, np.float32)
    refuse("dtype <f8 is not float32; convert it with .astype", A.astype(np.float64), F)
    refuse("dtype >f4", A.astype(">f4"), F)
    refuse("dtype .O", A.astype(object), F)
    refuse(r"shape \(6, 6\) is not \(1, 1, 6, 6\)", A[0, 0], F)
    refuse("not contiguous", np.asfortranarray(A), F)
    refuse("not contiguous", np.zeros((1, 1, 12, 6), np.float32)[:, :, ::2], F)
    refuse("not aligned", unaligned, F)
    refuse("a list is not an array", A.tolist(), F)
    refuse("argument F is missing", A)
    refuse("3 arrays given, 2 expected", A, F, F)
    refuse("there is no argument .bias.", A, F, bias=F)
    refuse("argument .weight. is given twice", A, F, weight=F)
    refuse("read-only", A, F, out=read_only)
    refuse("overlaps another argument", room[:36].reshape(A.shape), F, out=room[30:46].reshape(1, 1, 4, 4))
    refuse("out has 2 arrays, 1 expected", A, F, out=(read_only, read_only))


def test_bad_requests() -> None:
    layer = symconv.Conv2d(1, 1, 3)
    with pytest.raises(UsageError, match="conv2d: there is no gradient 'bias'; choose one of input, weight"):
        kernel(layer, (1, 1, 6, 6), "bias")
    with pytest.raises(SizeError, match="conv2d: kernel_size 3 exceeds padded input 2"):
        kernel(layer, (1, 1, 2, 6))
    with pytest.raises(UsageError, match="target: 'fortran' does not exist"):
        kernel(layer, (1, 1, 6, 6), target="fortran")
    with pytest.raises(UsageError, match="target numpy: there is no style 'unrolled'"):
        kernel(layer, (1, 1, 6, 6), target="numpy", style="unrolled")
    with pytest.raises(UsageError, match="dtype: 'float16' does not exist"):
        kernel(layer, (1, 1, 6, 6), dtype="float16")


def test_without_a_compiler_numpy_serves_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "no-such-compiler")
    with pytest.warns(RuntimeWarning, match="the numpy target serves"):
        k = kernel(symconv.Conv2d(1, 1, 3), (1, 1, 6, 6))
    assert k.target == "numpy" and "numpy target serves" in k.note
    assert np.array_equal(k(A, F), conv(A, F))
