"""The targets by name: every module of symconv.backends is one, found by its file and loaded when asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Protocol, cast

import symconv.backends as package
from symconv.errors import UsageError, show
from symconv.kernels.spec import KernelSpec


class Backend(Protocol):
    """What a target module offers.

    ``source`` prints one kernel as a complete text, for a spec, an element type, a style and the header in a context;
    ``load`` makes such a text callable on arrays of exactly the spec's shapes: inputs in order, results as a tuple. A
    target may also have ``load_many`` (build many at once) and ``companions`` (what stands beside its files).
    """

    STYLES: tuple[str, ...]
    DTYPES: tuple[str, ...]
    SUFFIX: str
    source: Callable[[KernelSpec, str, str, Mapping[str, str]], str]
    load: Callable[[str, KernelSpec, str, str], Callable[..., Any]]


def targets() -> tuple[str, ...]:
    """The names of all targets, sorted."""
    return tuple(sorted(m.name for m in iter_modules(package.__path__) if not m.ispkg))


def backend(target: str) -> Backend:
    """The module of a target; raises UsageError for one that does not exist."""
    if target not in targets():
        raise UsageError("target", f"{show(target)} does not exist", f"choose one of {', '.join(targets())}")
    return cast(Backend, import_module(f"symconv.backends.{target}"))
