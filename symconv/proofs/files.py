"""The kernels of a folder as they lie there, and report.json beside them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from symconv import paths
from symconv.backends.common.project import file_name
from symconv.backends.common.variants import Variant
from symconv.errors import PathError
from symconv.model import Model
from symconv.proofs.report import Report

LONGEST = 2**23
REPORT = "report.json"


def texts_of(model: Model, chosen: Sequence[Variant], folder: Path | None) -> dict[int, str | None] | None:
    """The source text of each kernel in a folder, None for a file that is not there; nothing without a folder."""
    if folder is None:
        return None
    found: dict[int, str | None] = {}
    for n, v in enumerate(chosen):
        path = folder / file_name(model, v)
        try:
            found[n] = paths.read_text(path, limit=LONGEST)
        except PathError:
            found[n] = None
    return found


def report_text(model: Model, chosen: Sequence[Variant], report: Report) -> str:
    """What has been proved, file by file: verdicts, monomials and bounds, nothing that differs from run to run."""
    kernels = []
    for v, check in zip(chosen, report.checks, strict=True):
        if check.proof is not None:
            kernels.append(
                {
                    "file": file_name(model, v),
                    "verdict": check.proof.verdict,
                    "monomials": check.proof.monomials,
                    "bound": check.proof.bound,
                }
            )
    return json.dumps({"model": model.name, "kernels": kernels}, indent=1) + "\n"
