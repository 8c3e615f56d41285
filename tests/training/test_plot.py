"""The picture of a training."""

from __future__ import annotations

import numpy as np
import pytest

from symconv.errors import PathError, UsageError
from symconv.model import Model
from symconv.training import plot
from symconv.training.loop import Result
from symconv.training.score import Score
from tests.training.models import classes, line, small

MAGIC = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}


def result(model: Model, confusion: bool = True) -> Result:
    parameters = {t.name: np.linspace(-1, 1, t.length, dtype=np.float32).reshape(t.sizes) for t in model.parameters}
    counts = np.diag([3, 4, 5]) if confusion else None
    return Result(parameters, (0.5, 0.25), (Score(0.6, 12, counts), Score(0.3, 12, counts)))


@pytest.mark.parametrize("suffix", plot.SUFFIXES)
def test_the_same_result_gives_the_same_picture(suffix: str) -> None:
    one, two = (plot.draw(small(), result(small()), suffix) for _ in range(2))
    assert one.startswith(MAGIC[suffix]) and one == two


def test_the_panels_follow_from_the_model() -> None:
    with_all = plot.draw(small(), result(small()), ".svg").decode()
    without = plot.draw(line(), result(line(), confusion=False), ".svg").decode()
    count = [page.count('id="axes_') for page in (with_all, without)]
    assert count == [4, 1]  # losses, filters with their scale, confusion; losses alone


def test_filters_are_planes() -> None:
    assert [t and t.name for t in map(plot.filters, (small(), classes(), line()))] == ["F", "V", None]
    page = plot.tiles(np.arange(8.0).reshape(2, 1, 2, 2))
    assert page.shape == (4, 7) and np.isnan(page[0]).all()
    np.testing.assert_array_equal(page[1:3, 1:3], [[0, 1], [2, 3]])


def test_refusals(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match=r"--plot a.gif does not tell the format; end it with .png, .svg, .pdf"):
        plot.check("a.gif")
    with pytest.raises(PathError, match=r"'\.\.'"):
        plot.check("../a.png")
    monkeypatch.setattr(plot, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"matplotlib, which is not installed; pip install 'symconv\[train\]'"):
        plot.check("a.png")
