"""Forward and every gradient of every layer against PyTorch's autograd, at random configurations.

Every third configuration has -0.0, NaN and infinities among its inputs, its parameters and the gradient of its output,
but for those that ``LEFT_OUT`` and ``EQUATIONS_LEFT_OUT`` name, with the reason; ``CHANGED`` has the hyper-parameters
that are changed for that. What PyTorch refuses or has no argument for is in ``refusal``; all else it must take.
"""

from __future__ import annotations

import random
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np
import pytest

import symconv
from symconv.backends.common.registry import backend
from symconv.backends.common.variants import Variant
from symconv.derivation.layer import roles
from symconv.kernels.single import single_node, single_spec
from symconv.layers.common.registry import kinds
from tests.equations import CASES
from tests.frameworks.torch_equations import EQUATIONS
from tests.support import Shapes, fits, random_layer

pytestmark = pytest.mark.slow
torch = pytest.importorskip("torch")
torch.set_num_threads(1)  # the tests themselves run side by side

EACH = 36
"""Configurations of each kind; 30 kinds make more than a thousand."""
VALUES = (-0.0, np.inf, -np.inf, np.nan)
INFINITE = (np.inf, -np.inf)

PADDED = "a term whose guard fails is absent here; PyTorch multiplies a zero of padding, and 0 times infinity is NaN"
CHANGED: dict[str, tuple[dict[str, object], str]] = {
    **dict.fromkeys(("conv1d", "conv2d", "conv3d", "conv_transpose2d"), ({"padding": 0}, PADDED)),
    "leaky_relu": ({"negative_slope": 0.25}, "a slope of 0 is no term here; PyTorch multiplies infinity by it"),
}
"""What is changed in a configuration whose values are special, and why."""

ORDER = "PyTorch adds the parts of the gradient in another order, and inf - inf is NaN"
LEFT_OUT: dict[tuple[str, str], tuple[tuple[float, ...], str]] = {
    ("batch_norm2d", "parameter"): (INFINITE, "PyTorch folds mean, variance, weight and bias into two numbers first"),
    ("batch_norm2d", "upstream"): (INFINITE, ORDER),
    ("gelu", "input"): ((np.inf,), "PyTorch gives NaN at inf where it computes several float32 at once, else inf"),
    ("layer_norm", "upstream"): (INFINITE, ORDER),
    ("leaky_relu", "input"): ((np.nan,), "PyTorch takes the slope of the left side at NaN; here it is 1"),
}
"""By kind and place the values that are not put there, and why; all other kinds get all values everywhere."""

ABSENT = "terms that are absent here are multiplied by 0 in what stands for it in PyTorch"
EQUATIONS_LEFT_OUT = {
    "dilated attention scores": ABSENT, "every second": ABSENT, "trace": ABSENT, "triangular": ABSENT,
    "wave stencil": "PyTorch's words add before they multiply: inf - inf there is no inf - inf here",
    "gated": "PyTorch multiplies factor by factor from the output back, 0 times infinity at another place",
}
"""Equations that get no special values, by the name of the case, and why."""

TOLERANCE = {"float32": 2e-5, "float64": 1e-11}


def padded(x: Any, pads: Any) -> Any:
    """Zeros around the spatial axes, each side by itself."""
    flat = [n for pair in reversed(pads) for n in pair]
    return torch.nn.functional.pad(x, flat)


def symmetric(pads: Any) -> bool:
    return all(a == b for a, b in pads)


def name_of(layer: Any) -> str:
    """The name of the case that an equation layer is."""
    (name,) = [name for name, case in CASES.items() if case.text == layer.equation]
    return name


def refusal(layer: Any, shapes: Shapes) -> tuple[str, str]:
    """What PyTorch has no argument for, or what it refuses: the reason, and the message of its refusal.

    Everything else it must take, so that a layer that takes more than PyTorch does is seen.
    """
    o = layer.options()
    sizes = shapes[0][2:]
    if "pool" in layer.kind and "padding" in o and not symmetric(o["padding"]):
        return "its pooling pads both sides alike", ""
    if layer.kind == "avg_pool1d" and o["divisor_override"]:
        return "avg_pool1d has no divisor_override", ""
    if layer.kind == "avg_pool3d" and any(n < k for n, k in zip(sizes, o["kernel_size"], strict=True)):
        return "avg_pool3d takes no input below its window, even padded", "smaller than kernel size"
    if layer.kind == "batch_norm2d" and layer.training and shapes[0][0] * prod(sizes) == 1:
        return "a single value has no variance", "Expected more than 1 value per channel when training"
    return "", ""


def forward(layer: Any, xs: list[Any]) -> Any:
    """The layer's output by PyTorch's own functions."""
    f, o = torch.nn.functional, layer.options()
    match layer.kind:
        case "conv1d" | "conv2d" | "conv3d":
            run = {1: f.conv1d, 2: f.conv2d, 3: f.conv3d}[layer.rank]
            bias = xs[2] if layer.bias else None
            return run(padded(xs[0], o["padding"]), xs[1], bias, o["stride"], 0, o["dilation"], o["groups"])
        case "conv_transpose2d":
            bias = xs[2] if layer.bias else None
            begin = [min(p) for p in o["padding"]]
            more = (o["output_padding"], o["groups"], o["dilation"])
            y = f.conv_transpose2d(xs[0], xs[1], bias, o["stride"], begin, *more)
            cut = [(a - m, b - m) for (a, b), m in zip(o["padding"], begin, strict=True)]
            return y[:, :, cut[0][0]: y.shape[2] - cut[0][1], cut[1][0]: y.shape[3] - cut[1][1]]
        case "max_pool1d" | "max_pool2d" | "max_pool3d":
            run = {1: f.max_pool1d, 2: f.max_pool2d, 3: f.max_pool3d}[layer.rank]
            pad = [p for p, _ in o["padding"]]
            return run(xs[0], o["kernel_size"], o["stride"], pad, o["dilation"], o["ceil_mode"])
        case "avg_pool1d" | "avg_pool2d" | "avg_pool3d":
            run = {1: f.avg_pool1d, 2: f.avg_pool2d, 3: f.avg_pool3d}[layer.rank]
            pad = [p for p, _ in o["padding"]]
            more = () if layer.rank == 1 else (o["divisor_override"],)
            return run(xs[0], o["kernel_size"], o["stride"], pad, o["ceil_mode"], o["count_include_pad"], *more)
        case "zero_pad2d":
            return padded(xs[0], o["padding"])
        case "global_avg_pool2d":
            return f.adaptive_avg_pool2d(xs[0], 1)
        case "linear":
            return f.linear(*xs)
        case "flatten":
            return torch.flatten(xs[0], 1)
        case "relu" | "sigmoid" | "tanh":
            return getattr(torch, layer.kind)(xs[0])
        case "leaky_relu":
            return f.leaky_relu(xs[0], layer.negative_slope)
        case "gelu":
            return f.gelu(xs[0], approximate=layer.approximate)
        case "softmax":
            return torch.softmax(xs[0], layer.dim)
        case "batch_norm2d":
            given = list(xs[1:])
            mean, variance = (None, None) if layer.training else (given.pop(0), given.pop(0))
            weight, bias = given if layer.affine else (None, None)
            return f.batch_norm(xs[0], mean, variance, weight, bias, layer.training, 0.0, layer.eps)
        case "layer_norm":
            weight, bias = (*xs[1:], None, None)[:2]
            return f.layer_norm(xs[0], o["normalized_shape"], weight, bias, layer.eps)
        case "dropout":
            return xs[0] * xs[1] / (1 - layer.p)
        case "add":
            return sum(xs[1:], xs[0])
        case "concat":
            return torch.cat(xs, layer.dim)
        case "bias" | "scale":
            column = xs[1].reshape(1, -1, *[1] * (xs[0].ndim - 2))
            return xs[0] + column if layer.kind == "bias" else xs[0] * column
        case "mse":
            return f.mse_loss(*xs)
        case "softmax_cross_entropy":
            return f.cross_entropy(xs[0], xs[1].long())
        case "equation":
            return EQUATIONS[name_of(layer)](*xs)
    raise AssertionError(layer.kind)


def placed(kind: str, place: str, shape: tuple[int, ...], rng: np.random.Generator, x: Any) -> Any:
    """The array with special values here and there, as far as they are not left out."""
    left_out, _ = LEFT_OUT.get((kind, place), ((), ""))
    values = np.array([v for v in VALUES if not any(np.array_equal(v, w, equal_nan=True) for w in left_out)])
    return np.where(rng.random(shape) < 0.15, rng.choice(values, shape), x) if len(values) else x


def data(layer: Any, shapes: Shapes, rng: np.random.Generator, dtype: str, special: bool) -> dict[str, Any]:
    """Numbers by role: small integers with many ties, or normal ones; NaN and infinities among them if asked."""
    fragment = layer.fragment(*shapes)
    found: dict[str, Any] = {}
    ties = rng.random() < 0.5 and layer.kind not in ("batch_norm2d", "layer_norm")
    for t in (*fragment.inputs, *fragment.parameters):
        shape = fragment.shape(t)
        if t.kind == "index":
            found[t.name] = rng.integers(0, shapes[0][1], shape).astype(np.int32)
            continue
        x = rng.integers(-2, 3, shape) if ties else rng.normal(0, 1, shape)
        if t.name == "running_var":
            x = rng.uniform(0.5, 2, shape)
        if special:
            place = "input" if t in fragment.inputs and t.name not in fragment.data else "parameter"
            x = placed(layer.kind, place, shape, rng, x)
        found[t.name] = x.astype(dtype)
    return found


def kernel(layer: Any, shapes: Shapes, role: str | None, target: str, dtype: str) -> tuple[Any, Any]:
    spec = single_spec(layer, shapes if len(shapes) > 1 else shapes[0], role)
    text = Variant(spec, target, "loops", dtype).source("made by a test")
    return spec, backend(target).load(text, spec, dtype, "loops")


def check(layer: Any, shapes: Shapes, seed: int, target: str, dtype: str, special: bool) -> bool:
    """One configuration; False where PyTorch does not have it."""
    rng = np.random.default_rng(seed)
    fragment = layer.fragment(*shapes)
    given = data(layer, shapes, rng, dtype, special)
    tensors = {n: torch.from_numpy(a.copy()) for n, a in given.items()}
    asked = roles(fragment)
    for n in asked:
        tensors[n].requires_grad_(True)
    reason, message = refusal(layer, shapes)
    if message:
        with pytest.raises((RuntimeError, ValueError), match=message):
            forward(layer, list(tensors.values()))
    if reason:
        return False
    y = forward(layer, list(tensors.values()))
    node = single_node(layer, shapes if len(shapes) > 1 else shapes[0])
    spec, run = kernel(layer, shapes, None, target, dtype)
    by_name = {node.tensors[n].name: a for n, a in given.items()}
    with np.errstate(all="ignore"):
        results = run(*(by_name[t.name] for t in spec.inputs))
    compare(results[0], y.detach().numpy(), dtype, (layer, shapes, "forward"))
    by_name |= {t.name: r for t, r in zip(spec.outputs, results, strict=True)}
    upstream = rng.integers(-2, 3, y.shape).astype(dtype) if y.ndim else np.ones((), dtype)
    if special and y.ndim:
        upstream = placed(layer.kind, "upstream", upstream.shape, rng, upstream).astype(dtype)
    y.backward(torch.from_numpy(upstream.copy()))
    for role in asked:
        spec, run = kernel(layer, shapes, role, target, dtype)
        by_name |= {t.name: upstream for t in spec.inputs if t.quotient}
        with np.errstate(all="ignore"):
            (got,) = run(*(np.ascontiguousarray(by_name[t.name]) for t in spec.inputs))
        compare(got, tensors[role].grad.numpy(), dtype, (layer, shapes, role))
    return True


def compare(got: Any, want: Any, dtype: str, what: Any) -> None:
    scale = float(np.abs(want[np.isfinite(want)]).max(initial=1.0))
    np.testing.assert_allclose(got, want, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype] * scale, err_msg=str(what))


@pytest.mark.parametrize("kind", kinds())
def test_it_agrees_with_autograd(kind: str) -> None:
    rng = random.Random(f"torch {kind}")
    done = tried = 0
    while done < EACH:
        layer, shapes = random_layer(kind, rng)
        target, dtype = rng.choice(("c", "numpy", "numpy")), rng.choice(("float32", "float64"))
        special = tried % 3 == 0
        if special and kind in CHANGED:
            layer = replace(layer, **CHANGED[kind][0])
        special = special and not (kind == "equation" and name_of(layer) in EQUATIONS_LEFT_OUT)
        done += fits(layer, *shapes) and check(layer, shapes, tried, target, dtype, special)
        tried += 1
        assert tried < 40 * EACH, f"{done} of {tried} configurations are PyTorch's"


def test_every_refusal_is_met() -> None:
    """What PyTorch refuses by itself is asked of it, kind by kind; each is taken here."""
    met = set()
    rng = random.Random(7)
    for kind in ("avg_pool1d", "avg_pool3d", "batch_norm2d", "max_pool2d"):
        for n in range(300):
            layer, shapes = random_layer(kind, rng)
            reason, _ = refusal(layer, shapes)
            if reason and reason not in met:
                assert not check(layer, shapes, n, "numpy", "float64", special=False)
                met.add(reason)
    single, shapes = symconv.BatchNorm2d(2), ((1, 2, 1, 1),)
    assert not check(single, shapes, 1, "numpy", "float64", special=False)
    assert met == {
        "its pooling pads both sides alike", "avg_pool1d has no divisor_override",
        "avg_pool3d takes no input below its window, even padded",
    }


def test_what_is_left_out_is_there() -> None:
    """Every kind, place and equation of the tables exists, and has a reason."""
    assert {kind for kind, _ in LEFT_OUT} | set(CHANGED) <= set(kinds())
    assert {place for _, place in LEFT_OUT} <= {"input", "parameter", "upstream"}
    assert set(EQUATIONS_LEFT_OUT) < set(CASES)
    assert all(reason for _, reason in (*LEFT_OUT.values(), *CHANGED.values()))
