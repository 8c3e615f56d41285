"""The packaged text of the slides is the slides' own, and is told from what other models are about."""

from __future__ import annotations

from pathlib import Path

import pytest

from symconv.claims.slides import applies, report, text
from symconv.derivation.backpropagate import backpropagate
from symconv.layers.common.registry import layer_class
from symconv.model import Wiring

TEXT = (Path(__file__).parents[1] / "data" / "slides.txt").read_text(encoding="utf-8")


def test_the_packaged_text_is_the_slides_with_a_declaration_before_it() -> None:
    declaration, rest = text().split("\n\n", 1)
    assert rest == TEXT
    assert declaration == "symconv: input=A 6x6, filter=F 3x3, output=C, pooled=P 2x2, loss=E, base=0"


def test_everything_is_judged() -> None:
    kinds = [s.kind for s in report().statements]
    assert kinds.count("display") == 43  # 40 formulas; three of them say two things
    assert kinds.count("table") == 13 + 1  # one of the tables says two things as well
    assert kinds.count("prose") == 1
    assert not [s for s in report().statements if s.verdict == "undecidable"]


@pytest.mark.parametrize("loss", ["mse", "softmax_cross_entropy"])
def test_the_loss_does_not_matter(loss: str) -> None:
    wiring = Wiring("slides", (1, 1, 6, 6))
    wiring.add("C", layer_class("conv2d")(1, 1, 3), names={"weight": "F"})
    wiring.add("P", layer_class("max_pool2d")(2))
    wiring.add("X", layer_class("flatten")())
    wiring.add("Z", layer_class("linear")(4, 3), names={"weight": "W"})
    wiring.add("E", layer_class(loss)(), names={"target": "T"})
    assert applies(backpropagate(wiring.finish()))


@pytest.mark.parametrize(
    ("size", "kernel", "window", "options", "weight", "does"),
    [
        (6, 3, 2, {}, "F", True),
        (6, 3, 2, {}, "G", False),  # no F
        (7, 3, 2, {}, "F", False),  # another A
        (6, 3, 3, {"stride": 1}, "F", False),  # P is 2 x 2, of other windows
        (6, 2, 2, {"dilation": 2}, "F", False),  # C is 4 x 4, F is 2 x 2
        (6, 3, 2, {"pool": "avg_pool2d"}, "F", False),  # P is a mean
    ],
)
def test_the_slides_are_recognised(
    size: int, kernel: int, window: int, options: dict[str, int | str], weight: str, does: bool
) -> None:
    convolution = {k: v for k, v in options.items() if k == "dilation"}
    pooling = {k: v for k, v in options.items() if k == "stride"}
    wiring = Wiring("other", (1, 1, size, size))
    wiring.add("C", layer_class("conv2d")(1, 1, kernel, **convolution), names={"weight": weight})
    wiring.add("P", layer_class(str(options.get("pool", "max_pool2d")))(window, **pooling))
    wiring.add("X", layer_class("flatten")())
    wiring.add("Z", layer_class("linear")(wiring.shape()[1], 2), names={"weight": "W"})
    wiring.add("E", layer_class("mse")(), names={"target": "T"})
    assert applies(backpropagate(wiring.finish())) is does


def test_a_model_without_the_tensors_is_another() -> None:
    wiring = Wiring("tiny", (1, 1, 6, 6), "B")
    wiring.add("Y", layer_class("relu")())
    wiring.add("E", layer_class("mse")(), names={"target": "T"})
    assert not applies(backpropagate(wiring.finish()))
