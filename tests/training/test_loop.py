"""The loop: it learns, it repeats itself to the bit, it stops where numbers end."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from symconv import pipeline
from symconv.errors import LimitError, ModelError, UsageError
from symconv.importers.toml import read_model
from symconv.training import data, fans
from symconv.training.chain import Chain, chain
from symconv.training.data import Data
from symconv.training.loop import Diverged, Result, Settings, Streams, start, train
from symconv.training.score import score, scores
from tests.training.models import blobs, classes, line, slope


def quiet(done: int, total: int, what: str) -> None:
    assert 0 < done <= total and what.startswith("epoch ")


def learn(model: Any, samples: dict[str, Any], target: str = "numpy", **settings: Any) -> tuple[Chain, Data, Result]:
    made = chain(pipeline.derive(model), target)
    given = data.samples(model, samples, "test")
    return made, given, train(made, given, Settings(**settings), quiet)


def test_classes_are_learnt() -> None:
    made, given, result = learn(classes(), blobs(), epochs=20)
    assert result.score.accuracy == 1 and result.score.count == 12
    assert len(result.losses) == len(result.scores) == 20 and result.losses[-1] < result.losses[0] / 5
    assert result.score.confusion is not None and result.score.confusion.sum() == 12
    _, held_out = data.split(60, Streams.of(0).split)
    again = score(made, result.parameters, given, held_out, np.arange(60))
    assert again.accuracy == 1


def test_numbers_are_learnt() -> None:
    _, _, result = learn(line(), slope(), epochs=60, lr=0.1, schedule="constant", momentum=0)
    assert result.score.accuracy is None and result.score.confusion is None
    np.testing.assert_allclose(result.parameters["W"], [[2, -1, 0.5]], atol=1e-3)
    assert scores(line()) is None


def test_bit_for_bit_the_same_for_a_seed() -> None:
    one, two = (learn(classes(), blobs(), "c", epochs=3, seed=7)[2] for _ in range(2))
    other = learn(classes(), blobs(), "c", epochs=3, seed=8)[2]
    assert one.losses == two.losses != other.losses
    for name, array in one.parameters.items():
        assert array.tobytes() == two.parameters[name].tobytes() != other.parameters[name].tobytes()


def test_start_from_weights() -> None:
    model = classes()
    made = chain(pipeline.derive(model), "numpy")
    given = data.samples(model, blobs(), "test")
    learnt = train(made, given, Settings(epochs=15), quiet)
    further = train(made, given, Settings(epochs=1), quiet, learnt.parameters)
    assert further.losses[0] < learnt.losses[0] / 4


def test_what_is_stated_is_not_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the products of a parameter are too many to count, its values are the remedy."""
    monkeypatch.setattr(fans, "MOST_POINTS", 1)
    model, rng = line(), np.random.default_rng(0)
    with pytest.raises(LimitError, match=r"give the parameter its values \(--weights\)"):
        start(model, rng, "he", {})
    assert start(model, rng, "he", {"W": np.ones((1, 3))})["W"].tolist() == [[1, 1, 1]]
    large = read_model(line().toml + "\n[values]\nW = [[1e39, 0, 0]]\n", where="line.toml")
    with pytest.raises(ModelError, match="model line: W: has a number that float32 cannot hold; give smaller ones"):
        start(large, rng, "he", {})


def test_the_last_batch_is_filled_up_with_other_samples() -> None:
    """A mean over the batch is one over different samples: nine are held out, four a batch."""
    seen: list[int] = []

    class Watched(Data):
        def take(self, rows: Any) -> Any:
            seen.append(len({*rows.tolist()}))
            return super().take(rows)

    made = chain(pipeline.derive(classes()), "numpy")
    given = data.samples(classes(), blobs(), "test")
    parameters = start(classes(), np.random.default_rng(0), "he", {})
    for count in (9, 3):
        found = score(made, parameters, Watched(given.arrays), np.arange(count), np.arange(20, 40))
        assert found.count == count and found.confusion is not None and found.confusion.sum() == count
    assert seen == [4] * 4


@pytest.mark.parametrize("target", ["c", "numpy"])
def test_a_loss_that_is_no_number_stops_it(target: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(Diverged, match="epoch 1"):
            learn(line(), slope(), target, lr=1e6, epochs=5)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"epochs": 0}, "epochs 0"), ({"epochs": 1.5}, "epochs 1.5"), ({"epochs": True}, "epochs True"),
        ({"seed": -1}, "seed -1"), ({"lr": 0}, "lr 0"), ({"lr": float("nan")}, "lr nan"),
        ({"momentum": 1}, "momentum 1"), ({"schedule": "step"}, "schedule 'step'"), ({"init": "zero"}, "init 'zero'"),
    ],
)  # fmt: skip
def test_settings_that_cannot_be(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=f"train: {message} cannot be; give "):
        Settings(**settings)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_digits(seed: int) -> None:
    model = pipeline.load("digits")
    made = chain(pipeline.derive(model))
    result = train(made, data.load(model), Settings(seed=seed), quiet)
    assert result.score.accuracy is not None and result.score.accuracy >= 0.97
