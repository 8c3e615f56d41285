"""The rounding bound: no output of a kernel is further off than gamma times the sum of the absolute products."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from symconv.backends.c import load
from symconv.backends.common.variants import Variant
from symconv.kernels.single import single_spec
from symconv.layers.conv2d import Conv2d
from symconv.layers.linear import Linear
from symconv.proofs.bound import gamma, roundings


def worst(layer: Any, shape: tuple[int, ...], dtype: str, seed: int) -> tuple[int, float]:
    """How many outputs a kernel has, and the largest error as a share of what is allowed."""
    spec = single_spec(layer, shape)
    v = Variant(spec, "c", "loops", dtype)
    function = load(v.source("test"), spec, dtype, "loops")
    rng = np.random.default_rng(seed)
    # Magnitudes that differ widely and cancel: what makes rounding worst.
    data = [
        (rng.standard_normal(t.sizes) * 2.0 ** rng.integers(-8, 9, t.sizes)).astype(dtype) for t in spec.inputs
    ]
    (got,) = function(*data)
    a, f = (x.astype(np.longdouble) for x in data)
    if isinstance(layer, Linear):
        exact, size = a @ f.T, np.abs(a) @ np.abs(f).T
    else:
        height, width = got.shape[2:]
        exact = np.zeros(got.shape, np.longdouble)
        size = np.zeros(got.shape, np.longdouble)
        for i in range(f.shape[2]):
            for j in range(f.shape[3]):
                part = a[:, :, i : i + height, j : j + width] * f[0, 0, i, j]
                exact += part
                size += np.abs(part)
    n = roundings(spec)
    allowed = gamma(n, dtype)
    assert allowed is not None
    # The reference rounds too, at 64 bits of mantissa.
    room = (np.longdouble(allowed) + n * np.finfo(np.longdouble).eps) * size
    return got.size, float((np.abs(got.astype(np.longdouble) - exact) / room).max())


CASES = [(Conv2d(1, 1, 3), (1, 1, 202, 202)), (Conv2d(1, 1, 5), (1, 1, 64, 64)), (Linear(300, 40), (25, 300))]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("layer", "shape"), CASES)
def test_the_bound_holds_and_is_not_idle(layer: Any, shape: tuple[int, ...], dtype: str) -> None:
    _, share = worst(layer, shape, dtype, 1)
    assert 1e-4 < share <= 1


@pytest.mark.marathon
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_bound_is_never_exceeded_in_a_million_outputs(dtype: str) -> None:
    count = 0
    for seed in range(1, 26):
        here, share = worst(Conv2d(1, 1, 3), (1, 1, 204, 204), dtype, seed)
        assert share <= 1
        count += here
    assert count > 1_000_000
