"""Notes of several kinds with a verdict a statement: R right (or a definition or conditional), D defines, W wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from symconv import pipeline
from symconv.claims.source.read import format_of

NOTES = Path(__file__).parents[1] / "data" / "notes"
WANTED = json.loads((NOTES / "verdicts.json").read_text("utf-8"))
ALLOWED = {"R": ("right", "conditional", "definition"), "D": ("definition", "right"), "W": ("wrong",)}


def test_every_note_has_verdicts() -> None:
    assert {p.name for p in NOTES.iterdir()} - {"verdicts.json"} == set(WANTED)


@pytest.mark.parametrize("name", sorted(WANTED))
def test_verdicts(name: str) -> None:
    text = (NOTES / name).read_text("utf-8")
    found = [s for s in pipeline.verify(text, name=name, format=format_of(name)).statements if s.kind == "display"]
    wanted = WANTED[name].split()
    assert len(found) == len(wanted)
    pairs = zip(found, wanted, strict=True)
    assert [(s.source, s.verdict, s.reason, w) for s, w in pairs if s.verdict not in ALLOWED[w]] == []
