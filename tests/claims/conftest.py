"""The slides' model, derived once for all tests of claims."""

from __future__ import annotations

import pytest

from symconv.claims.slides import slides, tensors
from symconv.claims.world import World
from symconv.claims.write import Writers
from symconv.derivation.backpropagate import Derivation, backpropagate
from symconv.layers.common.registry import layer_class
from symconv.model import Wiring


@pytest.fixture(scope="session")
def derivation() -> Derivation:
    wiring = Wiring("slides", (1, 1, 6, 6))
    wiring.add("C", layer_class("conv2d")(1, 1, 3), names={"weight": "F"})
    wiring.add("P", layer_class("max_pool2d")(2))
    wiring.add("X", layer_class("flatten")())
    wiring.add("Z", layer_class("linear")(4, 2), names={"weight": "W"})
    wiring.add("E", layer_class("softmax_cross_entropy")(), names={"target": "T"})
    return backpropagate(wiring.finish())


@pytest.fixture(scope="session")
def world(derivation: Derivation) -> World:
    source = slides()
    return World(derivation, tensors(source), {i.name: [v for r in i.rows for v in r] for i in source.images})


@pytest.fixture(scope="session")
def writers(world: World) -> Writers:
    return Writers(world.tensors)
