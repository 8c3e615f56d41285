"""The data file says what the slides say, all of it, and nothing else."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from symconv.claims.data import Ref, read
from symconv.claims.slides import slides
from symconv.claims.tables import winners
from symconv.claims.world import World
from symconv.claims.write import Writers
from symconv.errors import ModelError

TEXT = (Path(__file__).parents[1] / "data" / "slides.txt").read_text(encoding="utf-8")
DISPLAYED = Counter(re.findall(r"\$\$(.+?)\$\$", TEXT))
CELLS = Counter(re.findall(r"\$(.+?)\$", re.sub(r"\$\$.+?\$\$", "", TEXT)))


def test_every_displayed_formula_is_there_as_often_as_it_is_shown() -> None:
    assert {f.tex: f.count for f in slides().formulas} == DISPLAYED
    assert len(DISPLAYED) == 24
    assert DISPLAYED.total() == 40


def test_every_formula_in_a_table_is_there() -> None:
    tables = slides().matrices
    found = Counter({tex: t.count for t in tables for row in t.tex for tex in row})
    assert found == CELLS
    assert len(CELLS) == 29


def test_tables_stand_in_the_text_row_by_row() -> None:
    for table in slides().matrices:
        rows = "\n".join("\t".join(f"${tex}$" for tex in row) for row in table.tex)
        assert TEXT.count(rows) == table.count
    for image in slides().images:
        assert TEXT.count("\n".join("\t".join(map(str, row)) for row in image.rows)) == image.count == 3


def test_the_masks_stand_in_the_text_in_this_order() -> None:
    blocks = [b for b in re.split(r"\n\s*\n", TEXT) if b.startswith("0\t") or re.match(r"C_\{\d+\}\t", b)]
    masks = ["\n".join("\t".join(row) for row in m.tex) for m in slides().masks]
    assert [b.rstrip("\n") for b in blocks] == masks
    assert len(masks) == 5


def test_statements_stand_in_the_text() -> None:
    for statement in slides().statements:
        for line in statement.tex:
            assert line in TEXT.splitlines()


def test_what_the_data_says_is_what_is_printed(world: World) -> None:
    """The printers make the printed TeX from the structure, so neither can drift from the other."""
    writers = Writers(world.tensors)
    for formula in slides().formulas:
        assert writers.formula(formula, formula.parts).latex == formula.tex
    for table in slides().matrices:
        assert tuple(tuple(writers.factor(f).latex for f in row) for row in table.cells) == table.tex
    for mask in slides().masks:
        cells = tuple(tuple("" if c is None else writers.latex.products(c) for c in row) for row in mask.cells)
        assert cells == mask.tex


def test_the_pattern_is_that_of_the_masks_that_show_it() -> None:
    (pattern,) = slides().patterns
    for mask in slides().masks:
        assert (set(winners(mask)) == set(pattern.winners)) == (mask.id in pattern.shown)
        assert set(winners(mask)) <= set(pattern.winners)
    assert pattern.winners[0] == Ref("C", (0, 1))


def test_ids_are_distinct() -> None:
    source = slides()
    ids = [x.id for xs in (source.formulas, source.matrices, source.masks, source.statements) for x in xs]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("name = ", "Invalid value"),
        ('name = "x"', "'formula' is missing"),
        ('name = "x"\n[[formula]]\nid = "a"\ncount = 1\ntex = ""\n[[formula.part]]\nkind = "guess"', "'guess'"),
    ],
)
def test_a_text_that_is_no_source_is_refused(text: str, problem: str) -> None:
    with pytest.raises(ModelError, match=problem) as error:
        read(text, where="claims.toml")
    assert "\n" not in str(error.value)
    assert str(error.value).startswith("claims.toml: ")
