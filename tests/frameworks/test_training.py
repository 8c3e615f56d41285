"""Twenty steps of training side by side with PyTorch: the same start, samples, learning rates and momentum."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from symconv import pipeline
from symconv.training import data, sgd
from symconv.training.chain import chain
from symconv.training.init import initial

pytestmark = pytest.mark.slow
torch = pytest.importorskip("torch")
torch.set_num_threads(1)  # the tests themselves run side by side

STEPS = 20
TOLERANCE = 2e-4
"""Of the largest entry of a parameter, after twenty steps in float32: sums in another order round differently, and
every step passes that on."""


def network(xs: Any, p: dict[str, Any]) -> Any:
    """The scores of the model ``digits`` by PyTorch's functions."""
    f = torch.nn.functional
    c = f.relu(f.conv2d(xs, p["F"], p["b1"], padding=1))
    return f.linear(torch.flatten(f.max_pool2d(c, 2), 1), p["W"], p["b2"])


@pytest.mark.parametrize("target", ["c", "numpy"])
@pytest.mark.parametrize("seed", range(3))
def test_twenty_steps_agree_with_pytorch(target: str, seed: int) -> None:
    model = pipeline.load("digits")
    made, samples = chain(pipeline.derive(model), target), data.load(model)
    rng = np.random.default_rng(seed)
    parameters: dict[str, Any] = dict(initial(model, rng))
    theirs = {n: torch.from_numpy(a.copy()).requires_grad_(True) for n, a in parameters.items()}
    optimiser = torch.optim.SGD(theirs.values(), lr=0.05, momentum=0.9)
    velocities: dict[str, Any] = {}
    for n, rows in zip(range(STEPS), data.shuffled(np.arange(samples.count), 16, rng), strict=False):
        batch = samples.take(rows)
        values = made.values({**parameters, **batch})
        gradients = made.gradients(values)
        optimiser.zero_grad()
        loss = torch.nn.functional.cross_entropy(
            network(torch.from_numpy(batch["A"]), theirs), torch.from_numpy(batch["T"]).long()
        )
        loss.backward()
        assert float(values["E"]) == pytest.approx(float(loss.detach()), rel=TOLERANCE, abs=1e-5), n
        rate = 0.05 * sgd.SCHEDULES["cosine"](n / STEPS)
        for group in optimiser.param_groups:
            group["lr"] = rate
        optimiser.step()
        parameters, velocities = sgd.step(parameters, velocities, gradients, lr=rate, momentum=0.9)
    for name, array in parameters.items():
        wanted = theirs[name].detach().numpy()
        assert np.abs(array - wanted).max() <= TOLERANCE * np.abs(wanted).max(), name
