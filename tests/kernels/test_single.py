"""Shapes that are no shapes, and too few of them, are refused wherever a layer stands on its own."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import symconv
from symconv.errors import ModelError, SizeError, SymconvError
from symconv.layers.common.registry import kinds, layer_class
from symconv.layers.equation import EquationLayer
from symconv.layers.relu import ReLU
from symconv.model import Wiring
from tests.support import random_layer


def refused(error: type[SymconvError], make: Callable[[], Any]) -> str:
    with pytest.raises(error) as caught:
        make()
    return str(caught.value)


SHAPES: tuple[Any, ...] = (
    [], (), 4, 3.5, True, None, "abc", b"ab", {}, {"a": 1}, object(), [[]], ((2, 3), 4), (4, (2, 3)), ((2, 3), None),
    ((2, "x"), (2, 3)), ("ab", "cd"), ((2, 3), "ab"), (True, True), (2, -1), (2, 0), (2, 2.0), (10**30, 2),
    np.array([2, 3]), iter((2, 3)), range(3), ((), (), ()), (((2,),),),
)  # fmt: skip


@pytest.mark.parametrize("kind", ["add", "concat", "relu", "softmax", "mse", "equation"])
def test_what_is_no_shape_is_refused(kind: str) -> None:
    layer = EquationLayer("C[k] = A[k]*A[k]") if kind == "equation" else layer_class(kind)()
    for shape in SHAPES:
        if kind == "equation" and isinstance(shape, (list, tuple)) and not shape:
            continue
        with pytest.raises(SymconvError):
            symconv.kernel(layer, shape, target="numpy")


@pytest.mark.parametrize("layer", [symconv.Add(), symconv.Concat()])
@pytest.mark.parametrize("shape", [(1, 3, 8, 8), ((1, 3, 8, 8),), [2, 3], (3,)])
def test_one_input_is_too_few(layer: Any, shape: Any) -> None:
    problem = f"{layer.kind}: {layer.kind} has 2 or more inputs, 1 given; give it two or more"
    assert refused(SizeError, lambda: symconv.kernel(layer, shape)) == problem
    assert refused(SizeError, lambda: layer.fragment(shape)) == problem
    assert "has 2 or more inputs, 0 given" in refused(SizeError, lambda: layer.fragment())
    assert refused(SizeError, lambda: Wiring("m", (2, 3)).add("R", layer)) == problem


def test_one_input_is_counted_as_one() -> None:
    wiring = Wiring("m", (2, 3))
    wiring.add("R", ReLU())
    assert "relu has 1 input, 2 given" in refused(ModelError, lambda: wiring.add("S", ReLU(), inputs=("A", "R")))


DIMS: tuple[tuple[Any, tuple[int, ...], int, str], ...] = (
    (symconv.Softmax(), (3,), 1, "give an input of two axes or more"),
    (symconv.Softmax(2), (3, 4), 1, "give 1"),
    (symconv.Concat(), (3,), 2, "give an input of two axes or more"),
    (symconv.Concat(3), (3, 2, 5), 2, "give 1 to 2"),
)


@pytest.mark.parametrize(("layer", "shape", "inputs", "remedy"), DIMS)
def test_an_axis_that_does_not_exist(layer: Any, shape: tuple[int, ...], inputs: int, remedy: str) -> None:
    problem = f"{layer.kind}: dim {layer.dim} is no axis of the input shape {shape} beside the batch; {remedy}"
    assert refused(SizeError, lambda: layer.fragment(*(shape,) * inputs)) == problem


def test_every_layer_refuses_a_number_for_a_shape() -> None:
    for kind in kinds():
        layer, _ = random_layer(kind, random.Random(1))
        with pytest.raises(SizeError, match="4 is not a shape; give a sequence of positive integers"):
            symconv.kernel(layer, 4)  # type: ignore[arg-type]
