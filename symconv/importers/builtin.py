"""Where a model comes from: built in by name, or a TOML file."""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files
from pathlib import Path

from symconv.errors import UsageError, show
from symconv.importers.document import MAX_BYTES
from symconv.importers.toml import read_model
from symconv.model import MAX_ENTRIES, Model
from symconv.paths import label, read_text

DEFAULT = "slides"
"""The model of the slides: convolution, max-pooling, dense layer, cross-entropy."""

_MODELS = files("symconv.importers") / "models"


def builtin_names() -> tuple[str, ...]:
    """The models that come with the package: every TOML file beside this module, the default one first."""
    names = sorted(f.name.removesuffix(".toml") for f in _MODELS.iterdir() if f.name.endswith(".toml"))
    return tuple(sorted(names, key=lambda name: name != DEFAULT))


def load(source: str | Path | None = None, *, max_entries: int = MAX_ENTRIES) -> Model:
    """The model of that built-in name, or in that TOML file; the slides' model by default.

    >>> load("slides").program.tensors["C"].sizes
    (1, 1, 4, 4)

    Raises UsageError for a name that is neither, PathError for a file that cannot be read, and what ``read_model``
    raises.
    """
    given: object = DEFAULT if source is None else source
    if isinstance(given, str) and given in builtin_names():
        name = f"{given}.toml"
        model = read_model((_MODELS / name).read_text(encoding="utf-8"), where=name, max_entries=max_entries)
        return replace(model, origin=given)
    if isinstance(given, str | Path) and str(given).endswith(".toml"):
        model = read_model(read_text(given, limit=MAX_BYTES), where=label(given), max_entries=max_entries)
        return replace(model, origin=label(Path(given).name))
    shown = label(given) if isinstance(given, str | Path) else show(given)
    raise UsageError(
        f"model {shown}", "is not built in", f"choose one of {', '.join(builtin_names())}, or give a file as mine.toml"
    )
