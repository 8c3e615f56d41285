"""batch_norm2d: every channel brought to mean 0 and variance 1, then scaled and shifted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import ClassVar

from symconv.layers.common import sizes as check
from symconv.layers.common.fragment import Fragment, Shape
from symconv.notation.functions import sqrt
from symconv.notation.index import Index, indices, size, symbol
from symconv.notation.tensor import Tensor
from symconv.notation.term import Equation, equation, plus

AXES = ("b", "c", "u", "v")


@dataclass(frozen=True)
class BatchNorm2d:
    """``output[b,c,u,v] = (input[b,c,u,v] - mean[c]) / sqrt(variance[c] + eps) * weight[c] + bias[c]``.

    With ``training`` mean and variance (divided by the count, N*H*W) are those of the input over the batch and all
    places: the gradient flows through them, the forward pass returns them too, and the backward pass takes them.
    Otherwise they are given, as ``running_mean`` and ``running_var``. ``affine=False`` leaves weight and bias out.
    Shapes: input (N, num_features, H, W), all others (num_features,). As torch.nn.BatchNorm2d, whose update of the
    running statistics is no part of it; ``eps`` is the exact decimal that is written.

    Raises SizeError for sizes that cannot be.
    """

    num_features: int
    eps: float = 1e-5
    affine: bool = True
    training: bool = True

    kind: ClassVar[str] = "batch_norm2d"
    loss: ClassVar[bool] = False
    inferred: ClassVar[Mapping[str, int]] = MappingProxyType({"num_features": 1})

    def __post_init__(self) -> None:
        check.integer(self.kind, "num_features", self.num_features)
        check.rational(self.kind, "eps", self.eps, least=Fraction(0))
        check.flag(self.kind, "affine", self.affine)
        check.flag(self.kind, "training", self.training)

    def options(self) -> dict[str, object]:
        """What the reference needs beside the arrays."""
        return {"eps": self.eps, "affine": self.affine, "training": self.training}

    def fragment(self, shape: Shape) -> Fragment:
        """The equations for an input (N, num_features, H, W)."""
        shape = check.shape(self.kind, "input shape", shape, rank=4)
        check.channels(self.kind, shape, self.num_features, "num_features")
        symbols = tuple(size(f"n_{a}") for a in AXES)
        n_b, n_c, n_u, n_v = symbols
        b, c, u, v = map(symbol, AXES)
        at, count = (b, c, u, v), n_b * n_u * n_v
        x = Tensor("input", symbols, AXES, latex="X")
        y = Tensor("output", symbols, AXES, latex="Y")
        names = ("mean", "variance") if self.training else ("running_mean", "running_var")
        mean = Tensor(names[0], (n_c,), ("c",), latex=r"\mu")
        variance = Tensor(names[1], (n_c,), ("c",), latex=r"\sigma^{2}")
        places = (*indices(b=n_b), Index("u", n_u), Index("v", n_v))
        normal = (x[at] - mean[c]) / sqrt(variance[c] + check.rational(self.kind, "eps", self.eps))
        equations: tuple[Equation, ...] = ()
        if self.training:
            equations = (
                equation(mean, (c,), x[at] / count, (x,), bound=places),
                equation(variance, (c,), (x[at] - mean[c]) ** 2 / count, (x, mean), bound=places),
            )
        parameters: tuple[Tensor, ...] = ()
        if self.affine:
            weight, bias = Tensor("weight", (n_c,), ("c",), latex="g"), Tensor("bias", (n_c,), ("c",), latex="h")
            parameters = (weight, bias)
            scaled = equation(y, at, weight[c] * normal, (weight, x, mean, variance))
            output = plus(scaled, equation(y, at, bias[c], (bias,)))
        else:
            output = equation(y, at, normal, (x, mean, variance))
        given = () if self.training else (mean, variance)
        return Fragment(
            (x, *given), parameters, (*equations, output), dict(zip(symbols, shape, strict=True)),
            data=tuple(t.name for t in given), saved=names if self.training else (),
        )
