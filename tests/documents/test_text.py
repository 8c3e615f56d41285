"""Plain text for a terminal."""

from __future__ import annotations

from typing import Any

from symconv.documents.compose.article import article
from symconv.documents.compose.write import entry
from symconv.documents.nodes import Code, Document, Figure, Formula, Grid, Items, Math, Prose, Row, Table, Title
from symconv.documents.registry import render
from symconv.notation.tensor import Tensor


def f(text: str) -> Formula:
    return Formula(text, text)


def shown(*nodes: Any) -> str:
    return render(Document(Title(("Title",)), nodes), "text").removeprefix("Title\n=====\n\n")


def test_sums_are_aligned_at_their_signs() -> None:
    rows = (Row(f("C[0,0]"), f("= " + "a*b + " * 12 + "c*d")), Row(f(""), f("+ " + "e*f + " * 3 + "g*h")))
    assert shown(Math(rows)) == (
        "    C[0,0] = a*b + a*b + a*b + a*b + a*b + a*b + a*b + a*b + a*b + a*b + a*b + a*b + c*d\n"
        "           + e*f + e*f + e*f + g*h\n"
    )


def test_a_sum_that_fits_stands_on_one_line() -> None:
    assert shown(Math((Row(f("x"), f("= a")), Row(f(""), f("+ b")), Row(f(""), f("- c"))))) == "    x = a + b - c\n"
    assert shown(Math((Row(f("x"), f("= a")), Row(f(""), f("= b"))))) == "    x = a\n      = b\n"


def test_a_matrix_shows_its_windows_and_winners() -> None:
    cells = tuple(tuple(f(f"{r}{c}") for c in range(4)) for r in range(3))
    grid = Grid(cells, windows=((0, 1, 2, 2),), winners=((1, 2),), title=f("C"))
    assert shown(Figure((grid, f(" = "), Grid(((f("1"), f("-2")),))))) == (
        "    C\n"
        "     00|01   02|03   =   [1 -2]\n"
        "     10|11 *12*|13\n"
        "     20 21   22 23\n"
    )


def test_tables_lists_and_code() -> None:
    table = Table((("a",), ("long header",)), ((("x", f("Y")), ("1",)),))
    assert shown(table, Items((("one",), ("two ", f("x"))))) == (
        "a   long header\n---------------\nxY  1\n\n* one\n* two x\n"
    )
    assert shown(Code("a = 1\n  b")) == "    a = 1\n      b\n"


def test_prose_is_wrapped_and_control_characters_go() -> None:
    text = shown(Prose(("word " * 60, f("x"), "\x1b[31m")))
    assert max(map(len, text.splitlines())) <= 110 and "\x1b" not in text


def test_lines_of_the_slides_fit(derivations: Any, examples: Any) -> None:
    text = render(article(derivations("slides"), values=examples("slides")), "text")
    long = [line for line in text.splitlines() if len(line) > 110 and "sum(" not in line]
    assert long == []
    assert "    dE/dF[0,1] = dE/dC[0,0] * A[0,1] + dE/dC[0,1] * A[0,2]" in text
    assert "    C         " not in text.splitlines()


def test_entries_have_commas_as_soon_as_one_is_long() -> None:
    wide = Tensor("C", (20, 20), ("k", "l"))
    assert entry(wide, (10, 3)) == Formula("C_{10,3}", "C[10,3]") and entry(wide, (1, 3)).latex == "C_{13}"
