"""Notes of several kinds with a known verdict a statement, and the correction of every wrong one.

``verdicts.json`` holds for each note, by the line on which a statement begins, R (right), C (conditional), D (it
defines) or W (wrong; then ``corrections`` has what it should be), and how many of them are undecided and how many
wrong ones are called right. These two counts may only become smaller. A right formula is never called wrong.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from symconv import pipeline
from symconv.benchmarks import verify as bench
from symconv.claims.fix import apply
from symconv.claims.source import notebook
from symconv.claims.source.read import format_of

NOTES = Path(__file__).parents[1] / "data" / "notes"
WANTED = {note.name: note for note in bench.expected(NOTES)}


@cache
def judged(name: str) -> tuple[bench.Judged, ...]:
    return bench.judge(NOTES, WANTED[name])


def test_every_note_has_verdicts() -> None:
    assert {p.name for p in NOTES.iterdir()} - {"verdicts.json"} == set(WANTED)


def test_how_many_there_are() -> None:
    every = [letter for note in WANTED.values() for _, letter, _ in note.statements]
    assert len(WANTED) >= 16 and len(every) >= 270
    assert len({note.language for note in WANTED.values()}) >= 4
    assert len(every) / 8 <= every.count("W") <= len(every) / 5


LONG = (
    "biji_cnn.md",
    "blog_layers_in_numpy.md",
    "cuaderno_softmax.ipynb",
    "handout_lenet_chain.tex",
    "konspekt_perceptron.md",
    "layers_with_fences.md",
    "stride_dilation_padding.md",
    "textbook_channels.tex",
    "tutorial_deep_nets.md",
    "wiki_conv_layer.html",
)
"""Notes that take more than a second."""


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=pytest.mark.slow) if n in LONG else n for n in sorted(WANTED)]
)
def test_no_right_formula_is_called_wrong_and_no_more_are_open(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    accused = [(j.line, j.found.source, j.found.cause) for j in judged(name) if j.accused and j.found]
    assert accused == []
    found = bench.tally(name, judged(name))
    with capsys.disabled():
        print(f"\n{found}", end="")
    undecided = [(j.line, j.wanted, j.found and j.found.reason) for j in judged(name) if j.verdict == "undecidable"]
    assert len(undecided) == WANTED[name].undecided, undecided
    missed = [(j.line, j.correction) for j in judged(name) if j.missed]
    assert len(missed) == WANTED[name].missed, missed


def _bare(formula: str) -> str:
    """A formula without spaces, alignment and final punctuation."""
    return re.sub(r"\\[,;:! ]|\s|&|~", "", formula).rstrip(".,;")


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(n for n in WANTED if any(w == "W" for _, w, _ in WANTED[n].statements)))
def test_corrections(name: str) -> None:
    """Where a correction is not written as the known one, both stand in the note and are right: they are equal."""
    found = [j for j in judged(name) if j.wanted == "W" and j.found and j.verdict == "wrong"]
    assert all(j.found and (j.found.correction or j.found.cause) for j in found)
    other = [j for j in found if j.found and j.found.correction and _bare(j.found.correction) != _bare(j.correction)]
    if other:
        assert {_verdict(name, j, j.correction) for j in other} <= {"right", "conditional"}
        assert {_verdict(name, j, j.found.correction or "") for j in other if j.found} <= {"right", "conditional"}


def _verdict(name: str, judged: bench.Judged, formula: str) -> str:
    """The verdict on a formula in the place of a statement of the note."""
    assert judged.found
    text, form = (NOTES / name).read_text("utf-8"), format_of(name)
    changes = [(judged.found.start, judged.found.end, formula)]
    if form == "notebook":
        text = notebook.parse(text, name).changed(changes)
    else:
        text = apply(pipeline.verify(text, name=name, format=form).files[0].text, changes)
    again = pipeline.verify(text, name=name, format=form).statements
    if form == "notebook":
        return next(s for s in again if s.source.strip() == formula.strip()).verdict
    return next(s for s in again if s.line == judged.found.line and s.column == judged.found.column).verdict
