"""softmax_cross_entropy: minus the logarithm of the probability of the target class, mean over the batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

import sympy as sp

from symconv.layers.common import sizes as check
from symconv.layers.common.fragment import Fragment, Shape
from symconv.notation.guards import Equal
from symconv.notation.index import indices, size, symbol
from symconv.notation.tensor import Tensor
from symconv.notation.term import equation, plus


@dataclass(frozen=True)
class CrossEntropyLoss:
    """``output = mean over b of ( ln sum(o) exp(input[b,o]) - input[b, target[b]] )``.

    Five equations: the argmax, the shift m = max (so that no exponential overflows), the exponentials
    e = exp(Z - m), their sum s, and E = mean(ln s + m - Z[target]). The shift is a declared constant: dE/dm = 0.
    Shapes: input (N, classes), target (N,) with class numbers from 0. As torch.nn.CrossEntropyLoss.
    """

    kind: ClassVar[str] = "softmax_cross_entropy"
    loss: ClassVar[bool] = True
    inferred: ClassVar[Mapping[str, int]] = MappingProxyType({})

    def options(self) -> dict[str, object]:
        """Nothing beside the arrays."""
        return {}

    def fragment(self, shape: Shape) -> Fragment:
        """The equations for an input (N, classes)."""
        shape = check.shape(self.kind, "input shape", shape, rank=2)
        n_b, n_o = size("n_b"), size("n_o")
        b, o = symbol("b"), symbol("o")
        x = Tensor("input", (n_b, n_o), ("b", "o"), latex="Z")
        target = Tensor("target", (n_b,), ("b",), "index", latex="T")
        winner = Tensor("argmax", (n_b,), ("b",), "index", latex="J")
        shift = Tensor("shift", (n_b,), ("b",), latex="m")
        powers = Tensor("exponentials", (n_b, n_o), ("b", "o"), latex="e")
        total = Tensor("total", (n_b,), ("b",), latex="s")
        error = Tensor("output", latex="E")
        rows, classes = indices(b=n_b), indices(o=n_o)
        is_target = (Equal(target[b] - o),)
        equations = (
            equation(winner, (b,), x[b, o], (x,), bound=classes, reduction="argmax"),
            equation(shift, (b,), x[b, o], (x,), bound=classes, reduction="max", winner=winner),
            equation(powers, (b, o), sp.exp(x[b, o] - shift[b]), (x, shift)),
            equation(total, (b,), powers[b, o], (powers,), bound=classes),
            plus(
                equation(error, (), sp.log(total[b]) / n_b, (total,), free=(), bound=rows),
                equation(error, (), shift[b] / n_b, (shift,), free=(), bound=rows),
                equation(error, (), -x[b, o] / n_b, (x, target), free=(), bound=rows + classes, guards=is_target),
            ),
        )
        probability = Tensor("probability", (n_b, n_o), ("b", "o"), latex="p")
        one_hot = Tensor("one_hot", (n_b, n_o), ("b", "o"), latex="t")
        shorthands = (
            equation(probability, (b, o), powers[b, o] / total[b], (powers, total)),
            equation(one_hot, (b, o), sp.Integer(1), (target,), guards=is_target),
        )
        return Fragment(
            (x, target),
            (),
            equations,
            {n_b: shape[0], n_o: shape[1]},
            data=("target",),
            constants=("shift",),
            shorthands=shorthands,
        )
