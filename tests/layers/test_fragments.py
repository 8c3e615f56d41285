"""Each layer's equations, evaluated, against the hand-written NumPy forward of the same layer."""

from __future__ import annotations

import dataclasses
import random
from typing import Any

import numpy as np
import pytest

from symconv import reference
from symconv.kernels.properties import is_exact
from symconv.layers.common.fragment import Authored, Fragment, Layer
from symconv.layers.common.registry import classes, kinds, layer_class
from symconv.layers.common.spatial import output_sizes, window
from symconv.layers.conv2d import Conv2d
from symconv.layers.max_pool2d import MaxPool2d
from symconv.layers.relu import ReLU
from symconv.layers.softmax_cross_entropy import CrossEntropyLoss
from symconv.notation.evaluate import evaluate
from symconv.notation.rewrite import instantiate
from symconv.notation.rings import EXACT, FLOAT, Ring
from symconv.notation.tensor import Tensor
from tests.support import random_layer

Arrays = dict[str, np.ndarray[Any, Any]]


def arrays(fragment: Fragment, rng: np.random.Generator, *, special: bool = False) -> Arrays:
    """Small integers for every input and parameter, class numbers for targets; with NaN and infinities if asked."""
    made: Arrays = {}
    for t in (*fragment.inputs, *fragment.parameters):
        shape = fragment.shape(t)
        if t.kind == "index":
            made[t.name] = rng.integers(0, fragment.shape(fragment.inputs[0])[-1], shape)
        elif t.name == "running_var":
            made[t.name] = rng.integers(1, 4, shape).astype(np.float64)
        else:
            made[t.name] = rng.integers(-3, 4, shape).astype(np.float64)
            if special:
                values = np.array([np.nan, np.inf, -np.inf, -0.0])
                made[t.name] = np.where(rng.random(shape) < 0.3, rng.choice(values, shape), made[t.name])
    return made


def run(fragment: Fragment, data: Arrays, ring: Ring = FLOAT) -> Arrays:
    """Every equation of a fragment, as arrays of the shapes that the fragment states."""
    values: dict[str, list[Any]] = {
        name: [int(x) if a.dtype.kind == "i" else float(x) for x in a.ravel()] for name, a in data.items()
    }
    if ring is EXACT:
        values = {name: [int(x) for x in v] for name, v in values.items()}
    for q in fragment.equations:
        values[q.target.name] = evaluate(instantiate(q, fragment.sizes), values, ring)
    return {
        q.target.name: np.array(values[q.target.name], dtype=float).reshape(fragment.shape(q.target))
        for q in fragment.equations
    }


def oracle(layer: Any, fragment: Fragment, data: Arrays) -> Arrays:
    """The reference's results, under the names of the fragment's tensors."""
    result = reference.FORWARD[layer.kind](*data.values(), **layer.options())
    results = result if isinstance(result, tuple) else (result,)
    return dict(zip(("output", *fragment.saved), results, strict=True))


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("kind", kinds())
def test_the_forward_pass_is_that_of_the_reference(kind: str, seed: int) -> None:
    layer, shapes = random_layer(kind, random.Random(seed))
    fragment = layer.fragment(*shapes)
    data = arrays(fragment, np.random.default_rng(seed))
    exact = is_exact(tuple(instantiate(q, fragment.sizes) for q in fragment.equations))
    got = run(fragment, data)
    for name, expected in oracle(layer, fragment, data).items():
        assert got[name].shape == np.shape(expected)
        if not exact:
            np.testing.assert_allclose(got[name], expected, rtol=1e-12, atol=1e-12)
        else:
            np.testing.assert_array_equal(got[name], expected)
            np.testing.assert_array_equal(run(fragment, data, EXACT)[name], np.maximum(expected, -(10.0**30)))


@pytest.mark.parametrize("seed", range(8))
def test_pooling_with_ties_nan_and_infinities(seed: int) -> None:
    layer, shapes = random_layer("max_pool2d", random.Random(100 + seed))
    fragment = layer.fragment(*shapes)
    data = arrays(fragment, np.random.default_rng(seed), special=True)
    got = run(fragment, data)
    for name, expected in oracle(layer, fragment, data).items():
        np.testing.assert_array_equal(got[name], expected)


def test_relu_of_special_values() -> None:
    fragment = ReLU().fragment((6,))
    x = np.array([np.nan, np.inf, -np.inf, -0.0, 0.0, 1e-320])
    np.testing.assert_array_equal(run(fragment, {"input": x})["output"], reference.relu(x))


def test_a_window_without_any_input() -> None:
    layer = MaxPool2d(2, stride=1, dilation=4, padding=1)
    fragment = layer.fragment((1, 1, 3, 3))
    data = {"input": np.arange(9.0).reshape(1, 1, 3, 3)}
    expected = oracle(layer, fragment, data)
    assert (expected["argmax"] == -1).any()
    for name, array in run(fragment, data).items():
        np.testing.assert_array_equal(array, expected[name])


# ------------------------------------------------------------ what a fragment is


@pytest.mark.parametrize("kind", kinds())
def test_every_layer_keeps_the_contract(kind: str) -> None:
    layer, shapes = random_layer(kind, random.Random(0))
    assert isinstance(layer, Layer) and type(layer) is layer_class(kind) and layer.kind == kind
    fragment = layer.fragment(*shapes)
    assert [fragment.shape(t) for t in fragment.inputs[: len(shapes)]] == list(shapes)
    assert fragment.inputs[0].name == fragment.names.get(fragment.inputs[0].name, "input")
    assert set(fragment.data) <= {t.name for t in (*fragment.inputs[1:], *fragment.parameters)}
    assert layer.loss == (fragment.output.shape == ())
    names = [t.name for t in (*fragment.inputs, *fragment.parameters, *(q.target for q in fragment.equations))]
    assert len(set(names)) == len(names)
    assert set(fragment.saved) | set(fragment.constants) | set(fragment.internal) <= set(names)
    for q in fragment.equations:
        for t in (q.target, *q.operands):
            assert len(t.axes) == len(set(t.axes))
            assert all(n >= 1 for n in fragment.shape(t))
        assert instantiate(q, fragment.sizes).target.sizes == fragment.shape(q.target)
    for name in layer.inferred:
        assert hasattr(layer, name)


@pytest.mark.parametrize("kind", [k for k in kinds() if not issubclass(layer_class(k), Authored)])
def test_the_equations_do_not_depend_on_the_numbers(kind: str) -> None:
    """Sizes are symbols, so that a derivation is made once for all of them."""
    found: dict[Any, Any] = {}
    for seed in range(40):
        layer, shapes = random_layer(kind, random.Random(seed))
        sizes = {f.name for f in dataclasses.fields(layer) if isinstance(getattr(layer, f.name), bool | str | float)}
        form = (layer.groups > 1,) if hasattr(layer, "groups") else ()
        form += tuple(getattr(layer, name) for name in sorted(sizes))
        form += tuple(getattr(layer, name, None) for name in ("dim", "divisor_override", "negative_slope", "p"))
        form += (any(map(any, layer.options()["padding"])),) if kind.startswith("avg") else ()
        form += (len(layer.options()["normalized_shape"]),) if kind == "layer_norm" else ()
        found.setdefault((len(shapes), len(shapes[0]), form), set()).add(layer.fragment(*shapes).equations)
    assert all(len(equations) == 1 for equations in found.values())
    assert len(found) < 30


def test_the_registry_finds_every_layer() -> None:
    assert kinds() == tuple(sorted(kinds())) and set(kinds()) == set(reference.FORWARD)
    assert classes()["Conv2d"] == "conv2d" and set(classes().values()) == set(kinds())
    with pytest.raises(ModuleNotFoundError):
        layer_class("conv9d")


# ------------------------------------------------------------ spatial rank


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_the_rank_is_a_parameter(rank: int) -> None:
    """conv and pooling with 1 or 3 spatial axes are the same code with another number."""
    conv = type("Conv", (Conv2d,), {"rank": rank})(2, 2, (2, 1, 2)[:rank], stride=2, padding=1, groups=2, bias=True)
    pool = type("Pool", (MaxPool2d,), {"rank": rank})((2, 3, 2)[:rank], stride=1, padding=1)
    shape = (2, 2, *(4, 3, 3)[:rank])
    for layer in (conv, pool):
        fragment = layer.fragment(shape)
        data = arrays(fragment, np.random.default_rng(rank))
        got = run(fragment, data)
        for name, expected in oracle(layer, fragment, data).items():
            np.testing.assert_array_equal(got[name], expected)


def test_windows_for_any_rank() -> None:
    w = window(3, ("k", "l", "m"))
    assert [str(a) for a in w.accesses] == ["d_1*i + k*s_1 - p_1", "d_2*j + l*s_2 - p_2", "d_3*h + m*s_3 - p_3"]
    assert [i.name for i in w.kernel] == ["i", "j", "h"] and [i.name for i in w.output] == ["k", "l", "m"]
    assert [d.text for d in output_sizes(window(2, ("k", "l")))] == [
        "floor((n_u + p_1 + p_1' - d_1(n_i - 1) - 1)/s_1) + 1",
        "floor((n_v + p_2 + p_2' - d_2(n_j - 1) - 1)/s_2) + 1",
    ]
    assert all("lceil" in d.latex and "ceil(" in d.text for d in output_sizes(w, ceil_mode=True))


def test_shapes_of_a_fragment() -> None:
    fragment = Conv2d(4, 6, (2, 3), groups=2, bias=True).fragment((5, 4, 7, 8))
    assert [fragment.shape(t) for t in (*fragment.inputs, *fragment.parameters, fragment.output)] == [
        (5, 4, 7, 8), (6, 2, 2, 3), (6,), (5, 6, 6, 6)
    ]
    assert fragment.shape(Tensor("E")) == ()
    assert CrossEntropyLoss().fragment((2, 3)).internal == ("argmax", "shift", "exponentials", "total")
    assert MaxPool2d(2).fragment((1, 1, 4, 4)).saved == ("argmax",)
