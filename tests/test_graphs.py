"""Graphs: a tensor that feeds several layers, layers of several inputs, against differences of the whole chain."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from symconv import pipeline
from symconv.derivation.backpropagate import backpropagate
from symconv.derivation.run import run
from symconv.model import Model
from symconv.reference import FORWARD, well_separated


def forward(model: Model, data: dict[str, Any]) -> float:
    """The error, layer by layer through the hand-written forward functions."""
    values = dict(data)
    for node in model.nodes:
        roles = (*node.fragment.inputs, *node.fragment.parameters)
        result = FORWARD[node.layer.kind](*(values[node.tensors[t.name].name] for t in roles), **node.layer.options())
        values[node.output.name] = result[0] if isinstance(result, tuple) else result
    return float(values[model.error.name])


def inputs(model: Model, seed: int) -> dict[str, Any]:
    """Distinct entries for the image, small random weights, classes."""
    rng = np.random.default_rng(seed)
    data: dict[str, Any] = {}
    for t in model.program.inputs:
        if t.kind == "index":
            data[t.name] = rng.integers(0, 2, t.sizes)
        elif t.name == model.input.name:
            data[t.name] = well_separated(t.sizes, rng, 8, -4 * t.length - 1) / (4 * t.length)
        else:
            data[t.name] = rng.normal(0, 0.7, t.sizes)
    return data


@pytest.mark.parametrize("name", ["residual", "inception"])
@pytest.mark.parametrize("seed", [1, 2])
def test_every_gradient_is_the_change_of_the_error(name: str, seed: int) -> None:
    model = pipeline.load(name)
    derivation = backpropagate(model)
    data = inputs(model, seed)
    found = run(derivation, {n: a.ravel().tolist() for n, a in data.items()})
    assert found[model.error.name][0] == pytest.approx(forward(model, data), rel=1e-12)
    rng = np.random.default_rng(seed)
    for tensor in (model.input, *model.parameters):
        gradient = np.array(found[f"d{tensor.name}"])
        assert np.abs(gradient).max() > 1e-9, tensor.name
        for place in rng.choice(tensor.length, min(6, tensor.length), replace=False):
            step = np.zeros(tensor.length)
            step[place] = 1e-6
            ends = [forward(model, {**data, tensor.name: data[tensor.name] + s * step.reshape(tensor.sizes)})
                    for s in (1, -1)]
            assert gradient[place] == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=2e-5, abs=1e-8), tensor.name


@pytest.mark.parametrize(("name", "tensor", "ways"), [("residual", "A", 2), ("inception", "A", 3)])
def test_gradients_of_several_readers_add_up(name: str, tensor: str, ways: int) -> None:
    gradient = pipeline.derive(name).gradient(tensor)
    assert len(gradient.contributions) == ways
    assert len({c.node.name for c in gradient.contributions}) == ways


@pytest.mark.parametrize("name", ["residual", "inception"])
def test_the_document_says_that_the_ways_add_up(name: str) -> None:
    text = str(pipeline.derive_document(pipeline.load(name), wrt=[("A", None)]))
    assert "The ways add up:" in text


@pytest.mark.parametrize("name", ["residual", "inception"])
def test_its_kernels_compute_it(name: str) -> None:
    report = pipeline.prove(name, targets=["numpy", "c"], dtypes=["float32"])
    assert {c.check for c in report.checks} == {"PASSED"}
    assert len(report.checks) > 40


@pytest.mark.parametrize("name", ["residual", "inception"])
def test_its_steps_hold(name: str) -> None:
    held, large = pipeline.check_steps(pipeline.load(name))
    assert held > 100 and large == 0
