"""The chain of kernels: against NumPy written by hand, against the other target, and where a tensor is read twice."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from symconv import pipeline
from symconv.errors import ModelError, SymconvError, UsageError
from symconv.training import sgd
from symconv.training.chain import TARGETS, chain, plan
from symconv.training.init import initial
from tests.training.models import small

Arrays = dict[str, np.ndarray[Any, Any]]


def inputs(model: Any, seed: int = 0) -> Arrays:
    """Pictures, classes and drawn parameters of a model whose input is A and whose target is T."""
    rng = np.random.default_rng(seed)
    found: Arrays = {"A": rng.normal(0, 1, model.input.sizes).astype(np.float32)}
    found |= {name: a + rng.normal(0, 0.1, a.shape).astype(np.float32) for name, a in initial(model, rng).items()}
    return found | {"T": rng.integers(0, 3, (model.input.sizes[0],)).astype(np.int32)}


def by_hand(d: Arrays) -> tuple[float, Arrays]:
    """The error of the model ``small`` and its gradients in NumPy, float64, loop by loop."""
    a, f, w = (d[n].astype(np.float64) for n in ("A", "F", "W"))
    n, channels, size = len(a), len(f), 4
    c = np.zeros((n, channels, size, size))
    for i, j in np.ndindex(3, 3):
        c += a[:, :, i : i + size, j : j + size] * f[None, :, 0, i, j, None, None]
    c += d["b1"].astype(np.float64)[None, :, None, None]
    r = np.maximum(c, 0)
    x, place = np.zeros((n, channels * 4)), {}
    for b, o, p, q in np.ndindex(n, channels, 2, 2):
        window = r[b, o, 2 * p : 2 * p + 2, 2 * q : 2 * q + 2]
        best = np.unravel_index(window.argmax(), (2, 2))
        place[b, o, p, q] = (2 * p + int(best[0]), 2 * q + int(best[1]))
        x[b, o * 4 + p * 2 + q] = window[best]
    z = x @ w.T + d["b2"].astype(np.float64)
    probability = np.exp(z - z.max(1, keepdims=True))
    probability /= probability.sum(1, keepdims=True)
    right = (np.arange(n), d["T"])
    loss = -np.log(probability[right]).mean()
    dz = probability.copy()
    dz[right] -= 1
    dz /= n
    dx, dc = dz @ w, np.zeros_like(c)
    for (b, o, p, q), (u, v) in place.items():
        dc[b, o, u, v] += dx[b, o * 4 + p * 2 + q] * (c[b, o, u, v] > 0)
    df = np.zeros_like(f)
    for i, j in np.ndindex(3, 3):
        df[:, 0, i, j] = (dc * a[:, :, i : i + size, j : j + size]).sum((0, 2, 3))
    return float(loss), {"F": df, "b1": dc.sum((0, 2, 3)), "W": dz.T @ x, "b2": dz.sum(0)}


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("seed", range(3))
def test_one_step_is_that_of_numpy(target: str, seed: int) -> None:
    model = small()
    made = chain(pipeline.derive(model), target)
    assert (made.target, made.note, made.by) == (target, "", ("F", "b1", "W", "b2"))
    given = inputs(model, seed)
    values = made.values(given)
    gradients = made.gradients(values)
    loss, expected = by_hand(given)
    assert values["E"].dtype == np.float32
    np.testing.assert_allclose(float(values["E"]), loss, rtol=1e-6)
    for name, gradient in gradients.items():
        assert gradient.dtype == np.float32 and gradient.shape == given[name].shape
        np.testing.assert_allclose(gradient, expected[name], rtol=1e-5, atol=1e-6)
    parameters = {name: given[name] for name in gradients}
    stepped, velocities = sgd.step(parameters, {}, gradients, lr=0.5, momentum=0.9)
    for name in gradients:
        wanted = given[name] - 0.5 * expected[name]
        np.testing.assert_allclose(stepped[name], wanted, rtol=1e-5, atol=1e-6)
        np.testing.assert_array_equal(velocities[name], gradients[name])


def test_a_step_of_digits_is_that_of_the_numpy_chain() -> None:
    model = pipeline.load("digits")
    derivation = pipeline.derive(model)
    given = inputs(model)
    results = []
    for target in TARGETS:
        made = chain(derivation, target)
        values = made.values(given)
        results.append((float(values["E"]), made.gradients(values)))
    (loss, gradients), (other, others) = results
    assert loss == pytest.approx(other, rel=1e-6)
    for name, gradient in gradients.items():
        np.testing.assert_allclose(gradient, others[name], rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("name", ["residual", "inception"])
def test_gradients_of_a_tensor_read_twice_add_up(name: str) -> None:
    """Central differences of the whole chain, in a random direction of every parameter."""
    model = pipeline.load(name)
    made = chain(pipeline.derive(model), "numpy")
    rng = np.random.default_rng(3)
    given: Arrays = {}
    for t in made.inputs:
        real = t.kind == "real"
        given[t.name] = rng.normal(0, 0.5, t.sizes) if real else rng.integers(0, 2, t.sizes)
    gradients = made.gradients(made.values(given))
    for parameter, gradient in gradients.items():
        v = rng.normal(0, 1, gradient.shape)
        ends = [float(made.values(given | {parameter: given[parameter] + s * 2e-3 * v})["E"]) for s in (1, -1)]
        slope = (ends[0] - ends[1]) / 4e-3
        assert slope == pytest.approx(float((gradient * v).sum()), rel=0.05, abs=2e-3), parameter


def test_only_what_is_needed_runs() -> None:
    derivation = pipeline.derive(small())
    forward, backward = plan(derivation, ["W"])
    assert [spec.outputs[0].name for spec in forward] == ["C", "R", "P", "X", "Z", "E"]
    assert [spec.outputs[0].name for spec in backward] == ["dZ", "dW"]
    made = chain(derivation, "numpy", by=["W"])
    assert list(made.gradients(made.values(inputs(derivation.model)))) == ["W"]


def test_refusals(monkeypatch: pytest.MonkeyPatch) -> None:
    derivation = pipeline.derive(small())
    with pytest.raises(UsageError, match="target 'fortran' does not exist; choose one of c, numpy"):
        chain(derivation, "fortran")
    with pytest.raises(SymconvError, match="Q"):
        chain(derivation, "numpy", by=["Q"])
    made = chain(derivation, "numpy")
    given = inputs(derivation.model)
    with pytest.raises(ModelError, match=r"W has shape \(2, 2\); give one of shape \(3, 8\)"):
        made.values(given | {"W": np.zeros((2, 2))})
    del given["W"]
    with pytest.raises(ModelError, match="W has no array"):
        made.values(given)


def test_without_a_compiler_numpy_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("symconv.training.chain.available", lambda: False)
    made = chain(pipeline.derive(small()))
    assert made.target == "numpy" and "no C compiler answers" in made.note
