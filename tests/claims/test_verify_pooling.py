"""Pooling and functions by cases: gradients of maxima and means over windows, and of ReLU."""

from __future__ import annotations

import pytest

from symconv import pipeline
from symconv.claims.grammar.statements import statements
from symconv.claims.judging.verdicts import Statement
from symconv.claims.meaning.strides import STRIDE, WINDOW, strides

MEAN = r"$$P_{ij} = \frac{1}{4}\sum_{m=0}^{1}\sum_{n=0}^{1} A_{2i+m,2j+n}$$" + "\n"
MEAN_K = r"$$y_{ij} = \frac{1}{k^2}\sum_{m=0}^{k-1}\sum_{n=0}^{k-1} x_{ki+m,kj+n}$$" + "\n"
GLOBAL = r"$$y_c = \frac{1}{HW}\sum_{i=1}^{H}\sum_{j=1}^{W} x_{c,i,j}$$" + "\n"
MAXIMUM = r"$$p_{ij} = \max_{0\le m,n<2} a_{2i+m,2j+n}$$" + "\n"
MAXIMUM_S = r"$$p_{ij} = \max_{0\le m,n<k} a_{si+m,sj+n}$$" + "\n"
RELU = "$$A = ReLU(Z)$$ with loss $L$\n"


def last(text: str) -> Statement:
    return pipeline.verify(text).statements[-1]


@pytest.mark.parametrize(
    ("before", "formula"),
    [
        (MEAN, r"\frac{\partial L}{\partial A_{2i+m,2j+n}} = \frac{1}{4} \frac{\partial L}{\partial P_{ij}}"),
        (
            MEAN,
            (
                r"\frac{\partial L}{\partial A_{ij}} ="
                r" \frac{1}{4}\frac{\partial L}{\partial P_{\lfloor i/2\rfloor,\lfloor j/2\rfloor}}"
            ),
        ),
        (MEAN_K, r"\frac{\partial L}{\partial x_{ki+m,kj+n}} = \frac{1}{k^2} \frac{\partial L}{\partial y_{ij}}"),
        (
            MEAN_K,
            (
                r"\frac{\partial L}{\partial x_{ij}} ="
                r" \frac{1}{k^2} \frac{\partial L}{\partial y_{\lfloor i/k\rfloor,\lfloor j/k\rfloor}}"
            ),
        ),
        (GLOBAL, r"\frac{\partial L}{\partial x_{c,i,j}} = \frac{1}{HW}\frac{\partial L}{\partial y_c}"),
        (
            MAXIMUM,
            (
                r"\frac{\partial L}{\partial a_{2i+m,2j+n}} = \begin{cases}\frac{\partial L}{\partial p_{ij}} &"
                r" \text{if } a_{2i+m,2j+n} = p_{ij}\\ 0 & \text{otherwise}\end{cases}"
            ),
        ),
        (
            MAXIMUM_S,
            (
                r"\frac{\partial L}{\partial a_{uv}} ="
                r" \sum_{i,j} \frac{\partial L}{\partial p_{ij}} \mathbb{1}[a_{uv} = p_{ij}]"
            ),
        ),
        (
            "$$y = \\max_i x_i$$\n",
            (
                r"\frac{\partial y}{\partial x_i} ="
                r" \begin{cases}1 & i = \arg\max_j x_j\\ 0 & \text{otherwise}\end{cases}"
            ),
        ),
        ("$$y = \\max_i x_i$$\n", r"\frac{\partial L}{\partial x_i} = 1_{\{x_i = y\}}\frac{\partial L}{\partial y}"),
        ("", r"ReLU'(x) = \begin{cases}1 & x>0\\0 & x\le 0\end{cases}"),
        ("", r"\mathrm{ReLU}'(x) = \mathbb{1}[x > 0]"),
        (
            "$$LeakyReLU(x) = \\max(0.01x, x)$$\n",
            r"LeakyReLU'(x) = \begin{cases}1 & x>0\\ 0.01 & x\le 0\end{cases}",
        ),
        (RELU, r"\frac{\partial L}{\partial Z} = \frac{\partial L}{\partial A} \odot (Z > 0)"),
        (RELU, r"dZ = dA \odot \mathbf{1}\{Z > 0\}"),
        (
            RELU,
            (
                r"\frac{\partial L}{\partial Z_{ij}} = \begin{cases}\frac{\partial L}{\partial A_{ij}} & Z_{ij} > 0\\"
                r" 0 & \text{otherwise}\end{cases}"
            ),
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
            MEAN,
            r"\frac{\partial L}{\partial A_{2i+m,2j+n}} = \frac{\partial L}{\partial P_{ij}}",
            r"\frac{\partial L}{\partial A_{2i+m,2j+n}} = \frac{1}{4} \frac{\partial L}{\partial P_{ij}}",
        ),
        (
            MEAN_K,
            r"\frac{\partial L}{\partial x_{ki+m,kj+n}} = \frac{1}{k} \frac{\partial L}{\partial y_{ij}}",
            r"\frac{\partial L}{\partial x_{ki+m,kj+n}} = \frac{1}{k^2} \frac{\partial L}{\partial y_{ij}}",
        ),
        (
            GLOBAL,
            r"\frac{\partial L}{\partial x_{c,i,j}} = \frac{1}{H+W}\frac{\partial L}{\partial y_c}",
            r"\frac{\partial L}{\partial x_{c,i,j}} = \frac{1}{HW}\frac{\partial L}{\partial y_c}",
        ),
    ],
)
def test_wrong(before: str, formula: str, correction: str) -> None:
    found = last(f"{before}\n$${formula}$$\n")
    assert (found.verdict, found.correction) == ("wrong", correction)


def test_strides() -> None:
    tree = statements(r"y_{ij} = \max_{0 \le m < k} x_{si+m,kj+m}")[0].tree
    assert strides([tree], {}) == {"s": STRIDE, "k": WINDOW}
