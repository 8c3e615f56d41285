"""Every formula of the slides, or its correction, stands in the slides' article."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from symconv.documents.compose.article import article
from symconv.documents.registry import render

SLIDES = (Path(__file__).parents[1] / "data" / "slides.txt").read_text(encoding="utf-8")

# The slides' errors, corrected by hand: the oracle of this test.
CORRECTED = {
    r"\times\frac{\partialF}{\partialP}": r"\times\frac{\partialE}{\partialP}",
    r"=C_{01}\frac{\partialE}{\partialP_{00}}": r"=1\times\frac{\partialE}{\partialP_{00}}",
}
DECORATION = re.compile(r"\\(?:textcolor\{red\}|mathbf)\{([^{}]*(?:\{[^{}]*\})?)\}")


def bare(latex: str) -> str:
    """A formula without colours, alignment, line breaks and white space; sums without their limits."""
    latex = DECORATION.sub(r"\1", latex)
    latex = re.sub(r"\\begin\{aligned\}(\[t\])?|\\end\{aligned\}|\\\\|&|\\quad", "", latex)
    latex = re.sub(r"\\sum_\{(?:[^{}]|\{[^{}]*\})*\}", r"\\sum", latex)
    return re.sub(r"\s+", "", latex)


def displayed() -> list[str]:
    """The parts of the slides' displayed formulas."""
    found = []
    for formula in re.findall(r"\$\$(.*?)\$\$", SLIDES, re.DOTALL):
        found += [part for part in re.split(r"\\quad", formula) if part.strip()]
    return list(dict.fromkeys(map(bare, found)))


def cells() -> list[str]:
    """The formulas of the slides' tables."""
    return list(dict.fromkeys(map(bare, re.findall(r"(?<!\$)\$([^$\n]+)\$(?!\$)", SLIDES))))


def corrected(formula: str) -> str:
    if formula.startswith(r"\frac{\partialE}{\partialF_{01}}"):
        term = r"\frac{\partialE}{\partialC_{11}}\timesA_{11}"
        assert term in formula
        formula = formula.replace(term, r"\frac{\partialE}{\partialC_{11}}\timesA_{12}")
    for wrong, right in CORRECTED.items():
        formula = formula.replace(wrong, right)
    return formula.removesuffix(r"+\dots")


@pytest.fixture(scope="module")
def latex(derivations: Any, examples: Any) -> str:
    return render(article(derivations("slides"), values=examples("slides")), "latex")


def test_the_slides_hold_what_this_test_expects() -> None:
    assert len(re.findall(r"\$\$", SLIDES)) == 80 and len(displayed()) == 17 and len(cells()) == 9 + 16 + 4


@pytest.mark.parametrize("formula", displayed())
def test_each_displayed_formula_or_its_correction_is_printed(latex: str, formula: str) -> None:
    assert corrected(formula) in bare(latex)


@pytest.mark.parametrize("formula", cells())
def test_each_cell_is_printed(latex: str, formula: str) -> None:
    assert formula in bare(latex)


def test_the_slides_errors_are_not_repeated(latex: str) -> None:
    text = bare(latex)
    assert r"\frac{\partialF}{\partialP}" not in text
    assert r"=C_{01}\frac{\partialE}{\partialP_{00}}" not in text
    first = text.index(r"\frac{\partialE}{\partialF_{01}}=\frac{\partialE}{\partialC_{00}}\timesA_{01}")
    sixth = text[first:].split("+")[5]
    assert sixth == r"\frac{\partialE}{\partialC_{11}}\timesA_{12}"


def test_the_winner_is_red_and_takes_the_factor_one(latex: str) -> None:
    window = r"\max(C_{00}, \textcolor{red}{C_{01}}, C_{10}, C_{11})"
    for entry, slope in (("00", "0"), ("01", r"1 \times \frac{\partial E}{\partial P_{00}}"), ("10", "0"), ("11", "0")):
        left = rf"\frac{{\partial E}}{{\partial C_{{{entry}}}}} = \frac{{\partial}}{{\partial C_{{{entry}}}}} "
        assert f"{left}{window} \\frac{{\\partial E}}{{\\partial P_{{00}}}} = {slope}" in latex


def test_the_routing_table_has_the_winners_gradients(latex: str) -> None:
    table = latex[latex.index("The winners of the worked example") :].split(r"\end{tikzpicture}")[0]
    red = re.findall(r"\\node\[winner\] at \(([^)]*)\) \{\\incell\{[\d.]+\}\{(.*?)\}\};", table)
    expected = [rf"\frac{{\partial E}}{{\partial P_{{{n}}}}}" for n in ("00", "01", "10", "11")]
    assert [formula for _, formula in red] == expected
    assert table.count(r"\node[zero]") == 12


def test_the_collapse_is_printed(latex: str) -> None:
    assert r"\text{Convolution}(A, \frac{\partial E}{\partial C})" in latex
    assert r"\operatorname{rot}_{180}(F)" in latex
    assert r"\frac{\partial E}{\partial Z}\, {X}^{\top}" in latex
    assert r"{W}^{\top}\, \frac{\partial E}{\partial Z}" in latex


def test_p_minus_t_emerges(latex: str) -> None:
    assert r"\frac{\partial E}{\partial Z_{o}} = p_{o} - t_{o}" in latex.replace("  ", " ")


def test_the_example_has_the_printed_image(latex: str) -> None:
    picture = latex[latex.index("A worked example") :].split(r"\end{tikzpicture}")[0]
    numbers = re.findall(r"\\node\[\w+\] at \([^)]*\) \{\\incell\{[\d.]+\}\{(\d)\}\};", picture)
    assert "".join(numbers) == "567567678678789789" * 2
