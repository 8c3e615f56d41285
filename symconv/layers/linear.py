"""linear: the dense layer, ``Z[b,o] = sum(f) W[o,f] * X[b,f] + bias[o]``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

from symconv.errors import SizeError
from symconv.layers.common import sizes as check
from symconv.layers.common.fragment import Fragment, Shape
from symconv.notation.index import indices, size, symbol
from symconv.notation.tensor import Tensor
from symconv.notation.term import equation, plus


@dataclass(frozen=True)
class Linear:
    """``output[b,o] = sum(f) weight[o,f] * input[b,f] + bias[o]``.

    Shapes: input (N, in_features), weight (out_features, in_features), bias (out_features,). As torch.nn.Linear,
    except that ``bias`` is False by default. Raises SizeError for sizes that cannot be.
    """

    in_features: int
    out_features: int
    bias: bool = False

    kind: ClassVar[str] = "linear"
    loss: ClassVar[bool] = False
    inferred: ClassVar[Mapping[str, int]] = MappingProxyType({"in_features": 1})

    def __post_init__(self) -> None:
        check.integer(self.kind, "in_features", self.in_features)
        check.integer(self.kind, "out_features", self.out_features)
        check.flag(self.kind, "bias", self.bias)

    def options(self) -> dict[str, object]:
        """Nothing beside the arrays."""
        return {}

    def fragment(self, shape: Shape) -> Fragment:
        """The equation for an input (N, in_features)."""
        shape = check.shape(self.kind, "input shape", shape)
        if len(shape) != 2:
            problem = f"input shape {shape} has {len(shape)} axes, 2 expected"
            raise SizeError(self.kind, problem, "put a flatten before it")
        if shape[1] != self.in_features:
            raise SizeError(
                self.kind, f"input has {shape[1]} features, in_features is {self.in_features}", "make the two agree"
            )
        n_b, n_f, n_o = size("n_b"), size("n_f"), size("n_o")
        b, f, o = symbol("b"), symbol("f"), symbol("o")
        x = Tensor("input", (n_b, n_f), ("b", "f"), latex="X")
        weight = Tensor("weight", (n_o, n_f), ("o", "f"), latex="W")
        y = Tensor("output", (n_b, n_o), ("b", "o"), latex="Z")
        q = equation(y, (b, o), weight[o, f] * x[b, f], (weight, x), bound=indices(f=n_f))
        parameters = [weight]
        if self.bias:
            add = Tensor("bias", (n_o,), ("o",), latex="B")
            parameters.append(add)
            q = plus(q, equation(y, (b, o), add[o], (add,)))
        sizes = {n_b: shape[0], n_f: self.in_features, n_o: self.out_features}
        return Fragment((x,), tuple(parameters), (q,), sizes)
