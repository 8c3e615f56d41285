"""Data that tell right from wrong: integers on which a correct kernel makes no rounding error at all."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from symconv.kernels.properties import has_crossings, has_kinks, index_limit
from symconv.kernels.spec import KernelSpec
from symconv.model import Node
from symconv.notation.domain import positive_operands
from symconv.reference import well_separated

LADDER = 2**18
GAP = 8
"""Entries under a maximum or a step differ by at least this, so that a difference by a small step meets no kink."""
FINE = 2**10
"""Steps from -1 to 1 where a kink may lie at a combination of entries: hardly any two combinations are equal."""
Array = NDArray[Any]


def layer_inputs(node: Node, rng: np.random.Generator, *, apart: bool = True) -> dict[str, Array]:
    """Values for a layer's inputs and parameters, by role: small integers, well apart where there are kinks.

    Without ``apart`` (no differences are taken) they are eighths below 1/2: an exponential far down does not saturate.
    """
    equations = node.equations
    # The shift of softmax is a maximum, but a declared constant: nothing that is compared has a kink there.
    smooth = {node.tensors[c].name for c in node.fragment.constants}
    smooth |= {q.winner.name for q in equations if q.winner is not None and q.target.name in smooth}
    positive = positive_operands(equations)
    # Equal entries would have variance 0, where the root that divides is far from smooth.
    rooted = bool(positive_operands(equations, "sqrt"))
    kinks = has_kinks([q for q in equations if q.target.name not in smooth])
    crossed = has_crossings(equations)
    data: dict[str, Array] = {}
    for tensor in (*node.fragment.inputs, *node.fragment.parameters):
        real = node.tensors[tensor.name]
        if tensor.kind == "index":
            limit = index_limit(equations, real)
            data[tensor.name] = rng.integers(0, limit, real.sizes).astype(np.int32)
        elif real.name in positive:
            data[tensor.name] = rng.integers(1, 5, real.sizes).astype(np.float64)
        elif crossed:
            data[tensor.name] = rng.integers(-FINE, FINE + 1, real.sizes) / FINE
        elif not apart:
            data[tensor.name] = rng.integers(-3, 4, real.sizes) / 8
        elif (rooted and tensor in node.fragment.inputs) or kinks:
            data[tensor.name] = separated(real.sizes, rng)
        else:
            data[tensor.name] = rng.integers(-3, 4, real.sizes).astype(np.float64)
    return data


def separated(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """Integers far from each other and from 0, as ``well_separated``; those of a large array repeat, far apart.

    Repeats are at least 2**18 places apart, which no window spans, and all stay below 2**22, exact in float32.
    """
    count = int(np.prod(shape))
    if count <= LADDER:
        return well_separated(shape, rng, GAP, -(GAP * count) // 2 - 1)
    steps = (np.arange(count) * (2 * int(rng.integers(1, LADDER // 2)) + 1)) % LADDER
    return (GAP * steps - GAP * LADDER // 2 - 1).astype(np.float64).reshape(shape)


def upstream(spec: KernelSpec, rng: np.random.Generator) -> dict[str, Array]:
    """Small integers for the gradients that a kernel is given, by name."""
    return {t.name: rng.integers(-3, 4, t.sizes).astype(np.float64) for t in spec.inputs if t.quotient}
