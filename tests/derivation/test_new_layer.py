"""Layers that nobody has seen before, with tensors and indices of other names, get gradients that are checked."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, ClassVar

import pytest
import sympy as sp

from symconv.derivation.backpropagate import backpropagate
from symconv.derivation.check import broken, holds
from symconv.derivation.layer import layer_gradient, roles
from symconv.layers.common.fragment import Fragment, Layer, Shape
from symconv.layers.linear import Linear
from symconv.layers.mse import MSELoss
from symconv.model import Model, Wiring
from symconv.notation.evaluate import evaluate
from symconv.notation.guards import Range
from symconv.notation.index import Index, indices, size, symbol
from symconv.notation.printing.printer import text
from symconv.notation.rings import EXACT
from symconv.notation.tensor import Tensor
from symconv.notation.term import equation, plus
from tests.derivation.test_exact import check

t, x, y, z = (symbol(name) for name in ("tt", "x", "y", "zeta"))


class Named:
    """What every layer of this file has."""

    loss: ClassVar[bool] = False
    inferred: ClassVar[Mapping[str, int]] = MappingProxyType({})

    def options(self) -> dict[str, object]:
        return {}


@dataclass(frozen=True)
class Stencil(Named):
    """``output[tt] = sum(x) sig[tt + 2x - 1] * taps[x]``, sig being 0 outside."""

    reach: int
    kind: ClassVar[str] = "stencil"

    def fragment(self, shape: Shape) -> Fragment:
        length, reach = size("len"), size("reach")
        sig = Tensor("sig", (length,), ("when",), latex="s")
        taps = Tensor("taps", (reach,), ("x",), latex="h")
        out = Tensor("output", (length,), ("tt",))
        place = t + 2 * x - 1
        q = equation(
            out, (t,), sig[place] * taps[x], (sig, taps), bound=(Index("x", reach),),
            guards=(Range(place, sp.Integer(0), length),),
        )
        return Fragment((sig,), (taps,), (q,), {length: shape[0], reach: self.reach})


@dataclass(frozen=True)
class Peak(Named):
    """``output[tt] = max(y) sig[2tt + 3y - 2]``: windows that overlap, leave gaps and lie partly outside."""

    kind: ClassVar[str] = "peak"

    def fragment(self, shape: Shape) -> Fragment:
        length, windows, wide = size("len"), size("windows"), size("wide")
        sig = Tensor("sig", (length,), ("when",))
        out = Tensor("output", (windows,), ("tt",))
        won = Tensor("who", (windows,), ("tt",), "index")
        place = 2 * t + 3 * y - 2
        inside = (Range(place, sp.Integer(0), length),)
        bound = (Index("y", wide),)
        arg = equation(won, (t,), sig[place], (sig,), bound=bound, guards=inside, reduction="argmax")
        top = equation(out, (t,), sig[place], (sig,), bound=bound, guards=inside, reduction="max", winner=won)
        sizes = {length: shape[0], windows: (shape[0] + 1) // 2, wide: 3}
        return Fragment((sig,), (), (arg, top), sizes, saved=("who",))


@dataclass(frozen=True)
class Centred(Named):
    """``output[x,y] = sig[x,y] - mean[x]`` over y: an inner tensor through which the gradient flows too."""

    kind: ClassVar[str] = "centred"

    def fragment(self, shape: Shape) -> Fragment:
        rows, columns = size("rows"), size("columns")
        sig = Tensor("sig", (rows, columns), ("x", "y"))
        mean, out = Tensor("mean", (rows,), ("x",)), Tensor("output", (rows, columns), ("x", "y"))
        equations = (
            equation(mean, (x,), sig[x, y] / columns, (sig,), bound=(Index("y", columns),)),
            plus(
                equation(out, (x, y), sig[x, y], (sig,)),
                equation(out, (x, y), -mean[x], (mean,), free=(Index("x", rows), Index("y", columns))),
            ),
        )
        return Fragment((sig,), (), equations, {rows: shape[0], columns: shape[1]})


@dataclass(frozen=True)
class Gated(Named):
    """``output[tt] = sig[tt]**2 * sig[len-1-tt] + sum(zeta) rot[zeta]*exp(sig[tt])``: squares, a mirror, a function."""

    kind: ClassVar[str] = "gated"

    def fragment(self, shape: Shape) -> Fragment:
        length = size("len")
        sig, rot = Tensor("sig", (length,), ("when",)), Tensor("rot", (length,), ("zeta",))
        out = Tensor("output", (length,), ("tt",))
        q = plus(
            equation(out, (t,), sig[t] ** 2 * sig[length - 1 - t], (sig,)),
            equation(out, (t,), rot[z] * sp.exp(sig[t]), (rot, sig), bound=(Index("zeta", length),)),
        )
        return Fragment((sig,), (rot,), (q,), {length: shape[0]})


@dataclass(frozen=True)
class Windows(Named):
    """``output[4x + y] = sig[3x + y]`` for y < 4: windows that overlap, laid side by side in digits."""

    kind: ClassVar[str] = "windows"

    def fragment(self, shape: Shape) -> Fragment:
        length, count = size("len"), size("count")
        sig, out = Tensor("sig", (length,), ("when",)), Tensor("output", (4 * count,), ("tt",))
        q = equation(
            out, (4 * x + y,), sig[3 * x + y], (sig,), free=(Index("x", count), *indices(y=4)),
            guards=(Range(3 * x + y, sp.Integer(0), length),),
        )
        return Fragment((sig,), (), (q,), {length: shape[0], count: (shape[0] - 1) // 3})


LAYERS: dict[str, tuple[Any, tuple[int, ...]]] = {
    "stencil": (Stencil(3), (7,)),
    "peak": (Peak(), (9,)),
    "centred": (Centred(), (3, 4)),
    "gated": (Gated(), (5,)),
    "windows": (Windows(), (10,)),
}


def model(name: str) -> Model:
    layer, shape = LAYERS[name]
    wiring = Wiring("novel", shape, "Sound")
    wiring.add("Echo", layer)
    wiring.add("Loss", MSELoss(), names={"target": "Wanted"})
    return wiring.finish()


@pytest.mark.parametrize("name", LAYERS)
def test_a_new_layer_is_a_layer(name: str) -> None:
    assert isinstance(LAYERS[name][0], Layer)


@pytest.mark.parametrize("name", LAYERS)
def test_its_gradients_are_the_derivative_of_the_error(name: str) -> None:
    derived = backpropagate(model(name))
    assert set(derived.gradients) == {"Echo", "Sound", *(p.name for p in derived.model.parameters)}
    for seed in range(3):
        check(derived, seed)


@pytest.mark.parametrize("name", LAYERS)
def test_each_of_its_steps_holds_for_general_sizes_and_a_broken_one_does_not(name: str) -> None:
    fragment = model(name).nodes[0].fragment
    for role in roles(fragment):
        steps = layer_gradient(fragment, role).all_steps
        assert {"partial", "chain", "swap", "gather"} <= {s.rule for s in steps}
        for n, step in enumerate(steps):
            assert holds(step, n), (role, step.rule)
            assert not holds(broken(step), n), (role, step.rule)


@pytest.mark.parametrize("numbers", [True, False])
@pytest.mark.parametrize("name", LAYERS)
def test_its_steps_hold_with_the_names_of_the_model(name: str, numbers: bool) -> None:
    for gradient in backpropagate(model(name)).gradients.values():
        for n, step in enumerate(gradient.steps(numbers=numbers)):
            assert holds(step, n, shapes=2), step.rule


def test_what_the_derivation_says() -> None:
    derived = backpropagate(model("stencil"))
    assert text.equation(derived.gradient("Echo_taps").written) == (
        "dLoss/dEcho_taps[x] = sum(0 <= tt < 7; 0 <= 2x+tt-1 < 7) dLoss/dEcho[tt] * Sound[2x+tt-1]"
    )
    assert text.equation(derived.gradient("Sound").written) == (
        "dLoss/dSound[when] = sum(0 <= x < 3; 0 <= when-2x+1 < 7) dLoss/dEcho[when-2x+1] * Echo_taps[x]"
    )
    derived = backpropagate(model("peak"))
    assert text.equation(derived.gradient("Sound").written) == (
        "dLoss/dSound[when] = sum(0 <= y < 3; 0 <= when-3y+2 < 10; 2 | when-3y+2) "
        "[Echo_who[(when-3y+2)/2] = y] dLoss/dEcho[(when-3y+2)/2]"
    )


def test_against_literal_loops() -> None:
    rng = random.Random(5)
    length, reach = 7, 3
    up, sig, taps = ([rng.randint(-9, 9) for _ in range(n)] for n in (length, length, reach))
    by_sig, by_taps = [0] * length, [0] * reach
    for n in range(length):
        for m in range(reach):
            if 0 <= n + 2 * m - 1 < length:
                by_sig[n + 2 * m - 1] += up[n] * taps[m]
                by_taps[m] += up[n] * sig[n + 2 * m - 1]
    derived = backpropagate(model("stencil"))
    data = {"dEcho": up, "Sound": sig, "Echo_taps": taps}
    assert evaluate(derived.gradient("Sound").equation, data, EXACT) == by_sig
    assert evaluate(derived.gradient("Echo_taps").equation, data, EXACT) == by_taps


def test_several_new_layers_one_after_the_other() -> None:
    wiring = Wiring("novel", (3, 4), "Sound")
    wiring.add("First", Centred())
    wiring.add("Second", Linear(4, 5, bias=True))
    wiring.add("Third", Centred())
    wiring.add("Loss", MSELoss())
    derived = backpropagate(wiring.finish())
    check(derived, 1)
    # The inner tensor of each: its gradient is made beside the layer's, from what the layer gets.
    inner = [q.target.name for c in derived.gradient("Sound").contributions for q in c.inner]
    assert inner == ["dFirst_mean"]


def test_a_constant_of_the_layer_lets_nothing_through() -> None:
    fragment = Centred().fragment((3, 4))
    free = layer_gradient(fragment, "sig")
    stopped = layer_gradient(replace(fragment, constants=("mean",)), "sig")
    assert len(free.paths) == 2 and len(stopped.paths) == 1
    assert text.right(stopped.result) == "doutput[x,y]".replace("doutput", "dE/doutput")
