"""Where does this one number come from?"""

from __future__ import annotations

import math
import re
from typing import Any

import pytest

from symconv.documents.compose.article import article
from symconv.documents.registry import render


def told(derivation: Any, name: str, at: tuple[int, ...], **options: Any) -> str:
    return render(article(derivation, wrt=[(name, at)], **options), "text")


def test_one_entry_of_the_filter(derivations: Any, examples: Any) -> None:
    text = told(derivations("slides"), "F", (0, 1), values=examples("slides"))
    assert "Where does dE/dF[0,1] come from?" in text
    assert "dE/dF[0,1] = sum(0 <= k < 4, 0 <= l < 4) dE/dC[k,l] * dC[k,l]/dF[0,1]" in text
    assert "[A[0,1] A[0,2] A[0,3] A[0,4]]" in text
    assert "dE/dF[0,1] = sum(0 <= k < 4, 0 <= l < 4) dE/dC[k,l] * A[k,l+1]" in text
    assert "dE/dC[1,1] * A[1,2]" in text
    assert "It is one entry of dE/dF = Convolution(A, dE/dC)." in text
    assert " 5|6 7 5 6|7" in text  # the window of A, outlined


def test_its_numbers_add_up(derivations: Any, examples: Any) -> None:
    values = examples("slides")
    text = told(derivations("slides"), "F", (0, 1), values=values)
    body = text.split("With the numbers of the example:")[1].split("It is one entry")[0]
    terms, total = body.replace("dE/dF[0,1] = ", "").rsplit("=", 1)
    products = re.findall(r"\(?(-?[\d.]+)\)? \* \(?(-?[\d.]+)\)?", terms)
    assert len(products) == 16
    assert math.isclose(sum(float(a) * float(b) for a, b in products), float(total), abs_tol=0.02)
    assert math.isclose(float(total), values["dF"][1], rel_tol=1e-3)


def test_entries_may_be_given_over_all_axes(derivations: Any) -> None:
    assert told(derivations("slides"), "F", (0, 0, 0, 1)) == told(derivations("slides"), "F", (0, 1))


def test_a_maximum_says_who_wins(derivations: Any, examples: Any) -> None:
    text = told(derivations("slides"), "C", (1, 1), values=examples("slides"))
    assert "dP[0,0]/dC[1,1] = [P_argmax[0,0] = 3]" in text
    assert "dE/dC[1,1] = [P_argmax[0,0] = 3] * dE/dP[0,0]" in text
    assert "where P_argmax[0,0] = 1:" in text and "= 0\n" in text


def test_an_entry_of_the_error_s_own_layer(derivations: Any) -> None:
    text = told(derivations("slides"), "Z", (1,))
    assert "dE/dZ[1] = E_probability[1] - E_one_hot[1]" in text
    assert not re.search(r"dE/dE\b", text.replace("dE/dE_", ""))


def test_partial_derivatives_that_are_not_zero_are_listed(derivations: Any) -> None:
    text = told(derivations("slides"), "W", (1, 2))
    assert "dZ[1]/dW[1,2] = X[2]" in text and "dZ[0]/dW" not in text


def test_a_long_entry_is_elided_unless_full(derivations: Any) -> None:
    text = told(derivations("big"), "F", (2, 3))
    assert "576 terms" in text and "+ ... +" in text and text.count(" * A[") < 10
    full = told(derivations("big"), "F", (2, 3), full=True)
    assert "..." not in full and full.count(" * A[") >= 576


@pytest.mark.parametrize("name", ["slides", "strided", "odd"])
def test_every_gradient_has_its_entries_in_every_format(derivations: Any, examples: Any, name: str) -> None:
    derivation = derivations(name)
    wrt = [(g.of.name, tuple(n - 1 for n in g.of.sizes)) for g in derivation.gradients.values()]
    document = article(derivation, wrt=wrt, values=examples(name))
    assert render(document, "latex").count(r"\section{") == len(wrt) == render(document, "text").count("Where does")
