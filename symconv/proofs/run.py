"""Check many kernels: build them target by target, run each, compare."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from symconv.backends.common.project import command
from symconv.backends.common.registry import backend
from symconv.backends.common.variants import Variant
from symconv.errors import CompilerError, LimitError
from symconv.model import Model
from symconv.proofs.binary import examine
from symconv.proofs.compare import check_kernel
from symconv.proofs.oracle import Expected, expected
from symconv.proofs.prove import Judged, Prover
from symconv.proofs.report import Check, Proof, Report

Progress = Callable[[int, int, str], None]


Texts = Mapping[int, "str | None"]
"""Source texts to judge instead of those generated now, by the kernel's number; None where a file is missing."""


def check_variants(
    model: Model,
    chosen: Sequence[Variant],
    progress: Progress | None = None,
    seed: int = 1,
    *,
    texts: Texts | None = None,
    exhaustive: bool = False,
    prove: bool = True,
) -> Report:
    """The checks and proofs of some kernels; those that cannot be made or run here are SKIPPED, with the reason.

    Without ``prove`` they are only run beside the reference.

    A source text that somebody else may have changed is run only after it has been proved.
    """
    functions, sources, skipped, notes = _functions(model, chosen)
    prover = Prover(exhaustive=exhaustive)
    oracles: dict[str, Expected] = {}
    checks: list[Check] = []
    proved: dict[int, tuple[str, Any]] = {}
    for n, (v, function) in enumerate(zip(chosen, functions, strict=True)):
        if progress is not None:
            progress(n, len(chosen), f"{v.spec.layer} {v.spec.quantity} {v.target} {v.dtype}")
        text = sources.get(n)
        judged = None
        if text is not None and prove:
            given = text if texts is None else texts.get(n)
            judged = prover.prove(v, given) if given is not None else None
            if given is None or (judged is not None and judged.proof.verdict == "FAILED"):
                checks.append(_failed(v, judged))
                continue
        proof = judged.proof if judged is not None else None
        if judged is not None and judged.proof.verdict in ("PROVED", "TESTED"):
            given = text if texts is None else texts[n]
            assert given is not None
            proved[n] = (given, judged.program)
        if function is None:
            what = (v.spec.layer, v.spec.quantity, v.target, v.style, v.dtype)
            checks.append(Check(*what, "SKIPPED", skipped[n], None, None, 0.0, proof=proof))
            continue
        if v.spec.name not in oracles:
            oracles = {v.spec.name: expected(v.spec, seed)}
        check = check_kernel(v.spec, v.target, v.style, v.dtype, function, oracles[v.spec.name])
        if judged is not None and judged.complaint and not check.reason:
            check = replace(check, reason=judged.complaint)
        checks.append(replace(check, proof=proof))
    _examine(chosen, checks, proved, progress)
    if progress is not None:
        progress(len(chosen), len(chosen), "done")
    return Report(model.name, tuple(checks), notes=notes)


def _examine(
    chosen: Sequence[Variant], checks: list[Check], proved: dict[int, tuple[str, Any]], progress: Progress | None
) -> None:
    """The binaries of the C kernels whose source text is proved; their outcome goes into the checks."""
    numbers = [n for n in sorted(proved) if chosen[n].target == "c"]
    if progress is not None and numbers:
        progress(len(chosen), len(chosen), "binaries at -O0, -O2, -O3")
    tried = examine([(chosen[n], *proved[n]) for n in numbers])
    for n, t in zip(numbers, tried, strict=True):
        check, proof = checks[n], checks[n].proof
        assert proof is not None
        if t.wrong:
            proof = replace(proof, verdict="FAILED", miss=t.miss)
            checks[n] = replace(check, check="FAILED", reason=t.wrong, proof=proof)
        elif t.mistrusted:
            checks[n] = replace(check, reason=check.reason or t.mistrusted, proof=replace(proof, verdict="MISTRUSTED"))
        else:
            miss = t.miss if proof.miss is None else proof.miss
            checks[n] = replace(check, proof=replace(proof, miss=miss))


def _failed(v: Variant, judged: Judged | None) -> Check:
    """A kernel whose source text is wrong, or is not there."""
    what = (v.spec.layer, v.spec.quantity, v.target, v.style, v.dtype)
    if judged is None:
        nothing = Proof("FAILED", 0, None, None, 0.0)
        return Check(*what, "FAILED", "the file is missing, or is no text", None, None, 0.0, proof=nothing)
    return Check(*what, "FAILED", judged.complaint, None, None, 0.0, proof=judged.proof)


def _functions(
    model: Model, chosen: Sequence[Variant]
) -> tuple[list[Any], dict[int, str], dict[int, str], tuple[str, ...]]:
    """Each variant as a callable, those of one target built together; or why it could not be, and what to remark."""
    sources: dict[int, str] = {}
    functions: list[Any] = [None] * len(chosen)
    skipped: dict[int, str] = {}
    notes: dict[str, None] = {}
    by_target: dict[str, list[tuple[int, str]]] = {}
    for n, v in enumerate(chosen):
        try:
            sources[n] = v.source(command(model, v))
            by_target.setdefault(v.target, []).append((n, sources[n]))
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
    return functions, sources, skipped, tuple(notes)
