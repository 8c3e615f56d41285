"""Verify: the text of a note to a report, with what is declared about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from symconv.claims.grammar.statements import MAX_LENGTH, Written, statements
from symconv.claims.judging import parameters
from symconv.claims.judging.contexts import Declared
from symconv.claims.judging.grids import grid_statements, table
from symconv.claims.judging.judge import Claim, Judge, Judged
from symconv.claims.judging.parameters import listings
from symconv.claims.judging.tables import Shown, Tables
from symconv.claims.judging.verdicts import FileReport, Report, Statement
from symconv.claims.meaning.declare import Declaration, in_comment, loosely, parse, sizes, stack
from symconv.claims.meaning.models import Modelled, Whole
from symconv.claims.meaning.work import TOO_MUCH, Work
from symconv.claims.source.fragment import Comment, Fragment, Grid, Heading, Item
from symconv.claims.source.read import Placed, read
from symconv.claims.tex.macros import Macro, collect, weight
from symconv.claims.tex.tokens import compounds
from symconv.model import Model


def verify_text(
    text: str,
    *,
    name: str = "note",
    format: str = "markdown",
    model: Model | None = None,
    declare: str = "",
    max_length: int = MAX_LENGTH,
) -> FileReport:
    """The verdicts on every statement of a note. A comment that declares comes before ``declare`` and ``model``."""
    placed = read(text, name, format)
    given = parse(declare, "declare") if declare else Declaration()
    body = placed.document.text
    macros, _ = collect(body)
    words = compounds(body)
    found: list[Statement] = []
    declared: list[str] = []
    sections = _sections(placed.document.items, name)
    reader = Reader(macros, words, max_length)
    readings = [[(item, reader.written(item)) for item in items] for _, items in sections]
    work = Work(sum(len(written) for section in readings for _, written in section))
    for number, ((comment, items), written_in) in enumerate(zip(sections, readings, strict=True)):
        declaration = (comment or Declaration()).over(given)
        claims: list[Claim] = []
        places: list[tuple[Fragment, Written]] = []
        heading = 0
        shown: list[Shown] = []
        for item, written_here in written_in:
            heading += isinstance(item, Heading)
            read_table = table(item, macros, words) if isinstance(item, Grid) else None
            if read_table is not None:
                shown.append(Shown(read_table, len(claims)))
            for fragment, written in written_here:
                claims.append(Claim(written, fragment.text, heading))
                places.append((fragment, written))
        judge = Judge(claims, _declared(declaration, model, work), macros, words)
        here = [
            _statement(placed, claim.source, fragment.kind, fragment.block, fragment.offset + w.start, judged)
            for claim, (fragment, w), judged in zip(claims, places, judge.verdicts(), strict=True)
        ]
        for x, verdicts in zip(shown, Tables(judge, shown, body).verdicts(), strict=True):
            source = body[x.table.start : x.table.end]
            here += [_statement(placed, source, "table", None, x.table.start, judged) for judged in verdicts]
        for listing in listings(items):
            source = body[listing.start : listing.end]
            judged = parameters.judged(listing, declaration, body)
            here.append(_statement(placed, source, "prose", None, listing.start, judged))
        found += sorted(here, key=lambda s: s.start)
        told = [*declaration.texts, *judge.inferred()]
        declared += [t if number == 0 or not t else f"section {number + 1}: {t}" for t in told]
    return FileReport(name, tuple(dict.fromkeys(declared)), tuple(found), body)


def report(files: Sequence[FileReport]) -> Report:
    """The report of some files."""
    return Report(tuple(files))


def check_statement(source: str, *, model: Model | None = None, declare: str = "") -> Statement:
    """The verdict on one formula."""
    text = source.strip()
    for mark in ("$$", "$"):
        if text.startswith(mark) and text.endswith(mark) and len(text) > 2 * len(mark):
            text = text[len(mark) : -len(mark)]
    given = parse(declare, "declare") if declare else Declaration()
    words = compounds(text)
    claims = [Claim(w, text) for w in statements(text, words=words)]
    placed = read(text, "formula", "text")
    judge = Judge(claims, _declared(given, model, Work(len(claims))), {}, words)
    found = [
        _statement(placed, c.source, "display", 1, c.written.start, j)
        for c, j in zip(claims, judge.verdicts(), strict=True)
    ]
    if not found:
        return Statement(1, 1, "display", 1, source, "undecidable", reason="there is no formula")
    order = ("wrong", "undecidable", "conditional", "definition", "right")
    return min(found, key=lambda s: order.index(s.verdict))


def _sections(items: Sequence[Item], name: str) -> list[tuple[Declaration | None, list[Item]]]:
    """Items between declarations: a comment that declares begins a section of its own."""
    out: list[tuple[Declaration | None, list[Item]]] = [(None, [])]
    loose = Declaration()
    for item in items:
        if isinstance(item, Comment):
            found = in_comment(item.text, f"{name}: symconv comment")
            if found is not None:
                before = out[-1][0]
                if not any(isinstance(i, Fragment | Grid) for i in out[-1][1]):
                    out[-1] = (found.over(before) if before else found, out[-1][1])
                else:
                    out.append((found, []))
                continue
            loose = loosely(item.text).over(loose)
        else:
            out[-1][1].append(item)
    if loose.roles or loose.numbers:
        out = [(d.over(loose) if d else loose, i) for d, i in out]
    return out


MAX_MATHEMATICS = 150_000
"""How many characters of mathematics are read in one file."""


@dataclass(slots=True)
class Reader:
    """Reads the formulas of a file, as long as they are not too many."""

    macros: Mapping[str, Macro]
    words: frozenset[str]
    limit: int
    read: int = 0

    def written(self, item: Item) -> list[tuple[Fragment, Written]]:
        """The statements of an item."""
        if isinstance(item, Grid):
            self.read += sum(len(text) for row in item.rows for text, _ in row)
            return grid_statements(item, self.words) if self.read <= MAX_MATHEMATICS else []
        if not isinstance(item, Fragment):
            return []
        self.read += weight(item.text, self.macros)
        if self.read > MAX_MATHEMATICS:
            return [(item, Written(0, len(item.text), None, TOO_MUCH))] if "=" in item.text else []
        found = statements(item.text, self.macros, limit=self.limit, words=self.words)
        return [(item, w) for w in found if w.claim or (item.kind == "display" and w.start < w.end)]


def _declared(declaration: Declaration, model: Model | None, work: Work) -> Declared:
    models: tuple[Modelled, ...] = ()
    built = stack(declaration, {})
    if built is not None:
        models = (built,)
    elif model is not None:
        models = (Whole(model),)
    losses = [declaration.roles["loss"]] if "loss" in declaration.roles else []
    if model is not None and built is None:
        losses.append(model.error.name)
    deltas: tuple[tuple[str, str], ...] = ()
    if "upstream" in declaration.roles and "output" in declaration.roles:
        deltas = ((declaration.roles["upstream"], f"{declaration.roles['output']}@0"),)
    return Declared(
        tuple(losses),
        dict(declaration.shapes),
        sizes(declaration),
        declaration.numbers.get("base"),
        declaration.mode,
        models,
        deltas,
        work=work,
    )


def _statement(placed: Placed, source: str, kind: str, block: int | None, start: int, judged: Judged) -> Statement:
    line, column = placed.place(start)
    return Statement(
        line,
        column,
        kind,
        block,
        source,
        judged.verdict,
        judged.reading,
        judged.correction,
        judged.cause,
        judged.counterexample,
        judged.reason,
        start,
        start + len(source),
    )


__all__ = ["check_statement", "report", "verify_text"]
