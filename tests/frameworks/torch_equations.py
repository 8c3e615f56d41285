"""What the cases of equation layers compute, in PyTorch's own words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

torch = pytest.importorskip("torch")
f = torch.nn.functional


def along(k: int, shift: int, x: Any) -> Any:
    """``x[k + shift]`` for every k below an extent, 0 where that is outside."""
    return f.pad(x, (max(-shift, 0), max(shift, 0)))[max(shift, 0) :][:k]


def scores(q: Any, k: Any) -> Any:
    padded = f.pad(k, (0, 0, 4, 4))
    columns = [(q * padded[2 * r : 2 * r + len(q)]).sum(1) / 2 for r in range(5)]
    return torch.stack(columns, 1)


def wave(u: Any, v: Any, c: Any) -> Any:
    n = len(u)
    return 2 * u - v + c[0] * (along(n, -1, u) - 2 * u + along(n, 1, u))


def below(a: Any) -> Any:
    i, k = torch.meshgrid(torch.arange(a.shape[0]), torch.arange(a.shape[1]), indexing="ij")
    return a.masked_fill(i > k + 1, -torch.inf).max(0).values


def gated(a: Any, w: Any, b: Any) -> Any:
    h = w @ a + b
    return torch.sigmoid(h) * torch.tanh(h) + torch.relu(h)


def triangular(a: Any, weight: Any) -> Any:
    def diagonal(k: int) -> Any:
        return sum((a[i, k - i] for i in range(len(a)) if 0 <= k - i < a.shape[1]), 0 * a[0, 0])

    sums = [diagonal(k) for k in range(len(weight))]
    return torch.stack(sums) * weight


EQUATIONS: dict[str, Callable[..., Any]] = {
    "correlation": lambda a, w: f.conv2d(a[None, None], w[None, None])[0, 0],
    "matrix product": lambda a, b: a @ b,
    "locally connected": lambda a, w: torch.einsum("cklij,oklcij->okl", a.unfold(1, 2, 1).unfold(2, 2, 1), w),
    "bilinear pooling": lambda x, y: torch.einsum("ruv,suv->rs", x, y) / 4,
    "dilated attention scores": scores,
    "wave stencil": wave,
    "largest in a window": lambda a: f.max_pool1d(a[None], 3, 2)[0],
    "largest on a diagonal": below,
    "mirrored": lambda a, w: a.unfold(0, 3, 1) @ w.flip(0),
    "upsampled": lambda a, w: f.conv_transpose1d(a[None, None], w[None, None], stride=2)[0, 0],
    "every second": lambda a, w: torch.where(torch.arange(len(a)) % 2 == 0, a * w, 0 * a),
    "squares and a bias": lambda a, w, b: ((a.unfold(0, len(w), 1) - w) ** 2).sum(1) + b,
    "normed": lambda a: a / torch.sqrt((a**2).sum() + 1),
    "gated": gated,
    "trace": lambda a, b: (a.triu() * b.T).sum(),
    "triangular": triangular,
    "quotient": lambda a, b: a / (b**2 + 2) - torch.exp(-a) / 3,
    "leading axes unwritten": lambda a, w: f.conv1d(a, w[None])[0, 0],
}
"""By the name of the case: a function of its inputs, then its parameters in the order in which the text reads them."""
