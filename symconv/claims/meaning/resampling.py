"""Operations on whole tensors that change their size: pooling and its way back, dilation, sums, reshaping."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from symconv.claims.grammar import tree as t
from symconv.claims.meaning.arrays import Array, Tensor, matrix
from symconv.claims.meaning.forms import affine, text_of
from symconv.claims.meaning.indicators import extreme
from symconv.claims.meaning.section import Unresolved
from symconv.claims.meaning.tape import Value, number
from symconv.claims.meaning.values import Environment, Values

if TYPE_CHECKING:
    from symconv.claims.meaning.evaluate import Evaluator

MAX_POOLS = 4
POOLS = frozenset(["maxpool", "avgpool", "pool"])
RESIZING = POOLS | {"upsample", "dilate", "sum", "mean", "tr", "flatten", "reshape", "vec", "transpose"}
"""Operations whose result has another shape than what they are of."""


@dataclass(frozen=True, slots=True)
class Pooled:
    """A pooling that a world has done: of what, with which windows, as a maximum or a mean."""

    source: Array
    windows: tuple[int, ...]
    kind: str

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the result."""
        return tuple(n // k for n, k in zip(self.source.shape, self.windows, strict=True))

    def same(self, other: Pooled) -> bool:
        """Whether this is the same pooling of the same entries."""
        mine, theirs = self.source.reshape(-1), other.source.reshape(-1)
        alike = (self.kind, self.windows, len(mine)) == (other.kind, other.windows, len(theirs))
        return alike and all(x is y for x, y in zip(mine, theirs, strict=True))

    def window(self, place: tuple[int, ...]) -> tuple[slice, ...]:
        """The entries that a result is of."""
        return tuple(slice(p * k, (p + 1) * k) for p, k in zip(place, self.windows, strict=True))


def resample(evaluator: Evaluator, operation: str, node: t.Call, env: Environment) -> Values | None:
    """The values of a call of such an operation; None when it is none."""
    if operation not in RESIZING or not node.arguments:
        return None
    out: Values = []
    for value, reading in evaluator.values(node.arguments[0], env):
        if not isinstance(value, Tensor):
            if operation not in ("dilate", "upsample"):
                out.append((value, reading))
            continue
        out += [(v, (*reading, *more)) for v, more in _of(evaluator, operation, value.data, node.arguments[1:])]
    if not out:
        raise Unresolved("a single number is resampled")
    return out


def _of(evaluator: Evaluator, operation: str, data: Array, rest: Sequence[t.Node]) -> Values:
    if operation in POOLS:
        made = Pooled(data, _windows(data.shape, rest), "maxpool" if operation == "maxpool" else "avgpool")
        if not any(p.same(made) for p in evaluator.world.pools):
            evaluator.world.pools.append(made)
        sizes = " x ".join(map(str, made.windows))
        return [(Tensor(_pooled(made)), (f"windows of {sizes} that do not overlap",))]
    if operation == "upsample":
        return _upsampled(evaluator, data, rest)
    if operation == "dilate":
        factor = factor_of(rest) or 2
        wide = np.zeros(tuple((n - 1) * factor + 1 for n in data.shape), dtype=object)
        wide[tuple(slice(None, None, factor) for _ in data.shape)] = data
        return [(Tensor(wide), ())]
    if operation == "transpose":
        return [(Tensor(matrix(data).T), ())]
    if operation == "tr":
        if data.ndim != 2 or data.shape[0] != data.shape[1]:
            raise Unresolved("the trace of what is not square")
        return [(_total([data[n, n] for n in range(len(data))]), ())]
    if operation in ("sum", "mean"):
        return [(_summed(operation, data, rest), ())]
    flat: Values = [(Tensor(data.reshape(-1)), ())]
    return flat if operation != "vec" or data.ndim < 2 else [*flat, (Tensor(data.T.reshape(-1)), ("column by column",))]


def _windows(shape: tuple[int, ...], rest: Sequence[t.Node]) -> tuple[int, ...]:
    """A window for each axis: as it is written, else the smallest that the axis is a multiple of."""
    factor = factor_of(rest)
    if factor:
        return tuple(min(factor, n) for n in shape)
    return tuple(next((k for k in range(2, n + 1) if n % k == 0), 1) for n in shape)


def factor_of(rest: Sequence[t.Node]) -> int | None:
    """The size of a window, or the factor, among the arguments of a call."""
    for node in rest:
        form = affine(node)
        if form is not None and form.numeric is not None and 1 < form.numeric < 9:
            return form.numeric
    return None


def _pooled(made: Pooled) -> Array:
    out = np.empty(made.shape, dtype=object)
    for place in np.ndindex(*made.shape):
        window = made.source[made.window(place)]
        if made.kind == "maxpool":
            out[place] = extreme("max", [Tensor(window)])
        else:
            out[place] = _total(list(window.reshape(-1))) * Fraction(1, int(window.size))
    return out


def _upsampled(evaluator: Evaluator, data: Array, rest: Sequence[t.Node]) -> Values:
    """A gradient taken back through the poolings that gave its shape; repeated where there are none."""
    out: Values = []
    for made in evaluator.world.pools[:MAX_POOLS]:
        if made.shape != data.shape:
            continue
        repeated = np.zeros(made.source.shape, dtype=object)
        routed = np.zeros(made.source.shape, dtype=object)
        for place in np.ndindex(*made.shape):
            window = made.window(place)
            source = made.source[window]
            repeated[window] = np.full(source.shape, data[place], dtype=object)
            if made.kind == "maxpool":
                best = max(np.ndindex(*source.shape), key=lambda p, s=source: number(s[p]))  # type: ignore[misc]
                routed[tuple(w.start + b for w, b in zip(window, best, strict=True))] = data[place]
            else:
                routed[window] = np.full(source.shape, data[place] * Fraction(1, int(source.size)), dtype=object)
        if made.kind == "maxpool":
            out.append((Tensor(routed), ("each entry goes to the maximum of its window",)))
        else:
            out.append((Tensor(routed), ("each entry is spread evenly over its window",)))
        out.append((Tensor(repeated), ("each entry is repeated over its window",)))
    if out:
        return out
    factor = factor_of(rest) or 2
    for axis in range(data.ndim):
        data = np.repeat(data, factor, axis=axis)
    return [(Tensor(data), (f"each entry is repeated over {factor} in each direction",))]


def _total(values: Sequence[Value]) -> Value:
    total: Value = 0
    for v in values:
        total = total + v
    return total


def _word(node: t.Node) -> str:
    """A keyword, which may have been read as a product of its letters."""
    return text_of(node).replace("*", "")


def _summed(operation: str, data: Array, rest: Sequence[t.Node]) -> Tensor | Value:
    axis: int | None = None
    for node in rest:
        if isinstance(node, t.Relation) and _word(node.sides[0]) in ("axis", "dim"):
            form = affine(node.sides[1])
            axis = form.numeric if form is not None else None
            if axis is None or not -data.ndim <= axis < data.ndim:
                raise Unresolved("the axis of a sum is not understood")
        elif not (isinstance(node, t.Relation) and _word(node.sides[0]) == "keepdims"):
            raise Unresolved("what a sum is over is not understood")
    if axis is None:
        total = _total(list(data.reshape(-1)))
        return total if operation == "sum" else total * Fraction(1, int(data.size))
    moved = np.moveaxis(data, axis, 0)
    out = np.empty(moved.shape[1:], dtype=object)
    for place in np.ndindex(*out.shape):
        total = _total([moved[(n, *place)] for n in range(len(moved))])
        out[place] = total if operation == "sum" else total * Fraction(1, len(moved))
    return Tensor(out) if out.size else 0
