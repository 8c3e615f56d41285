"""What a kernel must compute, found without the derivation: the hand-written forward and its central differences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symconv.kernels.properties import degree, has_crossings, is_exact
from symconv.kernels.spec import KernelSpec
from symconv.model import Node
from symconv.notation.evaluate import evaluate
from symconv.notation.expand import count_terms
from symconv.notation.rings import EXACT, FLOAT
from symconv.notation.tensor import Tensor
from symconv.notation.term import Equation
from symconv.proofs.data import GAP, layer_inputs, upstream
from symconv.proofs.rounding import ROUNDED, Rounded
from symconv.reference import FORWARD, directional, entries

Array = NDArray[Any]

SAMPLES = 48
DIRECTIONS = 4
STEP = 1e-5
EVALUATE_TERMS = 1_500_000
"""Above this many terms the exact evaluation of a formula is left out and the reference decides alone."""


@dataclass(frozen=True)
class Expected:
    """What is known of a kernel's results on given inputs.

    ``results`` are whole arrays (a forward pass); for a gradient ``where`` and ``values`` are sampled entries and
    ``directions`` pairs (V, <gradient, V>). ``formula`` are whole arrays of the derived formula, ``rounding`` what a
    kernel may be off from it, entry by entry, in units of its machine epsilon. ``exact`` says that every operation on
    the inputs is exact, so that results must be equal bit for bit.
    """

    inputs: tuple[Array, ...]
    results: tuple[Array, ...] | None
    where: NDArray[np.int64]
    values: Array
    directions: tuple[tuple[Array, float], ...]
    formula: tuple[Array, ...] | None
    rounding: tuple[Array, ...] | None
    exact: bool
    source: str


def reference_forward(node: Node, data: Mapping[str, Array]) -> tuple[Array, ...] | None:
    """The layer's hand-written forward on data by role: output first, then what it saves; None without one."""
    forward = FORWARD.get(node.layer.kind)
    if forward is None:
        return None
    arrays = [data[t.name] for t in (*node.fragment.inputs, *node.fragment.parameters)]
    results = forward(*arrays, **node.layer.options())
    return tuple(results) if isinstance(results, tuple) else (np.asarray(results),)


def expected(spec: KernelSpec, seed: int) -> Expected:
    """Inputs for a kernel and what it must make of them."""
    assert spec.node is not None
    node = spec.node
    rng = np.random.default_rng(seed)
    quadratic = spec.kind == "forward" or degree(_up_to_output(node), node.tensors[spec.by].name) <= 2
    exact = is_exact(spec.equations) and is_exact(node.equations) and quadratic and not has_crossings(node.equations)
    data = layer_inputs(node, rng, apart=exact or node.layer.kind in FORWARD)
    forward = reference_forward(node, data)
    source = "reference"
    if forward is None:
        forward, source = _evaluated_forward(node, data, exact), "equation"
    by_name = {node.tensors[role].name: value for role, value in data.items()}
    by_name |= {node.tensors[s].name: value for s, value in zip(node.fragment.saved, forward[1:], strict=True)}
    given = upstream(spec, rng)
    inputs = tuple((by_name | given)[t.name] for t in spec.inputs)
    formula, rounding = _formula(spec, dict(zip((t.name for t in spec.inputs), inputs, strict=True)), exact)
    none = np.zeros(0, dtype=np.int64)
    if spec.kind == "forward":
        return Expected(inputs, forward, none, np.zeros(0), (), formula, rounding, exact, source)
    if source != "reference":
        return Expected(inputs, None, none, np.zeros(0), (), formula, rounding, exact, source)

    weight = given.get(f"d{node.output.name}", np.ones(()))
    role = spec.by
    # Central differences are exact up to degree two, while they stay off the kinks.
    precise = quadratic and not has_crossings(node.equations)

    def f(x: Array) -> Array:
        results = reference_forward(node, {**data, role: x})
        assert results is not None
        return results[0]

    x = data[role]
    where = np.arange(x.size) if x.size <= SAMPLES else np.sort(rng.choice(x.size, SAMPLES, replace=False))
    values = _difference(lambda h: entries(f, x, weight, h, where), precise)
    reach = GAP // 2
    directions = []
    for _ in range(DIRECTIONS):
        v = rng.integers(-reach, reach + 1, x.shape).astype(np.float64)
        directions.append((v, float(_difference(partial(directional, f, x, weight, v), precise))))
    return Expected(inputs, None, where, values.astype(np.float64), tuple(directions), formula, rounding, exact, source)


def _difference(by_step: Callable[[float], Any], precise: bool) -> Any:
    """A central difference by a whole step where that is exact, else two by small ones whose h**2 terms cancel."""
    return by_step(1.0) if precise else (4 * by_step(STEP / 2) - by_step(STEP)) / 3


def _up_to_output(node: Node) -> tuple[Equation, ...]:
    """The layer's equations, that of its output last."""
    return tuple(sorted(node.equations, key=lambda q: q.target.name == node.output.name))


def _numbers(array: Array, exact: bool) -> list[Any]:
    flat = array.ravel().tolist()
    return [int(v) for v in flat] if exact or array.dtype.kind == "i" else flat


def _evaluated_forward(node: Node, data: Mapping[str, Array], exact: bool) -> tuple[Array, ...]:
    values = {node.tensors[role].name: _numbers(a, exact) for role, a in data.items()}
    for q in node.equations:
        values[q.target.name] = evaluate(q, values, EXACT if exact else FLOAT)
    wanted = [node.output, *(node.tensors[s] for s in node.fragment.saved)]
    kinds = {"real": np.float64, "index": np.int32}
    return tuple(np.array(values[t.name], dtype=kinds[t.kind]).reshape(t.sizes) for t in wanted)


Arrays = tuple[Array, ...]


def _formula(spec: KernelSpec, inputs: Mapping[str, Array], exact: bool) -> tuple[Arrays | None, Arrays | None]:
    """The derived formula itself on the same data, every entry: over exact numbers where that can be, else over floats
    with a bound on what a kernel may be off."""
    if sum(map(count_terms, spec.equations)) > EVALUATE_TERMS:
        return None, None
    values = {name: _numbers(a, exact) for name, a in inputs.items()}
    if not exact:
        for tensor in spec.inputs:
            if tensor.kind == "real":
                values[tensor.name] = [Rounded(v, 0.0) for v in values[tensor.name]]
    for q in spec.equations:
        values[q.target.name] = evaluate(q, values, EXACT if exact else ROUNDED)

    def array(t: Tensor, pick: Callable[[Any], float]) -> Array:
        return np.array([pick(v) for v in values[t.name]], dtype=np.float64).reshape(t.sizes)

    if exact:
        return tuple(array(t, float) for t in spec.outputs), tuple(np.zeros(t.sizes) for t in spec.outputs)
    real = [t.kind == "real" for t in spec.outputs]
    results = tuple(array(t, (lambda v: v.value) if r else float) for t, r in zip(spec.outputs, real, strict=True))
    errors = (array(t, (lambda v: v.error) if r else (lambda _: 0.0)) for t, r in zip(spec.outputs, real, strict=True))
    return results, tuple(errors)
