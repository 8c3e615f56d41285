"""Operations that notes write as calls: convolutions, rotations, padding, maxima, diagonal matrices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from symconv.claims.grammar import tree as t
from symconv.claims.meaning.arrays import Tensor, matrix, products
from symconv.claims.meaning.indicators import extreme
from symconv.claims.meaning.sampling import pooled, repeated
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
    if operation in ("maxpool", "avgpool", "upsample") and arguments:
        return _sampled(evaluator, operation, node, env)
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
    return None


def _sampled(evaluator: Evaluator, operation: str, node: t.Call, env: Environment) -> Values:
    sized = len(node.arguments) > 1 and isinstance(node.arguments[1], t.Num)
    window = int(node.arguments[1].value) if sized and isinstance(node.arguments[1], t.Num) else None
    out: Values = []
    for v, r in evaluator.values(node.arguments[0], env):
        if isinstance(v, Tensor) and operation == "upsample":
            out += [(made, (*r, reading)) for made, reading in repeated(v.data, window)]
        elif isinstance(v, Tensor) and (made := pooled(v.data, operation, window)) is not None:
            out.append((Tensor(made[0]), (*r, made[1])))
    if not out:
        raise Unresolved("the windows of a pooling have not been said", "declare the kernel_size")
    return out


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
