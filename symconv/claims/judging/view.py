"""The statements of a note seen in one way, with the definitions that hold at each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from symconv.claims.grammar import tree as t
from symconv.claims.judging.compare import Outcome
from symconv.claims.judging.contexts import Context, Declared, active
from symconv.claims.meaning.forms import strip
from symconv.claims.meaning.section import Reading
from symconv.claims.meaning.survey import Definition, Survey, indices, label, survey, value_names

MAX_MEMBERS = 40
"""How many statements of a context decide between its readings."""


class View:
    """The statements seen in one way, with a context for each set of definitions."""

    def __init__(
        self, trees: Sequence[t.Node | None], declared: Declared, everything: Survey | None = None
    ) -> None:
        self.trees = tuple(trees)
        self.declared = declared
        self.everything: Survey = survey(trees, (*declared.losses, *(everything.losses if everything else ())))
        if everything is not None:
            for key, bys in everything.deltas.items():
                if key in self.everything.uses and key not in self.everything.deltas:
                    self.everything.deltas[key] = list(bys)
                    self.everything.shifts[key] = list(everything.shifts.get(key, ()))
        self._sets: dict[int, frozenset[int]] = {}
        self._ranks: dict[int, dict[str, set[int]]] = {}
        self._contexts: dict[frozenset[int], Context] = {}
        self._outcomes: dict[tuple[int, Reading, str], Outcome] = {}
        self._alike: dict[tuple[object, ...], int] = {}
        self._scores: dict[frozenset[int], dict[Reading, int]] = {}
        self._cut: set[frozenset[int]] = set()
        self._sizes: dict[int, int] = {}

    def definitions(self, position: int) -> frozenset[int]:
        """The definitions that hold at a statement."""
        if position not in self._sets:
            self.declared.work.charge(1 + len(self.everything.defined_at) // 8)
            tree = self.trees[position]
            ranks: dict[str, set[int]] = {}
            for name in value_names(tree) if tree is not None else ():
                if indices(name):
                    ranks.setdefault(self.everything.key(name), set()).add(len(indices(name)))
            whole = {
                self.everything.key(x) for x in (value_names(tree) if tree is not None else ()) if not indices(x)
            } - set(ranks)
            fitting = {
                key: _fitting(ds, ranks.get(key), key in whole) for key, ds in self.everything.definitions.items()
            }
            held = active({**fitting, **self.everything.given}, position)
            self._sets[position] = self._consistent(held, position, ranks)
        return self._sets[position]

    def _consistent(self, held: frozenset[int], position: int, ranks: Mapping[str, set[int]]) -> frozenset[int]:
        """Of the definitions that could hold, those whose names have as many indices as nearer ones give them."""
        known: dict[str, set[int]] = {k: set(v) for k, v in ranks.items()}
        kept = set()
        for p in sorted(held, key=lambda p: (abs(p - position) + (1000 if p > position else 0), p)):
            if p not in self._ranks:
                used: dict[str, set[int]] = {}
                tree = self.trees[p]
                entries = (
                    isinstance(tree, t.Relation)
                    and isinstance(left := strip(tree.sides[0]), t.Name)
                    and indices(left)
                )
                for name in value_names(tree) if tree is not None else ():
                    if indices(name):
                        used.setdefault(self.everything.key(name), set()).add(len(indices(name)))
                    elif name.base not in self.everything.functions:
                        used.setdefault(self.everything.key(name), set()).add(0 if entries else WHOLE)
                self._ranks[p] = used
            if all(_agree(known.get(k, set()), v) for k, v in self._ranks[p].items()):
                kept.add(p)
                for k, v in self._ranks[p].items():
                    known.setdefault(k, set()).update(v)
        return frozenset(kept)

    def members(self, held: frozenset[int]) -> list[int]:
        """The statements at which exactly these definitions hold."""
        found = []
        for p, tree in enumerate(self.trees):
            if tree is not None:
                self.declared.work.spend(0)
                if self.definitions(p) == held:
                    found.append(p)
        return found

    def context(self, position: int) -> Context:
        """The context of a statement."""
        held = self.definitions(position)
        if held not in self._contexts:
            defined = self.everything.defined_at
            keep = held | {p for p in self.members(held) if p not in defined or p in held}
            trees = [tree if p in keep else None for p, tree in enumerate(self.trees)]
            self.declared.work.spend(len(self.trees) + 2 * sum(self._size(p) for p in keep))
            self._contexts[held] = Context(trees, self.declared, self.everything)
        return self._contexts[held]

    def _size(self, position: int) -> int:
        """How many nodes a statement has."""
        if position not in self._sizes:
            tree = self.trees[position]
            self._sizes[position] = sum(1 for _ in t.walk(tree)) if tree is not None else 0
        return self._sizes[position]

    def defines(self, position: int) -> bool:
        """Whether a statement defines something."""
        return position in self.everything.defined_at

    def outcome(
        self, position: int, reading: Reading, conditions: Sequence[t.Node], part: str = ""
    ) -> Outcome:
        """What a statement is under a reading; a definition's first equality is taken for granted.

        ``part`` names the part of its cases that the conditions leave, where they are not the statement's own.
        """
        tree = self.trees[position]
        assert isinstance(tree, t.Relation)
        # What is written alike, and stands where the same definitions hold, is worked out once.
        alike = (tree, self.definitions(position), self.defines(position), tuple(conditions))
        position = self._alike.setdefault(alike, position)
        key = (position, reading, part)
        if key not in self._outcomes:
            start = 1 if self.defines(position) and not self.modelled(tree, reading) else 0
            if start >= len(tree.sides) - 1:
                self._outcomes[key] = Outcome("true", reason="definition")
            else:
                self._outcomes[key] = (
                    self.context(position).trial(reading).statement(tree, position, conditions, start)
                )
        return self._outcomes[key]

    def _definition_only(self, position: int) -> bool:
        """Whether a statement defines something and says no more."""
        tree = self.trees[position]
        return not isinstance(tree, t.Relation) or (self.defines(position) and len(tree.sides) < 3)

    def modelled(self, tree: t.Relation, reading: Reading) -> bool:
        """Whether a statement is about something that a model of the reading computes."""
        left = strip(tree.sides[0])
        return bool(reading.model and isinstance(left, t.Name) and label(left) in reading.model.shapes)

    def scores(self, position: int, conditions: Mapping[int, Sequence[t.Node]]) -> dict[Reading, int]:
        """How many statements of a context each reading bears out."""
        held = self.definitions(position)
        if held not in self._scores:
            context = self.context(position)
            members = self.members(held)[:MAX_MEMBERS]

            def true(p: int, reading: Reading) -> bool:
                if not isinstance(self.trees[p], t.Relation):
                    return False
                found = self.outcome(p, reading, conditions.get(p, ()))
                return found.state == "true" and found.reason != "definition"

            scores: dict[Reading, int] = {}
            self.declared.work.begin(len(members))
            settled: set[int] = set()
            for reading in context.primary:
                borne = [p for p in members if true(p, reading)]
                settled.update(borne)
                scores[reading] = len(borne)
            open_ones = [p for p in members if p not in settled and not self._definition_only(p)]
            for reading in context.readings[len(context.primary) :]:
                if any(true(p, reading) for p in open_ones):
                    scores[reading] = sum(true(p, reading) for p in members)
            self._scores[held] = scores
            if self.declared.work.cut:
                self._cut.add(held)
            self.declared.work.begin()
        return self._scores[held]

    def cut(self, position: int) -> bool:
        """Whether what is asked about a statement or about the readings of its context took too much work."""
        return self.declared.work.cut or self.definitions(position) in self._cut


def _fitting(definitions: Sequence[Definition], ranks: set[int] | None, whole: bool) -> list[Definition]:
    """The definitions of a name that go with how a statement uses it: by entries with as many indices, or whole."""
    if ranks is None:
        plain = [d for d in definitions if d.kind != "entry"]
        return plain if whole and plain else list(definitions)
    entries = [d for d in definitions if d.kind in ("index", "entry") and len(d.at) in ranks]
    return entries or [d for d in definitions if d.kind not in ("index", "entry")]


WHOLE = -1
"""What stands for the number of indices of a whole tensor."""


def _agree(a: set[int], b: set[int]) -> bool:
    """Whether two uses of a name can be of one tensor: with as many indices, or whole."""
    a_whole, b_whole = WHOLE in a, WHOLE in b
    entries = (a - {WHOLE, 0}), (b - {WHOLE, 0})
    if entries[0] and entries[1]:
        return bool(entries[0] & entries[1])
    return not ((a_whole and b == {0}) or (b_whole and a == {0}))
