"""Scalar functions: one table that says, for each, its derivative, how it is computed and how it is written.

``relu`` and the steps are ours because SymPy's ``Max`` differentiates to Heaviside (which is 1/2 or undefined at 0)
and C's ``fmax`` drops NaN. ``step(x)`` is 0 for x <= 0 and 1 otherwise, so ReLU'(0) = 0 and NaN passes; ``unstep`` is
the other side. ``sqrt`` and the logistic function are ours so that they stay what they are: SymPy would turn a root
into a power and collect it with others, and has no sigmoid.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sympy as sp


class step(sp.Function):
    """0 where x <= 0, else 1 (also for NaN); its derivative is 0 by convention."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> sp.Expr:  # noqa: ARG002
        return sp.Integer(0)


class unstep(sp.Function):
    """1 where x <= 0, else 0 (also for NaN): 1 - step; its derivative is 0 by convention."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> sp.Expr:  # noqa: ARG002
        return sp.Integer(0)


class relu(sp.Function):
    """max(0, x) where NaN stays NaN; its derivative is ``step``."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> sp.Expr:  # noqa: ARG002
        return step(self.args[0])


class sqrt(sp.Function):
    """The square root; its derivative is 1/(2*sqrt(x))."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> sp.Expr:  # noqa: ARG002
        return 1 / (2 * self)


class sigmoid(sp.Function):
    """The logistic function 1/(1 + exp(-x)); its derivative is sigmoid(x)*(1 - sigmoid(x))."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> sp.Expr:  # noqa: ARG002
        return self * (1 - self)


class normal_cdf(sp.Function):
    """The distribution function of the standard normal law, erfc(-x/sqrt(2))/2; its derivative is the density."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> sp.Expr:  # noqa: ARG002
        return normal_pdf(self.args[0])


class normal_pdf(sp.Function):
    """The density of the standard normal law, exp(-x**2/2)/sqrt(2*pi); its derivative is -x times itself."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> sp.Expr:  # noqa: ARG002
        return -self.args[0] * self


class psi(sp.Function):
    """``sqrt(2/pi)*(x + 0.044715*x**3)``, of which tanh comes near to the normal law; its derivative is psi_slope."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> sp.Expr:  # noqa: ARG002
        return psi_slope(self.args[0])


class psi_slope(sp.Function):
    """``sqrt(2/pi)*(1 + 3*0.044715*x**2)``; its derivative is psi_curvature."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> sp.Expr:  # noqa: ARG002
        return psi_curvature(self.args[0])


class psi_curvature(sp.Function):
    """``sqrt(2/pi)*6*0.044715*x``; its derivative is a number."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> sp.Expr:  # noqa: ARG002
        return ROOT * 6 * CUBIC


ROOT, CUBIC = sp.Rational(238382775, 298768502), sp.Rational(8943, 200000)
"""The root of 2/pi, right to 17 digits, and 0.044715."""

GATES = ("step", "unstep")
"""The functions that select: as a factor they decide whether the rest counts, so that 0 times infinity is 0."""


def is_gate(e: sp.Expr) -> bool:
    """Whether a factor is a step, which selects instead of multiplying."""
    return isinstance(e, (step, unstep))


@dataclass(frozen=True, slots=True)
class Function:
    """How one scalar function is computed and written.

    ``python`` computes it on a float; ``c``, ``numpy`` and ``source`` are expressions of the argument ``x`` in C
    (``{f}`` stands for the suffix ``f`` of float32), NumPy and plain Python; ``exact`` computes it on integers and
    rationals, where it can. ``latex`` has ``@`` for the argument. ``composed`` says that it is more than one call of a
    mathematical library, so that an inner rounding acts as one of its argument; ``positive`` that it is real and smooth
    only for x > 0. ``meaning`` is what a letter stands for, as TeX and text in x. ``internal`` functions are no words
    of equations that somebody writes.
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
    composed: bool = False
    positive: bool = False
    meaning: tuple[str, str] | None = None
    internal: bool = False


def _exp(x: float) -> float:
    try:
        return math.exp(x)
    except OverflowError:
        return math.inf


def _log(x: float) -> float:
    return math.log(x) if x > 0 or x != x else -math.inf if x == 0 else math.nan


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


_x = sp.Dummy("x")


def _derivative(f: Callable[[Any], sp.Expr]) -> Callable[[Any], sp.Expr]:
    return lambda x: f(_x).diff(_x).xreplace({_x: x})


# Python's own raise where IEEE arithmetic gives inf or NaN.
EXP = "math.inf if x > 709.782712893384 else math.exp(x)"
LOG = "math.log(x) if x > 0.0 else -math.inf if x == 0.0 else math.nan"
SQRT = "math.sqrt(x) if x >= 0.0 else math.nan"
# Of the two forms of the logistic function each is used where its exponential cannot overflow.
SIGMOID = "1.0 / (1.0 + math.exp(-x)) if x >= 0.0 else math.exp(x) / (1.0 + math.exp(x))"
SIGMOID_C = "x >= 0 ? 1 / (1 + exp{f}(-x)) : exp{f}(x) / (1 + exp{f}(x))"
SIGMOID_NUMPY = "np.where(x >= 0, 1, np.exp(-np.abs(x))) / (1 + np.exp(-np.abs(x)))"
CDF = "0.5 * math.erfc(-0.7071067811865476 * x)"
CDF_C = "0.5{f} * erfc{f}(-0.70710678118654752440{f} * x)"
CDF_NUMPY = "x.dtype.type(0.5) * np.vectorize(math.erfc, otypes=[x.dtype])(x * x.dtype.type(-0.7071067811865476))"
PDF = "0.3989422804014327 * math.exp(-0.5 * x * x)"
PDF_C = "0.39894228040143267794{f} * exp{f}(-0.5{f} * x * x)"
PDF_NUMPY = "x.dtype.type(0.3989422804014327) * np.exp(x.dtype.type(-0.5) * x * x)"


# As polynomials of exact quotients, left to right; every target writes the numbers in its own way. No number has more
# digits than float32 holds: 238382775/298768502 is ROOT.
QUOTIENT = "(14 * 16777216 + 3501751) / (17 * 16777216 + 13555830)"
PSI = f"{QUOTIENT} * (x + 8943 / 200000 * x * x * x)"
PSI_SLOPE = f"{QUOTIENT} * (1 + 26829 / 200000 * x * x)"
PSI_CURVATURE = f"{QUOTIENT} * 26829 / 100000 * x"


def _polynomial(
    name: str, form: str, python: Callable[[float], float], letter: str, meaning: tuple[str, str]
) -> Function:
    c, numpy, source = (
        re.sub(r"\d+", literal, form) for literal in (r"\g<0>.0{f}", r"x.dtype.type(\g<0>)", r"\g<0>.0")
    )
    text = letter.removeprefix("\\")
    return Function(
        name, python, c, numpy, source, f"{letter}(@)", f"{text}(@)", _derivative(globals()[name]), composed=True,
        meaning=meaning, internal=True,
    )


FUNCTIONS: dict[str, Function] = {
    f.name: f
    for f in (
        Function("exp", _exp, "exp{f}(x)", "np.exp(x)", EXP, r"e^{@}", "exp(@)", _derivative(sp.exp)),
        Function("log", _log, "log{f}(x)", "np.log(x)", LOG, r"\ln @", "ln(@)", _derivative(sp.log), positive=True),
        Function(
            "sqrt", lambda x: math.sqrt(x) if x >= 0 else math.nan, "sqrt{f}(x)", "np.sqrt(x)", SQRT, r"\sqrt{@}",
            "sqrt(@)", _derivative(sqrt), positive=True,
        ),
        Function(
            "tanh", math.tanh, "tanh{f}(x)", "np.tanh(x)", "math.tanh(x)", r"\tanh @", "tanh(@)", _derivative(sp.tanh)
        ),
        Function(
            "sigmoid", _sigmoid, SIGMOID_C, SIGMOID_NUMPY, SIGMOID, r"\sigma(@)", "sigmoid(@)", _derivative(sigmoid),
            composed=True, meaning=(r"\frac{1}{1+e^{-x}}", "1/(1 + exp(-x))"),
        ),
        Function(
            "normal_cdf", lambda x: 0.5 * math.erfc(-x / math.sqrt(2)), CDF_C, CDF_NUMPY, CDF, r"\Phi(@)", "Phi(@)",
            _derivative(normal_cdf), composed=True,
            meaning=(r"\frac{1}{\sqrt{2\pi}} \int_{-\infty}^{x} e^{-s^2/2}\, ds", "(1 + erf(x/sqrt(2)))/2"),
        ),
        Function(
            "normal_pdf", lambda x: math.exp(-x * x / 2) / math.sqrt(2 * math.pi), PDF_C, PDF_NUMPY, PDF,
            r"\varphi(@)", "phi(@)", _derivative(normal_pdf), composed=True,
            meaning=(r"\frac{1}{\sqrt{2\pi}} e^{-x^2/2}", "exp(-x^2/2)/sqrt(2 pi)"),
        ),
        _polynomial(
            "psi", PSI, lambda x: float(ROOT) * (x + float(CUBIC) * x * x * x), r"\psi",
            (r"\sqrt{2/\pi}\,(x + 0.044715\,x^{3})", "sqrt(2/pi)*(x + 0.044715*x^3)"),
        ),
        _polynomial(
            "psi_slope", PSI_SLOPE, lambda x: float(ROOT) * (1 + 3 * float(CUBIC) * x * x), r"\psi'",
            (r"\sqrt{2/\pi}\,(1 + 0.134145\,x^{2})", "sqrt(2/pi)*(1 + 0.134145*x^2)"),
        ),
        _polynomial(
            "psi_curvature", PSI_CURVATURE, lambda x: float(ROOT) * 6 * float(CUBIC) * x, r"\psi''",
            (r"0.26829\,\sqrt{2/\pi}\,x", "0.26829*sqrt(2/pi)*x"),
        ),
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
        Function(
            "unstep",
            lambda x: 1.0 if x <= 0 else 0.0,
            "x <= 0 ? 1 : 0",
            "np.where(x <= 0, x.dtype.type(1), x.dtype.type(0))",
            "1.0 if x <= 0 else 0.0",
            r"[@ \le 0]",
            "[@ <= 0]",
            _derivative(unstep),
            lambda x: 1 if x <= 0 else 0,
        ),
    )
}


WORDS = frozenset(f.name for f in FUNCTIONS.values() if not f.internal)
"""The functions that an equation may name."""


def function_of(expression: sp.Expr) -> Function:
    """The table's row for an applied function; raises TypeError for one that is not in the table."""
    name = type(expression).__name__
    if name not in FUNCTIONS:
        raise TypeError(f"no rule to compute the function {name}")
    return FUNCTIONS[name]
