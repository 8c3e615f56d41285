"""The slides' own text, read and judged: the wrong formulas are the known ones, and no others."""

from __future__ import annotations

from pathlib import Path

import pytest

from symconv import pipeline
from symconv.claims.judging.verdicts import FileReport

SLIDES = Path(__file__).parents[1] / "data" / "slides.txt"
DECLARED = "input=A 6x6, filter=F 3x3, output=C, pooled=P 2x2, loss=E, base=0"


@pytest.fixture(scope="module")
def found() -> FileReport:
    (report,) = pipeline.verify(SLIDES.read_text("utf-8"), name="slides.txt", format="text", declare=DECLARED).files
    return report


def plain(text: str) -> str:
    return " ".join(text.replace(r"\mathbf{C}", "C").split())


def test_the_wrong_formulas_are_the_known_ones(found: FileReport) -> None:
    wrong = [s for s in found.statements if s.verdict == "wrong" and s.kind == "display"]
    assert [s.line for s in wrong] == [56, 73, 86, 102, 120, 179]
    chain, *maxima, sixth = wrong
    assert chain.correction is not None and sixth.correction is not None
    assert plain(chain.correction).endswith(r"\times \frac{\partial E}{\partial P}")
    for s in maxima:
        assert s.correction is not None
        assert plain(s.correction).endswith(
            r"C_{11}) \frac{\partial E}{\partial P_{00}} = \frac{\partial E}{\partial P_{00}}"
        )
    assert r"\frac{\partial E}{\partial C_{11}} \times A_{12} + \dots" in plain(sixth.correction)
    assert all(s.cause for s in wrong)


def test_the_mask_tables_are_corrected(found: FileReport) -> None:
    masks = [s for s in found.statements if s.kind == "table" and s.correction is not None]
    assert [s.line for s in masks] == [75, 90, 108, 127, 233]
    for s in masks:
        assert s.verdict == "wrong" and s.correction is not None and s.cause is not None
        flows = {"C_{01}": "P_{00}", "C_{03}": "P_{01}", "C_{20}": "P_{10}", "C_{32}": "P_{11}"}
        corrected = s.source
        for entry, pooled in flows.items():
            corrected = corrected.replace(entry, rf"\frac{{\partial E}}{{\partial {pooled}}}")
        assert s.correction == corrected


def test_the_winners_are_impossible_with_the_printed_numbers(found: FileReport) -> None:
    (pattern,) = [s for s in found.statements if s.verdict == "wrong" and s.correction is None]
    assert (pattern.line, pattern.kind) == (233, "table")
    assert pattern.cause is not None and "there is no F for which C_{01}, C_{03}, C_{20} and C_{32}" in pattern.cause
    assert pattern.reason is not None
    assert [x.partition(":")[0] for x in pattern.reason.split("; ")] == ["C_{01} > C_{00}", "C_{20} ≥ C_{21}"]


def test_the_other_tables_are_right(found: FileReport) -> None:
    tables = [s for s in found.statements if s.kind == "table" and s.verdict != "wrong"]
    assert [s.verdict for s in tables] == [
        "definition", "right", "definition", "right", "right", "right", "definition", "right"
    ]  # fmt: skip


def test_zeros_depend_on_the_winner(found: FileReport) -> None:
    zeros = [s for s in found.statements if s.source.endswith("= 0") and r"\max" in s.source]
    assert len(zeros) == 11
    assert {s.verdict for s in zeros} == {"conditional"}
    assert all(s.reason and "is the maximum" in s.reason for s in zeros)


def test_every_statement_is_decided(found: FileReport) -> None:
    assert [s.source for s in found.statements if s.verdict == "undecidable"] == []


def test_the_convolution_is_read_as_cross_correlation(found: FileReport) -> None:
    (convolution,) = [s for s in found.statements if "Convolution}(A" in s.source]
    assert convolution.verdict == "right"
    assert "cross-correlation" in convolution.reading
