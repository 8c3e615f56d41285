"""layer_norm: the last axes, together, brought to mean 0 and variance 1, then scaled and shifted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import ClassVar

import sympy as sp

from symconv.errors import SizeError
from symconv.layers.common import sizes as check
from symconv.layers.common.fragment import Fragment, Shape
from symconv.notation.functions import sqrt
from symconv.notation.index import Index, size, symbol
from symconv.notation.tensor import Tensor
from symconv.notation.term import equation, plus

AXES = ("b", "c", "u", "v", "w")


@dataclass(frozen=True)
class LayerNorm:
    """``output = (input - mean) / sqrt(variance + eps) * weight + bias`` over the last axes.

    Mean and variance (divided by the count) are taken over the axes of ``normalized_shape`` for each index before them;
    the forward pass returns them too, and the backward pass takes them. Shapes: input (..., *normalized_shape), weight
    and bias normalized_shape, mean and variance the axes before. As torch.nn.LayerNorm: ``elementwise_affine`` and
    ``bias`` are True by default; ``eps`` is the exact decimal that is written.

    Raises SizeError for sizes that cannot be.
    """

    normalized_shape: int | tuple[int, ...]
    eps: float = 1e-5
    elementwise_affine: bool = True
    bias: bool = True

    kind: ClassVar[str] = "layer_norm"
    loss: ClassVar[bool] = False
    inferred: ClassVar[Mapping[str, int]] = MappingProxyType({})

    def __post_init__(self) -> None:
        self._last()
        check.rational(self.kind, "eps", self.eps, least=Fraction(0))
        check.flag(self.kind, "elementwise_affine", self.elementwise_affine)
        check.flag(self.kind, "bias", self.bias)

    def _last(self) -> tuple[int, ...]:
        given = self.normalized_shape
        return check.shape(self.kind, "normalized_shape", given if isinstance(given, Sequence) else (given,))

    def options(self) -> dict[str, object]:
        """What the reference needs beside the arrays."""
        return {"normalized_shape": self._last(), "eps": self.eps}

    def fragment(self, shape: Shape) -> Fragment:
        """The equations for an input (N, ..., *normalized_shape) of two to five axes."""
        shape, last = check.shape(self.kind, "input shape", shape), self._last()
        axes = check.axes(self.kind, shape, AXES)
        before = len(shape) - len(last)
        if before < 1 or not last or shape[before:] != last:
            problem = f"normalized_shape {last} is not the end of the input shape {shape}"
            raise SizeError(self.kind, problem, "name the last axes, without the batch")
        symbols = tuple(size(f"n_{a}") for a in axes)
        at = tuple(map(symbol, axes))
        rows, inner = at[:before], tuple(map(Index, axes[before:], symbols[before:]))
        count = sp.Mul(*symbols[before:])
        x = Tensor("input", symbols, axes, latex="X")
        y = Tensor("output", symbols, axes, latex="Y")
        mean, variance = (
            Tensor(name, symbols[:before], axes[:before], latex=letter)
            for name, letter in (("mean", r"\mu"), ("variance", r"\sigma^{2}"))
        )
        eps = check.rational(self.kind, "eps", self.eps)
        normal = (x[at] - mean[rows]) / sqrt(variance[rows] + eps)
        q = equation(y, at, normal, (x, mean, variance))
        parameters: list[Tensor] = []
        if self.elementwise_affine:
            weight = Tensor("weight", symbols[before:], axes[before:], latex="g")
            parameters.append(weight)
            q = equation(y, at, weight[at[before:]] * normal, (weight, x, mean, variance))
            if self.bias:
                add = Tensor("bias", symbols[before:], axes[before:], latex="h")
                parameters.append(add)
                q = plus(q, equation(y, at, add[at[before:]], (add,)))
        equations = (
            equation(mean, rows, x[at] / count, (x,), bound=inner),
            equation(variance, rows, (x[at] - mean[rows]) ** 2 / count, (x, mean), bound=inner),
            q,
        )
        return Fragment(
            (x,), tuple(parameters), equations, dict(zip(symbols, shape, strict=True)), saved=("mean", "variance")
        )
