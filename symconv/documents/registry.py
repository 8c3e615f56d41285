"""The formats by name: every module of documents.formats is one, found by its file and loaded when asked for."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from pkgutil import iter_modules

import symconv.documents.formats as package
from symconv.documents.nodes import Document
from symconv.errors import UsageError, show


@lru_cache(maxsize=1)
def formats() -> tuple[str, ...]:
    """The names of all formats, sorted."""
    return tuple(sorted(m.name for m in iter_modules(package.__path__) if not m.ispkg))


def check_format(format: str) -> None:
    """Raises UsageError for a format that does not exist."""
    if format not in formats():
        raise UsageError("documents", f"format {show(format)} does not exist", f"choose one of {', '.join(formats())}")


def render(document: Document, format: str) -> str:
    """The document in a format: a module there has ``render(document) -> str``.

    Raises UsageError for a format that does not exist.
    """
    check_format(format)
    module = import_module(f"symconv.documents.formats.{format}")
    text: str = module.render(document)
    return text
