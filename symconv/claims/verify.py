"""Verify: a note's text to a report of verdicts."""

from __future__ import annotations

from symconv.claims.grammar.statements import statements
from symconv.claims.judging.contexts import Declared
from symconv.claims.judging.judge import Claim, Judge
from symconv.claims.judging.verdicts import FileReport, Report, Statement
from symconv.claims.source.fragment import Document, Fragment
from symconv.claims.source.markdown import read
from symconv.claims.tex.macros import collect


def verify(text: str, *, name: str = "note") -> Report:
    """The verdicts on every statement of a note."""
    document = Document(name, text, tuple(read(text)))
    macros, _ = collect(text)
    claims: list[Claim] = []
    places: list[tuple[Fragment, int | None]] = []
    block = 0
    for item in document.items:
        if isinstance(item, Fragment):
            block += item.kind == "display"
            for written in statements(item.text, macros):
                if not written.claim and item.kind != "display":
                    continue
                claims.append(Claim(written, item.text))
                places.append((item, block if item.kind == "display" else None))
    judged = Judge(claims, Declared(), macros).verdicts()
    found = []
    for claim, (fragment, number), verdict in zip(claims, places, judged, strict=True):
        start = fragment.offset + claim.written.start
        line, column = document.place(start)
        found.append(
            Statement(
                line, column, fragment.kind, number, claim.source, verdict.verdict, verdict.reading, verdict.correction,
                verdict.cause, verdict.counterexample, verdict.reason, start, fragment.offset + claim.written.end,
            )
        )
    return Report((FileReport(name, (), tuple(found), text),))
