"""The numpy target: every layer's kernel against its equation and the reference, special values, the text."""

from __future__ import annotations

import ast
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symconv.derivation.backpropagate import backpropagate
from symconv.kernels.spec import KernelSpec, model_specs
from symconv.layers.common.registry import layer_class
from symconv.model import Model, Wiring
from symconv.notation.guards import Equal
from symconv.notation.index import indices, symbol
from symconv.notation.tensor import Tensor
from symconv.notation.term import equation
from symconv.reference import max_pool
from tests.backends.numpy_cases import (
    DTYPES,
    INF,
    NAN,
    ROWS,
    SHAPES,
    VALUES,
    Config,
    agree,
    call,
    convolutions,
    forward_agrees,
    layer_specs,
    model_of,
    pools,
    source,
    spec_of,
)

k, l, i, j, b, c, f, g, o, t, u = map(symbol, "klijbcfgotu")


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
