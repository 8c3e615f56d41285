"""Notes that show no forward formula: their gradients are judged by the one that most of them bear out."""

from __future__ import annotations

import symconv

NETWORK = (
    r"\delta^L_j = \frac{\partial C}{\partial a^L_j} \sigma'(z^L_j)",
    r"\delta^l = ((w^{l+1})^T\delta^{l+1})\odot\sigma'(z^l)",
    r"\frac{\partial C}{\partial b^l_j} = \delta^l_j",
    r"\frac{\partial C}{\partial w^l_{jk}} = a^{l-1}_k \delta^l_j",
)


def note(*formulas: str) -> str:
    return "\n\n".join(f"$$ {f} $$" for f in formulas)


def test_the_equations_of_a_network_without_its_definition() -> None:
    found = symconv.verify(note(*NETWORK)).statements
    assert [s.verdict for s in found] == ["right"] * 4
    assert all("which the note does not state" in s.reading for s in found)


def test_one_that_the_others_contradict_is_wrong() -> None:
    bad = r"\delta^l = (w^{l+1}\delta^{l+1})\odot\sigma'(z^l)"
    found = symconv.verify(note(*NETWORK, bad)).statements
    assert [s.verdict for s in found] == ["right"] * 4 + ["wrong"]
    assert found[4].correction is not None and "(w^{l+1})^T" in found[4].correction


def test_little_support_accuses_nobody() -> None:
    bad = r"\frac{\partial L}{\partial X} = \frac{\partial L}{\partial O} * F"
    found = symconv.verify(note(r"\frac{\partial L}{\partial F} = X * \frac{\partial L}{\partial O}", bad)).statements
    assert found[0].verdict == "conditional"
    assert found[1].verdict != "wrong"
