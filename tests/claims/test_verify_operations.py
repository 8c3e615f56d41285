"""Operations that notes write as calls: pooling and its way back, dilation, sums, reshaping."""

from __future__ import annotations

import pytest

from symconv import pipeline
from symconv.claims.judging.verdicts import Statement

MAXIMUM = "$$A = \\max(0, Z)$$\n$$P = maxpool(A)$$ with loss $L$\n"
MEAN = "$$P = avgpool(A, 2)$$ with loss $L$\n"
LAYERS = r"""
$$a^l = \sigma(z^l)$$
$$z^{l+1} = pool(a^l)$$
$$\delta^l = \frac{\partial J}{\partial z^l}$$
"""
STRIDED = "$$y_{ij} = \\sum_{m,n} w_{mn} x_{2i+m,2j+n}$$\n"


def last(text: str) -> Statement:
    return pipeline.verify(text).statements[-1]


@pytest.mark.parametrize(
    ("before", "formula"),
    [
        (MAXIMUM, r"\frac{\partial L}{\partial A} = unpool\left(\frac{\partial L}{\partial P}\right)"),
        (MAXIMUM, r"dA = upsample(dP) \odot \mathbb{1}[A = upsample(P)]"),
        (MAXIMUM, r"\frac{\partial L}{\partial Z} = \frac{\partial L}{\partial A} \odot \mathbb{1}[Z > 0]"),
        (MEAN, r"\frac{\partial L}{\partial A} = \frac{1}{4} upsample\left(\frac{\partial L}{\partial P}, 2\right)"),
        (LAYERS, r"\delta^{l} = upsample(\delta^{l+1}) \odot \sigma'(z^l)"),
        (LAYERS, r"\frac{\partial J}{\partial a^l} = upsample(\delta^{l+1})"),
        (STRIDED, r"\frac{\partial L}{\partial W} = X * dilate\left(\frac{\partial L}{\partial Y}, 2\right)"),
    ],
)
def test_right(before: str, formula: str) -> None:
    found = last(f"{before}\n$${formula}$$\n")
    assert found.verdict == "right", found


@pytest.mark.parametrize(
    ("before", "formula"),
    [
        (MEAN, r"\frac{\partial L}{\partial A} = \frac{1}{2} upsample\left(\frac{\partial L}{\partial P}, 2\right)"),
        (MAXIMUM, r"\frac{\partial L}{\partial Z} = \frac{\partial L}{\partial A} \odot \mathbb{1}[Z < 0]"),
    ],
)
def test_not_right(before: str, formula: str) -> None:
    assert last(f"{before}\n$${formula}$$\n").verdict in ("wrong", "undecidable")


@pytest.mark.parametrize(
    "formula",
    [
        r"H_{out} = \lfloor\frac{H_{in} + 2 \times padding - dilation \times (k - 1) - 1}{stride} + 1\rfloor",
        r"H_{out} = (H_{in} - 1)\times stride - 2\times padding + k",
    ],
)
def test_sizes_in_words_are_definitions(formula: str) -> None:
    assert last(f"$${formula}$$").verdict == "definition"
