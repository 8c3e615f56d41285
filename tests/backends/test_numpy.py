"""The numpy target: every equation's kernel against the equation itself, and against the reference."""

from __future__ import annotations

import ast
import math
import random
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy as sp
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from symconv.backends import numpy as target
from symconv.derivation.backpropagate import backpropagate
from symconv.errors import SizeError
from symconv.kernels.spec import KernelSpec, model_specs
from symconv.layers.common.fragment import Layer
from symconv.layers.common.registry import layer_class
from symconv.model import Model, Wiring
from symconv.notation.evaluate import evaluate
from symconv.notation.functions import relu, step
from symconv.notation.guards import Divides, Equal, Range
from symconv.notation.index import Index, indices, symbol
from symconv.notation.rings import EXACT, FLOAT
from symconv.notation.tensor import Tensor
from symconv.notation.term import Equation, Term, equation, plus
from symconv.reference import FORWARD, max_pool

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


@given(convolutions(), st.sampled_from(DTYPES), st.integers(0, 99))
@settings(max_examples=50)
def test_convolution(config: Config, dtype: str, seed: int) -> None:
    model = model_of(config[0], "conv2d", config[1])
    forward_agrees(model, dtype, seed)
    for spec in layer_specs(model):
        agree(spec, dtype, seed)
        short_loops(spec, config[1].options())


@given(pools(), st.sampled_from(DTYPES), st.integers(0, 99))
@settings(max_examples=50)
def test_pooling(config: Config, dtype: str, seed: int) -> None:
    model = model_of(config[0], "max_pool2d", config[1])
    forward_agrees(model, dtype, seed)
    taps = math.prod(config[1].options()["kernel_size"])
    for spec in layer_specs(model):
        agree(spec, dtype, seed, top=taps)
        short_loops(spec, config[1].options())


@given(SHAPES, st.sampled_from(["relu", "flatten", "mse"]), st.sampled_from(DTYPES), st.integers(0, 99))
@settings(max_examples=40)
def test_entry_by_entry(shape: tuple[int, ...], kind: str, dtype: str, seed: int) -> None:
    model = model_of(shape, kind, layer_class(kind)())
    forward_agrees(model, dtype, seed)
    for spec in layer_specs(model):
        agree(spec, dtype, seed)
        assert loops(source(spec, dtype)) == []


@given(ROWS, st.integers(1, 4), st.booleans(), st.sampled_from(DTYPES), st.integers(0, 99))
@settings(max_examples=30)
def test_linear(shape: tuple[int, int], features: int, bias: bool, dtype: str, seed: int) -> None:
    model = model_of(shape, "linear", layer_class("linear")(shape[1], features, bias=bias))
    forward_agrees(model, dtype, seed)
    for spec in layer_specs(model):
        agree(spec, dtype, seed)
        assert loops(source(spec, dtype)) == []


@given(ROWS, st.sampled_from(DTYPES), st.integers(0, 99))
@settings(max_examples=30)
def test_cross_entropy(shape: tuple[int, int], dtype: str, seed: int) -> None:
    model = model_of(shape, "softmax_cross_entropy", layer_class("softmax_cross_entropy")())
    forward_agrees(model, dtype, seed, top=shape[1])
    for spec in layer_specs(model):
        agree(spec, dtype, seed, top=shape[1])
        assert loops(source(spec, dtype)) == []


# ------------------------------------------------------------ special values


VALUES = st.sampled_from([NAN, INF, -INF, 0.0, -0.0, 1.0, 1.0, 2.0])


@given(pools(), st.sampled_from(DTYPES), st.data())
@settings(max_examples=30)
def test_pooling_of_special_values(config: Config, dtype: str, data: st.DataObject) -> None:
    """Ties, NaN and infinities win as in the reference: the first maximum, the last NaN."""
    shape, layer = config
    spec, backward = layer_specs(model_of(shape, "max_pool2d", layer))
    numbers = data.draw(st.lists(VALUES, min_size=math.prod(shape), max_size=math.prod(shape)))
    array = np.array(numbers, dtype).reshape(shape)
    values, places = call(spec, dtype, [array])
    expected = max_pool(array, **layer.options())
    np.testing.assert_array_equal(values, expected[0])
    np.testing.assert_array_equal(places, expected[1])
    # What flows back is chosen, not multiplied: NaN and infinities stay where they belong.
    upstream = np.full(values.shape, INF, dtype)
    arrays = {"P_argmax": places}
    (gradient,) = call(backward, dtype, [arrays.get(t.name, places if t.kind == "index" else upstream)
                                         for t in backward.inputs])
    assert not np.isnan(gradient).any()
    assert np.isinf(gradient).any() == bool((places >= 0).any())


def test_one_hot_chooses() -> None:
    """An infinite logit that is not the target's does not reach the loss by 0 * inf."""
    t, w, y = Tensor("T", (2,), ("b",), "index"), Tensor("W", (3, 2), ("o", "f")), Tensor("Y", (2, 2), ("b", "f"))
    b, o, f = map(symbol, "bof")
    q = equation(y, (b, f), w[o, f], (t, w), bound=indices(o=3), guards=(Equal(t[b] - o),))
    table = np.array([[1, 2], [INF, NAN], [3, 4]])
    (result,) = call(spec_of(q), "float64", [np.array([2, 0], np.int32), table])
    assert result.tolist() == [[3, 4], [1, 2]]


@pytest.mark.parametrize("dtype", DTYPES)
def test_relu_of_special_values(dtype: str) -> None:
    spec, gradient = layer_specs(model_of((1, 5), "relu", layer_class("relu")()))
    x = np.array([[NAN, INF, -INF, 0.0, -1.0]], dtype)
    (y,) = call(spec, dtype, [x])
    np.testing.assert_array_equal(y, np.array([[NAN, INF, 0, 0, 0]], dtype))
    (dx,) = call(gradient, dtype, [x if t.name == "A" else np.ones_like(x) for t in gradient.inputs])
    assert dx.tolist() == [[1, 1, 0, 0, 0]]
    up = np.array([[2, INF, NAN, -INF, NAN]], dtype)
    (dx,) = call(gradient, dtype, [x if t.name == "A" else up for t in gradient.inputs])
    assert dx.tolist() == [[2, INF, 0, 0, 0]]


# ------------------------------------------------------------ the text


def loops(text: str) -> list[tuple[int, ...]]:
    """The extents of every nest of ``for`` in the function, outermost first; anything but range(number) fails."""
    found: list[tuple[int, ...]] = []

    def visit(node: ast.AST, outer: tuple[int, ...]) -> None:
        assert not isinstance(node, ast.While | ast.comprehension)
        if isinstance(node, ast.For):
            assert isinstance(node.iter, ast.Call) and ast.unparse(node.iter.func) == "range"
            (extent,) = node.iter.args
            assert isinstance(extent, ast.Constant) and isinstance(extent.value, int)
            outer = (*outer, extent.value)
            found.append(outer)
        for child in ast.iter_child_nodes(node):
            visit(child, outer)

    visit(ast.parse(text), ())
    return found


def short_loops(spec: KernelSpec, options: dict[str, Any]) -> None:
    """No nest makes more passes than a window has taps."""
    kernel = options.get("kernel_size")
    if kernel is None:
        tensors = [t for q in spec.equations for t in (q.target, *q.operands)]
        kernel = next(t for t in tensors if t.name in ("F", "dF", "dY_bias")).sizes[2:]
    assert all(math.prod(nest) <= math.prod(kernel) for nest in loops(source(spec, "float32")))


def lenet() -> Model:
    wiring = Wiring("lenet", (2, 1, 28, 26))
    conv, pool = layer_class("conv2d"), layer_class("max_pool2d")
    wiring.add("C1", conv(1, 6, (5, 3)), names={"weight": "F1"})
    wiring.add("P1", pool((2, 3)))
    wiring.add("C2", conv(6, 16, (5, 3), padding=1, stride=2, bias=True), names={"weight": "F2"})
    wiring.add("R2", layer_class("relu")())
    wiring.add("P2", pool((3, 2), stride=1, padding=(1, 0)))
    wiring.add("X", layer_class("flatten")())
    wiring.add("Z", layer_class("linear")(wiring.shape()[1], 10, bias=True), names={"weight": "W"})
    wiring.add("E", layer_class("softmax_cross_entropy")(), names={"target": "T"})
    return wiring.finish()


@pytest.fixture(scope="module")
def lenet_specs() -> tuple[KernelSpec, ...]:
    return model_specs(backpropagate(lenet()))


def test_loops_are_over_taps(lenet_specs: tuple[KernelSpec, ...]) -> None:
    """Whatever a loop runs over, it is a side of a window."""
    sides = {"C1": (5, 3), "P1": (2, 3), "C2": (5, 3), "P2": (3, 2)}
    seen = set()
    for spec in lenet_specs:
        for nest in loops(source(spec, "float32")):
            assert nest == sides[spec.layer][: len(nest)], spec.name
            seen.add(spec.layer)
    assert seen == set(sides)  # the gradient by A of each, and each pooling


def test_products_reach_matmul(lenet_specs: tuple[KernelSpec, ...]) -> None:
    for spec in lenet_specs:
        if spec.layer in ("C1", "C2", "Z") and "bias" not in spec.quantity:
            assert " @ " in source(spec, "float32"), spec.name


def test_no_pattern_is_missed(lenet_specs: tuple[KernelSpec, ...]) -> None:
    """The last resort, arrays of indices, serves none of the layers."""
    for spec in lenet_specs:
        assert "np.add.at" not in source(spec, "float32"), spec.name


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_module(lenet_specs: tuple[KernelSpec, ...], dtype: str) -> None:
    """Deterministic, imports NumPy alone, defines one public function and only the helpers that it calls."""
    for spec in lenet_specs:
        text = source(spec, dtype)
        assert text == source(spec, dtype)
        assert text.startswith("# one\n#\n# two\n\nimport numpy as np\n") and text.endswith("\n")
        tree = ast.parse(text)
        imported = [ast.unparse(n) for n in ast.walk(tree) if isinstance(n, ast.Import | ast.ImportFrom)]
        assert imported == ["import numpy as np"]
        *helpers, function = [n for n in tree.body if isinstance(n, ast.FunctionDef)]
        assert [a.arg for a in function.args.args] == [t.name for t in spec.inputs]
        called = {n.id for n in ast.walk(function) if isinstance(n, ast.Name)}
        assert all(h.name in called for h in helpers)
        other = {"float32": "float64", "float64": "float32"}[dtype]
        assert other not in text


def test_names_do_not_collide() -> None:
    """Tensors may be called as the function's own locals and helpers would be."""
    wiring = Wiring("m", (2, 2, 7, 6), "windows")
    wiring.add("padded", layer_class("conv2d")(2, 2, 3, stride=2, padding=1), names={"weight": "product"})
    wiring.add("cell", layer_class("relu")())
    wiring.add("slice", layer_class("max_pool2d")(2, stride=1, padding=1))
    wiring.add("matrix", layer_class("flatten")())
    wiring.add("wins", layer_class("linear")(wiring.shape()[1], 2), names={"weight": "high"})
    wiring.add("x", layer_class("softmax_cross_entropy")(), names={"target": "where"})
    for spec in model_specs(backpropagate(wiring.finish())):
        agree(spec, "float32")


# ------------------------------------------------------------ equations that no layer has


def spec_of(*equations: Equation) -> KernelSpec:
    """A kernel of some equations, the last of which is the result, with the argmax before it if there is one."""
    made = {q.target.name for q in equations}
    inputs = {t.name: t for q in equations for t in q.reads if t.name not in made}
    last = equations[-1]
    outputs = tuple(q.target for q in equations if q.target == last.target or q.target == last.winner)
    return KernelSpec("made", "m", "l", last.target.name, "forward", tuple(inputs.values()), outputs, equations)


k, l, i, j, b, c, f, g, o, t, u = map(symbol, "klijbcfgotu")


def real(name: str, *shape: int) -> Tensor:
    return Tensor(name, tuple(map(sp.Integer, shape)), tuple("abcdefgh"[: len(shape)]))


STEPWISE = ("three operands", "lonely sums")
"""Summed over one index before the next factor comes: with infinite data inf - inf may come earlier than by terms."""


def sums() -> Iterator[tuple[str, Equation, str]]:
    """Name, equation, and what its text must contain."""
    a, y = real("A", 6), real("Y", 6)
    inside = Range(k + i - 1, sp.Integer(0), sp.Integer(6))
    bound = indices(i=3)
    padded = equation(y, (k,), sp.exp(a[k + i - 1]), (a,), bound=bound, guards=(inside,))
    yield "exp of padding counts for nothing", padded, "for i"
    yield "a count", equation(y, (k,), sp.Integer(1), (), bound=bound, guards=(inside,)), "for i"
    yield "a constant", equation(y, (k,), sp.Rational(2, 3), (), bound=bound), "(3)"
    yield "reversed", equation(y, (k,), a[5 - k], (a,)), "_at"
    yield "reversed windows", equation(real("Y", 4), (k,), a[5 - k - i] * 2, (a,), bound=bound), "for i"
    w = real("W", 3)
    yield "rotated filter", equation(real("Y", 4), (k,), a[k - i + 2] * w[i], (a, w), bound=bound), "as_strided"
    band = (Range(k - l, sp.Integer(-1), sp.Integer(2)),)
    m, v = real("M", 6, 6), real("V", 6)
    yield "a band", equation(y, (k,), m[k, l] * v[l], (m, v), bound=indices(l=6), guards=band), "_inside"
    yield "the diagonal", equation(y, (k,), m[k, k], (m,)), "np.arange"
    yield "into the diagonal", Equation(real("D", 6, 6), (Term((k, k), a[k], indices(k=6)),), (a,)), "np.add.at"
    d = real("D", 4)
    third = (Range(2 * k - i, sp.Integer(0), sp.Integer(12)), Divides(sp.Integer(3), 2 * k - i))
    yield "2k = 3z + i", equation(y, (k,), d[(2 * k - i) / 3], (d,), bound=bound, guards=third), "np.add.at"
    half = (Range(k - 2 * i + 1, sp.Integer(0), sp.Integer(8)), Divides(sp.Integer(2), k - 2 * i + 1))
    yield "strided", equation(y, (k,), sp.exp(d[(k - 2 * i + 1) / 2]), (d,), bound=bound, guards=half), "for i"
    scatter = Term((2 * k + i,), d[k] * w[i], indices(k=4, i=3))
    yield "scattered", Equation(real("Y", 9), (scatter,), (d, w)), "for i"
    p, q, r = real("P", 3, 8), real("Q", 8, 7), real("R", 7, 2)
    three = p[k, i] * q[i, j] * r[j, l]
    yield "three operands", equation(real("Y", 3, 2), (k, l), three, (p, q, r), bound=indices(i=8, j=7)), "np.einsum"
    lonely = p[k, i] * q[j, l]
    yield "lonely sums", equation(real("Y", 3, 7), (k, l), lonely, (p, q), bound=indices(i=8, j=8)), "np.einsum"
    x = real("X", 2, 12, 3)
    yield "digits", equation(real("Y", 2, 3, 2), (b, u, g), x[b, 6 * g + c, u], (x,), bound=indices(c=6)), "for g"
    x = real("X", 2, 40, 3)
    yield "long sums", equation(real("Y", 2, 3, 2), (b, u, g), x[b, 20 * g + c, u], (x,), bound=indices(c=20)), ".sum("
    shuffled = Term((b, 6 * c + 2 * k + i), real("X", 2, 3, 3, 2)[b, k, c, i], indices(b=2, c=2, k=3, i=2))
    yield "shuffled", Equation(real("Y", 2, 12), (shuffled,), (real("X", 2, 3, 3, 2),)), ".transpose"
    s = Tensor("S")
    yield "a scalar", equation(y, (k,), a[k] * s[()] / 4, (a, s)), "(4)"
    yield "squares", equation(Tensor("Y"), (), (a[i] - v[i]) ** 2 / 2, (a, v), free=(), bound=indices(i=6)), "** 2"
    yield "a fixed entry", equation(y, (k,), a[k] * w[1] + w[2], (a, w)), "W[1]"
    some = (Range(2 * i - k, sp.Integer(0), sp.Integer(3)),)
    yield "a guarded product", equation(y, (k,), a[i] * m[i, k], (a, m), bound=indices(i=6), guards=some), "for"
    flipped = equation(real("Y", 3, 4), (k, l), p[k, i] * q[i, l + 1], (p, q), bound=indices(i=8))
    yield "a part of an operand", flipped, " @ "
    yield "many products", equation(
        real("Y", 40, 5, 2), (b, k, g), real("A", 2, 40, 5, 6)[g, b, k, i] * real("B", 2, 6)[g, i],
        (real("A", 2, 40, 5, 6), real("B", 2, 6)), bound=indices(i=6),
    ), " @ "
    yield "a long sum in parts", equation(
        real("Y", 2, 3), (k, l), real("A", 3, 800, 2)[b, i, k] * real("B", 3, 800, 3)[b, i, l],
        (real("A", 3, 800, 2), real("B", 3, 800, 3)), bound=indices(b=3, i=800),
    ), ".sum(0)"
    z = real("B", 3, 3)
    rows = real("Y", 4, 3)
    yield "a function of an operand", equation(rows, (k, o), relu(a[k + i]) * relu(z[o, i]), (a, z), bound=bound), " @ "
    yield "a step chooses", equation(rows, (k, o), relu(a[k + i]) * step(z[o, i]) / 2, (a, z), bound=bound), "np.where"
    steps = step(z[o, i]) * step(a[k]) * a[k + i]
    yield "two steps choose", equation(rows, (k, o), steps, (a, z), bound=bound), " | "
    e, h = real("E", 2, 6), real("H", 5, 2, 3)
    window = e[c, k + i - 1] * h[o, c, i]
    yield "cut by the target", equation(
        real("Y", 5, 6), (o, k), window, (e, h), bound=indices(c=2, i=3), guards=(inside,)
    ), "_at(b"
    window, inside_2 = e[c, 2 * k + i - 1] * h[o, c, i], Range(2 * k + i - 1, sp.Integer(0), sp.Integer(6))
    yield "cut windows", equation(
        real("Y", 5, 4), (o, k), window, (e, h), bound=indices(c=2, i=3), guards=(inside_2,)
    ), "taps = "
    e3, h3 = real("E", 2, 6, 6), real("H", 2, 5, 3, 3, 4)
    both = (Range(2 * k + i - 1, sp.Integer(0), sp.Integer(6)), Range(l + j - 1, sp.Integer(0), sp.Integer(6)))
    yield "cut on both sides", equation(
        real("Y", 4, 3), (o, k), e3[c, 2 * k + i - 1, l + j - 1] * h3[c, l, i, j, o], (e3, h3),
        bound=indices(c=2, i=3, j=3, l=5), guards=both,
    ), "2 * (l.stop - l.start)"
    part = equation(
        real("Y", 5, 2, 3), (o, c, i), real("G", 5, 6)[o, k] * e[c, k + i - 1], (real("G", 5, 6), e),
        bound=indices(k=6), guards=(inside,),
    )
    yield "cut sums", part, " @ "
    edge = Range(k - 1, sp.Integer(0), sp.Integer(6))
    moved = equation(real("Y", 5, 9), (o, k), e[c, k - 1] * real("K", 5, 2)[o, c], (e, real("K", 5, 2)),
                     bound=indices(c=2), guards=(edge,))
    yield "moved by padding", moved, "1:7] += "
    late = (Range(k + i - 9, sp.Integer(0), sp.Integer(6)),)
    yield "a count of each", equation(y, (k,), a[k], (a,), bound=indices(i=9), guards=late), "for"


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("q", "expected"), [pytest.param(q, e, id=name) for name, q, e in sums()])
def test_an_equation_of_its_own(q: Equation, expected: str, dtype: str) -> None:
    spec = spec_of(q)
    assert expected in source(spec, dtype)
    for seed in range(3):
        agree(spec, dtype, seed)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("q", [pytest.param(q, id=name) for name, q, _ in sums() if name not in STEPWISE])
def test_absent_terms_stay_absent(q: Equation, dtype: str) -> None:
    """An infinite or NaN factor reaches the entries whose terms hold it and no other: no product meets a made-up 0."""
    spec = spec_of(q)
    for seed in range(4):
        rng = random.Random(seed)
        arrays = [integers(t, dtype, rng) for t in spec.inputs]
        for t, a in zip(spec.inputs, arrays, strict=True):
            for n in rng.sample(range(t.length), min(t.length, 1 + t.length // 8)) if t.kind == "real" else ():
                a.ravel()[n] = rng.choice([NAN, INF, -INF])
        with np.errstate(all="ignore"):
            (result,) = call(spec, dtype, arrays)
        values = {t.name: a.ravel().tolist() for t, a in zip(spec.inputs, arrays, strict=True)}
        np.testing.assert_allclose(result.ravel(), evaluate(q, values, FLOAT), rtol=2e-5)


@pytest.mark.parametrize("dtype", DTYPES)
def test_terms_add_up(dtype: str) -> None:
    """Whole terms, parts and scatterings of one target, in any order."""
    a, w, y = real("A", 8), real("W", 3), real("Y", 8)
    parts = [
        Equation(y, (Term((k + i,), a[k] * w[i], indices(k=6, i=3)),), (a, w)),
        equation(y, (k,), -a[k], (a,)),
        Equation(y, (Term((2 * k + 1,), a[k] / 2, indices(k=4)),), (a,)),
        Equation(y, (Term((sp.Integer(3),), w[i], indices(i=3)),), (w,)),
    ]
    for turn in range(4):
        order = parts[turn:] + parts[:turn]
        agree(spec_of(plus(order[0], *order[1:])), dtype, turn)


def extrema() -> Iterator[tuple[str, Equation, str]]:
    x = real("X", 4, 9)
    window = indices(c=4, i=3)
    yield "channels and a window", equation(real("Y", 3), (k,), x[c, 3 * k + i], (x,), bound=window), "for c"
    padded = (Range(2 * k + i - 3, sp.Integer(0), sp.Integer(9)),)
    yield "padded", equation(real("Y", 7), (k,), x[c, 2 * k + i - 3], (x,), bound=window, guards=padded), "_inside"
    yield "along an axis", equation(real("Y", 9), (k,), x[c, k], (x,), bound=indices(c=4)), "max"
    yield "of an expression", equation(real("Y", 4), (k,), x[k, i] - x[i, k], (x,), bound=indices(i=4)), "for i"
    empty = (Range(k + i, sp.Integer(3), sp.Integer(9)),)
    yield "empty windows", equation(real("Y", 5), (k,), x[1, k + i], (x,), bound=indices(i=2), guards=empty), "_inside"
    m = real("M", 6, 8)
    yield "on a diagonal", equation(real("Y", 6), (k,), m[k, k + i], (m,), bound=indices(i=3)), "_place_valid"
    yield "guarded diagonal", equation(
        real("Y", 6), (k,), m[k, k + i], (m,), bound=indices(i=4), guards=(Range(k + i, sp.Integer(2), sp.Integer(8)),)
    ), "_place_valid"


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("q", "expected"), [pytest.param(q, e, id=name) for name, q, e in extrema()])
def test_a_maximum_of_its_own(q: Equation, expected: str, dtype: str) -> None:
    """The maximum alone, its place alone, and both at once, with ties."""
    place = Tensor("J", q.target.shape, q.target.axes, "index")
    best = Equation(q.target, q.terms, q.operands, "max", place)
    where = Equation(place, q.terms, q.operands, "argmax")
    both = spec_of(where, best)
    assert {t.name for t in both.outputs} == {"J", "Y"}
    assert expected in source(both, dtype)
    for seed in range(3):
        agree(both, dtype, seed)
        agree(spec_of(best), dtype, seed)
        agree(spec_of(where), dtype, seed)


@given(st.lists(VALUES, min_size=12, max_size=12), st.sampled_from(DTYPES))
def test_places_along_an_axis(numbers: list[float], dtype: str) -> None:
    """Along a whole axis, and by arrays of indices, the same cell wins as in a window."""
    array = np.array(numbers, dtype).reshape(3, 4)
    _, expected = max_pool(array.reshape(3, 1, 4), kernel_size=4)
    x, y, place = real("X", 3, 4), real("Y", 3), Tensor("J", (3,), ("a",), "index")
    along = equation(place, (k,), x[k, i], (x,), bound=indices(i=4), reduction="argmax")
    best = equation(y, (k,), x[k, i], (x,), bound=indices(i=4), reduction="max", winner=place)
    places, values = call(spec_of(along, best), dtype, [array])
    assert places.tolist() == expected.ravel().tolist()
    np.testing.assert_array_equal(values, [row[n] for row, n in zip(array, places, strict=True)])
    line = real("X", 12)
    square = equation(
        real("Y", 1), (k,), line[4 * k + i], (line,), free=(Index("k", 1),), bound=indices(i=12), reduction="max"
    )
    np.testing.assert_array_equal(call(spec_of(square), dtype, [array.ravel()])[0], [array.max()])


@pytest.mark.parametrize("dtype", DTYPES)
def test_nothing_is_upcast(dtype: str) -> None:
    """Thirds are quotients in the element type, not rounded literals of another."""
    a, y = real("A", 5), real("Y", 5)
    q = equation(y, (k,), a[k] / 3, (a,))
    x = np.array([1, 2, 5, 7, 1e-3], dtype)
    (result,) = call(spec_of(q), dtype, [x])
    assert (result == x / np.dtype(dtype).type(3)).all()
