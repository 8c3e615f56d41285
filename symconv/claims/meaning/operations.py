"""Operations that notes write as calls: convolutions, rotations, padding, maxima, diagonal matrices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from symconv.claims.grammar import tree as t
from symconv.claims.meaning.arrays import Tensor, matrix, products
from symconv.claims.meaning.indicators import extreme
from symconv.claims.meaning.resampling import resample
from symconv.claims.meaning.section import Unresolved
from symconv.claims.meaning.tape import Value
from symconv.claims.meaning.values import Environment, Values

if TYPE_CHECKING:
    from symconv.claims.meaning.evaluate import Evaluator


def operate(evaluator: Evaluator, operation: str, node: t.Call, env: Environment) -> Values | None:
    """The values of a call of a known operation; None when it is none."""
    arguments = node.arguments
    if operation in ("conv", "full") and len(arguments) >= 2:
        out: Values = []
        for a, r in evaluator.values(arguments[0], env):
            for b, s in evaluator.values(arguments[1], env):
                for value, reading in products("full" if operation == "full" else "conv", a, b, evaluator.mode):
                    out.append((value, tuple(dict.fromkeys((*r, *s, *((reading,) if reading else ()))))))
        if not out:
            raise Unresolved("the operands of a convolution have shapes that do not go together")
        return out
    if operation == "rot180" and len(arguments) >= 1:
        return [(_turned(v), r) for v, r in evaluator.values(arguments[0], env)]
    if operation == "rot90" and len(arguments) == 2 and isinstance(arguments[1], t.Num) and arguments[1].value == 2:
        return [(_turned(v), r) for v, r in evaluator.values(arguments[0], env)]
    if operation == "pad" and arguments:
        # The padding that a full sliding product needs is put there by the reading "full".
        return [
            (Tensor(_padded(v.data)), (*r, "padded by one on every side")) if isinstance(v, Tensor) else (v, r)
            for v, r in evaluator.values(arguments[0], env)
        ] + evaluator.values(arguments[0], env)
    if operation == "diag" and len(arguments) == 1:
        return [(_diagonal(v), r) for v, r in evaluator.values(arguments[0], env)]
    if operation in ("max", "min") and arguments:
        if any(isinstance(a, t.Dots) for a in arguments):
            raise Unresolved("a maximum with dots")
        return [(extreme(operation, [evaluator.first(a, env) for a in arguments]), ())]
    return resample(evaluator, operation, node, env)


def _turned(v: Any) -> Any:
    if not isinstance(v, Tensor):
        raise Unresolved("a single number is turned")
    return Tensor(v.data[tuple(slice(None, None, -1) for _ in range(v.data.ndim))])


def _padded(data: Any) -> Any:
    out = np.zeros(tuple(n + 2 for n in data.shape), dtype=object)
    out[tuple(slice(1, -1) for _ in data.shape)] = data
    return out


def _diagonal(v: Any) -> Any:
    if not isinstance(v, Tensor):
        return v
    column = matrix(v.data).reshape(-1)
    out = np.zeros((column.size, column.size), dtype=object)
    for n, x in enumerate(column):
        out[n, n] = x
    return Tensor(out)


__all__ = ["Value", "operate"]
