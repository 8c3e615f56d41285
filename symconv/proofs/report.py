"""What a check found, and the table of them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Verdict = Literal["PASSED", "FAILED", "SKIPPED"]
Word = Literal["PROVED", "TESTED", "MISTRUSTED", "FAILED"]


@dataclass(frozen=True, slots=True)
class Proof:
    """What is known about a kernel beyond a check on some data.

    PROVED is about the source text and exact: it computes the formula, which for a gradient is the derivative of the
    forward kernel. TESTED: the same at random points of a prime field only. MISTRUSTED: the data of a test could not
    have shown a fault. FAILED: with a counter-example, in the reason of the check. ``monomials`` counts those of the
    results, ``miss`` is the probability that the tests (of the binary, or of a TESTED source) overlook a fault,
    ``bound`` the relative rounding error that the longest chain of operations may make.
    """

    verdict: Word
    monomials: int
    miss: float | None
    bound: float | None
    seconds: float


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
    proof: Proof | None = None


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
        return all(c.check != "FAILED" and (c.proof is None or c.proof.verdict != "FAILED") for c in self.checks)

    def to_dict(self) -> dict[str, Any]:
        """The documented JSON form."""
        return {
            "model": self.model,
            "kernels": [asdict(c) for c in self.checks],
            "documents": list(self.documents),
            "ok": self.ok,
        }
