"""A picture of a training: losses, filters, and where classes are learnt the confusion matrix (matplotlib)."""

from __future__ import annotations

import io
from collections.abc import Sequence
from importlib.util import find_spec
from math import ceil, prod, sqrt
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symconv import paths
from symconv.errors import UsageError
from symconv.model import Model
from symconv.notation.tensor import Tensor
from symconv.training.loop import Result

SUFFIXES = (".png", ".svg", ".pdf")
MOST_FILTERS = 64
METADATA = {".png": {"Software": None}, ".svg": {"Date": None, "Creator": None}, ".pdf": {"CreationDate": None}}
"""Nothing about the day or the version: the same result gives the same bytes."""

BLUE, ORANGE, GREY = "#1f5fa8", "#d2691e", "#888888"


def check(text: str) -> Path:
    """The file to draw to; raises PathError, or UsageError for a kind of picture that is not drawn, or without
    matplotlib."""
    path = paths.check_file(text, "--plot")
    if path.suffix not in SUFFIXES:
        choice = f"end it with {', '.join(SUFFIXES)}"
        raise UsageError("train", f"--plot {paths.label(text)} does not tell the format", choice)
    if find_spec("matplotlib") is None:
        raise UsageError("train", "--plot needs matplotlib, which is not installed", "pip install 'symconv[train]'")
    return path


def filters(model: Model) -> Tensor | None:
    """The parameter shown as small pictures: of those whose last two axes exceed 1 the first with the most axes."""
    planes = (t for t in model.parameters if len(t.sizes) >= 2 and min(t.sizes[-2:]) > 1)
    return max(planes, key=lambda t: len(t.sizes), default=None)


def draw(model: Model, result: Result, suffix: str) -> bytes:
    """The bytes of the picture."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    shown = filters(model)
    panels = ["losses", *(["filters"] if shown else []), *(["confusion"] if result.score.confusion is not None else [])]
    with mpl.rc_context({"svg.hashsalt": "symconv", "font.size": 9, "axes.spines.top": False}):
        figure = Figure(figsize=(4.4 * len(panels), 3.8), layout="constrained")
        for n, panel in enumerate(panels):
            place = (1, len(panels), n + 1)
            if panel == "losses":
                _losses(figure.add_subplot(*place), result)
            elif panel == "filters" and shown is not None:
                _filters(figure.add_subplot(*place), shown, result.parameters[shown.name])
            else:
                _confusion(figure.add_subplot(*place), result)
        page = io.BytesIO()
        figure.savefig(page, format=suffix[1:], dpi=150, metadata=METADATA[suffix])
    return page.getvalue()


def _losses(axes: Any, result: Result) -> None:
    epochs = np.arange(1, len(result.losses) + 1)
    style = {"marker": "o", "markersize": 3} if len(epochs) < 60 else {}
    held_out = [score.loss for score in result.scores]
    axes.plot(epochs, result.losses, color=BLUE, label="learnt from", **style)
    axes.plot(epochs, held_out, color=ORANGE, label="held out", **style)
    if min(*result.losses, *held_out) > 0:
        axes.set_yscale("log")
    axes.set(xlabel="epoch", ylabel="loss", title="Losses")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.grid(alpha=0.3, which="both")
    axes.legend(frameon=False)
    axes.spines["right"].set_visible(False)


def tiles(array: NDArray[Any]) -> NDArray[Any]:
    """Planes side by side in a grid, nearly square or filled up, with a rim of NaN around each.

    >>> tiles(np.ones((8, 1, 2, 2))).shape
    (7, 13)
    """
    height, width = array.shape[-2:]
    planes = array.reshape(-1, height, width)[:MOST_FILTERS]
    least = ceil(sqrt(len(planes)))
    columns = next((c for c in range(least, 2 * least) if len(planes) % c == 0), least)
    rows = ceil(len(planes) / columns)
    page = np.full((rows * (height + 1) + 1, columns * (width + 1) + 1), np.nan)
    for n, plane in enumerate(planes):
        row, column = divmod(n, columns)
        top, left = row * (height + 1) + 1, column * (width + 1) + 1
        page[top : top + height, left : left + width] = plane
    return page


def _filters(axes: Any, tensor: Tensor, array: NDArray[Any]) -> None:
    reach = float(np.abs(array).max()) or 1.0
    image = axes.imshow(tiles(array), cmap="RdBu", vmin=-reach, vmax=reach)
    count = prod(tensor.sizes[:-2])
    title = f"{tensor.name}: {_size(tensor.sizes)}"
    axes.set_title(title if count <= MOST_FILTERS else f"{title}, the first {MOST_FILTERS} planes")
    axes.set_axis_off()
    axes.figure.colorbar(image, ax=axes, shrink=0.7)


def _size(sizes: Sequence[int]) -> str:
    return " × ".join(map(str, sizes))


def _confusion(axes: Any, result: Result) -> None:
    counts = result.score.confusion
    assert counts is not None
    classes = len(counts)
    axes.imshow(np.sqrt(counts), cmap="Blues")  # the root shows a single mistake beside forty right ones
    axes.set(xlabel="predicted", ylabel="right", title=f"Held out: {result.score.accuracy:.1%} of {counts.sum()} right")
    if classes <= 20:
        axes.set_xticks(range(classes))
        axes.set_yticks(range(classes))
        for row, column in np.ndindex(*counts.shape):
            if counts[row, column]:
                ink = "white" if np.sqrt(counts[row, column]) > np.sqrt(counts.max()) / 2 else "black"
                axes.text(column, row, str(counts[row, column]), ha="center", va="center", color=ink, fontsize=7)
    axes.spines["right"].set_visible(False)
