"""What a check found, and the table of them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Verdict = Literal["PASSED", "FAILED", "SKIPPED"]


@dataclass(frozen=True, slots=True)
class Check:
    """One kernel: what it computes, how it was made, whether it agrees.

    ``max_error`` is the largest difference from the reference, ``bound`` what is allowed: 0 where integer data make
    every operation exact. ``seconds`` is the time of the check, ``against`` what beside the derived formula the results
    were held against.
    """

    layer: str
    quantity: str
    target: str
    style: str
    dtype: str
    check: Verdict
    reason: str
    max_error: float | None
    bound: float | None
    seconds: float
    against: str = ""
    proof: None = None


@dataclass(frozen=True, slots=True)
class Report:
    """All checks of a model, what was written, and remarks (such as: there is no TeX engine)."""

    model: str
    checks: tuple[Check, ...]
    documents: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing failed."""
        return all(c.check != "FAILED" for c in self.checks)

    def to_dict(self) -> dict[str, Any]:
        """The documented JSON form."""
        return {
            "model": self.model,
            "kernels": [asdict(c) for c in self.checks],
            "documents": list(self.documents),
            "ok": self.ok,
        }
