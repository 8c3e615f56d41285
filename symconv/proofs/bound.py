"""The rounding that a kernel may make: gamma(n) = n*u / (1 - n*u) for its longest chain of n roundings.

A sum of n terms may be added in any order, so that each of them meets at most n - 1 roundings (Higham, Accuracy and
Stability of Numerical Algorithms, section 3.1); a function of a mathematical library counts as FUNCTION_ULPS more. For
a sum of products the error of each entry is at most gamma(n) times the same sum with absolute values.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import sympy as sp

from symconv.kernels.spec import KernelSpec
from symconv.notation.expand import count_terms
from symconv.notation.functions import FUNCTIONS
from symconv.notation.tensor import base
from symconv.notation.term import Equation
from symconv.proofs.rounding import FUNCTION_ULPS


def gamma(n: int, dtype: str) -> float | None:
    """``n*u / (1 - n*u)``; None where n is too large for it to say anything.

    >>> gamma(0, "float64")
    0.0
    """
    u = float(np.finfo(dtype).eps) / 2
    return n * u / (1 - n * u) if n * u < 0.5 else None


def bound(spec: KernelSpec, dtype: str) -> float | None:
    """The gamma of a kernel's longest chain of roundings."""
    return gamma(roundings(spec), dtype)


def roundings(spec: KernelSpec) -> int:
    """How many roundings an operand meets at most on its way into a result."""
    chains: dict[str, int] = {}
    for q in spec.equations:
        chains[q.target.name] = _equation(q, chains)
    return max(chains[t.name] for t in spec.outputs)


def _equation(q: Equation, chains: Mapping[str, int]) -> int:
    inner = max((_summand(t.summand, chains) for t in q.terms), default=0)
    if q.reduction != "sum":
        return inner
    # Of all terms of the target, an entry has no more than one for each point of the bound indices.
    most = sum(min(_points(t), count_terms(q)) for t in q.terms)
    return inner + max(0, most - 1)


def _points(term: object) -> int:
    count = 1
    indices = term.bound if term.gathers else term.indices  # type: ignore[attr-defined]
    for i in indices:
        count *= int(i.extent)
    return count


def _summand(e: sp.Expr, chains: Mapping[str, int]) -> int:
    if isinstance(e, sp.Indexed):
        return chains.get(base(e), 0)
    if e.is_Rational:
        return 0 if int(e.q) & (int(e.q) - 1) == 0 else 1
    if e.is_Pow:
        return abs(int(e.exp)) * (_summand(e.base, chains) + 1)
    if e.is_Add:
        return max(_summand(a, chains) for a in e.args) + len(e.args) - 1
    if e.is_Mul:
        return sum(_summand(a, chains) for a in e.args) + len([a for a in e.args if a not in (1, -1)]) - 1
    inner = _summand(e.args[0], chains)
    exact = type(e).__name__ in FUNCTIONS and FUNCTIONS[type(e).__name__].exact is not None
    return inner + (0 if exact else 2 * int(FUNCTION_ULPS))
