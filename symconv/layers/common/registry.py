"""The layers by name: every module of symconv.layers is one, found by its file and loaded when asked for."""

from __future__ import annotations

from functools import cache, lru_cache
from importlib import import_module
from pkgutil import iter_modules

import symconv.layers as package
from symconv.layers.common.fragment import Layer


@lru_cache(maxsize=1)
def kinds() -> tuple[str, ...]:
    """The names of all layers, sorted: the modules beside this folder."""
    return tuple(sorted(m.name for m in iter_modules(package.__path__) if not m.ispkg))


@cache
def layer_class(kind: str) -> type[Layer]:
    """The class of a layer: the one in its module whose ``kind`` is the module's name."""
    module = import_module(f"symconv.layers.{kind}")
    (found,) = [
        c for c in vars(module).values() if isinstance(c, type) and getattr(c, "kind", None) == kind
    ]
    return found


def classes() -> dict[str, str]:
    """Class name -> kind, for the public names such as ``symconv.Conv2d``."""
    return {layer_class(kind).__name__: kind for kind in kinds()}
