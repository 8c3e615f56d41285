"""Whole tensors in a formula: what a product of two of them may mean, and when two of them are equal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from symconv.claims.meaning.tape import Value, number, same

Array = Any
"""An ndarray of objects (NumPy does not type them more closely)."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """The entries of a whole tensor. ``of`` and ``by`` say which derivative it is: names with the axes that they have.

    A derivative of a scalar has the axes of what it is taken by; one of a tensor first those of the tensor.
    """

    data: Array
    of: str = ""
    by: str = ""
    above: int = 0

    @property
    def jacobian(self) -> bool:
        """Whether it is the derivative of a tensor by a tensor."""
        return bool(self.by) and self.above > 0


Operand = Value | Tensor


def scalar(x: Operand) -> bool:
    """Whether an operand is one number."""
    return not isinstance(x, Tensor)


def size(x: Operand) -> int:
    """How many numbers an operand has."""
    return int(x.data.size) if isinstance(x, Tensor) else 1


def lower(x: Operand) -> Operand:
    """A tensor of a single entry as a number."""
    if isinstance(x, Tensor) and x.data.size == 1 and not x.by:
        return x.data.reshape(-1)[0]
    return x


def matrix(x: Array) -> Array:
    """An array of one axis as a column."""
    return x.reshape(-1, 1) if x.ndim == 1 else x


def row(x: Operand) -> Operand:
    """A tensor of one axis as a row; anything else as it is."""
    if isinstance(x, Tensor) and x.data.ndim == 1:
        return Tensor(x.data.reshape(1, -1), x.of, x.by, x.above)
    return x


def correlate(a: Array, b: Array, *, full: bool, flip: bool, stride: int = 1) -> Array | None:
    """Sliding products of ``a`` with the kernel ``b`` over all axes; None where the kernel does not fit."""
    if a.ndim != b.ndim or a.ndim not in (1, 2):
        return None
    if flip:
        b = b[tuple(slice(None, None, -1) for _ in range(b.ndim))]
    if full:
        wide = np.zeros(tuple(n + 2 * (k - 1) for n, k in zip(a.shape, b.shape, strict=True)), dtype=object)
        wide[tuple(slice(k - 1, k - 1 + n) for n, k in zip(a.shape, b.shape, strict=True))] = a
        a = wide
    sizes = tuple((n - k) // stride + 1 for n, k in zip(a.shape, b.shape, strict=True))
    if min(sizes) < 1:
        return None
    out = np.empty(sizes, dtype=object)
    for place in np.ndindex(*sizes):
        window = a[tuple(slice(p * stride, p * stride + k) for p, k in zip(place, b.shape, strict=True))]
        total: Value = 0
        for x, y in zip(window.reshape(-1), b.reshape(-1), strict=True):
            if not (isinstance(x, int) and x == 0):
                total = total + x * y
        out[place] = total
    return out


def products(operator: str, a: Operand, b: Operand, mode: str) -> Iterator[tuple[Operand, str]]:
    """Everything that a product of two operands may mean, the likeliest first, with the reading that it is.

    ``mode`` says what a convolution sign means: ``corr`` does not turn the kernel, ``conv`` does; with ``both`` a star
    in the middle of the line does and another sign does not.
    """
    a, b = lower(a), lower(b)
    if not isinstance(a, Tensor) or not isinstance(b, Tensor):
        if isinstance(a, Tensor):
            yield Tensor(_each(a.data, b), a.of, a.by, a.above), ""
        elif isinstance(b, Tensor):
            yield Tensor(_each(b.data, a), b.of, b.by, b.above), ""
        else:
            yield a * b, ""
        return
    if a.by and b.by:
        yield from _contractions(a, b)
        if operator != "odot":
            pass
    elif a.jacobian or b.jacobian:
        yield from _acting(a, b)
    x, y = matrix(a.data), matrix(b.data)
    convolving = operator in ("*", "times", "conv", "otimes", "star", "full")
    if operator in ("", "cdot", "times", "*") and x.ndim == 2 and y.ndim == 2 and x.shape[1] == y.shape[0]:
        yield Tensor(np.dot(x, y)), "a product of matrices"
    if operator in ("odot", "circ", "times", "*", "cdot", "", "otimes", "star") and a.data.shape == b.data.shape:
        yield Tensor(a.data * b.data), "the product of entries"
    if operator in ("odot", "circ", "cdot", "times", "*") and a.data.shape != b.data.shape and x.ndim == y.ndim == 2:
        shapes = [(x, y), (y, x)]
        for p, q in shapes:
            if all(m in (1, n) for n, m in zip(p.shape, q.shape, strict=True)):
                yield Tensor(p * q), "the product of entries, repeated along an axis"
                break
    if convolving:
        flip = mode == "conv" or (mode == "both" and operator not in ("star", "otimes"))
        kind = "convolution (the kernel turned)" if flip else "cross-correlation"
        if operator != "full":
            valid = correlate(a.data, b.data, full=False, flip=flip)
            if valid is None:
                valid = correlate(b.data, a.data, full=False, flip=flip)
            if valid is not None:
                yield Tensor(valid), f"valid {kind}"
        full = correlate(a.data, b.data, full=True, flip=flip)
        if full is not None:
            yield Tensor(full), f"full {kind}"
    if operator == "otimes" and x.shape[1] == 1 and y.shape[1] == 1:
        yield Tensor(np.dot(x, y.T)), "the outer product"


def _each(data: Array, c: Value) -> Array:
    out = np.empty(data.shape, dtype=object)
    for n, x in enumerate(data.reshape(-1)):
        out.reshape(-1)[n] = x * c
    return out


def _contractions(a: Tensor, b: Tensor) -> Iterator[tuple[Operand, str]]:
    """Derivatives that join: the sum over all entries of what is below the one and above the other."""
    for first, second, order in ((a, b, ""), (b, a, ", in the other order")):
        if first.by == second.of and second.above:
            axes = first.data.ndim - first.above
            if second.above == axes and first.data.shape[first.above :] == second.data.shape[:axes]:
                data = np.tensordot(first.data, second.data, axes=axes)
                over = first.by.split("@")[0]
                yield (
                    Tensor(np.asarray(data, dtype=object), first.of, second.by, first.above),
                    (f"a contraction over the indices of {over}{order}"),
                )
                return


def _acting(a: Tensor, b: Tensor) -> Iterator[tuple[Operand, str]]:
    """A derivative of a tensor by a tensor next to something of the shape of the one or the other."""
    for j, v in ((a, b), (b, a)):
        if j.jacobian and not v.by and v.data.shape == j.data.shape[: j.above]:
            data = np.tensordot(v.data, j.data, axes=j.above)
            yield Tensor(np.asarray(data, dtype=object), "", j.by, 0), "a contraction"
            return


def add(a: Operand, b: Operand, sign: int) -> Operand | None:
    """The sum or difference; None for shapes that do not go together. A single row or column is repeated."""
    a, b = lower(a), lower(b)
    if not isinstance(a, Tensor) and not isinstance(b, Tensor):
        return a + b if sign > 0 else a - b
    if not isinstance(a, Tensor) or not isinstance(b, Tensor):
        tensor, other = (a, b) if isinstance(a, Tensor) else (b, a)
        assert isinstance(tensor, Tensor)
        out = np.empty(tensor.data.shape, dtype=object)
        for n, v in enumerate(tensor.data.reshape(-1)):
            p: Value = v if tensor is a else other
            q: Value = other if tensor is a else v
            out.reshape(-1)[n] = p + q if sign > 0 else p - q
        return Tensor(out)
    x, y = a.data, b.data
    if x.shape != y.shape:
        x, y = matrix(x), matrix(y)
        if x.ndim != y.ndim or not all(m == n or 1 in (m, n) for m, n in zip(x.shape, y.shape, strict=True)):
            return None
    return Tensor(np.asarray(x + y if sign > 0 else x - y, dtype=object))


def equal(a: Operand, b: Operand) -> str | None:
    """How two operands are equal: an empty string for just so, else the reading; None when they are not.

    A tensor of tensors may be written as what it does to the gradient that flows back: ``∂z/∂x = W``.
    """
    a, b = lower(a), lower(b)
    if not isinstance(a, Tensor) and not isinstance(b, Tensor):
        return "" if same(number(a), number(b)) else None
    if not isinstance(a, Tensor) or not isinstance(b, Tensor):
        t, s = (a, b) if isinstance(a, Tensor) else (b, a)
        if t.jacobian:
            return _acts(t, s)
        if t.data.size == 1:
            return equal(t.data.reshape(-1)[0], s)
        flat = t.data.reshape(-1)
        zero = number(s) == 0
        return (
            ("" if zero else "every entry is that number") if all(same(number(x), number(s)) for x in flat) else None
        )
    x, y = a.data, b.data
    if x.shape == y.shape and _same(x, y):
        return ""
    if (
        x.size == y.size
        and _same(x.reshape(-1), y.reshape(-1))
        and (min(*matrix(x).shape, 9) == 1 or x.ndim != y.ndim)
    ):
        return (
            "" if x.ndim == y.ndim == 2 and x.shape == y.shape[::-1] and 1 not in x.shape else "as a row or a column"
        )
    if x.ndim == y.ndim == 2 and x.shape == y.shape[::-1] and _same(x, y.T):
        return "laid out the other way (transposed)"
    if a.jacobian or b.jacobian:
        j, other = (a, b) if a.jacobian else (b, a)
        return _acts(j, other)
    return None


def _same(x: Array, y: Array) -> bool:
    return all(same(number(p), number(q)) for p, q in zip(x.reshape(-1), y.reshape(-1), strict=True))


def _acts(j: Tensor, other: Operand) -> str | None:
    """Whether a derivative of a tensor by a tensor is written as the matrix of what it does to a gradient."""
    above = j.data.shape[: j.above]
    below = j.data.shape[j.above :]
    flat = np.array([[number(x) for x in row] for row in j.data.reshape(_size(above), _size(below))], dtype=object)
    if isinstance(other, Tensor) and other.data.size == flat.size:
        o = other.data.reshape(-1) if other.data.ndim != 2 else None
        rows = [[number(x) for x in row] for row in matrix(other.data)] if other.data.ndim <= 2 else None
        if rows is not None:
            m = np.array(rows, dtype=object)
            if m.shape == flat.shape and _same(m, flat):
                return "laid out with a row for each entry of what is above"
            if m.shape == flat.shape[::-1] and _same(m.T, flat):
                return "laid out with a column for each entry of what is above"
        if o is not None and _same(o, flat.reshape(-1)):
            return ""
    flow = np.array([(7 * n * n + 3 * n + 2) % 31 - 11 for n in range(_size(above))], dtype=object)
    goal = np.dot(flow, flat).reshape(below)
    g = Tensor(flow.reshape(above))
    candidates: list[Operand] = []
    if not isinstance(other, Tensor):
        candidates += [c for c, _ in products("", g, number(other), "corr")]
    else:
        o2 = np.empty(other.data.shape, dtype=object)
        for n, v in enumerate(other.data.reshape(-1)):
            o2.reshape(-1)[n] = number(v)
        x, y = matrix(g.data), matrix(o2)
        if g.data.shape == o2.shape:
            candidates.append(Tensor(g.data * o2))
        if x.ndim == 2 == y.ndim:
            for p in (x, x.T):
                for q in (y, y.T):
                    for u, v in ((p, q), (q, p)):
                        if u.shape[1] == v.shape[0]:
                            candidates.append(Tensor(np.dot(u, v)))
    for c in candidates:
        data = c.data if isinstance(c, Tensor) else np.array([c], dtype=object)
        if data.size == goal.size and data.shape == goal.shape and _same(data, goal):
            return "as a factor of the chain rule"
        if data.size == goal.size and 1 in matrix(data).shape and _same(data.reshape(-1), goal.reshape(-1)):
            return "as a factor of the chain rule"
    return None


def _size(shape: tuple[int, ...]) -> int:
    out = 1
    for n in shape:
        out *= n
    return out
