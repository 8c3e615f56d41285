"""Whether a statement about a model is true, in every world, at every size and for every value of its free indices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from symconv.claims.grammar import tree as t
from symconv.claims.judging.compare import Outcome
from symconv.claims.meaning.forms import strip, symbol
from symconv.claims.meaning.section import TooMuch, Unresolved
from symconv.claims.meaning.survey import value_names
from symconv.claims.modelled import points as at_points
from symconv.claims.modelled.entries import AXES, Entries, Wholes
from symconv.claims.modelled.frames import Frame, Frames
from symconv.claims.modelled.scatter import same, scattered
from symconv.claims.modelled.shown import shown
from symconv.claims.modelled.wholes import compare_wholes
from symconv.errors import SymconvError
from symconv.model import Node

PROBLEMS = (ArithmeticError, ValueError, IndexError, KeyError, TypeError, RecursionError, AttributeError)


class Comparison:
    """Judges the equalities of statements under a model."""

    def __init__(self, frames: Frames) -> None:
        self.frames = frames
        self.names = frames.names
        self.last: Node = frames.model.nodes[0]
        self.group: list[t.Relation] = []

    # ------------------------------------------------------------------ which layer a statement is about

    def tensors(self, node: t.Node) -> list[str]:
        """The tensors that a tree names, in order."""
        found = (self.names.find(n) for n in t.walk(node) if isinstance(n, t.Name))
        return list(dict.fromkeys(f.tensor for f in found if f is not None))

    def sized(self, tree: t.Node) -> bool:
        """Whether a statement names a size of some layer."""
        known = {s for node in self.frames.model.nodes for s in self.frames.frame(node).sizes}
        return any(isinstance(n, t.Name) and symbol(n) in known for n in t.walk(tree))

    def _knows(self, node: Node, tree: t.Node) -> bool:
        """Whether every name of a statement is a size of a layer."""
        sizes = self.frames.frame(node).sizes
        return all(symbol(n) in sizes for n in value_names(tree))

    def layers(self, tree: t.Node) -> list[Node]:
        """The layers that a statement may be about, the likeliest first."""
        wanted = set(self.tensors(tree)) - {self.frames.model.error.name}
        nodes = self.frames.model.nodes
        if not wanted:
            return [self.last, *(n for n in nodes if n is not self.last)]
        covers = [n for n in nodes if wanted <= {x.name for x in n.tensors.values()}]
        touches = [n for n in nodes if n not in covers and wanted & {x.name for x in n.tensors.values()}]
        return [*covers, *touches, *(n for n in nodes if n not in covers and n not in touches)]

    # ------------------------------------------------------------------ statements

    def statement(self, tree: t.Relation, conditions: Sequence[t.Node] = ()) -> Outcome:
        """What a statement is: true in all frames of some layer, false, or unknown."""
        tree = at_points.conditioned(tree, self.frames.frame(self.layers(tree)[0]), self.names)
        layers = self.layers(tree)
        if self.tensors(tree):
            self.last = layers[0]
        sized = self.sized(tree)
        if not self.tensors(tree) and self._knows(layers[0], tree):
            layers = layers[:1]
        first: Outcome | None = None
        for node in layers if sized else layers[:1]:
            found = self._about(tree, node, conditions, sized=sized)
            if found.state == "true":
                return found
            if first is None or (first.state == "unknown" and found.state == "false"):
                first = found
        assert first is not None
        return first

    def _about(self, tree: t.Relation, node: Node, conditions: Sequence[t.Node], *, sized: bool) -> Outcome:
        frame = self.frames.frame(node)
        names = {symbol(n) for n in t.walk(tree) if isinstance(n, t.Name)}
        if sized and not any(s in names for s in frame.sizes):
            return Outcome("unknown", reason="its sizes are not those of the layer")
        found = self.within(tree, frame, conditions)
        if found.state != "true" or not sized or not self.tensors(tree):
            return found
        general = self.frames.general(node)
        wanted = set(self.tensors(tree)) - {self.frames.model.error.name}
        if wanted <= {x.name for x in node.tensors.values()}:
            for other in general:
                elsewhere = self.within(tree, other, conditions)
                if elsewhere.state == "false":
                    sizes = ", ".join(f"{k} = {v}" for k, v in sorted(other.sizes.items()) if k in names)
                    return Outcome(
                        "false",
                        found.readings,
                        "",
                        elsewhere.point,
                        f"{elsewhere.left} (with {sizes})",
                        elsewhere.right,
                        pair=elsewhere.pair,
                    )
        return found

    def within(self, tree: t.Relation, frame: Frame, conditions: Sequence[t.Node] = ()) -> Outcome:
        """What a statement is in one frame: the first equality that is not true decides."""
        readings: tuple[str, ...] = ()
        unknown: Outcome | None = None
        for n in range(len(tree.relations)):
            found = self.pair(tree, n, frame, conditions)
            if found.state == "false":
                return found
            if found.state == "unknown":
                unknown = unknown or found
            readings = tuple(dict.fromkeys((*readings, *found.readings)))
        return unknown or Outcome("true", readings)

    def pair(self, tree: t.Relation, n: int, frame: Frame, conditions: Sequence[t.Node] = ()) -> Outcome:
        """Whether one equality is true in a frame: a derivative is total, or else that of a tensor's own equation."""
        a, b, relation = tree.sides[n], tree.sides[n + 1], tree.relations[n]
        if relation not in ("=", ":=", "+="):
            return Outcome("unknown", reason=f"{relation} is not an equality", pair=n)
        first: Outcome | None = None
        for direct in (False, True):
            found = self._guarded(lambda d=direct: self._pair(tree, n, frame, d, conditions), n)  # type: ignore[misc]
            if found.state == "true":
                held = ("derivatives of one equation, what lies between held",) if direct else ()
                return Outcome("true", (*found.readings, *held), pair=n)
            if first is None or (first.state == "unknown" and found.state == "false"):
                first = found
            if not _tensor_derivative(a, b, frame, self.names):
                break
        assert first is not None
        return first

    @staticmethod
    def _guarded(make: Callable[[], Outcome], n: int) -> Outcome:
        try:
            return make()
        except Unresolved as error:
            return Outcome("unknown", reason=error.problem, remedy=error.remedy, pair=n)
        except TooMuch:
            return Outcome("unknown", reason="it takes too much work", pair=n)
        except SymconvError as error:
            return Outcome("unknown", reason=error.problem, pair=n)
        except PROBLEMS:
            return Outcome("unknown", reason="its value could not be worked out", pair=n)

    def _pair(self, tree: t.Relation, n: int, frame: Frame, direct: bool, conditions: Sequence[t.Node]) -> Outcome:
        a, b, relation = tree.sides[n], tree.sides[n + 1], tree.relations[n]
        symbols = at_points.free((a, b, *conditions), frame, self.names)
        found = at_points.spans(symbols, tree.sides, frame, self.names)
        if isinstance(b, t.Sum) and any(isinstance(x, t.Dots) for x in b.terms):
            return shown(a, b, found, frame, self.names, n)
        if relation == "+=":
            return scattered(self.group or [tree], frame, self.names, direct, n)
        worlds = len(frame.worlds)
        most = max(at_points.MAX_POINTS // worlds, 20)
        chosen = at_points.points(found, most)
        try:
            left, right, kept = self._sides(a, b, chosen, frame, direct, conditions)
        except Wholes:
            return compare_wholes(a, b, found, frame, self.names, n, direct)
        if not kept.any():
            return Outcome("unknown", reason="no case of it was found", pair=n)
        differs = ~same(left, right) & kept
        if not differs.any():
            return Outcome("true", pair=n)
        worst = int(np.argmax(differs))
        if not (np.isfinite(left[worst]) and np.isfinite(right[worst])):
            return Outcome("unknown", reason="its value could not be worked out", pair=n)
        point = chosen[worst // worlds]
        false = Outcome("false", point=point, left=f"{left[worst]:.6g}", right=f"{right[worst]:.6g}", pair=n)
        return self._narrowed(a, b, found, frame, direct, conditions, n) or false

    def _narrowed(
        self,
        a: t.Node,
        b: t.Node,
        found: dict[str, tuple[int, int]],
        frame: Frame,
        direct: bool,
        conditions: Sequence[t.Node],
        n: int,
    ) -> Outcome | None:
        """An equality that is true where indices run over windows as in the layer, not over the axis; else None."""
        spans = at_points.narrowed(found, frame)
        if spans == found or not all(s.rstrip("'") in frame.extents for s in found):
            return None
        chosen = at_points.points(spans, max(at_points.MAX_POINTS // len(frame.worlds), 20))
        left, right, kept = self._sides(a, b, chosen, frame, direct, conditions)
        if not kept.any() or (~same(left, right) & kept).any():
            return None
        names = ", ".join(s for s in spans if spans[s] != found[s])
        return Outcome("true", (f"{names} as in the equation of the layer",), pair=n)

    def _sides(
        self,
        a: t.Node,
        b: t.Node,
        chosen: Sequence[dict[str, int]],
        frame: Frame,
        direct: bool,
        conditions: Sequence[t.Node],
    ) -> tuple[Any, Any, Any]:
        """Both sides at all points in all worlds, and which of these points are ones of the left side's tensors."""
        worlds = len(frame.worlds)
        count = len(chosen) * worlds
        shape = (count,) + (1,) * (AXES - 1)
        env = (
            {s: np.repeat(np.array([p[s] for p in chosen]), worlds).reshape(shape) for s in chosen[0]} if chosen else {}
        )
        world = np.tile(np.arange(worlds), len(chosen)).reshape(shape)
        entries = Entries(frame, self.names, world, 0, direct)
        entries.left = True
        left = np.broadcast_to(np.asarray(entries.value(a, env), dtype=float), shape).reshape(-1)
        entries.left = False
        right = np.broadcast_to(np.asarray(entries.value(b, env), dtype=float), shape).reshape(-1)
        kept = np.ones(count, dtype=bool)
        if entries.outside is not None:
            kept = ~np.broadcast_to(entries.outside, shape).reshape(-1)
        for c in conditions:
            if not isinstance(c, t.Relation):
                raise Unresolved("a condition is not understood")
            kept &= np.broadcast_to(entries.holds(c, env), shape).reshape(-1)
        return left, right, kept


def _tensor_derivative(a: t.Node, b: t.Node, frame: Frame, names: Any) -> bool:
    """Whether a side has a derivative of a tensor other than the error."""
    error = frame.worlds[0].error
    for side in (a, b):
        for node in t.walk(side):
            if isinstance(node, t.Derivative) and node.of is not None:
                of = strip(node.of)
                known = names.find(of) if isinstance(of, t.Name) else None
                if known is None or known.tensor != error:
                    return True
    return False
