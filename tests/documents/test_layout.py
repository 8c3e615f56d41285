"""Widths, line breaks and escaping: what keeps formulas inside the page and strangers out of the TeX."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from symconv.documents.breaking import STRONG, lines, pieces
from symconv.documents.escape import checked, escape, solidus
from symconv.documents.width import width
from symconv.errors import UsageError

FORMULAS = [
    r"\frac{\partial E}{\partial C_{00}} \times A_{01} + \frac{\partial E}{\partial C_{01}} \times A_{02}",
    r"C_{00} = A_{00}F_{00} + A_{01}F_{01} + A_{02}F_{02}",
    r"\sum_{\substack{0 \le b < n_{b},\ 0 \le k < n_{k},\ 0 \le l < n_{l} \\ 0 \le d_{1}i+s_{1}k-p_{1} < n_{u}}} ",
    r"\max(C_{00}, \textcolor{red}{C_{01}}, C_{10}, C_{11})",
    r"F^{(1)}_{15,0,0,0} - \mathrm{Kernel\_of\_the\_layer}_{oc}",
    r"[M_{(k-i)/2,(l-j)/2} = 2i+j]\, \frac{\partial E}{\partial P_{(k-i)/2,(l-j)/2}}",
    r"-0.1129 \qquad 0 \le k+i-2 < 28,\quad 2 \mid k-i",
    r"e^{Z_{o}-m}",
    r"\text{Convolution}_{\text{stride }2}(A, F)",
]


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no TeX engine")
def test_widths_are_those_of_tex(tmp_path: Path) -> None:
    boxes = "".join(
        rf"\setbox0\hbox{{$\displaystyle {f}$}}\typeout{{width \the\wd0}}" + "\n" for f in FORMULAS
    )
    source = rf"\documentclass{{article}}\usepackage{{amsmath,xcolor}}\begin{{document}}{boxes}\end{{document}}"
    (tmp_path / "w.tex").write_text(source, encoding="utf-8")
    done = subprocess.run(
        ["pdflatex", "-no-shell-escape", "-interaction=nonstopmode", "w.tex"],
        cwd=tmp_path, capture_output=True, check=False, stdin=subprocess.DEVNULL, text=True,
    )
    real = [float(x.split()[1].removesuffix("pt")) for x in done.stdout.splitlines() if x.startswith("width ")]
    assert len(real) == len(FORMULAS)
    for formula, points in zip(FORMULAS, real, strict=True):
        assert 0.97 * points <= 10 * width(formula) <= 1.3 * points, formula


def test_width_of_a_fraction_is_that_of_its_widest_part() -> None:
    assert width(r"\frac{\partial E}{\partial C_{00}}") < width(r"\partial E") + width(r"\partial C_{00}")
    assert width(r"F^{(1)}_{00}") < width(r"F^{(1)}") + width("_{00}")
    assert width(r"\textcolor{red}{C_{01}}") == width("C_{01}")


def test_breaks_stand_before_signs_outside_of_brackets() -> None:
    assert pieces(r"\left(a + b\right)c + [x = y]d - e_{k + 1}", STRONG) == [
        r"\left(a + b\right)c", " + [x = y]d", " - e_{k + 1}",
    ]


@pytest.mark.parametrize("room", [11, 15, 30, 200])
def test_no_line_is_wider_than_its_room_and_nothing_is_lost(room: int) -> None:
    formula = "= aa*bb + cc*dd - ee*ff + [x = 1] gg * hh"
    broken = lines(formula, room, room, len)
    assert "".join(broken).replace(" ", "") == formula.replace(" ", "")
    assert all(len(line) <= room for line in broken)


def test_a_wide_term_is_broken_between_its_factors() -> None:
    formula = r"\sum_{0 \le i < 2} [k = i]\, [l = j]\, \frac{a}{b} \times \frac{c}{d}"
    broken = lines(formula, 8, 8, width)
    assert len(broken) > 1 and broken[0].startswith(r"\sum")
    assert all(line.count("{") == line.count("}") for line in broken)


@pytest.mark.parametrize(
    "text", [r"\input{/etc/passwd}", r"^^5cinput", r"\write18{id}", "$x$", "a_b & 50% #1 ~", "\\", "{{7*7}}", "é\x00с"]
)
def test_prose_is_escaped(text: str) -> None:
    shown = escape(text)
    bare = shown
    for known in (r"\textbackslash{}", r"\textasciicircum{}", r"\textasciitilde{}", r"\{", r"\}", r"\$", r"\&", r"\#",
                  r"\%", r"\_"):
        bare = bare.replace(known, "")
    assert not set(bare) & set("\\{}$&#%_^~\x00") and bare.isascii()


@pytest.mark.parametrize(
    "formula",
    [
        r"\input{x}",
        r"\write18{id}", r"\csname input\endcsname", r"\def\x{\x\x}\x", r"\catcode`\@", r"^^5cinput", "$x$", "~",
        "a%b", "{a", "a}b{", r"\textcolor{blue}{x}", r"\directlua{os.exit()}", r"\href{javascript:x}{y}", "a\\", "#1",
    ],
)
def test_a_formula_of_unknown_commands_is_refused(formula: str) -> None:
    with pytest.raises(UsageError):
        checked(formula)


@pytest.mark.parametrize("formula", FORMULAS)
def test_formulas_of_the_printers_pass(formula: str) -> None:
    assert checked(formula) == formula


def test_derivatives_in_a_line_have_a_solidus() -> None:
    assert solidus(r"\frac{\partial C^{(1)}_{kl}}{\partial F_{ij}} \times \frac{a}{b}") == (
        r"\partial C^{(1)}_{kl}/\partial F_{ij} \times \frac{a}{b}"
    )


def test_equations_of_a_list_stay_whole() -> None:
    from symconv.documents.breaking import lines

    assert lines(r"= 2, \quad b = c + d", 12, 12, len) == [r"= 2, \quad", "b = c + d"]
