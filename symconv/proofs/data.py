"""Data that tell right from wrong: integers on which a correct kernel makes no rounding error at all."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from symconv.kernels.properties import has_kinks, index_limit, is_exact
from symconv.kernels.spec import KernelSpec
from symconv.model import Node
from symconv.reference import well_separated

GAP = 8
"""Entries under a maximum or a step differ by at least this, so that a difference by a small step meets no kink."""
Array = NDArray[Any]


def layer_inputs(node: Node, rng: np.random.Generator) -> dict[str, Array]:
    """Values for a layer's inputs and parameters, by role: small integers, well apart where there are kinks."""
    equations = node.equations
    data: dict[str, Array] = {}
    for tensor in (*node.fragment.inputs, *node.fragment.parameters):
        real = node.tensors[tensor.name]
        if tensor.kind == "index":
            limit = index_limit(equations, real)
            data[tensor.name] = rng.integers(0, limit, real.sizes).astype(np.int32)
        elif has_kinks(equations) and is_exact(equations):
            data[tensor.name] = well_separated(real.sizes, rng, GAP, -(GAP * real.length) // 2 - 1)
        else:
            data[tensor.name] = rng.integers(-3, 4, real.sizes).astype(np.float64)
    return data


def upstream(spec: KernelSpec, rng: np.random.Generator) -> dict[str, Array]:
    """Small integers for the gradients that a kernel is given, by name."""
    return {t.name: rng.integers(-3, 4, t.sizes).astype(np.float64) for t in spec.inputs if t.quotient}
