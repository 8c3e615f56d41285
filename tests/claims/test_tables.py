"""Tables: numbers, entries in their places, gradients with their winners, and winners that cannot be."""

from __future__ import annotations

import pytest

from symconv import pipeline
from symconv.claims.judging.verdicts import Statement

DECLARED = "input=A 6x6, filter=F 3x3, output=C, pooled=P 2x2, loss=E, base=0"
ZERO = r"$$\frac{\partial E}{\partial C_{00}} = 0$$"
MASK = [["0", "C_{01}", "0", "C_{03}"], ["0"] * 4, ["C_{20}", "0", "0", "0"], ["0", "0", "C_{32}", "0"]]
FLOW = {"C_{01}": "P_{00}", "C_{03}": "P_{01}", "C_{20}": "P_{10}", "C_{32}": "P_{11}"}
PRINTED = [[5 + r % 3 + c % 3 for c in range(6)] for r in range(6)]


def tabs(rows: list[list[str]]) -> str:
    return "\n".join("\t".join(row) for row in rows)


def pipes(rows: list[list[str]]) -> str:
    """A Markdown table: the first row is its head."""
    lines = ["| " + " | ".join(f"${x}$" if x else " " for x in row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + " --- |" * len(rows[0]), *lines[1:]])


def judged(text: str, format: str = "text", declare: str = DECLARED) -> list[Statement]:
    return [
        s for s in pipeline.verify(text, format=format, declare=declare).statements if s.kind == "table"
    ]


def flows(rows: list[list[str]]) -> list[list[str]]:
    return [[rf"\frac{{\partial E}}{{\partial {FLOW[x]}}}" if x in FLOW else x for x in row] for row in rows]


# ------------------------------------------------------------------ gradients


@pytest.mark.parametrize("rows", [1, 2, 3, 4])
@pytest.mark.parametrize(("write", "format"), [(tabs, "text"), (pipes, "markdown")])
def test_the_winners_values_in_place_of_what_flows_back_are_wrong(rows: int, write: object, format: str) -> None:
    assert callable(write)
    (found,) = judged(f"{ZERO}\n\n{write(MASK[:rows])}\n", format)
    assert found.verdict == "wrong"
    expected = write(flows(MASK[:rows]))
    assert found.correction is not None and found.correction.strip() in expected
    assert found.correction.count(r"\partial P") == sum(x in FLOW for row in MASK[:rows] for x in row)
    assert found.cause is not None and r"C_{01} stands where \frac{\partial E}{\partial P_{00}} belongs" in found.cause
    assert found.cause.endswith("what flows back to a winner is the derivative by its maximum")
    assert found.counterexample == (
        "with C_{01} = 1 and everything else 0 the derivative by C_{01} is 0, the table has C_{01} = 1"
    )


def test_cells_that_are_empty_say_nothing() -> None:
    (found,) = judged(f"{ZERO}\n\n0\tC_{{01}}\t\t\n0\t\t\t\n")
    assert found.correction == "0\t\\frac{\\partial E}{\\partial P_{00}}\t\t\n0\t\t\t"


def test_what_flows_back_is_right_while_the_entries_are_maxima() -> None:
    (found,) = judged(f"{ZERO}\n\n{tabs(flows(MASK))}\n")
    assert found.verdict == "conditional"
    assert found.reason == "right when C_{01}, C_{03}, C_{20} and C_{32} are the maxima"


@pytest.mark.parametrize("other", ["P_{01}", "P_{10}", "P_{11}"])
def test_what_flows_back_to_another_window_is_wrong(other: str) -> None:
    rows = flows(MASK)
    rows[0][1] = rf"\frac{{\partial E}}{{\partial {other}}}"
    (found,) = judged(f"{ZERO}\n\n{tabs(rows)}\n")
    assert (found.verdict, found.correction) == ("wrong", tabs(flows(MASK)))
    assert found.cause == rf"{rows[0][1]} stands where \frac{{\partial E}}{{\partial P_{{00}}}} belongs"


@pytest.mark.parametrize(
    ("before", "table"),
    [
        ("", MASK),  # nothing says that it is a gradient
        (r"$$\frac{\partial E}{\partial C_{01}} = \frac{\partial E}{\partial P_{00}}$$", MASK),  # no zero does
        (r"$$\frac{\partial E}{\partial A_{00}} = 0$$", MASK),  # of another tensor
        (ZERO, [["0", "C_{01}", "0", "0"], ["C_{10}", "0", "0", "0"]]),  # two winners of one window
        (ZERO, [["0", "5", "0", "0"], ["0", "0", "0", "0"]]),  # a number is given
    ],
)
def test_what_is_not_sure_is_not_wrong(before: str, table: list[list[str]]) -> None:
    (found,) = judged(f"{before}\n\n{tabs(table)}\n")
    assert found.verdict in ("undecidable", "definition")


def test_indices_from_1() -> None:
    declared = "input=X 6x6, filter=W 3x3, output=O, pooled=M 2x2, loss=L, base=1"
    text = "$$\\frac{\\partial L}{\\partial O_{1,1}} = 0$$\n\n0\tO_{1,2}\t0\tO_{1,4}\n0\t0\t0\t0\n"
    (found,) = judged(text, declare=declared)
    assert found.verdict == "wrong"
    one, two = (rf"\frac{{\partial L}}{{\partial M_{{1,{c}}}}}" for c in (1, 2))
    assert found.correction == f"0\t{one}\t0\t{two}\n0\t0\t0\t0"


# ------------------------------------------------------------------ entries and numbers


def entries(name: str, rows: int, columns: int) -> list[list[str]]:
    return [[rf"\frac{{\partial E}}{{\partial {name}_{{{r}{c}}}}}" for c in range(columns)] for r in range(rows)]


@pytest.mark.parametrize(("write", "format"), [(tabs, "text"), (pipes, "markdown")])
def test_entries_in_their_places_are_right_and_one_that_is_not_is_wrong(write: object, format: str) -> None:
    assert callable(write)
    right = entries("F", 3, 3)
    (found,) = judged(f"{ZERO}\n\n{write(right)}\n", format)
    assert found.verdict == "right"
    for r in range(3):
        for c in range(3):
            rows = [[*row] for row in right]
            rows[r][c] = rows[r][c - 1]
            (found,) = judged(f"{ZERO}\n\n{write(rows)}\n", format)
            assert found.verdict == "wrong"
            assert found.correction is not None and found.correction.strip() in write(right)


def test_a_part_of_a_tensor_a_transposed_one_and_a_turned_one_are_right() -> None:
    readings = {}
    for name, rows in {
        "part": [["A_{12}", "A_{13}"], ["A_{22}", "A_{23}"]],
        "transposed": [["F_{00}", "F_{10}", "F_{20}"], ["F_{01}", "F_{11}", "F_{21}"]],
        "turned": [["F_{22}", "F_{21}", "F_{20}"], ["F_{12}", "F_{11}", "F_{10}"]],
    }.items():
        (found,) = judged(f"{ZERO}\n\n{tabs(rows)}\n")
        assert found.verdict == "right"
        readings[name] = found.reading
    assert readings == {
        "part": "",
        "transposed": "laid out the other way (transposed)",
        "turned": "turned by 180 degrees",
    }


def test_entries_in_no_order_claim_nothing() -> None:
    """The rows of a matrix of patches are windows one after the other."""
    rows = [["A_{00}", "A_{01}", "A_{10}", "A_{11}"], ["A_{01}", "A_{02}", "A_{11}", "A_{12}"]]
    (found,) = judged(f"{ZERO}\n\n{tabs(rows)}\n")
    assert (found.verdict, found.reason) == ("definition", "it names entries")


def test_numbers_are_given() -> None:
    (found,) = judged(f"{ZERO}\n\n{tabs([[str(v) for v in row] for row in PRINTED])}\n")
    assert (found.verdict, found.reason) == ("definition", "it gives numbers of A")
    (found,) = judged(f"{ZERO}\n\n1\t-2\n0.5\t7\n")
    assert (found.verdict, found.reason) == ("definition", "it gives numbers")


def test_a_table_of_words_is_no_statement() -> None:
    assert judged("| layer | size |\n| --- | --- |\n| conv | 3 |\n", "markdown") == []


# ------------------------------------------------------------------ winners that cannot be


def shown(image: list[list[int]], mask: list[list[str]]) -> list[Statement]:
    text = f"{ZERO}\n\n{tabs([[str(v) for v in row] for row in image])}\n\n{tabs(mask)}\n"
    return [s for s in judged(text) if s.reason and ">" in s.reason]


def test_the_printed_numbers_make_the_winners_impossible() -> None:
    for mask in (MASK, flows(MASK)):
        (found,) = shown(PRINTED, mask)
        assert found.verdict == "wrong"
        assert found.correction is None
        assert found.cause == (
            "with the numbers shown for A there is no F for which C_{01}, C_{03}, C_{20} and C_{32} are the maxima of "
            "their windows"
        )
        assert found.reason == (
            "C_{01} > C_{00}: F_{00} + F_{01} - 2F_{02} + F_{10} + F_{11} - 2F_{12} + F_{20} + F_{21} - 2F_{22} > 0; "
            "C_{20} ≥ C_{21}: -F_{00} - F_{01} + 2F_{02} - F_{10} - F_{11} + 2F_{12} - F_{20} - F_{21} + 2F_{22} ≥ 0"
        )


def test_other_numbers_and_other_winners_are_possible() -> None:
    assert shown([[(7 * r * r + 5 * c * r + c) % 11 for c in range(6)] for r in range(6)], MASK) == []
    assert shown(PRINTED, MASK[:1]) == []
    assert shown(PRINTED, [["0", "C_{01}", "0", "C_{03}"], *[["0"] * 4] * 3]) == []


def test_the_numbers_of_the_filter_leave_nothing_free() -> None:
    image = tabs([[str(v) for v in row] for row in PRINTED])
    kernel = tabs([["1", "0", "0"], ["0", "0", "0"], ["0", "0", "0"]])  # C is a part of A, which grows to the right
    for column, wrong in (("C_{00}", True), ("C_{11}", False)):
        row, other = (["0", "0", "0", "0"], ["0", "0", "0", "0"])
        (row if column == "C_{00}" else other)[column == "C_{11}"] = column
        zero = ZERO.replace("C_{00}", "C_{01}")
        found = judged(f"{zero}\n\n{image}\n\n{kernel}\n\n{tabs([row, other])}\n")
        reasons = [s.cause for s in found if s.cause and s.cause.startswith("with the numbers")]
        said = ["with the numbers shown for A and F it is not so that C_{00} is the maximum"]
        assert reasons == (said if wrong else [])


def test_winners_are_refuted_once_and_where_the_numbers_are_nearest() -> None:
    image = tabs([[str(v) for v in row] for row in PRINTED])
    text = f"{image}\n\n{ZERO}\n\n{ZERO}\n\n{tabs(MASK)}\n\n{ZERO}\n\n{image}\n\n{tabs(MASK)}\n"
    (found,) = [s for s in judged(text) if s.cause and s.cause.startswith("with the numbers")]
    assert text[: found.start].count(tabs(MASK)) == 1
