"""The table of scalar functions: the polynomial behind gelu's approximation, and which functions are words."""

from __future__ import annotations

import math
import re
from fractions import Fraction

import pytest
import sympy as sp

from symconv.errors import SymconvError
from symconv.notation.functions import CUBIC, FUNCTIONS, PSI, PSI_CURVATURE, PSI_SLOPE, ROOT, WORDS
from symconv.notation.parse.resolve import read

FORMS = {"psi": PSI, "psi_slope": PSI_SLOPE, "psi_curvature": PSI_CURVATURE}
x = sp.Symbol("x")


def test_the_constants_are_right_to_the_last_bit() -> None:
    assert float(ROOT) == math.sqrt(2 / math.pi) and float(CUBIC) == 0.044715
    assert abs(sp.N(ROOT - sp.sqrt(2 / sp.pi), 40)) < 1e-17


@pytest.mark.parametrize("order", range(3))
def test_the_polynomial_and_its_derivatives_are_one_formula(order: int) -> None:
    name, form = list(FORMS.items())[order]
    wanted = sp.diff(ROOT * (x + CUBIC * x**3), x, order)
    exact = re.sub(r"\d+", r"F(\g<0>)", form)
    for value in (Fraction(0), Fraction(1, 3), Fraction(-7, 2)):
        expected = wanted.xreplace({x: sp.Rational(value.numerator, value.denominator)})
        got = eval(exact, {"F": Fraction, "x": value})
        assert sp.Rational(got.numerator, got.denominator) == expected
        assert math.isclose(FUNCTIONS[name].python(float(value)), float(expected), rel_tol=1e-15)
        assert math.isclose(eval(FUNCTIONS[name].source, {"x": float(value)}), float(expected), rel_tol=1e-15)
    meaning = FUNCTIONS[name].meaning
    assert meaning is not None
    said = sp.sympify(meaning[1].replace("^", "**"), rational=True)
    assert sp.simplify(said / sp.sqrt(2 / sp.pi) - wanted / ROOT) == 0


def test_internal_functions_are_no_words_of_equations() -> None:
    assert {name for name in FUNCTIONS if not name.startswith("psi")} == WORDS
    with pytest.raises(SymconvError, match="'psi' is no function"):
        read("C[k] = psi(A[k])")
    assert read("C[k] = psi[k] + tanh(A[k])").reads == ("psi", "A")
