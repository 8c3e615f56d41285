"""Lists of parameters in words."""

from __future__ import annotations

import pytest

from symconv import pipeline
from symconv.claims.judging.verdicts import Statement

SLIDES = "Parameters are\n\n- Filter Matrices\n- Weight Matrix of the Dense layer\n"
DECLARED = "input=A 6x6, filter=F 3x3, output=C, loss=E"


def judged(text: str, declare: str = DECLARED, format: str = "text") -> list[Statement]:
    return [s for s in pipeline.verify(text, declare=declare, format=format).statements if s.kind == "prose"]


@pytest.mark.parametrize("format", ["text", "markdown"])
def test_filters_and_weights_are_the_parameters_where_there_are_no_biases(format: str) -> None:
    (found,) = judged(SLIDES, format=format)
    assert (found.verdict, found.reason) == ("conditional", "right when biases are left out")
    assert found.source == SLIDES.strip()
    assert (found.line, found.column) == (1, 1)


def test_a_parameter_that_is_missing_is_wrong() -> None:
    (found,) = judged(SLIDES, DECLARED + ", bias=b")
    assert (found.verdict, found.cause) == ("wrong", "b is a parameter too")
    assert found.correction == f"{SLIDES}- b"
    (found,) = judged(SLIDES + "- the input image\n")
    assert found.verdict == "undecidable"  # a function has such parameters


@pytest.mark.parametrize(
    ("text", "verdict"),
    [("Parameters are:\n- kernel\n- bias\n", "right"), ("The trainable parameters are\n\n1. filters\n", "conditional")],
)
def test_other_words(text: str, verdict: str) -> None:
    assert [s.verdict for s in judged(text, DECLARED + (", bias=b" if "bias" in text else ""))] == [verdict]


@pytest.mark.parametrize(
    "text",
    [
        "Parameters are\n\n- cheap\n- many\n",
        "Parameters are learned.\n",
        "Parameters:\n- kernel\n",
        "- Filter\n- Weight\n",
        "Parameters are\n",
    ],
)
def test_other_prose_is_no_statement(text: str) -> None:
    assert judged(text) == []


def test_nothing_declared_is_undecided() -> None:
    (found,) = judged(SLIDES, "")
    assert found.verdict == "undecidable"
