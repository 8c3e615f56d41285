"""Scalar functions: one table that says, for each, its derivative, how it is computed and how it is written.

``relu`` and ``step`` are ours because SymPy's ``Max`` differentiates to Heaviside (which is 1/2 or undefined at 0)
and C's ``fmax`` drops NaN. ``step(x)`` is 0 for x <= 0 and 1 otherwise, so ReLU'(0) = 0 and NaN passes.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sympy as sp


class step(sp.Function):
    """0 where x <= 0, else 1 (also for NaN); its derivative is 0 by convention."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> sp.Expr:  # noqa: ARG002
        return sp.Integer(0)


class relu(sp.Function):
    """max(0, x) where NaN stays NaN; its derivative is ``step``."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> sp.Expr:  # noqa: ARG002
        return step(self.args[0])


@dataclass(frozen=True, slots=True)
class Function:
    """How one scalar function is computed and written.

    ``python`` computes it on a float; ``c``, ``numpy`` and ``source`` are expressions of the argument ``x`` in C
    (``{f}`` stands for the suffix ``f`` of float32), NumPy and plain Python; ``exact`` computes it on integers and
    rationals, where it can. ``latex`` has ``@`` for the argument.
    """

    name: str
    python: Callable[[float], float]
    c: str
    numpy: str
    source: str
    latex: str
    text: str
    derivative: Callable[[Any], sp.Expr]
    exact: Callable[[Any], Any] | None = None


def _exp(x: float) -> float:
    try:
        return math.exp(x)
    except OverflowError:
        return math.inf


def _log(x: float) -> float:
    return math.log(x) if x > 0 or x != x else -math.inf if x == 0 else math.nan


_x = sp.Dummy("x")


def _derivative(f: Callable[[Any], sp.Expr]) -> Callable[[Any], sp.Expr]:
    return lambda x: f(_x).diff(_x).xreplace({_x: x})


# Python's own raise where IEEE arithmetic gives inf or NaN.
EXP = "math.inf if x > 709.782712893384 else math.exp(x)"
LOG = "math.log(x) if x > 0.0 else -math.inf if x == 0.0 else math.nan"

FUNCTIONS: dict[str, Function] = {
    f.name: f
    for f in (
        Function("exp", _exp, "exp{f}(x)", "np.exp(x)", EXP, r"e^{@}", "exp(@)", _derivative(sp.exp)),
        Function("log", _log, "log{f}(x)", "np.log(x)", LOG, r"\ln @", "ln(@)", _derivative(sp.log)),
        Function(
            "relu",
            lambda x: 0.0 if x <= 0 else x,
            "x <= 0 ? 0 : x",
            "np.where(x <= 0, x.dtype.type(0), x)",
            "0.0 if x <= 0 else x",
            r"\max(0, @)",
            "max(0, @)",
            _derivative(relu),
            lambda x: 0 if x <= 0 else x,
        ),
        Function(
            "step",
            lambda x: 0.0 if x <= 0 else 1.0,
            "x <= 0 ? 0 : 1",
            "np.where(x <= 0, x.dtype.type(0), x.dtype.type(1))",
            "0.0 if x <= 0 else 1.0",
            r"[@ > 0]",
            "[@ > 0]",
            _derivative(step),
            lambda x: 0 if x <= 0 else 1,
        ),
    )
}


def function_of(expression: sp.Expr) -> Function:
    """The table's row for an applied function; raises TypeError for one that is not in the table."""
    name = type(expression).__name__
    if name not in FUNCTIONS:
        raise TypeError(f"no rule to compute the function {name}")
    return FUNCTIONS[name]
