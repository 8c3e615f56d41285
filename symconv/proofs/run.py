"""Check many kernels: build them target by target, run each, compare."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from symconv.backends.common.project import command
from symconv.backends.common.registry import backend
from symconv.backends.common.variants import Variant
from symconv.errors import CompilerError, LimitError
from symconv.model import Model
from symconv.proofs.compare import check_kernel
from symconv.proofs.oracle import Expected, expected
from symconv.proofs.report import Check, Report

Progress = Callable[[int, int, str], None]


def check_variants(model: Model, chosen: Sequence[Variant], progress: Progress | None = None, seed: int = 1) -> Report:
    """The checks of some kernels; those that cannot be made or run here are SKIPPED, with the reason."""
    functions, skipped, notes = _functions(model, chosen)
    oracles: dict[str, Expected] = {}
    checks: list[Check] = []
    for n, (v, function) in enumerate(zip(chosen, functions, strict=True)):
        if progress is not None:
            progress(n, len(chosen), f"{v.spec.layer} {v.spec.quantity} {v.target} {v.dtype}")
        if function is None:
            what = (v.spec.layer, v.spec.quantity, v.target, v.style, v.dtype)
            checks.append(Check(*what, "SKIPPED", skipped[n], None, None, 0.0))
            continue
        if v.spec.name not in oracles:
            oracles[v.spec.name] = expected(v.spec, seed)
        checks.append(check_kernel(v.spec, v.target, v.style, v.dtype, function, oracles[v.spec.name]))
    if progress is not None:
        progress(len(chosen), len(chosen), "done")
    return Report(model.name, tuple(checks), notes=notes)


def _functions(model: Model, chosen: Sequence[Variant]) -> tuple[list[Any], dict[int, str], tuple[str, ...]]:
    """Each variant as a callable, those of one target built together; or why it could not be, and what to remark."""
    functions: list[Any] = [None] * len(chosen)
    skipped: dict[int, str] = {}
    notes: dict[str, None] = {}
    by_target: dict[str, list[tuple[int, str]]] = {}
    for n, v in enumerate(chosen):
        try:
            by_target.setdefault(v.target, []).append((n, v.source(command(model, v))))
        except LimitError as error:
            skipped[n] = str(error)
    for target, items in by_target.items():
        module = backend(target)
        many = getattr(module, "load_many", None)
        what = [(chosen[n].spec, chosen[n].dtype, chosen[n].style) for n, _ in items]
        try:
            if many is not None:
                loaded = many([text for _, text in items], what)
            else:
                loaded = [module.load(text, s, d, style) for (_, text), (s, d, style) in zip(items, what, strict=True)]
        except CompilerError as error:
            skipped |= {n: str(error) for n, _ in items}
            notes[f"the {target} kernels were not run: {error}"] = None
            continue
        for (n, _), function in zip(items, loaded, strict=True):
            functions[n] = function
    return functions, skipped, tuple(notes)
