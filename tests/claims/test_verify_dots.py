"""Sums with dots in between, and statements that hold with fewer definitions around them."""

from __future__ import annotations

import pytest

import symconv
from symconv.claims.grammar.statements import statements
from symconv.claims.grammar.tree import Big, Dots, walk
from symconv.claims.meaning.unfold import unfold


def unfolded(source: str) -> list[Big]:
    (written,) = statements(source)
    assert written.tree is not None
    tree = unfold(written.tree)
    return [n for n in walk(tree) if isinstance(n, Big)] if not any(isinstance(n, Dots) for n in walk(tree)) else []


@pytest.mark.parametrize(
    ("source", "binders"),
    [
        (r"u_k = y_1 w_{1k} + y_2 w_{2k} + \cdots + y_m w_{mk} + b_k", 1),
        (r"u_k = y_1 w_{1k} + y_2 w_{2k} + \cdots + y_j w_{jk} + \cdots + y_m w_{mk} + b_k", 1),
        (r"x_{ij} = w_{0,0} o_{i+0,j+0} + \dots + w_{m,n} o_{i+m,j+n} + \dots + b", 2),
        (r"C = A_{00} F_{00} + A_{01} F_{01} + \dots + A_{22} F_{22}", 2),
        (r"s = e^{z_1} + e^{z_2} + \cdots + e^{z_K}", 1),
    ],
)
def test_a_sum_with_dots_becomes_a_big_one(source: str, binders: int) -> None:
    (big,) = unfolded(source)
    assert len(big.binders) == binders


@pytest.mark.parametrize(
    "source",
    [
        r"u_k = y_1 w_{1k} + y_2 w_{3k} + \cdots + y_m w_{mk}",
        r"u = a_1 + b_2 + \cdots + c",
        r"u = a_1 - a_2 + \cdots + a_m",
        r"u = a_1 + a_2 + \cdots",
    ],
)
def test_terms_that_follow_no_pattern_stay(source: str) -> None:
    assert unfolded(source) == []


def test_the_derivative_of_a_sum_with_dots() -> None:
    dense = r"$$ u_k = \sum_{q=1}^m y_q w_{qk} + b_k $$" + "\n\n"
    shown = r"\frac{\partial}{\partial w_{jk}}(y_1 w_{1k} + y_2 w_{2k} + \cdots + y_m w_{mk} + b_k)"
    right = symconv.verify(dense + rf"$$ \frac{{\partial u_k}}{{\partial w_{{jk}}}} = {shown} = y_j $$")
    assert [s.verdict for s in right.statements] == ["definition", "right"]
    wrong = symconv.verify(dense + rf"$$ \frac{{\partial u_k}}{{\partial w_{{jk}}}} = {shown} = y_k $$")
    assert wrong.statements[1].verdict == "wrong"
    assert "= y_j" in (wrong.statements[1].correction or "")


def test_a_letter_for_two_layers_is_judged_by_what_stands_nearby() -> None:
    note = r"""
$$ u_k = \sum_q y_q w_{qk} $$

$$ y_k = \frac{\exp(u_k)}{\sum_j \exp(u_j)} $$

$$ \frac{\partial u_k}{\partial y_j} = \frac{\partial}{\partial y_j} \sum_q y_q w_{qk} = w_{jk} $$
"""
    assert symconv.verify(note).statements[-1].verdict == "right"
    bad = symconv.verify(note.replace("= w_{jk}", "= w_{kj}")).statements[-1]
    assert bad.verdict != "right"
