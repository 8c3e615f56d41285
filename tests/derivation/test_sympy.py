"""The expressions of single entries against SymPy's own diff of the forward pass, written here as literal loops.

The error is ``E' = sum_t dT_t * T_t(X)`` with the upstream gradient dT kept as symbols, so that ``diff`` by an entry
of X is the gradient by that entry.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from itertools import product
from typing import Any

import pytest
import sympy as sp

from symconv.derivation.backpropagate import Derivation, backpropagate
from symconv.layers.conv2d import Conv2d
from symconv.layers.linear import Linear
from symconv.layers.max_pool2d import MaxPool2d
from symconv.layers.mse import MSELoss
from symconv.layers.relu import ReLU
from symconv.layers.softmax_cross_entropy import CrossEntropyLoss
from symconv.notation.functions import relu
from tests.derivation.cases import chain

At = tuple[int, ...]


def entry(name: str, *at: int) -> sp.Indexed:
    return sp.Indexed(name, *at)


def points(*extents: int) -> Iterable[At]:
    return product(*map(range, extents))


def conv_entry(layer: Conv2d, shape: At, at: At) -> sp.Expr:
    """One entry of L1 = conv(A, L1_weight) + L1_bias."""
    options: Any = layer.options()
    (s1, s2), (d1, d2), ((p1, _), (p2, _)) = options["stride"], options["dilation"], options["padding"]
    kernel: Any = layer.kernel_size
    b, o, k, l = at
    inner, outer = layer.in_channels // layer.groups, layer.out_channels // layer.groups
    total: list[sp.Expr] = [entry("L1_bias", o)] if layer.bias else []
    for c, i, j in points(inner, *kernel):
        u, v = s1 * k + d1 * i - p1, s2 * l + d2 * j - p2
        if 0 <= u < shape[2] and 0 <= v < shape[3]:
            total.append(entry("A", b, o // outer * inner + c, u, v) * entry("L1_weight", o, c, i, j))
    return sp.Add(*total)


def pool_entry(layer: MaxPool2d, shape: At, at: At) -> sp.Expr:
    """One entry of L1 = max over a window of A, the winner given by L1_argmax."""
    options: Any = layer.options()
    (s1, s2), (d1, d2), ((p1, _), (p2, _)) = options["stride"], options["dilation"], options["padding"]
    height, width = options["kernel_size"]
    b, c, p, q = at
    total = []
    for i, j in points(height, width):
        u, v = s1 * p + d1 * i - p1, s2 * q + d2 * j - p2
        if 0 <= u < shape[2] and 0 <= v < shape[3]:
            wins = sp.KroneckerDelta(entry("L1_argmax", b, c, p, q), i * width + j)
            total.append(wins * entry("A", b, c, u, v))
    return sp.Add(*total)


def agree(derived: Derivation, make: Callable[[At], sp.Expr], names: dict[str, At]) -> None:
    """Every entry of every gradient equals the diff of the weighted sum of the layer's entries."""
    sizes = derived.model.node("L1").output.sizes
    error = sp.Add(*(entry("dL1", *at) * make(at) for at in points(*sizes)))
    for name, shape in names.items():
        for at in points(*shape):
            expected = sp.diff(error, entry(name, *at))
            assert sp.expand(derived.expression(name, at) - expected) == 0, (name, at)


def random_conv(rng: random.Random) -> tuple[Conv2d, At]:
    groups = rng.choice((1, 1, 2))
    layer = Conv2d(
        groups, groups * rng.choice((1, 2)), (rng.randint(1, 2), rng.randint(1, 3)),
        stride=(rng.randint(1, 3), rng.randint(1, 2)), dilation=(rng.randint(1, 2), rng.randint(1, 2)),
        padding=((rng.randint(0, 2), rng.randint(0, 1)), (rng.randint(0, 1), rng.randint(0, 2))),
        groups=groups, bias=rng.random() < 0.5,
    )
    return layer, (rng.choice((1, 2)), groups, rng.randint(4, 5), rng.randint(5, 6))


SEEDS = [0, 1, 4, *(pytest.param(n, marks=pytest.mark.slow) for n in range(5, 20))]


@pytest.mark.parametrize("seed", SEEDS)
def test_convolution(seed: int) -> None:
    layer, shape = random_conv(random.Random(seed))
    derived = backpropagate(chain(shape, layer, MSELoss()))
    weights = {t.name: t.sizes for t in derived.model.parameters}
    agree(derived, lambda at: conv_entry(layer, shape, at), {"A": shape, **weights})


@pytest.mark.parametrize("seed", SEEDS)
def test_max_pooling_with_its_winner_fixed(seed: int) -> None:
    rng = random.Random(seed)
    kernel = (rng.randint(1, 3), rng.randint(2, 3))
    layer = MaxPool2d(
        kernel, stride=(rng.randint(1, 2), rng.randint(1, 3)), dilation=(rng.randint(1, 2), 1),
        padding=(rng.randint(0, kernel[0] // 2), rng.randint(0, kernel[1] // 2)), ceil_mode=rng.random() < 0.5,
    )
    shape = (rng.choice((1, 2)), rng.choice((1, 2)), rng.randint(5, 6), rng.randint(4, 5))
    derived = backpropagate(chain(shape, layer, MSELoss()))
    agree(derived, lambda at: pool_entry(layer, shape, at), {"A": shape})


def test_dense_layer() -> None:
    layer, shape = Linear(3, 2, bias=True), (2, 3)
    derived = backpropagate(chain(shape, layer, MSELoss()))

    def make(at: At) -> sp.Expr:
        b, o = at
        products = (entry("L1_weight", o, f) * entry("A", b, f) for f in range(3))
        return sp.Add(entry("L1_bias", o), *products)

    agree(derived, make, {"A": shape, "L1_weight": (2, 3), "L1_bias": (2,)})


def test_relu() -> None:
    derived = backpropagate(chain((2, 3), ReLU(), MSELoss()))
    agree(derived, lambda at: relu(entry("A", *at)), {"A": (2, 3)})


@pytest.mark.parametrize("shape", [(4,), (2, 3), (2, 1, 2, 2)])
def test_mean_squared_error(shape: At) -> None:
    derived = backpropagate(chain(shape, MSELoss()))
    count = sp.prod(shape)
    error = sp.Add(*((entry("A", *at) - entry("L1_target", *at)) ** 2 for at in points(*shape))) / count
    for at in points(*shape):
        assert sp.expand(derived.expression("A", at) - sp.diff(error, entry("A", *at))) == 0


@pytest.mark.parametrize(("batch", "classes"), [(1, 2), (2, 3), (3, 1)])
def test_cross_entropy(batch: int, classes: int) -> None:
    """Against the plain formula without a shift, at random numbers with 30 digits."""
    rng = random.Random(batch)
    derived = backpropagate(chain((batch, classes), CrossEntropyLoss()))
    z = {at: entry("A", *at) for at in points(batch, classes)}
    classes_of = [rng.randrange(classes) for _ in range(batch)]
    error = sp.Add(
        *(sp.log(sp.Add(*(sp.exp(z[b, o]) for o in range(classes)))) - z[b, classes_of[b]] for b in range(batch))
    ) / batch
    numbers = {x: sp.Rational(rng.randint(-20, 20), 7) for x in z.values()}
    shift = {b: max(numbers[z[b, o]] for o in range(classes)) for b in range(batch)}
    powers = {at: sp.exp(numbers[z[at]] - shift[at[0]]) for at in z}
    totals = {b: sp.Add(*(powers[b, o] for o in range(classes))) for b in range(batch)}
    made = {entry("L1_exponentials", *at): powers[at] for at in z} | {entry("L1_total", b): totals[b] for b in totals}
    made |= {entry("L1_shift", b): shift[b] for b in shift} | {entry("L1_target", b): classes_of[b] for b in shift}
    for at in z:
        ours = derived.expression("A", at).xreplace({**numbers, **{k: sp.sympify(v) for k, v in made.items()}})
        theirs = sp.diff(error, z[at]).xreplace(numbers)
        assert abs(sp.N(ours - theirs, 30)) < 1e-25, at


# ------------------------------------------------------------ large sizes

LARGE, KERNEL = 224, 7


@pytest.fixture(scope="module")
def large() -> Derivation:
    return backpropagate(chain((1, 1, LARGE, LARGE), Conv2d(1, 1, KERNEL), MSELoss()))


def restricted(u: int, v: int) -> sp.Expr:
    """Those products of E' = sum dL1[k,l] * A[k+i,l+j] * F[i,j] in which A[u,v] occurs."""
    last = LARGE - KERNEL
    return sp.Add(
        *(
            entry("dL1", 0, 0, k, l) * entry("A", 0, 0, k + i, l + j) * entry("L1_weight", 0, 0, i, j)
            for k in range(max(0, u - 6), min(last, u) + 1) for l in range(max(0, v - 6), min(last, v) + 1)
            for i, j in points(KERNEL, KERNEL) if (k + i, l + j) == (u, v)
        )
    )


@pytest.mark.parametrize("number", [8, pytest.param(96, marks=pytest.mark.slow)])
def test_many_entries_of_a_large_convolution(large: Derivation, number: int) -> None:
    rng = random.Random(0)
    corners = [(0, 0), (0, LARGE - 1), (LARGE - 1, 3), (5, 6)]
    for u, v in corners + [(rng.randrange(LARGE), rng.randrange(LARGE)) for _ in range(number)]:
        ours = large.expression("A", (u, v))
        assert ours == sp.diff(restricted(u, v), entry("A", 0, 0, u, v))
        met = [min(KERNEL, x + 1, LARGE - x) for x in (u, v)]
        assert len(sp.Add.make_args(ours)) == met[0] * met[1]


@pytest.mark.slow
def test_an_entry_of_the_filter_of_a_large_convolution(large: Derivation) -> None:
    rng = random.Random(1)
    i, j = rng.randrange(KERNEL), rng.randrange(KERNEL)
    by = entry("L1_weight", 0, 0, i, j)
    count = LARGE - KERNEL + 1
    error = sp.Add(
        *(entry("dL1", 0, 0, k, l) * entry("A", 0, 0, k + i, l + j) * by for k, l in points(count, count))
    )
    ours = large.expression("L1_weight", (i, j))
    assert ours == sp.diff(error, by)
    assert len(ours.args) == count**2
