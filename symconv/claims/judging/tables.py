"""Tables, judged: numbers that are given, entries in their places, and what every entry of a gradient is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from symconv.claims.grammar import tree as t
from symconv.claims.judging.compare import Trial
from symconv.claims.judging.contexts import bare
from symconv.claims.judging.counterexample import counterexample
from symconv.claims.judging.grids import Cell, Table, place, value
from symconv.claims.judging.judge import Judge
from symconv.claims.judging.judged import Judged
from symconv.claims.judging.layouts import laid_out
from symconv.claims.judging.patterns import impossible, pooling, windows
from symconv.claims.judging.spelling import letter, listed
from symconv.claims.judging.view import View
from symconv.claims.meaning.forms import strip
from symconv.claims.meaning.models import Known, Stack
from symconv.claims.meaning.section import Reading
from symconv.claims.meaning.survey import is_loss
from symconv.claims.meaning.work import TOO_MUCH, TooMuch

REACH = 12
"""How many statements back a table looks for what it is about."""
FLOWS = "the cells hold the winners' values, and what flows back to a winner is the derivative by its maximum"


@dataclass(frozen=True, slots=True)
class Shown:
    """A table with the number of statements before it."""

    table: Table
    before: int


@dataclass(frozen=True, slots=True)
class Subject:
    """What a table of a gradient is about: a statement before it on the derivative of the loss by the same tensor."""

    view: View
    position: int
    left: t.Derivative
    by: t.Name
    key: str
    reading: Reading
    pool: Known


class Tables:
    """Judges the tables of one section, beside its statements."""

    def __init__(self, judge: Judge, shown: Sequence[Shown], body: str) -> None:
        self.judge, self.shown, self.body = judge, shown, body
        self.patterns: dict[tuple[object, ...], list[tuple[int, int, Subject]]] = {}

    def verdicts(self) -> tuple[tuple[Judged, ...], ...]:
        """The verdicts on every table: on what it says, and on what cannot be with what other tables say."""
        found = [self._within(n, x) for n, x in enumerate(self.shown)]
        try:
            beside = self._impossible()
        except TooMuch:
            beside = {}
        return tuple((x, *beside.get(n, ())) for n, x in enumerate(found))

    def _within(self, n: int, shown: Shown) -> Judged:
        """The verdict on a table, as far as the work that it takes is allowed."""
        self.judge.declared.work.begin()
        try:
            return self._verdict(n, shown)
        except TooMuch:
            return Judged("undecidable", reason=TOO_MUCH)

    def _verdict(self, n: int, shown: Shown) -> Judged:
        table = shown.table
        if table.numbers is not None:
            names = self._named(table)
            return Judged("definition", reason=f"it gives numbers{f' of {letter(names[0])}' if names else ''}")
        if all(x.number is None for _, _, x in table.filled) and len(table.filled) == table.shape[0] * table.shape[1]:
            return laid_out(table, self.judge.views[0].everything, self._full, self.body)
        subject = self._subject(shown)
        if subject is None:
            return Judged("undecidable", reason="nothing before it says which gradient it is")
        self._note(n, shown, subject)
        return self._gradient(table, subject)

    # ------------------------------------------------------------------ numbers

    def _readings(self) -> Iterator[tuple[View, Reading]]:
        """The likeliest reading of every context that has a model."""
        for view in reversed(self.judge.views):
            for n, tree in enumerate(view.trees):
                if tree is not None:
                    scores = view.scores(n, self.judge.conditions)
                    best = max(scores, key=lambda r: scores[r])
                    if best.model is not None:
                        yield view, best

    def _named(self, table: Table) -> list[str]:
        """The tensor whose numbers a table gives, when only one that is free has as many rows and columns."""
        for _, reading in self._readings():
            assert reading.model is not None
            free = [k for k, s in reading.model.shapes.items() if k not in reading.model.outputs and s == table.shape]
            return free if len(free) == 1 else []
        return []

    def _given(self, before: int) -> tuple[dict[str, tuple[tuple[Fraction, ...], ...]], int]:
        """The numbers that tables give, the nearest before a place where there are several, and how far they are."""
        found: dict[str, tuple[tuple[bool, int], tuple[tuple[Fraction, ...], ...]]] = {}
        for shown in self.shown:
            if shown.table.numbers is not None and (names := self._named(shown.table)):
                far = (shown.before > before, abs(shown.before - before))
                if names[0] not in found or far <= found[names[0]][0]:
                    found[names[0]] = far, shown.table.numbers
        return {k: v for k, (_, v) in sorted(found.items())}, sum(far[1] for far, _ in found.values())

    def _full(self, key: str) -> tuple[int, ...]:
        """The shape that a tensor is known to have; empty for one of which it is not known."""
        for _, reading in self._readings():
            assert reading.model is not None
            return reading.model.shapes.get(key, ())
        return ()

    # ------------------------------------------------------------------ gradients

    def _subject(self, shown: Shown) -> Subject | None:
        """The last statement before a table about the derivative of the loss by a pooled tensor of its size.

        A zero of the table has to be one that a statement says, or the table may show the tensor itself.
        """
        for n in range(shown.before - 1, max(shown.before - 1 - REACH, -1), -1):
            for view in reversed(self.judge.views):
                tree = view.trees[n]
                if not isinstance(tree, t.Relation):
                    continue
                left = strip(tree.sides[0])
                by = strip(left.by) if isinstance(left, t.Derivative) else None
                if not isinstance(left, t.Derivative) or not is_loss(view.everything, left.of):
                    continue
                if not isinstance(by, t.Name):
                    continue
                scores = view.scores(n, self.judge.conditions)
                reading = max(scores, key=lambda r: scores[r])
                key = view.everything.key(by)
                pool = pooling(reading, key)
                shape = pool.shapes[key] if pool else ()
                if pool is None or len(shape) != 2 or shape[1] != shown.table.shape[1]:
                    continue
                if shape[0] >= shown.table.shape[0] and self._said(view, shown, key, reading.base):
                    return Subject(view, n, left, by, key, reading, pool)
        return None

    def _said(self, view: View, shown: Shown, key: str, base: int) -> bool:
        """Whether some zero of a table is one that a statement before it says."""
        zeros = {(r + base, c + base) for r, c, x in shown.table.filled if x.number == 0}
        for tree in view.trees[: shown.before]:
            if isinstance(tree, t.Relation) and any(value(s) == 0 for s in tree.sides[1:]):
                left = strip(tree.sides[0])
                by = strip(left.by) if isinstance(left, t.Derivative) and is_loss(view.everything, left.of) else None
                if isinstance(by, t.Name) and view.everything.key(by) == key and place(by) in zeros:
                    return True
        return False

    def _gradient(self, table: Table, about: Subject) -> Judged:
        """Every cell that says something, against the derivative by its entry, while the entries shown are winners."""
        base = about.reading.base
        won = [(r, c) for r, c, x in table.filled if x.number != 0]
        context = about.view.context(about.position)
        spread = context.trial(about.reading).ranges
        for window in windows(context.section, about.reading, spread, about.pool):
            if sum(at in won for at in window) > 1:
                return Judged("undecidable", reason="it has two entries of one window that are not 0")
        forced = tuple((about.key, (r + base, c + base)) for r, c in won)
        assert isinstance(about.reading.model, Stack)
        layers = tuple(x for x in about.reading.model.layers if x.output != about.key)
        winning = replace(about.reading, model=Stack(layers), forced=forced)
        trial = context.trial(winning)
        wrong: dict[tuple[int, int], str] = {}
        example = None
        for r, c, cell in table.filled:
            assert cell.tree is not None
            left, right = self._left(about, (r, c)), self._seen(about.view, cell.tree)
            claim = t.Relation((left, right), ("=",), (0, 0))
            outcome = trial.pair(left, right, about.position, (), 0)
            if outcome.state == "true":
                continue
            new = self._flow(about, left, trial) if outcome.state == "false" else None
            if new is None:
                return Judged("undecidable", reason=f"{cell.text} is not what stands there, and no single change is")
            if example is None:
                here = (about.key, (r + base, c + base))
                only = context.trial(replace(winning, forced=(here,))) if here in forced else trial
                found = counterexample(context.section, only, about.position, claim, outcome)
                example = found and _of(found, self._head(*here[:1], about, here[1]), cell.text)
            wrong[r, c] = new
        names = [self._head(about.key, about, (r + base, c + base)) for r, c in won]
        maxima = f"{listed(names)} {'are the maxima' if len(won) > 1 else 'is the maximum'}"
        if not wrong:
            return Judged("conditional", reason=f"right when {maxima}")
        causes = [f"{table.rows[r][c].text} stands where {new} belongs" for (r, c), new in wrong.items()]
        if all(_shows(table.rows[r][c], about, (r + base, c + base)) for r, c in wrong):
            causes.append(FLOWS)
        a, b = (x - about.left.span[0] for x in about.by.span)
        block = self.judge.claims[about.position].block[slice(*about.left.span)]
        reading = f"a table of {block[:a]}{letter(about.key)}{block[b:]}, where {maxima}"
        return Judged("wrong", reading, table.written(self.body, wrong), "; ".join(causes), example)

    def _seen(self, view: View, tree: t.Node) -> t.Node:
        return bare(tree) if view is not self.judge.views[0] else self.judge.seen(tree)

    @staticmethod
    def _left(about: Subject, cell: tuple[int, int]) -> t.Derivative:
        return replace(about.left, by=_at(about.by, tuple(n + about.reading.base for n in cell)))

    def _flow(self, about: Subject, left: t.Node, trial: Trial) -> str | None:
        """The derivative of the loss by an entry of what reads the tensor that a derivative is equal to."""
        shape = about.pool.shapes[about.pool.output]
        base = about.reading.base
        for r in range(shape[0]):
            for c in range(shape[1]):
                name = replace(_at(about.by, (r + base, c + base)), base=about.pool.output, marked=False)
                if trial.pair(left, replace(about.left, by=name), about.position, (), 0).state == "true":
                    return self._spelled(about, about.pool.output, (r + base, c + base))
        if trial.pair(left, t.Num(Fraction(0), "0", (0, 0)), about.position, (), 0).state == "true":
            return "0"
        return None

    def _spelled(self, about: Subject, key: str, at: tuple[int, int]) -> str:
        """The derivative of the loss by an entry, written as the statement before the table has it."""
        block = self.judge.claims[about.position].block
        start, end = about.left.span
        a, b = about.by.span
        return block[start:a] + self._head(key, about, at) + block[b:end]

    @staticmethod
    def _head(key: str, about: Subject, at: tuple[int, int]) -> str:
        joined = about.by.joined or not about.by.subs
        return f"{letter(key)}_{{{('' if joined else ',').join(map(str, at))}}}"

    # ------------------------------------------------------------------ patterns of winners

    def _note(self, n: int, shown: Shown, about: Subject) -> None:
        """Keeps the winners of a table for which the note shows numbers."""
        given, far = self._given(shown.before)
        won = tuple((r, c) for r, c, x in shown.table.filled if x.number != 0)
        if given and won:
            self.patterns.setdefault((about.key, won, tuple(given.items())), []).append((far, n, about))

    def _impossible(self) -> dict[int, list[Judged]]:
        """What makes winners impossible with the numbers that the note shows: said once, where they are nearest."""
        found: dict[int, list[Judged]] = {}
        for places in self.patterns.values():
            _, n, about = min(places, key=lambda x: x[:2])
            shown = self.shown[n]
            given, _ = self._given(shown.before)
            won = [(r, c) for r, c, x in shown.table.filled if x.number != 0]
            context = about.view.context(about.position)
            spread = context.trial(about.reading).ranges
            try:
                why = impossible(context.section, about.reading, spread, about.pool, won, given)
            except ArithmeticError:
                continue
            if why is not None:
                found.setdefault(n, []).append(Judged("wrong", cause=why.cause, reason=why.reason))
        return found


def _at(name: t.Name, at: Sequence[int]) -> t.Name:
    return replace(name, subs=tuple(t.Num(Fraction(n), str(n), name.span) for n in at))


def _shows(cell: Cell, about: Subject, at: tuple[int, int]) -> bool:
    """Whether a cell shows the entry at whose place it stands."""
    name = cell.tree
    return isinstance(name, t.Name) and about.view.everything.key(name) == about.key and place(name) == at


def _of(example: str, left: str, cell: str) -> str:
    """A counter-example in the words of a table."""
    example = example.replace("the left side is", f"the derivative by {left} is")
    return example.replace(", the right side ", f", the table has {cell} = ")
