"""The report of checks as JSON and as a table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from symconv import console

REFERENCE = "the reference"
"""What every check is held against unless the table says otherwise."""

if TYPE_CHECKING:
    from symconv.proofs.report import Check, Report
    from symconv.proofs.sweep import Sweep


def as_dict(report: Report) -> dict[str, Any]:
    """The report for JSON, which has no word for a number that is not finite: that becomes null."""
    found = report.to_dict()
    return {**found, "kernels": [{key: _finite(value) for key, value in kernel.items()} for kernel in found["kernels"]]}


def _finite(value: object) -> object:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def show(report: Report, *, proofs: bool = False) -> None:
    """A row a quantity, a column a form of its kernel; below what failed or was left out, the notes, the verdict.

    With ``proofs`` a row a kernel follows the table: what has been proved of it.
    """
    forms = list(dict.fromkeys((c.target, c.style) for c in report.checks))
    rows: dict[tuple[str, str], list[Check]] = {}
    for check in report.checks:
        rows.setdefault((check.layer, check.quantity), []).append(check)
    others = any(c.against not in ("", REFERENCE) for c in report.checks)
    cells = []
    for name, found in rows.items():
        verdicts = (_cell([c for c in found if (c.target, c.style) == form]) for form in forms)
        against = (", ".join(dict.fromkeys(c.against for c in found if c.against)),) if others else ()
        cells.append((*name, *verdicts, *_worst(found), *against))
    right = ("max error", "bound")
    columns = ("layer", "quantity", *map(_form, forms), *right, *(("held against",) if others else ()))
    console.table(columns, cells, right=right)
    if proofs and any(c.proof is not None for c in report.checks):
        _proofs(report)
    for line in _exceptions(report.checks):
        console.say(line)
    for note in report.notes:
        console.say(f"note: {note}")
    counts = {verdict: sum(c.check == verdict for c in report.checks) for verdict in ("PASSED", "FAILED", "SKIPPED")}
    words = [c.proof.verdict for c in report.checks if c.proof is not None]
    counts |= {word: words.count(word) for word in ("PROVED", "TESTED", "MISTRUSTED") if word in words}
    console.say(f"{report.model}: " + ", ".join(f"{n} {verdict}" for verdict, n in counts.items() if n))


def show_sweep(found: Sweep) -> None:
    """How many kernels of each kind of layer were proved, and the smallest that was not."""
    console.table(("layer", "kernels"), [(kind, str(n)) for kind, n in found.by_kind.items()], right=("kernels",))
    for f in found.failures:
        gradient = f.gradient or "forward"
        what = f"{f.layer} at {', '.join(map(str, f.shapes))}, {gradient}, {f.target} {f.style} {f.dtype}"
        console.say(f"{f.verdict}: {what}: {f.reason}")
    words = ", ".join(f"{n} {word}" for word, n in sorted(found.verdicts.items()))
    console.say(
        f"sweep with seed {found.seed}: {found.proofs} kernels, {words}; {found.monomials} monomials,"
        f" {found.seconds:.0f} s, {found.proofs / max(found.seconds, 1e-9):.0f} kernels a second"
    )


def _proofs(report: Report) -> None:
    """A row a kernel: what has been proved, how large it is, how sure a test is, what rounding may do."""
    rows = []
    for c in report.checks:
        p = c.proof
        proved = ("-", "", "", "", "") if p is None else (
            p.verdict, str(p.monomials), _power(p.miss), _small(p.bound), f"{p.seconds:.2f} s"
        )
        rows.append((c.layer, c.quantity, _form((c.target, c.style)), c.dtype, *proved))
    columns = (
        "layer", "quantity", "target", "type", "proof", "monomials", "miss", "rounding", "time"
    )
    console.table(columns, rows, right=columns[5:])

def _power(p: float | None) -> str:
    """A probability as a power of two, rounded up; 0 where there is nothing to miss."""
    return "" if p is None else "0" if p == 0 else f"2^{math.ceil(math.log2(p))}"


def _small(x: float | None) -> str:
    return "" if x is None else "0" if x == 0 else f"{x:.1e}"


def _form(form: tuple[str, str]) -> str:
    target, style = form
    return target if style == "loops" else f"{target} {style}"


def _cell(checks: Sequence[Check]) -> str:
    """The verdict where all element types agree, else the worst one and where."""
    for verdict in ("FAILED", "SKIPPED", "PASSED"):
        found = [c.dtype for c in checks if c.check == verdict]
        if found:
            return verdict if len(found) == len(checks) else f"{verdict} ({', '.join(found)})"
    return "-"


def _worst(checks: Sequence[Check]) -> tuple[str, str]:
    """The error that comes nearest to its bound, and that bound."""
    known = [(c.max_error, c.bound) for c in checks if c.max_error is not None and c.bound is not None]
    if not known:
        return "", ""
    error, bound = max(known, key=lambda pair: _ratio(*pair))
    return f"{error:.1e}" if error else "0", f"{bound:.1e}" if bound else "0"


def _ratio(error: float, bound: float) -> float:
    if error != error:
        return math.inf
    return error / bound if bound else math.inf if error else 0.0


def _exceptions(checks: Sequence[Check]) -> list[str]:
    """A line a reason for what failed or was skipped."""
    found: dict[tuple[str, str], list[str]] = {}
    for c in checks:
        if c.check != "PASSED" or (c.proof is not None and c.proof.verdict in ("FAILED", "MISTRUSTED")):
            name = f"{c.layer}/{c.quantity} {_form((c.target, c.style))} {c.dtype}"
            word = c.proof.verdict if c.check == "PASSED" and c.proof is not None else c.check
            found.setdefault((word, c.reason or "no reason given"), []).append(name)
    return [
        f"{verdict}: {', '.join(names[:4])}{f' and {len(names) - 4} more' if len(names) > 4 else ''}: {reason}"
        for (verdict, reason), names in found.items()
    ]
