"""Documents of functions of single entries: constants have names, squares are squares, cells hold what is in them."""

from __future__ import annotations

import re

import pytest

from symconv.derivation.backpropagate import Derivation, backpropagate
from symconv.derivation.second import hessian_product
from symconv.documents.compose.article import article
from symconv.documents.registry import render
from symconv.layers.gelu import GELU
from symconv.layers.mse import MSELoss
from symconv.layers.sigmoid import Sigmoid
from symconv.layers.tanh import Tanh
from symconv.model import Wiring


def around(layer: GELU | Sigmoid | Tanh) -> Derivation:
    wiring = Wiring("around", (2, 3))
    wiring.add("Y", layer)
    wiring.add("E", MSELoss(), names={"target": "T"})
    return backpropagate(wiring.finish())


def test_the_constants_of_gelu_have_names_and_are_said() -> None:
    derivation = around(GELU("tanh"))
    latex, text = (render(article(derivation), format) for format in ("latex", "text"))
    assert "Y[b,c] = (1 + tanh(psi(A[b,c])))*A[b,c]/2" in text
    assert r"$\psi(x)$ stands for $\sqrt{2/\pi}\,(x + 0.044715\,x^{3})$" in latex
    assert r"$\psi'(x)$ stands for" in latex and r"\psi'(A_{bc})" in latex
    said = "the root of 2/pi is the fraction 238382775/298768502, right to 17 digits, and 0.044715 is 8943/200000"
    assert " ".join(text.split()).count(said) == 1
    assert set(re.findall(r"(?<!\.)\b\d{6,}", text)) == {"238382775", "298768502", "200000"}
    assert text.count("238382775") == 1
    assert "238382775" not in render(article(around(GELU())), "text")


@pytest.mark.parametrize("columns", [2, 3, 9])
def test_matrices_that_nobody_could_read_are_not_drawn(columns: int) -> None:
    wiring = Wiring("wide", (2, columns))
    wiring.add("Y", GELU("tanh"))
    wiring.add("E", MSELoss(), names={"target": "T"})
    derivation = backpropagate(wiring.finish())
    document = article(derivation, wrt=[("A", None), ("A", (0, columns - 1))])
    scales = [float(x) for x in re.findall(r"every node/.append style=\{scale=([\d.]+)", render(document, "latex"))]
    assert all(scale > 0.6 for scale in scales)
    assert ("one matrix over" in render(document, "text")) == (columns <= 3)


def test_the_second_derivative_of_gelu_says_its_constants_too() -> None:
    text = render(article(hessian_product(around(GELU("tanh")), "A"), form="index"), "text")
    assert "psi''(x) stands for 0.26829*sqrt(2/pi)*x" in text


@pytest.mark.parametrize("layer", [Tanh(), Sigmoid()], ids=["tanh", "sigmoid"])
def test_squares_are_written_as_squares(layer: Tanh | Sigmoid) -> None:
    text = render(article(around(layer)), "text")
    word = layer.kind
    assert not re.search(rf"({word}\(A\[\d,\d\]\))\*\1", text)
    if word == "tanh":
        assert "1 - (tanh(A[0,0]))^2" in text
