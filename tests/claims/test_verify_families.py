"""Families of notation: what is right is found right, what is wrong is found wrong, with its correction."""

from __future__ import annotations

import pytest

from symconv import pipeline
from symconv.claims.judging.verdicts import Statement

DENSE = r"""
$$z^l = W^l a^{l-1} + b^l$$
$$a^l = \sigma(z^l)$$
$$\delta^l = \frac{\partial C}{\partial z^l}$$
"""
CONVOLUTION = r"$$y_{ij} = \sum_{m=0}^{2}\sum_{n=0}^{2} w_{mn} x_{i+m,j+n} + b$$" + "\n"
ENTRIES = r"""
$$O_{11} = X_{11}F_{11} + X_{12}F_{12} + X_{21}F_{21} + X_{22}F_{22}$$
$$O_{12} = X_{12}F_{11} + X_{13}F_{12} + X_{22}F_{21} + X_{23}F_{22}$$
$$O_{21} = X_{21}F_{11} + X_{22}F_{12} + X_{31}F_{21} + X_{32}F_{22}$$
$$O_{22} = X_{22}F_{11} + X_{23}F_{12} + X_{32}F_{21} + X_{33}F_{22}$$
"""


def last(text: str) -> Statement:
    return pipeline.verify(text).statements[-1]


@pytest.mark.parametrize(
    ("before", "formula"),
    [
        (DENSE, r"\delta^l = (W^{l+1})^T \delta^{l+1} \odot \sigma'(z^l)"),
        (DENSE, r"\frac{\partial C}{\partial W^l} = \delta^l (a^{l-1})^T"),
        (DENSE, r"\frac{\partial C}{\partial b^l} = \delta^l"),
        (
            CONVOLUTION,
            r"\frac{\partial L}{\partial w_{mn}} = \sum_i\sum_j \frac{\partial L}{\partial y_{ij}} x_{i+m,j+n}",
        ),
        (
            CONVOLUTION,
            r"\frac{\partial L}{\partial x_{ij}} = \sum_m\sum_n \frac{\partial L}{\partial y_{i-m,j-n}} w_{mn}",
        ),
        (CONVOLUTION, r"\frac{\partial L}{\partial b} = \sum_{i,j} \frac{\partial L}{\partial y_{ij}}"),
        (ENTRIES, r"\frac{\partial L}{\partial F} = X * \frac{\partial L}{\partial O}"),
        ("$$Z = XW + b$$ with loss $L$\n", r"\frac{\partial L}{\partial W} = X^T \frac{\partial L}{\partial Z}"),
        ("$$Z = XW + b$$ with loss $L$\n", r"dX = dZ W^T"),
        ("$$\\sigma(x) = \\frac{1}{1+e^{-x}}$$\n", r"\sigma'(x) = \sigma(x)(1-\sigma(x))"),
        ("", r"\tanh'(x) = 1 - \tanh^2(x)"),
        (
            "$$p_i = \\frac{e^{z_i}}{\\sum_j e^{z_j}}$$\n$$L = -\\sum_i y_i \\log p_i$$\n",
            r"\frac{\partial L}{\partial z_i} = p_i - y_i",
        ),
    ],
)
def test_right(before: str, formula: str) -> None:
    found = last(f"{before}\n$${formula}$$\n")
    assert found.verdict == "right", found


@pytest.mark.parametrize(
    ("before", "formula", "correction"),
    [
        (
            DENSE,
            r"\delta^l = W^{l+1} \delta^{l+1} \odot \sigma'(z^l)",
            r"\delta^l = (W^{l+1})^T \delta^{l+1} \odot \sigma'(z^l)",
        ),
        (
            DENSE,
            r"\delta^l = (W^{l+1})^T \delta^{l+1} \odot \sigma(z^l)",
            r"\delta^l = (W^{l+1})^T \delta^{l+1} \odot \sigma'(z^l)",
        ),
        (
            DENSE,
            r"\delta^l = -(W^{l+1})^T \delta^{l+1} \odot \sigma'(z^l)",
            r"\delta^l = (W^{l+1})^T \delta^{l+1} \odot \sigma'(z^l)",
        ),
        (
            CONVOLUTION,
            r"\frac{\partial L}{\partial w_{mn}} = \sum_i\sum_j \frac{\partial L}{\partial y_{ij}} x_{i-m,j-n}",
            r"\frac{\partial L}{\partial w_{mn}} = \sum_i\sum_j \frac{\partial L}{\partial y_{ij}} x_{i+m,j+n}",
        ),
        (
            ENTRIES,
            r"\frac{\partial L}{\partial X_{13}} = \frac{\partial L}{\partial O_{12}} F_{22}",
            r"\frac{\partial L}{\partial X_{13}} = \frac{\partial L}{\partial O_{12}} F_{12}",
        ),
        ("$$Z = XW + b$$ with loss $L$\n", "dX = dZ W", "dX = dZ W^T"),
    ],
)
def test_wrong(before: str, formula: str, correction: str) -> None:
    found = last(f"{before}\n$${formula}$$\n")
    assert found.verdict == "wrong", found
    assert found.correction is not None
    assert " ".join(found.correction.split()) == correction


@pytest.mark.parametrize(
    "formula",
    [r"\frac{\partial L}{\partial q} = q", r"\int x\,dx = y", r"\frac{\partial L}{\partial W} = \delta x^T", "a = "],
)
def test_unsure_is_undecidable(formula: str) -> None:
    assert last(f"$${formula}$$").verdict == "undecidable"


def test_a_definition_and_an_update_claim_nothing() -> None:
    found = pipeline.verify("$$y = w x + b$$\n\n$$w = w - \\eta \\frac{\\partial L}{\\partial w}$$\n")
    assert [s.verdict for s in found.statements] == ["definition", "definition"]


def test_an_index_out_of_its_sum() -> None:
    found = last(r"$$z_{i,j}=\sum_{a=1}^{n}\sum_{b=1}^{n} x_{i+a-1,j+b-1} w_{a,b} + c_{a,b}$$")
    assert found.verdict == "wrong"
    assert found.correction is not None and found.correction.endswith("+ c")
