"""The smallest counter-examples: few small integers, for which the two sides are what is said."""

from __future__ import annotations

import re

import pytest

from symconv import pipeline

DECLARED = "input=X 4x4, filter=W 2x2, output=O, loss=L, base=1"


def example(formula: str, declare: str = DECLARED) -> str:
    found = pipeline.check(formula, declare=declare)
    assert found.verdict == "wrong"
    assert found.counterexample is not None
    return found.counterexample


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        (
            r"O_{11} = X_{11} W_{11} + X_{12} W_{12} + X_{21} W_{21} - X_{22} W_{22}",
            "with X_{22} = 1, W_{22} = 1 and everything else 0 the left side is 1, the right side -1",
        ),
        (
            r"\frac{\partial O_{11}}{\partial W_{12}} = X_{21}",
            "with X_{12} = 1 and everything else 0 the left side is 1, the right side 0",
        ),
        (
            r"\frac{\partial O_{12}}{\partial W_{11}} = \sum_{i=1}^{1} X_{ii} + X_{12}",
            "with X_{11} = 1 and everything else 0 the left side is 0, the right side 1",
        ),
    ],
)
def test_one_or_two_ones_will_do(formula: str, said: str) -> None:
    assert example(formula) == said


def test_a_term_before_the_dots_is_shown_alone() -> None:
    """The only upstream gradient that is not 0 belongs to the term in question, so what the dots hold is 0."""
    found = example(
        r"\frac{\partial L}{\partial W_{11}} = \frac{\partial L}{\partial O_{11}} X_{11} +"
        r" \frac{\partial L}{\partial O_{12}} X_{13} + \dots"
    )
    assert re.findall(r"∂L/∂O_\{(\d+)\} = (\d+)", found) == [("12", "1")]
    values = dict(re.findall(r"X_\{(\d+)\} = (\d+)", found))
    assert found.endswith(f"the left side is {values.get('12', 0)}, the right side {values.get('13', 0)}")


def test_a_factor_of_a_winner_has_to_be_larger_than_1() -> None:
    found = example(
        r"\frac{\partial E}{\partial C_{01}} = \frac{\partial}{\partial C_{01}}"
        r" \max(C_{00}, \mathbf{C}_{01}, C_{10}, C_{11}) \frac{\partial E}{\partial P_{00}}"
        r" = C_{01} \frac{\partial E}{\partial P_{00}}",
        "input=A 6x6, filter=F 3x3, output=C, pooled=P 2x2, loss=E, base=0",
    )
    assert found == "with C_{01} = 2, ∂E/∂P_{00} = 1 and everything else 0 the left side is 1, the right side 2"


def test_what_depends_on_nothing_has_the_derivative_0() -> None:
    found = example(
        r"\frac{\partial E}{\partial F} = \frac{\partial C}{\partial F} \times \frac{\partial P}{\partial C} \times"
        r" \frac{\partial F}{\partial P}",
        "input=A 6x6, filter=F 3x3, output=C, pooled=P 2x2, loss=E, base=0",
    )
    assert re.search(r"A_\{\d\d\} = 1, ∂E/∂P_\{\d\d\} = 1 and everything else 0 the left side is 1", found)
    assert found.endswith("the right side 0")


@pytest.mark.parametrize(
    ("note", "said"),
    [
        (
            r"$a_j = \sigma(z_j)$, $\sigma(x) = 1/(1+e^{-x})$, $\frac{\partial a_j}{\partial z_j} = a_j (1 + a_j)$",
            "everything 0 the left side is 0.25, the right side 0.75",
        ),
        (
            r"$y_i = \sum_j W_{ij} x_j$, $\frac{dL}{dx_j} = \sum_i \frac{dL}{dy_i} W_{ji}$",
            "and everything else 0 the left side is 0, the right side 1",
        ),
        (r"$y = f(x)$ and $\frac{\partial y}{\partial x} = f(x)$", "f(x) = x^2 and everything else 0"),
    ],
)
def test_notes_that_define_what_they_speak_of(note: str, said: str) -> None:
    (wrong,) = [s for s in pipeline.verify(note).statements if s.verdict == "wrong"]
    assert wrong.counterexample is not None and said in wrong.counterexample


def test_the_same_formula_has_the_same_example() -> None:
    formula = r"\frac{\partial O_{11}}{\partial W_{12}} = X_{21}"
    assert example(formula) == example(formula)
    note = f"<!-- symconv: {DECLARED} -->\n\n$${formula}$$\n\n$${formula}$$\n"
    one, two = pipeline.verify(note).statements
    assert one.counterexample == two.counterexample == example(formula)
