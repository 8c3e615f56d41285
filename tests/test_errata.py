"""The corrections of the slides' document: the known errors, corrected, with what shows that they are errors."""

from __future__ import annotations

from functools import cache

import pytest

from symconv.claims.slides import report
from symconv.claims.verify import verify_text
from symconv.documents.compose.corrections import Condition, Contradiction, Correction, Remark
from symconv.documents.nodes import Formula, Grid, Parts
from symconv.errata import inline, plain, remarks, sentence

FLOWS = {"C[0,1]": "P[0,0]", "C[0,3]": "P[0,1]", "C[2,0]": "P[1,0]", "C[3,2]": "P[1,1]"}


@cache
def found() -> tuple[Remark, ...]:
    return remarks(report())


def text(parts: Parts) -> str:
    return "".join(p if isinstance(p, str) else p.text for p in parts)


def corrections() -> list[Correction]:
    return [r for r in found() if isinstance(r, Correction)]


def cells(grid: Formula | Grid) -> list[list[str]]:
    assert isinstance(grid, Grid)
    return [[cell.text if isinstance(cell, Formula) else str(cell) for cell in row] for row in grid.cells]


def test_the_rows_are_the_known_errors() -> None:
    assert [(text(c.where), c.times) for c in corrections()] == [
        ("The formula for dE/dF", 1),
        ("The formula for dE/dC[0,1]", 4),
        ("The formula for dE/dF[0,1]", 1),
        ("Mask table 1 of dE/dC", 1),
        ("Mask table 2 of dE/dC", 1),
        ("Mask table 3 of dE/dC", 1),
        ("Mask table 4 of dE/dC", 2),
    ]
    assert sum(isinstance(r, Contradiction) for r in found()) == 1


@pytest.mark.parametrize(
    ("n", "end", "cause", "example"),
    [
        (0, "dC/dF * dP/dC * dE/dP", "dF/dP must have E, not F.", "the right side 0."),
        (
            1,
            "max(C[0,0], C[0,1], C[1,0], C[1,1]) dE/dP[0,0] = dE/dP[0,0]",
            "The factor C[0,1] is one too many.",
            "With C[0,1] = 2, dE/dP[0,0] = 1 and everything else 0 the left side is 1, the right side 2.",
        ),
        (
            2,
            "dE/dC[1,0] * A[1,1] + dE/dC[1,1] * A[1,2] + ...",
            "Index 2 of A[1,1] must be 2, not 1.",
            "With A[1,1] = 1, dE/dC[1,1] = 1 and everything else 0 the left side is 0, the right side 1.",
        ),
    ],
)
def test_formulas_are_corrected(n: int, end: str, cause: str, example: str) -> None:
    correction = corrections()[n]
    assert isinstance(correction.printed, Formula) and isinstance(correction.derived, Formula)
    assert correction.derived.text.endswith(end) and correction.derived != correction.printed
    assert text(correction.cause) == cause
    assert text(correction.example).endswith(example)


def test_masks_are_corrected() -> None:
    for correction in corrections()[3:]:
        printed, derived = cells(correction.printed), cells(correction.derived)
        assert derived == [[f"dE/d{FLOWS[x]}" if x in FLOWS else x for x in row] for row in printed]
        assert text(correction.cause).startswith("C[0,1] stands where dE/dP[0,0] belongs. ")
        assert text(correction.cause).endswith(
            "The cells hold the winners' values, and what flows back to a winner is the derivative by its maximum."
        )
        assert text(correction.example) == (
            "With C[0,1] = 1 and everything else 0 the derivative by C[0,1] is 0, the table has C[0,1] = 1."
        )
    assert [len(cells(c.printed)) for c in corrections()[3:]] == [1, 2, 2, 4]


def test_the_winners_contradict_each_other() -> None:
    (pattern,) = [r for r in found() if isinstance(r, Contradiction)]
    assert text(pattern.where) == "An impossible pattern of winners: C[0,1], C[0,3], C[2,0], C[3,2]"
    assert [i.latex for i in pattern.inequalities] == [
        r"C_{01} > C_{00}: \quad F_{00} + F_{01} - 2F_{02} + F_{10} + F_{11} - 2F_{12} + F_{20} + F_{21} - 2F_{22} > 0",
        (
            r"C_{20} \ge C_{21}: \quad -F_{00} - F_{01} + 2F_{02} - F_{10} - F_{11} + 2F_{12}"
            r" - F_{20} - F_{21} + 2F_{22} \ge 0"
        ),
    ]
    assert pattern.inequalities[0].text.startswith("C[0,1] > C[0,0]:  F[0,0] + F[0,1] - 2*F[0,2] + F[1,0]")


def test_what_is_right_only_under_a_condition() -> None:
    said = {r.printed.text: text(r.condition) for r in found() if isinstance(r, Condition)}
    zeros = [c for f, c in said.items() if f.endswith("= 0")]
    assert len(zeros) == 3 and set(zeros) == {"C[0,1] is the maximum"}
    assert "contraction over the indices of C and P" in said["dE/dF = dC/dF * dP/dC * dE/dP"]
    assert "cross-correlation" in said["dE/dF = Convolution(A, dE/dC)"]
    assert said["Parameters are: Filter Matrices, Weight Matrix of the Dense layer"] == "biases are left out"
    assert len(said) == 7


def test_colours_make_no_other_formula() -> None:
    assert plain(r"\max(\textcolor{red}{C_{01}}, \mathbf{C}_{10})") == r"\max(C_{01}, C_{10})"


def test_mathematics_in_a_sentence() -> None:
    parts = sentence("with C_{01} = 2, ∂E/∂P_{00} = 1 and everything else 0; a factor F is missing", stop=True)
    assert [p.latex for p in parts if isinstance(p, Formula)] == [
        "C_{01} = 2", r"\partial E/\partial P_{00} = 1", "F"
    ]  # fmt: skip
    assert text(parts) == "With C[0,1] = 2, dE/dP[0,0] = 1 and everything else 0. A factor F is missing."
    assert inline(r"\frac{\partial E}{\partial F_{01}}").latex == r"\partial E/\partial F_{01}"


def test_what_is_right_is_no_remark() -> None:
    right = "C_{00} = A_{00}F_{00} + A_{01}F_{01} + A_{10}F_{10} + A_{11}F_{11}"
    declared = "symconv: input=A 3x3, filter=F 2x2, output=C, loss=E, base=0"
    assert remarks(verify_text(f"{declared}\n\n$${right}$$\n", format="text")) == ()
