"""Pooling and its inverse as notes write them as calls: ``maxpool(X)``, ``avgpool(X, 2)``, ``upsample(δ)``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from symconv.claims.meaning.arrays import Tensor
from symconv.claims.meaning.tape import Value, divide, number

WINDOWS = (2, 3)
"""Windows that are tried where a call does not say how large they are; the first that divides the sizes."""


def pooled(data: Any, kind: str, window: int | None) -> tuple[Any, str] | None:
    """A matrix pooled in windows that lie side by side, and the reading; None where they do not fit."""
    sizes = [w for w in ((window,) if window else WINDOWS) if data.ndim == 2 and not any(n % w for n in data.shape)]
    if not sizes:
        return None
    w = sizes[0]
    out = np.empty(tuple(n // w for n in data.shape), dtype=object)
    for i, j in np.ndindex(*out.shape):
        cells = list(data[i * w : (i + 1) * w, j * w : (j + 1) * w].reshape(-1))
        best: Value = cells[0]
        total: Value = cells[0]
        for cell in cells[1:]:
            best = cell if number(cell) > number(best) else best
            total = total + cell
        out[i, j] = best if kind == "maxpool" else divide(total, w * w)
    return out, f"windows of {w} x {w}"


def repeated(data: Any, window: int | None) -> Iterator[tuple[Tensor, str]]:
    """A matrix with every entry repeated over a window, and the same shared out evenly, as after an average."""
    if data.ndim != 2:
        return
    w = window or WINDOWS[0]
    wide = np.repeat(np.repeat(data, w, axis=0), w, axis=1)
    yield Tensor(wide), f"every entry repeated {w} x {w} times"
    shared = np.empty(wide.shape, dtype=object)
    for place in np.ndindex(*wide.shape):
        shared[place] = divide(wide[place], w * w)
    yield Tensor(shared), f"every entry shared out over {w} x {w}"
