"""What ``symconv train`` does: everything is checked first, then a chain of kernels learns, then files are written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from symconv import console, paths, pipeline
from symconv.errors import ModelError, UsageError
from symconv.importers import npz
from symconv.importers.weights import read_weights
from symconv.model import Model
from symconv.training import data, loop, plot
from symconv.training.chain import chain, check_target
from symconv.training.loop import Diverged, Result, Settings

WHERE = "train"


def run(
    settings: Mapping[str, Any],
    *,
    source: str,
    limits: Mapping[str, Any],
    data_file: str | None,
    weights_file: str | None,
    target: str,
    save_to: str | None,
    plot_to: str | None,
    json: bool,
) -> int:
    """Train, report and write; exit code 1 when the loss or a parameter stops being a number. Raises SymconvError."""
    chosen = Settings(**settings)
    check_target(target)
    save = None if save_to is None else _check_save(save_to)
    picture = None if plot_to is None else plot.check(plot_to)
    for path, option in ((save, "--save"), (picture, "--plot")):
        if path is not None:
            paths.check_writable(path.parent, option)
    if save is not None and save.exists() and data_file and Path(data_file).exists() and save.samefile(data_file):
        raise UsageError(WHERE, f"--save {paths.label(save)} is the file of samples", "name another file")
    model = pipeline.load(source, **limits)
    if not model.parameters:
        problem = "the model has no parameters to learn"
        raise UsageError(f"{WHERE} {model.name}", problem, "give it a layer with weights")
    samples = data.load(model, data_file)
    weights = {} if weights_file is None else read_weights(weights_file, model)
    for name in weights:
        if name in samples.arrays:
            raise ModelError(f"{paths.label(str(weights_file))}: {name}", "comes with the samples", "leave it out")
    loop.start(model, np.random.default_rng(0), chosen.init, weights)  # what cannot be drawn is refused before the work
    with console.progress() as progress:
        progress(0, 1, "deriving and compiling")
        kernels = chain(pipeline.derive(model), target)
        if kernels.note:
            console.remark(f"note: {kernels.note}")
        try:
            result = loop.train(kernels, samples, chosen, progress, weights)
        except Diverged as stop:
            console.remark(f"symconv: train {model.name}: {stop}; a smaller --lr may help")
            return 1
    drawn = None if picture is None else plot.draw(model, result, picture.suffix)
    written = []
    if save is not None:
        written.append(("weights", paths.write_file(save, npz.write(result.parameters), "--save")))
    if picture is not None and drawn is not None:
        written.append(("picture", paths.write_file(picture, drawn, "--plot")))
    if json:
        console.emit_json(as_dict(result, chosen))
    else:
        show(model, result, chosen, samples.count)
    for what, path in () if json else written:
        console.say(f"{what}: {paths.label(path)}")
    return 0


def _check_save(text: str) -> Path:
    path = paths.check_file(text, "--save")
    if path.suffix != ".npz":
        raise UsageError(WHERE, f"--save {paths.label(text)} is not an .npz file", "name one, as weights.npz")
    return path


def as_dict(result: Result, settings: Settings) -> dict[str, object]:
    """The result for JSON; the accuracy is null where there are no classes.

    >>> from symconv.training.score import Score
    >>> as_dict(Result({}, (0.5,), (Score(0.25, 8),)), Settings(epochs=1, seed=3))
    {'accuracy': None, 'epochs': 1, 'seed': 3, 'losses': [0.5]}
    """
    return {
        "accuracy": result.score.accuracy,
        "epochs": settings.epochs,
        "seed": settings.seed,
        "losses": list(result.losses),
    }


def show(model: Model, result: Result, settings: Settings, count: int) -> None:
    """A row an epoch, at most twenty of them, and the score at the end."""
    step = -(-settings.epochs // 20)
    shown = [n for n in range(settings.epochs) if (n + 1) % step == 0 or n + 1 == settings.epochs]
    rows = [
        (str(n + 1), f"{result.losses[n]:.4f}", f"{result.scores[n].loss:.4f}", _percent(result.scores[n].accuracy))
        for n in shown
    ]
    columns = ("epoch", "loss", "held-out loss", "accuracy")
    console.table(columns, rows, right=columns)
    score = result.score
    learnt = f"{model.name}: {count - score.count} samples learnt from, {score.count} held out"
    if score.confusion is None:
        console.say(f"{learnt}: loss {score.loss:.4g}")
    else:
        right = int(score.confusion.trace())
        console.say(f"{learnt}: {right} of {int(score.confusion.sum())} right ({_percent(score.accuracy)})")


def _percent(accuracy: float | None) -> str:
    return "" if accuracy is None else f"{accuracy:.1%}"
