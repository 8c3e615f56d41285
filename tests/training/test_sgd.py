"""SGD with momentum: by hand, and the schedules of the learning rate."""

from __future__ import annotations

import numpy as np
import pytest

from symconv.training.sgd import SCHEDULES, step


def test_three_steps_by_hand() -> None:
    p, v = {"p": np.array([1.0, -2.0], np.float32), "q": np.ones(1, np.float32)}, {}
    gradients = [np.array(g, np.float32) for g in ([1.0, 0.0], [0.5, -1.0], [0.0, 2.0])]
    expected, velocity = np.array([1.0, -2.0]), np.zeros(2)
    for g in gradients:
        p, v = step(p, v, {"p": g}, lr=0.5, momentum=0.5)
        velocity = 0.5 * velocity + g
        expected = expected - 0.5 * velocity
        np.testing.assert_array_equal(p["p"], expected.astype(np.float32))
        assert p["p"].dtype == np.float32
    np.testing.assert_array_equal(p["q"], [1.0])  # without a gradient it stays


def test_schedules() -> None:
    assert [SCHEDULES["constant"](x) for x in (0, 0.5, 1)] == [1, 1, 1]
    assert [SCHEDULES["cosine"](x) for x in (0, 0.5, 1)] == pytest.approx([1, 0.5, 0])
