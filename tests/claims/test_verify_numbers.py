"""Numeric examples: recomputed from the numbers that a note gives, compared at the printed precision."""

from __future__ import annotations

from fractions import Fraction

import pytest

from symconv import pipeline
from symconv.claims.judging.verdicts import Statement
from symconv.claims.meaning.printed import Printed

EXAMPLE = r"""
$$X = \begin{bmatrix}1&2&3\\4&5&6\\7&8&9\end{bmatrix},\quad W=\begin{bmatrix}1&0\\0&-1\end{bmatrix}$$
$$Y = X * W = \begin{bmatrix}-4&-4\\-4&-4\end{bmatrix}$$
$$\frac{\partial L}{\partial Y} = \begin{bmatrix}1&2\\3&4\end{bmatrix}$$
"""
SOFTMAX = r"""
$$z = \begin{bmatrix}1\\2\\3\end{bmatrix}$$
$$p = softmax(z) = \begin{bmatrix}0.090\\0.245\\0.665\end{bmatrix}$$
$$y = \begin{bmatrix}0\\0\\1\end{bmatrix}$$
$$L = -\sum_i y_i \log p_i$$
"""
FORWARD = r"""
$$x = \begin{bmatrix}1\\2\end{bmatrix}, W = \begin{bmatrix}0.1&0.2\\0.3&0.4\end{bmatrix}$$
$$z = Wx$$
"""


def last(text: str) -> Statement:
    return pipeline.verify(text).statements[-1]


@pytest.mark.parametrize(
    ("before", "formula"),
    [
        (EXAMPLE, r"\frac{\partial L}{\partial W} = \begin{bmatrix}37&47\\67&77\end{bmatrix}"),
        (EXAMPLE, r"dW = X * dY = \begin{bmatrix}37&47\\67&77\end{bmatrix}"),
        (EXAMPLE, r"\frac{\partial L}{\partial X} = \begin{pmatrix}1&2&0\\3&3&-2\\0&-3&-4\end{pmatrix}"),
        (SOFTMAX, r"\frac{\partial L}{\partial z} = p - y = \begin{bmatrix}0.090\\0.245\\-0.335\end{bmatrix}"),
        (SOFTMAX, r"\frac{\partial L}{\partial z} = [0.09, 0.245, -0.335]"),
        (FORWARD, r"z = \begin{bmatrix}0.5\\1.1\end{bmatrix}"),
        ("", r"softmax([1, 2, 3]) = [0.09, 0.245, 0.665]"),
        ("", r"\frac{1}{1+e^{-0.5}} = 0.622"),
        ("", r"\frac{1}{1+e^{-0.5}} \approx 0.62"),
        ("", r"-\log(0.665) = 0.408"),
        ("", r"1\cdot 1 + 0 \cdot 2 + (-1)\cdot 3 = -2"),
    ],
)
def test_right(before: str, formula: str) -> None:
    found = last(f"{before}\n$${formula}$$\n")
    assert found.verdict == "right", found


@pytest.mark.parametrize(
    ("before", "formula", "correction", "cause"),
    [
        (
            EXAMPLE,
            r"\frac{\partial L}{\partial W} = \begin{bmatrix}37&47\\67&78\end{bmatrix}",
            r"\frac{\partial L}{\partial W} = \begin{bmatrix}37&47\\67&77\end{bmatrix}",
            "entry (2, 2) is 77, not 78",
        ),
        (
            EXAMPLE,
            r"dX = \begin{bmatrix}1&2&0\\3&5&2\\0&-3&-4\end{bmatrix}",
            r"dX = \begin{bmatrix}1&2&0\\3&3&-2\\0&-3&-4\end{bmatrix}",
            "entry (2, 2) is 3, not 5; entry (2, 3) is -2, not 2",
        ),
        (
            FORWARD,
            r"z = \begin{bmatrix}0.5\\1.9\end{bmatrix}",
            r"z = \begin{bmatrix}0.5\\1.1\end{bmatrix}",
            "entry (2, 1) is 1.1, not 1.9",
        ),
        ("", r"y_{12} = 1\cdot 2 + 3\cdot 1 = 6", r"y_{12} = 1\cdot 2 + 3\cdot 1 = 5", "it is 5, not 6"),
        ("", r"\frac{32-5+2\cdot 2}{1}+1 = 31", r"\frac{32-5+2\cdot 2}{1}+1 = 32", "it is 32, not 31"),
    ],
)
def test_wrong(before: str, formula: str, correction: str, cause: str) -> None:
    found = last(f"{before}\n$${formula}$$\n")
    assert (found.verdict, found.correction, found.cause) == ("wrong", correction, cause)


@pytest.mark.parametrize(
    ("before", "formula"),
    [
        # every entry differs: the note may mean another operation
        (EXAMPLE, r"\frac{\partial L}{\partial W} = \begin{bmatrix}1&2\\3&5\end{bmatrix}"),
        # worked out with rounded numbers
        (SOFTMAX, r"\frac{\partial L}{\partial z} = \begin{bmatrix}0.090\\0.245\\-0.34\end{bmatrix}"),
        ("", r"7 / 2 = 3"),
        ("", r"\frac{1}{1+e^{-0.5}} \approx 0.7"),
        ("", r"(6 \times 6) * (3 \times 3) = 4"),
    ],
)
def test_not_accused(before: str, formula: str) -> None:
    assert last(f"{before}\n$${formula}$$\n").verdict != "wrong"


def test_given_gradients_are_definitions() -> None:
    found = pipeline.verify(EXAMPLE).statements
    assert [s.verdict for s in found] == ["definition", "definition", "right", "definition"]
    assert last(EXAMPLE + "\n$$dY = \\begin{bmatrix}1&2\\\\3&4\\end{bmatrix}$$").verdict == "definition"


@pytest.mark.parametrize(
    ("value", "decimals", "x", "holds", "close"),
    [
        (Fraction("0.62"), 2, 0.6224, True, True),
        (Fraction("0.62"), 2, 0.6299, True, True),
        (Fraction("0.62"), 2, 0.65, False, True),
        (Fraction("0.62"), 2, 0.9, False, False),
        (Fraction(3), 0, 3, True, False),
        (Fraction(3), 0, Fraction(7, 2), False, True),
        (Fraction(3), 0, 4, False, False),
    ],
)
def test_printed(value: Fraction, decimals: int, x: Fraction | float, holds: bool, close: bool) -> None:
    number = Printed(value, decimals, (0, 0))
    assert number.holds(x) is holds
    assert (number.holds(x) or number.close(x)) is (holds or close)
