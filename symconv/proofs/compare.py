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
from symconv.proofs.report import Check, Verdict

Array = NDArray[Any]

DIFFERENCE = 1e-9
"""What a central difference of a smooth function may be off, relative to its value (and a hundredth of it anyway)."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The largest difference seen, what was allowed there, and what is wrong, if anything is."""

    worst: float
    bound: float
    complaint: str


def compare(spec: KernelSpec, function: Callable[..., tuple[Any, ...]], expected: Expected, dtype: str) -> Outcome:
    """Call the kernel on the data and compare every result, entry by entry, with the reference and with the formula.

    Allowed is 0 where integer data make everything exact; else the running error bound of the formula at that entry,
    and for the central differences of a gradient what those may be off themselves.
    """
    kinds = [dtype if t.kind == "real" else "int32" for t in spec.inputs]
    # not ascontiguousarray, which gives a number an axis
    arrays = [np.asarray(a, dtype=k, order="C") for a, k in zip(expected.inputs, kinds, strict=True)]
    try:
        with np.errstate(all="ignore"):
            results = function(*arrays)
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        return Outcome(float("inf"), 0.0, f"raises {type(error).__name__}")
    room = [_room(spec, expected, n, results[n], dtype) for n in range(len(results))]
    found = [Outcome(0.0, 0.0, "")]
    for reference, what in ((expected.results, expected.source), (expected.formula, "formula")):
        if reference is not None:
            for got, want, allowed in zip(results, reference, room, strict=True):
                found.append(entrywise(got, np.asarray(want), allowed, what))
    off = 0.0 if expected.exact else DIFFERENCE
    if len(expected.where):
        # At a pole, or where a logarithm has no value, there is no difference: the formula alone decides.
        smooth = np.isfinite(expected.values)
        allowed = room[0].ravel()[expected.where] + off * (np.abs(expected.values) + 0.01)
        got = results[0].ravel()[expected.where]
        found.append(entrywise(got[smooth], expected.values[smooth], allowed[smooth], "reference"))
    for v, number in expected.directions:
        if not np.isfinite(number):
            continue
        gradient, along = results[0].ravel().astype(np.longdouble), v.ravel().astype(np.longdouble)
        gap = abs(float(np.dot(gradient, along)) - number)
        size = float(np.dot(np.abs(gradient), np.abs(along))) + 0.01 * float(np.abs(along).sum())
        most = float(np.dot(room[0].ravel(), np.abs(v.ravel()))) + off * size
        if not gap <= most:
            found.append(Outcome(gap, most, "differs from the reference along a random direction"))
    wrong = [o for o in found if o.complaint]
    return max(wrong or found, key=lambda o: o.worst)


def _room(spec: KernelSpec, expected: Expected, n: int, got: Array, dtype: str) -> Array:
    """What each entry of a result may be off; below the smallest normal number rounding is absolute."""
    if expected.exact:
        return np.zeros(got.shape)
    limits = np.finfo(dtype)
    if expected.rounding is not None:
        # The kernel's rounding, and that of the reference in double precision.
        return expected.rounding[n] * (float(limits.eps) + np.finfo(np.float64).eps) + float(limits.tiny)
    terms = max(count_terms(q) // max(1, q.target.length) for q in spec.equations) + 16
    return np.full(got.shape, terms * float(limits.eps) * max(1.0, float(np.abs(got).max(initial=0.0))))


def entrywise(got: Array, want: Array, allowed: Array, what: str) -> Outcome:
    """The largest difference of two arrays, or where one exceeds what is allowed the largest such."""
    if got.shape != want.shape:
        return Outcome(float("inf"), 0.0, f"shape {got.shape} instead of {want.shape}")
    gap = gaps(got, want)
    over = ~((gap == 0) | (gap <= allowed))  # where the formula is infinite so is the bound, or NaN
    if over.any():
        at = int(np.argmax(np.where(over, gap, -1.0)))
        return Outcome(float(gap.ravel()[at]), float(allowed.ravel()[at]), f"differs from the {what}")
    if gap.size == 0:
        return Outcome(0.0, 0.0, "")
    at = int(np.argmax(gap))
    return Outcome(float(gap.ravel()[at]), float(allowed.ravel()[at]), "")


def gaps(got: Array, want: Array) -> Array:
    """The absolute differences; NaN agrees with NaN, infinity with itself, else they are infinitely far off."""
    a, b = got.astype(np.float64), want.astype(np.float64)
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    with np.errstate(invalid="ignore"):
        off = np.abs(a - b)
    return np.where(same, 0.0, np.where(np.isfinite(off), off, np.inf))


def difference(got: Array, want: Array) -> float:
    """The largest absolute difference, as ``gaps`` has it."""
    return float(gaps(got, want).max(initial=0.0))


def check_kernel(
    spec: KernelSpec, target: str, style: str, dtype: str, function: Callable[..., tuple[Any, ...]], expected: Expected
) -> Check:
    """The verdict on one kernel."""
    start = time.perf_counter()
    outcome = compare(spec, function, expected, dtype)
    verdict: Verdict = "FAILED" if outcome.complaint else "PASSED"
    remark = "" if expected.source == "reference" else "there is no reference: held against its equation only"
    return Check(
        spec.layer, spec.quantity, target, style, dtype, verdict,
        outcome.complaint or remark, outcome.worst, outcome.bound, time.perf_counter() - start,
    )
