"""Lowering: the loop nests mean what the equations mean, and cost what they should."""

from __future__ import annotations

import random

import pytest

from symconv.derivation.backpropagate import backpropagate
from symconv.errors import LimitError
from symconv.kernels import loops as ir
from symconv.kernels.flops import flops
from symconv.kernels.lower import lower
from symconv.kernels.single import single_spec
from symconv.kernels.spec import model_specs
from symconv.layers.conv2d import Conv2d
from symconv.layers.flatten import Flatten
from symconv.layers.max_pool2d import MaxPool2d
from symconv.layers.mse import MSELoss
from symconv.notation.evaluate import evaluate
from symconv.notation.rings import EXACT
from tests.support import every_layer, random_conv, random_pool, specs_of


class Machine:
    """Runs the loop IR on Python numbers: bounds, initialisation and single writes are checked as it goes."""

    def __init__(self, kernel: ir.Kernel, inputs: dict[str, list]) -> None:
        self.memory: dict[str, list] = {b.name: list(inputs[b.name]) for b in kernel.inputs}
        self.memory |= {b.name: [None] * b.length for b in kernel.outputs + kernel.scratch}
        self.names: dict[str, object] = {}
        self.read_only = {b.name for b in kernel.inputs}

    def form(self, f: ir.Affine) -> int:
        total = f.constant + sum(a * self.names[z] for z, a in f.parts)
        assert total % f.divisor == 0
        return total // f.divisor

    def load(self, load: ir.Load):
        at = self.form(load.at)
        assert 0 <= at < len(self.memory[load.buffer]), load
        value = self.memory[load.buffer][at]
        assert value is not None, f"{load} read before it is written"
        return value

    def value(self, v):
        match v:
            case ir.Const(p, q):
                assert p % q == 0
                return p // q
            case ir.Lowest():
                return float("-inf")
            case ir.Load():
                return self.load(v)
            case ir.Local(name):
                return self.names[name]
            case ir.Add(terms):
                return sum(map(self.value, terms))
            case ir.Mul(factors):
                product = 1
                for f in factors:
                    product *= self.value(f)
                return product
            case ir.Call("relu", argument):
                return max(0, self.value(argument))
            case ir.Call("step", argument):
                return int(self.value(argument) > 0)
        raise TypeError(v)

    def holds(self, c) -> bool:
        match c:
            case ir.Within(form, low, high):
                return low <= self.form(form) < high
            case ir.Multiple(form, divisor):
                return self.form(form) % divisor == 0
            case ir.Same(ir.Load() as left, right):
                return self.load(left) == self.form(right)
            case ir.Same(left, right):
                return self.form(left) == self.form(right)
        raise TypeError(c)

    def run(self, body) -> None:
        for s in body:
            match s:
                case ir.For(index, extent, inner):
                    assert index not in self.names
                    for n in range(extent):
                        self.names[index] = n
                        self.run(inner)
                    del self.names[index]
                case ir.If(conditions, inner):
                    if all(self.holds(c) for c in conditions):
                        self.run(inner)
                case ir.Block(inner):
                    self.run(inner)
                case ir.Let(name, _, v):
                    self.names[name] = self.value(v)
                case ir.Set(ir.Local(name), op, v):
                    self.names[name] = self.value(v) if op == "=" else self.names[name] + self.value(v)
                case ir.Set(ir.Load(buffer) as to, op, v):
                    assert buffer not in self.read_only
                    at = self.form(to.at)
                    assert 0 <= at < len(self.memory[buffer])
                    if op == "=":
                        assert self.memory[buffer][at] is None, "written twice"
                        self.memory[buffer][at] = self.value(v)
                    else:
                        self.memory[buffer][at] += self.value(v)
                case ir.Best(best, place, v, at):
                    value = self.value(v)
                    if self.names[place] < 0 or value > self.names[best]:
                        self.names[best], self.names[place] = value, self.form(at)


def agrees(spec, rng: random.Random) -> None:
    data = {
        t.name: [rng.randint(0, 1) if t.kind == "index" else rng.randint(-9, 9) for _ in range(t.length)]
        for t in spec.inputs
    }
    wanted = dict(data)
    for q in spec.equations:
        wanted[q.target.name] = evaluate(q, wanted, EXACT)
    machine = Machine(lower(spec, "f"), data)
    machine.run(lower(spec, "f").body)
    for t in spec.outputs:
        got = machine.memory[t.name]
        assert got == wanted[t.name] or (None not in got and [g == float("-inf") for g in got].count(True)), t.name


@pytest.mark.parametrize("seed", range(12))
def test_loops_mean_what_the_equation_means(seed: int) -> None:
    rng = random.Random(seed)
    for layer, shape in (random_conv(rng), random_pool(rng)):
        for spec in specs_of(layer, shape):
            agrees(spec, rng)


def test_flatten_writes_each_entry_once_without_zero_fill() -> None:
    spec = single_spec(Flatten(), (2, 3, 4, 5))
    (loop,) = lower(spec, "f").body
    assert isinstance(loop, ir.For) and "Set" in repr(loop) and "op='+='" not in repr(loop)
    agrees(spec, random.Random(1))


def test_max_and_argmax_share_one_pass() -> None:
    spec = single_spec(MaxPool2d(2), (1, 1, 4, 4))
    kernel = lower(spec, "f")
    assert repr(kernel).count("Best(") == 1 and [b.name for b in kernel.outputs] == ["P", "P_argmax"]


def test_a_guard_stands_at_the_outermost_loop_that_knows_it() -> None:
    spec = single_spec(Conv2d(1, 1, 3, padding=1), (1, 1, 5, 5))
    text = repr(lower(spec, "f"))
    assert text.index("Within") < text.index("index='j'")


def test_offsets_that_overflow_an_int_are_refused() -> None:
    spec = single_spec(Conv2d(1, 1, 1, stride=46341), (1, 1, 46341, 2), "input", max_entries=2**40)
    big = single_spec(Conv2d(1, 1, 1), (1, 1, 65536, 32768), max_entries=2**40)
    with pytest.raises(LimitError, match="an int holds 2147483647"):
        lower(big, "f")
    lower(spec, "f")


def test_flops_counts_products_twice() -> None:
    assert flops(single_spec(Conv2d(2, 3, 3), (1, 2, 6, 6)).equations) == 2 * 3 * 16 * 18
    assert flops(single_spec(MSELoss(), (2, 5)).equations) == 10 * 4


def test_specs_of_a_model_cover_forward_and_every_gradient() -> None:
    derivation = backpropagate(every_layer())
    specs = model_specs(derivation)
    assert [s.quantity for s in specs if s.kind == "forward"] == ["C", "R", "P", "X", "Z", "E"]
    gradients = {s.quantity for s in specs if s.kind == "gradient"}
    assert gradients == {f"d{name}" for name in derivation.gradients}
    for spec in specs:
        made = {t.name for t in spec.inputs}
        for q in spec.equations:
            assert {t.name for t in q.reads} <= made, (spec.name, q.target.name)
            made.add(q.target.name)
