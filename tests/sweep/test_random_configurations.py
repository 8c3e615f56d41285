"""At least 300 random convolutions and 150 random poolings: every kernel of every target against the oracles."""

from __future__ import annotations

import random

import numpy as np
import pytest

from symconv import reference
from symconv.backends.common.compiler import FLAGS
from symconv.backends.common.header import function_name, header
from symconv.backends.common.registry import backend, targets
from symconv.kernels.spec import KernelSpec
from symconv.notation.evaluate import evaluate
from symconv.notation.rings import FLOAT
from symconv.proofs.compare import check_kernel, difference
from symconv.proofs.oracle import expected
from tests.support import max_pool_backward, random_conv, random_pool, specs_of

CHUNKS = 20
CONVS, POOLS = 15, 8


def renamed(spec: KernelSpec, n: int) -> KernelSpec:
    from dataclasses import replace

    return replace(spec, name=f"{spec.name}_{n}")


QUICK = ("-std=c99", "-O1", "-ffp-contract=off")


def all_functions(
    specs: list[KernelSpec], styles: tuple[str, ...] = ("loops",), flags: tuple[str, ...] = QUICK
) -> list[tuple]:
    """(spec, target, style, dtype, callable) for every target, C compiled as one library."""
    found = []
    for target in targets():
        module = backend(target)
        for style in styles:
            if style not in module.STYLES:
                continue
            items = [(s, d, style) for s in specs for d in module.DTYPES]
            texts = [module.source(s, d, st, {"header": "\n".join(header(s, d, "test"))}) for s, d, st in items]
            if hasattr(module, "load_many"):
                loaded = module.load_many(texts, items, flags=flags)
            else:
                loaded = [module.load(t, s, d, st) for t, (s, d, st) in zip(texts, items, strict=True)]
            found += [(s, target, st, d, f) for (s, d, st), f in zip(items, loaded, strict=True)]
    return found


def run_chunk(seed: int, convs: int, pools: int, flags: tuple[str, ...] = QUICK) -> int:
    rng = random.Random(seed)
    layers = [random_conv(rng) for _ in range(convs)] + [random_pool(rng) for _ in range(pools)]
    specs = [renamed(s, n) for n, (layer, shape) in enumerate(layers) for s in specs_of(layer, shape)]
    oracles = {s.name: expected(s, seed) for s in specs}
    checked = 0
    for spec, target, style, dtype, function in all_functions(specs, flags=flags):
        oracle = oracles[spec.name]
        assert oracle.exact and oracle.source == "the reference"
        result = check_kernel(spec, target, style, dtype, function, oracle)
        assert result.check == "PASSED", (result, spec.node and spec.node.layer, [t.sizes for t in spec.inputs])
        checked += 1
    return checked


@pytest.mark.slow
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_every_gradient_of_every_target(chunk: int) -> None:
    """The odd chunks as kernels are built for users, fully optimised for this processor; the others quickly."""
    assert run_chunk(1000 + chunk, CONVS, POOLS, FLAGS if chunk % 2 else QUICK) >= 5 * (3 * CONVS + 2 * POOLS)


def test_a_slice_of_the_sweep() -> None:
    assert run_chunk(7, 4, 3) > 50


SPECIAL = [0.0, -0.0, 1.0, 2.0, 2.0, 3.0, float("nan"), float("inf"), float("-inf")]


@pytest.mark.parametrize("seed", [pytest.param(0), *(pytest.param(n, marks=pytest.mark.slow) for n in range(1, 8))])
def test_pooling_with_ties_nan_and_infinities(seed: int) -> None:
    """The forward is the literal loop's, the backward adds each upstream entry to that winner's cell."""
    rng = random.Random(seed)
    layers = [random_pool(rng) for _ in range(20 if seed else 6)]
    specs = [[renamed(s, n) for s in specs_of(layer, shape)] for n, (layer, shape) in enumerate(layers)]
    data, wanted, ties, nans, empty = {}, {}, 0, 0, 0
    for (layer, shape), (forward, backward) in zip(layers, specs, strict=True):
        numbers = SPECIAL if rng.random() < 0.5 else SPECIAL[:6]
        x = np.array([rng.choice(numbers) for _ in range(int(np.prod(shape)))]).reshape(shape)
        values, argmax = reference.max_pool(x, **layer.options())
        up = np.array([float(rng.randint(-4, 4)) for _ in range(values.size)]).reshape(values.shape)
        options = {k: v for k, v in layer.options().items() if k != "ceil_mode"}
        gradient = max_pool_backward(up, argmax, input_shape=shape, **options)
        data[forward.name], wanted[forward.name] = (x,), (values, argmax)
        data[backward.name], wanted[backward.name] = (argmax, up), (gradient,)
        ties += x.size - len(np.unique(x[~np.isnan(x)]))
        nans += int(np.isnan(x).sum())
        empty += int((argmax == -1).sum())
        assert (values[argmax == -1] == -np.inf).all()
    assert ties > 20 and nans > 5 and empty > 0
    for spec, target, _, dtype, function in all_functions([s for pair in specs for s in pair]):
        arrays = [a if a.dtype == np.int32 else a.astype(dtype) for a in data[spec.name]]
        for got, want in zip(function(*map(np.ascontiguousarray, arrays)), wanted[spec.name], strict=True):
            assert np.all(difference(got, want) == 0), (spec.name, target, dtype)


def sprinkled(rng: random.Random, size: int) -> list[float]:
    """Small integers with a few NaN and infinities among them, so that most sums stay finite and exact."""
    numbers = [float(rng.randint(-4, 4)) for _ in range(size)]
    for n in rng.sample(range(size), min(size, rng.randint(0, 1 + size // 12))):
        numbers[n] = rng.choice([float("nan"), float("inf"), float("-inf")])
    return numbers


@pytest.mark.parametrize("seed", [pytest.param(0), *(pytest.param(n, marks=pytest.mark.slow) for n in range(1, 12))])
def test_convolution_with_nan_and_infinities(seed: int) -> None:
    """Every kernel is its equation, term by term: what lies in the padding is absent, never 0 times inf or NaN."""
    rng = random.Random(100 + seed)
    layers = [random_conv(rng) for _ in range(12 if seed else 4)]
    specs, data, wanted, finite, special = [], {}, {}, 0, 0
    for n, (layer, shape) in enumerate(layers):
        for spec in (renamed(s, n) for s in specs_of(layer, shape)):
            numbers = {t.name: sprinkled(rng, t.length) for t in spec.inputs}
            arrays = [np.array(numbers[t.name]).reshape(t.sizes) for t in spec.inputs]
            for q in spec.equations:
                numbers[q.target.name] = evaluate(q, numbers, FLOAT)
            results = [np.array(numbers[t.name]).reshape(t.sizes) for t in spec.outputs]
            if spec.kind == "forward":
                with np.errstate(invalid="ignore"):
                    expected_by_hand = reference.conv(*arrays, **layer.options())
                assert np.all(difference(expected_by_hand, results[0]) == 0), (layer, shape)
            specs.append(spec)
            data[spec.name], wanted[spec.name] = arrays, results
            finite += int(np.isfinite(results[0]).sum())
            special += int((~np.isfinite(results[0])).sum())
    assert finite > 50 and special > 50
    for spec, target, _, dtype, function in all_functions(specs):
        arrays = [np.ascontiguousarray(a, dtype=dtype) for a in data[spec.name]]
        with np.errstate(invalid="ignore"):
            results = function(*arrays)
        for got, want in zip(results, wanted[spec.name], strict=True):
            assert np.all(difference(got, want) == 0), (spec.name, target, dtype, spec.node and spec.node.layer)


def test_function_names_differ() -> None:
    rng = random.Random(3)
    specs = [renamed(s, n) for n in range(3) for s in specs_of(*random_conv(rng))]
    names = [function_name(s, d, st) for s in specs for d in ("float32", "float64") for st in ("loops", "unrolled")]
    assert len(set(names)) == len(names)
