"""Run a kernel and hold its results against what is expected."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symconv.kernels.spec import KernelSpec
from symconv.notation.expand import count_terms
from symconv.proofs.oracle import Expected
from symconv.proofs.report import Check

Array = NDArray[Any]

FUNCTION_ULPS = 8
"""What exp and log may each add to an error, in units of the last place: more than any libm in use needs."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The largest difference seen, where, and what was allowed."""

    worst: float
    bound: float
    complaint: str


def allowed(spec: KernelSpec, scale: float, expected: Expected, dtype: str) -> float:
    """The bound on a difference: 0 where integer data make everything exact, else growing with the number of terms.

    A sum of n products in precision eps is within n*eps of the sum of their sizes; functions add their ulps. For a
    gradient in float64 the central difference itself is the coarser of the two: 1e-9 relative covers both.
    """
    if expected.exact:
        return 0.0
    terms = max((count_terms(q) // max(1, q.target.length) for q in spec.equations), default=1)
    eps = float(np.finfo(dtype).eps)
    relative = (terms + FUNCTION_ULPS * len(spec.equations)) * eps
    if spec.kind == "gradient":
        relative = max(relative, 1e-9)
    return relative * max(1.0, scale)


def compare(spec: KernelSpec, function: Callable[..., tuple[Any, ...]], expected: Expected, dtype: str) -> Outcome:
    """Call the kernel on the data and compare every result with the reference and with the formula."""
    kinds = [dtype if t.kind == "real" else "int32" for t in spec.inputs]
    arrays = [np.ascontiguousarray(a, dtype=k) for a, k in zip(expected.inputs, kinds, strict=True)]
    try:
        with np.errstate(all="ignore"):
            results = function(*arrays)
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        return Outcome(float("inf"), 0.0, f"raises {type(error).__name__}")
    worst, complaint, scale = 0.0, "", 1.0
    pairs: list[tuple[str, Array, Array]] = []
    for reference, what in ((expected.results, expected.source), (expected.formula, "formula")):
        if reference is not None:
            pairs += [(what, got, np.asarray(want)) for got, want in zip(results, reference, strict=True)]
    if len(expected.where):
        pairs.append(("reference", results[0].ravel()[expected.where], expected.values))
    for what, got, want in pairs:
        if got.shape != want.shape:
            return Outcome(float("inf"), 0.0, f"shape {got.shape} instead of {want.shape}")
        finite = want[np.isfinite(want)] if want.dtype.kind == "f" else want
        scale = max(scale, float(np.abs(finite).max(initial=0.0)))
        gap = difference(got, want)
        if gap > worst:
            worst, complaint = gap, f"differs from the {what}"
    bound = allowed(spec, scale, expected, dtype)
    for v, number in expected.directions:
        mine = float(np.dot(results[0].ravel().astype(np.longdouble), v.ravel().astype(np.longdouble)))
        gap, room = abs(mine - number), bound * max(1.0, float(np.abs(v).sum()))
        if gap > room:
            worst, complaint = max(worst, gap), "differs from the reference along a random direction"
            bound = room
            break
    if not worst <= bound:
        return Outcome(worst, bound, complaint or "is not a number")
    return Outcome(worst, bound, "")


def difference(got: Array, want: Array) -> float:
    """The largest absolute difference; NaN agrees with NaN, infinity with itself, else infinitely off."""
    a, b = got.astype(np.float64), want.astype(np.float64)
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    if same.all():
        return 0.0
    off = np.abs(a[~same] - b[~same])
    return float("inf") if not np.isfinite(off).all() else float(off.max())


def check_kernel(
    spec: KernelSpec, target: str, style: str, dtype: str, function: Callable[..., tuple[Any, ...]], expected: Expected
) -> Check:
    """The verdict on one kernel."""
    start = time.perf_counter()
    outcome = compare(spec, function, expected, dtype)
    verdict = "FAILED" if outcome.complaint else "PASSED"
    return Check(
        spec.layer, spec.quantity, target, style, dtype, verdict,  # type: ignore[arg-type]
        outcome.complaint, outcome.worst, outcome.bound, time.perf_counter() - start,
    )
