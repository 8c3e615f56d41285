"""Derivations and steps show themselves in a notebook."""

from __future__ import annotations

from symconv import pipeline


def test_a_derivation_and_a_step_have_latex_and_text() -> None:
    derivation = pipeline.derive("slides")
    shown = derivation._repr_mimebundle_()
    assert set(shown) == {"text/latex", "text/plain"}
    assert r"\frac{\partial E}{\partial F_{ij}} &= \sum" in shown["text/latex"]
    assert "dE/dZ[o] = E_probability[o] - E_one_hot[o]" in shown["text/plain"]
    step = derivation.steps("F")[-1]._repr_mimebundle_()
    assert step["text/plain"].splitlines()[-1].startswith("dE/dF[i,j] = sum(0 <= k < 4, 0 <= l < 4) dE/dC[k,l] * A[")
    assert step["text/latex"].startswith("$$") and r"\begin{aligned}" in step["text/latex"]
