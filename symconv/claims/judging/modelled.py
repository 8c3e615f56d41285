"""Statements about a model that is given, judged by its equations: all that is open is what a derivative holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from symconv.claims.grammar import tree as t
from symconv.claims.judging.compare import Outcome
from symconv.claims.judging.contexts import Declared
from symconv.claims.meaning.forms import strip, text_of
from symconv.claims.meaning.models import Whole
from symconv.claims.meaning.section import Unresolved
from symconv.claims.meaning.survey import indices
from symconv.claims.modelled.compare import Comparison
from symconv.claims.modelled.frames import Frame, Frames
from symconv.claims.modelled.numbers import Numbers


@dataclass(slots=True)
class Modelled:
    """The statements of a section about one model."""

    comparison: Comparison
    winners: dict[str, Frame | None] = field(default_factory=dict)

    @classmethod
    def of(cls, whole: Whole, base: int) -> Modelled:
        """The judge for a model, whose numbers are worked out once for all sections."""
        key = f"frames from {base}"
        if key not in whole.cache:
            whole.cache[key] = Frames(whole.model, base)
        return cls(Comparison(whole.cache[key]))

    def outcome(self, tree: t.Relation, conditions: Sequence[t.Node] = ()) -> Outcome:
        """What a statement is; where it marks the entry that is a maximum, ``sometimes`` says that it takes that."""
        found = self.comparison.statement(tree, conditions)
        if found.state == "true" or (frame := self.frame(tree)) is None:
            return found
        supposed = self.comparison.within(tree, frame)
        if supposed.state == "true":
            return Outcome("true", supposed.readings, sometimes=True)
        return supposed if supposed.state == "false" else found

    def frame(self, tree: t.Relation) -> Frame | None:
        """Worlds in which the entry that a maximum marks is the greatest."""
        marked = winner(tree)
        if marked is None:
            return None
        call, name = marked
        key = f"{text_of(call)}:{text_of(name)}"
        if key not in self.winners:
            self.winners[key] = self._supposed(tree, call, name)
        return self.winners[key]

    def _supposed(self, tree: t.Relation, call: t.Call, name: t.Name) -> Frame | None:
        comparison = self.comparison
        entries = [strip(a) for a in call.arguments]
        found = comparison.names.find(name)
        if found is None or not all(_numbered(e) and e.base == name.base for e in entries):  # type: ignore[union-attr]
            return None
        places = [tuple(int(p.value) for p in indices(e)) for e in entries]  # type: ignore[arg-type, union-attr]
        wanted = tuple(int(p.value) for p in indices(name))  # type: ignore[union-attr]
        node = comparison.layers(tree)[0]
        own = comparison.frames.frame(node)

        def holds(world: Numbers) -> bool:
            shape = own.fitted(found.tensor, len(wanted))
            data = world.array(found.tensor).reshape(shape)
            values = [data[tuple(n - own.base for n in p)] for p in places]
            return places[values.index(max(values))] == wanted

        try:
            return comparison.frames.where(node, holds)
        except (Unresolved, IndexError):
            return None


def _numbered(node: t.Node) -> bool:
    return isinstance(node, t.Name) and bool(indices(node)) and all(isinstance(p, t.Num) for p in indices(node))


def modelled(trees: Sequence[t.Node | None], declared: Declared) -> Modelled | None:
    """The judge for the model that is declared; None when none is."""
    whole = next((m for m in declared.models if isinstance(m, Whole)), None)
    if whole is None:
        return None
    if declared.base is not None:
        return Modelled.of(whole, declared.base)
    zero = Modelled.of(whole, 0)
    names = zero.comparison.names
    digits = [
        int(piece.value)
        for tree in trees
        if tree is not None
        for n in t.walk(tree)
        if isinstance(n, t.Name) and names.find(n) is not None
        for piece in indices(n)
        if isinstance(piece, t.Num)
    ]
    return Modelled.of(whole, 1) if digits and min(digits) == 1 else zero


def winner(tree: t.Relation) -> tuple[t.Call, t.Name] | None:
    """The maximum whose greatest entry is marked, and that entry."""
    for node in t.walk(tree):
        if isinstance(node, t.Call) and node.function.base == "max":
            marked = [n for a in node.arguments if isinstance(n := strip(a), t.Name) and n.marked]
            if len(marked) == 1:
                return node, marked[0]
    return None
