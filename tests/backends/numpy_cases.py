"""Models, data and the comparison that the tests of the numpy target share."""

from __future__ import annotations

import math
import random
from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

from symconv.backends import numpy as target
from symconv.derivation.backpropagate import backpropagate
from symconv.errors import SizeError
from symconv.kernels.spec import KernelSpec, model_specs
from symconv.layers.common.fragment import Layer
from symconv.layers.common.registry import layer_class
from symconv.model import Model, Wiring
from symconv.notation.evaluate import evaluate
from symconv.notation.rings import EXACT, FLOAT
from symconv.notation.tensor import Tensor
from symconv.notation.term import Equation
from symconv.reference import FORWARD

DTYPES = ("float32", "float64")
INF, NAN = math.inf, math.nan
WINDOWS = 4  # the longest side of a window that is drawn


# ------------------------------------------------------------ running kernels


def source(spec: KernelSpec, dtype: str) -> str:
    return target.source(spec, dtype, "loops", {"header": "one\n\ntwo"})


def call(spec: KernelSpec, dtype: str, arrays: list[Any]) -> tuple[Any, ...]:
    """The kernel's results, which must be new arrays of the promised kind; arguments are read-only."""
    for a in arrays:
        a.setflags(write=False)
    results = target.load(source(spec, dtype), spec, dtype)(*arrays)
    assert isinstance(results, tuple) and len(results) == len(spec.outputs)
    for t, r in zip(spec.outputs, results, strict=True):
        assert isinstance(r, np.ndarray)
        assert r.shape == t.sizes
        assert r.dtype == (np.int32 if t.kind == "index" else np.dtype(dtype))
        assert r.flags.c_contiguous and r.flags.writeable
        assert not any(np.shares_memory(r, a) for a in arrays)
    return results


def integers(t: Tensor, dtype: str, rng: random.Random, top: int = 2) -> Any:
    """Small integers, of which sums of products are exact; index tensors also hold -1, as a window without cells."""
    index = t.kind == "index"
    data = [rng.randrange(-1, top) if index else rng.randint(-4, 4) for _ in range(t.length)]
    return np.array(data, np.int32 if index else dtype).reshape(t.sizes)


def dyadic(value: Any) -> bool:
    q = Fraction(value).denominator
    return q & (q - 1) == 0


def meaning(spec: KernelSpec, arrays: list[Any]) -> tuple[dict[str, list[Any]], bool]:
    """Every tensor of the kernel by its equations: exactly where that is possible."""
    values: dict[str, list[Any]] = {
        t.name: [int(v) for v in a.ravel().tolist()] for t, a in zip(spec.inputs, arrays, strict=True)
    }
    exact = True
    for q in spec.equations:
        try:
            values[q.target.name] = evaluate(q, values, EXACT if exact else FLOAT)
        except ArithmeticError:
            exact = False
            values[q.target.name] = evaluate(q, values, FLOAT)
    return values, exact


def agree(spec: KernelSpec, dtype: str, seed: int = 0, top: int = 2) -> tuple[Any, ...]:
    """Run a kernel on integers and hold it against its equations: equal, or near where constants are not dyadic."""
    rng = random.Random(seed)
    arrays = [integers(t, dtype, rng, top) for t in spec.inputs]
    results = call(spec, dtype, arrays)
    values, exact = meaning(spec, arrays)
    for t, r in zip(spec.outputs, results, strict=True):
        expected = values[t.name]
        if exact and all(v == -INF or dyadic(v) for v in expected):
            assert r.ravel().tolist() == expected, (spec.name, dtype)
        else:
            np.testing.assert_allclose(r.ravel(), [float(v) for v in expected], rtol=2e-5, atol=1e-6)
    return results


# ------------------------------------------------------------ models


def model_of(shape: tuple[int, ...], kind: str, layer: Layer) -> Model:
    """One layer (or one loss) as a model."""
    wiring = Wiring("m", shape)
    if layer.loss:
        wiring.add("E", layer, names={"target": "T"})
    else:
        wiring.add("Y", layer, names={"weight": "F"} if kind in ("conv2d", "linear") else {})
        wiring.add("E", layer_class("mse")(), names={"target": "T"})
    return wiring.finish()


def layer_specs(model: Model) -> tuple[KernelSpec, ...]:
    """The kernels of the first layer."""
    return tuple(s for s in model_specs(backpropagate(model)) if s.layer == model.nodes[0].name)


def forward_agrees(model: Model, dtype: str, seed: int, top: int = 2) -> None:
    """The forward kernel against the reference, exactly on integers (near for exp and log)."""
    rng = random.Random(seed)
    node = model.nodes[0]
    spec = layer_specs(model)[0]
    arrays = [abs(integers(t, dtype, rng, top)) % top if t.kind == "index" else integers(t, dtype, rng)
              for t in spec.inputs]
    by_role = {role: a for (_, role), a in zip(spec.roles, arrays, strict=False)}
    keys = ("input", "weight", "bias", "target")
    expected = FORWARD[node.layer.kind](*(by_role[k] for k in keys if k in by_role), **node.layer.options())
    results = call(spec, dtype, arrays)
    for r, e in zip(results, expected if isinstance(expected, tuple) else (expected,), strict=True):
        if node.layer.loss:
            np.testing.assert_allclose(r, e, rtol=1e-5)
        else:
            np.testing.assert_array_equal(r, e)


Config = tuple[tuple[int, ...], Any]


@st.composite
def convolutions(draw: st.DrawFn) -> Config:
    """Shapes, strides, paddings and so on that differ on the two axes."""

    def pair(low: int, high: int) -> tuple[int, int]:
        return draw(st.integers(low, high)), draw(st.integers(low, high))

    groups = draw(st.integers(1, 3))
    c, o = groups * draw(st.integers(1, 2)), groups * draw(st.integers(1, 3))
    layer = layer_class("conv2d")(
        c, o, pair(1, WINDOWS), stride=pair(1, 3), padding=(pair(0, 2), pair(0, 2)), dilation=pair(1, 2),
        groups=groups, bias=draw(st.booleans()),
    )
    shape = (draw(st.integers(1, 3)), c, *pair(1, 9))
    try:
        layer.fragment(shape)
    except SizeError:
        assume(False)
    return shape, layer


@st.composite
def pools(draw: st.DrawFn) -> Config:
    """Windows that may overlap, hang over padding, or hold no cell at all."""

    def pair(low: int, high: int) -> tuple[int, int]:
        return draw(st.integers(low, high)), draw(st.integers(low, high))

    kernel = pair(1, WINDOWS)
    half_pads = tuple((draw(st.integers(0, k // 2)), draw(st.integers(0, k // 2))) for k in kernel)
    layer = layer_class("max_pool2d")(
        kernel, stride=draw(st.one_of(st.none(), st.just(pair(1, 3)))), padding=half_pads, dilation=pair(1, 3),
        ceil_mode=draw(st.booleans()),
    )
    shape = (draw(st.integers(1, 2)), draw(st.integers(1, 2)), *pair(1, 9))
    try:
        layer.fragment(shape)
    except SizeError:
        assume(False)
    return shape, layer


SHAPES = st.lists(st.integers(1, 4), min_size=2, max_size=5).map(tuple)
ROWS = st.tuples(st.integers(1, 4), st.integers(1, 5))

VALUES = st.sampled_from([NAN, INF, -INF, 0.0, -0.0, 1.0, 1.0, 2.0])


def spec_of(*equations: Equation) -> KernelSpec:
    """A kernel of some equations, the last of which is the result, with the argmax before it if there is one."""
    made = {q.target.name for q in equations}
    inputs = {t.name: t for q in equations for t in q.reads if t.name not in made}
    last = equations[-1]
    outputs = tuple(q.target for q in equations if q.target == last.target or q.target == last.winner)
    return KernelSpec("made", "m", "l", last.target.name, "forward", tuple(inputs.values()), outputs, equations)
