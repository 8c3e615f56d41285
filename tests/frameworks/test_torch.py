"""Forward and every gradient of every layer against PyTorch's autograd, at random configurations.

A term whose guard fails is absent here, where PyTorch multiplies padding's zeros: NaN and infinities are put where the
two agree, into inputs whose windows only compare, select or average.
"""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from symconv.backends.common.registry import backend
from symconv.backends.common.variants import Variant
from symconv.derivation.layer import roles
from symconv.kernels.single import single_node, single_spec
from symconv.layers.common.registry import kinds
from tests.equations import CASES
from tests.frameworks.torch_equations import EQUATIONS
from tests.support import Shapes, random_layer

pytestmark = pytest.mark.slow
torch = pytest.importorskip("torch")
torch.set_num_threads(1)  # the tests themselves run side by side

EACH = 36
"""Configurations of each kind; 30 kinds make more than a thousand."""
SPECIAL = ("max_pool1d", "max_pool2d", "max_pool3d", "relu", "leaky_relu", "add", "concat", "flatten", "zero_pad2d")
TOLERANCE = {"float32": 2e-5, "float64": 1e-11}


def padded(x: Any, pads: Any) -> Any:
    """Zeros around the spatial axes, each side by itself."""
    flat = [n for pair in reversed(pads) for n in pair]
    return torch.nn.functional.pad(x, flat)


def symmetric(pads: Any) -> bool:
    return all(a == b for a, b in pads)


def forward(layer: Any, xs: list[Any]) -> Any:
    """The layer's output by PyTorch's own functions; None for a configuration that it does not have."""
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
            if not symmetric(o["padding"]):
                return None
            run = {1: f.max_pool1d, 2: f.max_pool2d, 3: f.max_pool3d}[layer.rank]
            pad = [p for p, _ in o["padding"]]
            return run(xs[0], o["kernel_size"], o["stride"], pad, o["dilation"], o["ceil_mode"])
        case "avg_pool1d" | "avg_pool2d" | "avg_pool3d":
            if not symmetric(o["padding"]) or (layer.rank == 1 and o["divisor_override"]):
                return None
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
            if layer.training and xs[0].numel() // xs[0].shape[1] < 2:
                return None
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
            (name,) = [name for name, case in CASES.items() if case.text == layer.equation]
            return EQUATIONS[name](*xs)
    raise AssertionError(layer.kind)


def data(layer: Any, shapes: Shapes, rng: np.random.Generator, dtype: str, special: bool) -> dict[str, Any]:
    """Numbers by role: small integers with many ties, or normal ones; NaN and infinities in inputs if asked."""
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
        if special and t in fragment.inputs:
            # At NaN, where the output is NaN too, PyTorch takes the slope of the left side; here NaN passes.
            # A slope of 0 it multiplies, so that -inf becomes NaN; here that side is not there.
            left_out = {"leaky_relu": 1 if getattr(layer, "negative_slope", 0) else 2}.get(layer.kind, 0)
            values = np.array([-0.0, np.inf, -np.inf, np.nan][: 4 - left_out])
            x = np.where(rng.random(shape) < 0.15, rng.choice(values, shape), x)
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
    try:
        y = forward(layer, list(tensors.values()))
    except (RuntimeError, ValueError):  # sizes that PyTorch refuses
        y = None
    if y is None:
        return False
    node = single_node(layer, shapes if len(shapes) > 1 else shapes[0])
    spec, run = kernel(layer, shapes, None, target, dtype)
    by_name = {node.tensors[n].name: a for n, a in given.items()}
    results = run(*(by_name[t.name] for t in spec.inputs))
    compare(results[0], y.detach().numpy(), dtype, (layer, shapes, "forward"))
    by_name |= {t.name: r for t, r in zip(spec.outputs, results, strict=True)}
    upstream = rng.integers(-2, 3, y.shape).astype(dtype) if y.ndim else np.ones((), dtype)
    y.backward(torch.from_numpy(upstream.copy()))
    for role in asked:
        spec, run = kernel(layer, shapes, role, target, dtype)
        by_name |= {t.name: upstream for t in spec.inputs if t.quotient}
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
        done += check(layer, shapes, tried, target, dtype, kind in SPECIAL and tried % 3 == 0)
        tried += 1
        assert tried < 40 * EACH, f"{done} of {tried} configurations are PyTorch's"
