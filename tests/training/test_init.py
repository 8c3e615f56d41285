"""Where parameters start: fans counted from the equations, variances, seeds; no name of a layer decides."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest

from symconv import pipeline
from symconv.errors import LimitError, UsageError
from symconv.importers.toml import read_model
from symconv.layers.conv2d import Conv2d
from symconv.layers.equation import EquationLayer
from symconv.layers.linear import Linear
from symconv.layers.mse import MSELoss
from symconv.model import Model, Wiring
from symconv.training import fans
from symconv.training.fans import Part, part
from symconv.training.init import SCHEMES, initial


def model_of(layer: object, shape: tuple[int, ...]) -> Model:
    wiring = Wiring("one", shape)
    wiring.add("Y", layer)  # type: ignore[arg-type]
    wiring.add("E", MSELoss())
    return wiring.finish()


def part_of(layer: object, shape: tuple[int, ...], at: int = 0) -> Part:
    model = model_of(layer, shape)
    return part(model, model.parameters[at])


@pytest.mark.parametrize(
    ("layer", "shape", "fan_in", "fan_out"),
    [
        (Linear(5, 3), (2, 5), 5, 3),
        (Conv2d(2, 4, 3), (1, 2, 9, 9), 18, 36),
        (Conv2d(2, 4, 3, padding=1), (1, 2, 9, 9), 18, 36),
        (Conv2d(4, 4, 3, groups=2), (1, 4, 9, 9), 18, 18),
        (Conv2d(1, 2, 3, stride=3), (1, 1, 9, 9), 9, 2),
        (Conv2d(1, 1, 3), (1, 1, 3, 3), 9, 1),
        (EquationLayer("C[k] = sum(i) A[k+i] * F[i]", shapes={"F": (2,)}), (6,), 2, 2),
        (EquationLayer("C[r,c] = sum(i) A[r,i] * B[i,c]", shapes={"B": (3, 4)}), (2, 3), 3, 4),
    ],
)
def test_fans(layer: object, shape: tuple[int, ...], fan_in: int, fan_out: int) -> None:
    assert part_of(layer, shape) == Part("multiplies and sums", fan_in, fan_out)


def test_what_is_added_starts_at_0_and_what_only_multiplies_at_1() -> None:
    assert part_of(Conv2d(1, 2, 3, bias=True), (1, 1, 5, 5), 1).does == "adds"
    residual = pipeline.load("residual")
    does = {t.name: part(residual, t).does for t in residual.parameters}
    found = initial(residual, np.random.default_rng(0))
    assert set(does.values()) == {"multiplies and sums", "multiplies", "adds"}
    for name, what in does.items():
        if what == "adds":
            assert not found[name].any()
        elif what == "multiplies":
            assert (found[name] == 1).all()
        else:
            assert found[name].std() > 0
        assert found[name].dtype == np.float32


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_variance_is_the_one_stated(scheme: str) -> None:
    model = model_of(Linear(300, 200), (1, 300))
    (weight,) = model.parameters
    drawn = initial(model, np.random.default_rng(1), scheme)[weight.name].astype(np.float64)
    variance = 2 / 300 if scheme.startswith("he") else 2 / 500
    assert drawn.var() == pytest.approx(variance, rel=0.03)
    assert abs(drawn.mean()) < 5 * sqrt(variance / drawn.size)
    uniform = np.abs(drawn).max() <= sqrt(3 * variance) * (1 + 1e-6)
    assert uniform == (scheme in ("he-uniform", "xavier"))


def test_the_same_seed_gives_the_same_numbers_whatever_the_names() -> None:
    digits = pipeline.load("digits")
    renamed = read_model(digits.toml.replace('"F"', '"Filter"'), where="renamed.toml")
    one, two = (initial(m, np.random.default_rng(5)) for m in (digits, renamed))
    np.testing.assert_array_equal(one["F"], two["Filter"])
    np.testing.assert_array_equal(one["W"], two["W"])
    assert not np.array_equal(one["F"], initial(digits, np.random.default_rng(6))["F"])


def test_refusals(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="'glorot' does not exist; choose one of he, he-uniform, xavier"):
        initial(pipeline.load("digits"), np.random.default_rng(0), "glorot")
    monkeypatch.setattr(fans, "MOST_POINTS", 10)
    with pytest.raises(LimitError, match="products to count, the limit is 10; give the parameter its values"):
        initial(pipeline.load("lenet5"), np.random.default_rng(0))
