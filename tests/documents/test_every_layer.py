"""The derivation of a model around every kind of layer goes through TeX, and nothing sticks out of anything."""

from __future__ import annotations

import random
import shutil

import pytest

from symconv.derivation.backpropagate import backpropagate
from symconv.derivation.run import run
from symconv.derivation.second import hessian_product
from symconv.documents.compose.article import article
from symconv.documents.registry import render
from symconv.documents.tex import compile_pdf
from symconv.layers.common.registry import kinds
from tests.support import model_around

needs_tex = pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no TeX engine")


@needs_tex
@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", kinds())
def test_its_derivation_fits_the_paper(kind: str, seed: int) -> None:
    """With numbers; formulas side by side and cells of matrices are boxes of their width, which TeX checks too."""
    rng = random.Random(f"document {kind} {seed}")
    derivation = backpropagate(model_around(kind, rng))
    inputs = {
        t.name: [rng.randrange(2) if t.kind == "index" else rng.uniform(0.1, 1) for _ in range(t.length)]
        for t in derivation.model.program.inputs
    }
    result = compile_pdf(render(article(derivation, values=run(derivation, inputs)), "latex"))
    assert result.pdf is not None and result.overfull == ()


@needs_tex
@pytest.mark.slow
@pytest.mark.parametrize("kind", ["gelu", "tanh", "layer_norm", "softmax"])
def test_second_derivatives_fit_the_paper(kind: str) -> None:
    model = model_around(kind, random.Random(f"document {kind} 2"))
    derivation = hessian_product(backpropagate(model), model.input.name)
    result = compile_pdf(render(article(derivation), "latex"))
    assert result.pdf is not None and result.overfull == ()
