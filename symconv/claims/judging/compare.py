"""Two sides of a statement, compared in several worlds: equal in all of them under some reading, or not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from random import Random
from typing import Literal

from symconv.claims.grammar import tree as t
from symconv.claims.judging.chain import chain_pair
from symconv.claims.judging.numbers import alike
from symconv.claims.judging.partial import holds, shown
from symconv.claims.meaning.arrays import Operand, Tensor, equal, lower
from symconv.claims.meaning.evaluate import Evaluator
from symconv.claims.meaning.forms import affine, symbol
from symconv.claims.meaning.printed import printed
from symconv.claims.meaning.ranges import Ranges, ranges
from symconv.claims.meaning.section import Reading, Section, TooMuch, Unresolved
from symconv.claims.meaning.survey import indices, label
from symconv.claims.meaning.tape import number
from symconv.claims.meaning.values import Environment
from symconv.claims.meaning.whole import join_shapes
from symconv.claims.meaning.work import TOO_MUCH
from symconv.claims.meaning.world import World
from symconv.claims.tex.words import meaning
from symconv.errors import SymconvError

SEEDS = (1, 2, 3)
MAX_POINTS = 90


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a comparison found: ``true`` with the readings it takes, ``false`` with where, or ``unknown`` with why."""

    state: Literal["true", "false", "unknown"]
    readings: tuple[str, ...] = ()
    reason: str = ""
    point: Mapping[str, int] = field(default_factory=dict)
    left: str = ""
    right: str = ""
    remedy: str = ""
    shapes: bool = False
    pair: int = 0
    sometimes: bool = False


class Trial:
    """A section under one reading, with its worlds."""

    def __init__(self, section: Section, reading: Reading) -> None:
        self.section, self.reading = section, reading
        self.ranges = _ranges(section, reading)
        self.worlds: dict[int, World] = {}
        self.searching = False
        self.spent = 0
        pooled = bool(reading.model and reading.model.kinked)
        self.kinked = pooled or any(kinked(tree) for tree in section.trees if tree is not None)

    def world(self, seed: int, position: int) -> World:
        """The world of a seed, about to judge a statement."""
        if seed not in self.worlds:
            self.worlds[seed] = World(self.section, self.reading, seed, position, self.ranges)
        world = self.worlds[seed]
        world.position = position
        self.spent += world.steps
        world.steps = 0
        return world

    # ------------------------------------------------------------------ statements

    def statement(
        self, tree: t.Relation, position: int, conditions: Sequence[t.Node] = (), start: int = 0
    ) -> Outcome:
        """All equalities of a statement from a side on: the first that is not true decides."""
        readings: tuple[str, ...] = ()
        unknown: Outcome | None = None
        for n in range(start, len(tree.sides) - 1):
            rounded = tree.relations[n] == "~" and printed(tree.sides[n + 1]) is not None
            if tree.relations[n] not in ("=", ":=") and not rounded:
                if unknown is None:
                    unknown = Outcome("unknown", reason=f"{tree.relations[n]} is not an equality", pair=n)
                continue
            found = self.pair(tree.sides[n], tree.sides[n + 1], position, conditions, n)
            if found.state == "unknown" and n and _dummies(tree.sides[n + 1]):
                whole = self._whole(tree.sides[0], tree.sides[n + 1], position, n)
                found = whole if whole is not None and whole.state == "true" else found
            if found.state == "false" and rounded:
                found = Outcome("unknown", reason="the numbers are not those, but are said to be about so", pair=n)
            if found.state == "false":
                return found
            if found.state == "unknown":
                unknown = unknown or found
            readings = tuple(dict.fromkeys((*readings, *found.readings)))
        return unknown or Outcome("true", readings)

    def pair(self, a: t.Node, b: t.Node, position: int, conditions: Sequence[t.Node], n: int) -> Outcome:
        """Whether two sides are equal in every world and for every value of their free indices."""
        try:
            found = self._pair(a, b, position, conditions, n)
            if found.state == "false" and (whole := self._whole(a, b, position, n)) is not None:
                return whole
            return found
        except Unresolved as error:
            whole = self._whole(a, b, position, n)
            if whole is not None and whole.state == "true":
                return whole
            chain = chain_pair(a, b, self.section.survey)
            if chain is not None:
                return Outcome("true", (chain,), pair=n)
            return Outcome("unknown", reason=error.problem, remedy=error.remedy, pair=n)
        except TooMuch:
            return Outcome("unknown", reason=TOO_MUCH, pair=n)
        except (
            ArithmeticError,
            ValueError,
            IndexError,
            KeyError,
            TypeError,
            RecursionError,
            AttributeError,
        ) as error:
            del error
            return Outcome("unknown", reason="its value could not be worked out", pair=n)
        except SymconvError as error:
            return Outcome("unknown", reason=error.problem, pair=n)

    def _whole(self, a: t.Node, b: t.Node, position: int, n: int) -> Outcome | None:
        """The sides with ``δ_{i,j} * rot180(w_{m,n})`` read as about whole tensors; None when they have none."""
        if not any(_dummies(side) for side in (a, b)):
            return None
        try:
            found = self._pair(without_indices(a), without_indices(b), position, (), n)
        except (Unresolved, TooMuch):
            return Outcome("unknown", reason="entries stand where whole tensors are meant", pair=n)
        if found.state == "true":
            return Outcome("true", (*found.readings, "indices that only name tensors left out"), pair=n)
        return Outcome("unknown", reason="entries stand where whole tensors are meant", pair=n)

    def _pair(self, a: t.Node, b: t.Node, position: int, conditions: Sequence[t.Node], n: int) -> Outcome:
        free = self.free((a, b))
        terms = shown(b)
        if terms is not None:
            return self._shown(a, terms, free, position, n)
        possible: dict[tuple[str, ...], None] | None = None
        rounded = False
        count = 0
        for seed in SEEDS:
            world = self.world(seed, position)
            world.free_names.clear()
            evaluator = Evaluator(world)
            for point in self.shuffled(free, position):
                env = Environment(point, {})
                if conditions and not all(self._condition(evaluator, c, env) for c in conditions):
                    continue
                count += 1
                if count > MAX_POINTS:
                    break
                left, right = evaluator.values(a, env), evaluator.values(b, env)
                here: dict[tuple[str, ...], None] = {}
                for x, r in left:
                    for y, s in right:
                        how, near = alike(a, b, x, y)
                        rounded = rounded or near
                        if how is not None:
                            here[tuple(dict.fromkeys((*r, *s, *((how,) if how else ()))))] = None
                possible = here if possible is None else {r: None for r in possible if r in here}
                if not possible and world.free_names:
                    names = ", ".join(sorted(world.free_names))
                    raise Unresolved(f"what {names} is has not been said", f"declare {names}")
                if not possible and rounded:
                    raise Unresolved("the numbers differ by no more than rounding on the way may bring")
                if not possible:
                    x, y = lower(left[0][0]), lower(right[0][0])
                    shapes = all(_entries(p) != _entries(q) for p, _ in left for q, _ in right)
                    sometimes = (
                        self.kinked
                        and not self.searching
                        and not shapes
                        and not point
                        and self._sometimes(a, b, position)
                    )
                    return Outcome(
                        "false",
                        point=point,
                        left=_show(x),
                        right=_show(y),
                        shapes=shapes,
                        pair=n,
                        sometimes=sometimes,
                    )
        if possible is None:
            return Outcome("unknown", reason="no case of it was found", pair=n)
        return Outcome("true", min(possible, key=len))

    def _sometimes(self, a: t.Node, b: t.Node, position: int) -> bool:
        """Whether two sides without free indices are equal for some data, which a maximum may decide."""
        for seed in range(4, 16):
            evaluator = Evaluator(self.world(seed, position))
            left, right = evaluator.values(a, Environment({}, {})), evaluator.values(b, Environment({}, {}))
            if any(equal(x, y) is not None for x, _ in left for y, _ in right):
                return True
        return False

    def _shown(self, a: t.Node, terms: Sequence[t.Node], free: Sequence[str], position: int, n: int) -> Outcome:
        """A sum that ends in dots: right when every term that is shown is a true one."""
        for seed in SEEDS:
            world = self.world(seed, position)
            for point in self.points(free, position):
                if not holds(a, terms, Evaluator(world), Environment(point, {})):
                    return Outcome("false", point=point, left="a sum of other terms", right="what is shown", pair=n)
        return Outcome("true", ("the terms before the dots",), pair=n)

    @staticmethod
    def _condition(evaluator: Evaluator, node: t.Node, env: Environment) -> bool:
        try:
            return evaluator.holds(node, env)
        except Unresolved:
            return True

    def free(self, sides: Sequence[t.Node]) -> tuple[str, ...]:
        """The indices that nothing binds, in the order in which they come."""
        found: dict[str, None] = {}
        for side in sides:
            self._free(side, frozenset(), found)
        survey = self.section.survey
        return tuple(
            s
            for s in found
            if s not in self.section.numbers
            and s not in self.ranges.named
            and not (s in survey.uses and s in survey.definitions)
        )

    def _free(self, node: t.Node, bound: frozenset[str], found: dict[str, None]) -> None:
        survey = self.section.survey
        match node:
            case t.Big():
                inner = bound | {symbol(b.name) for b in node.binders}
                self._free(node.body, inner, found)
                for c in node.conditions:
                    self._symbols(c, inner, found)
            case t.Name():
                if label(node) in survey.functions and not node.sups:
                    return
                key = survey.key(node)
                rank = survey.uses[key].rank if key in survey.uses else 0
                if (rank and len(indices(node)) == rank) or key in dict(self.reading.deltas):
                    for piece in indices(node):
                        self._symbols(piece, bound, found)
                if node.base == "e":
                    for sup in node.sups:
                        self._free(sup, bound, found)
            case t.Call():
                use = survey.uses.get(label(node.function))
                if use and use.accessed > use.called:
                    for a in node.arguments:
                        self._symbols(a, bound, found)
                else:
                    for a in node.arguments:
                        self._free(a, bound, found)
            case t.Script():
                self._free(node.body, bound, found)
                for sub in node.subs:
                    self._symbols(sub, bound, found)
            case t.Cases():
                for value, condition in node.rows:
                    self._free(value, bound, found)
                    if isinstance(condition, t.Relation):
                        self._indices_in(condition, bound, found)
            case _:
                for child in t.children(node):
                    self._free(child, bound, found)

    def _symbols(self, piece: t.Node, bound: frozenset[str], found: dict[str, None]) -> None:
        form = affine(piece)
        if form is not None:
            for s, _ in form.parts:
                if s not in bound:
                    found[s] = None

    def _indices_in(self, node: t.Relation, bound: frozenset[str], found: dict[str, None]) -> None:
        for side in node.sides:
            form = affine(side)
            if form is not None and form.bare and form.bare in self.section.survey.index_symbols:
                self._symbols(side, bound, found)

    def shuffled(self, free: Sequence[str], position: int) -> list[dict[str, int]]:
        """The points in an order in which those at the edges do not come first."""
        found = list(islice(self.points(free, position), 20_000))
        Random(len(found)).shuffle(found)
        return found

    def points(self, free: Sequence[str], position: int) -> Iterator[dict[str, int]]:
        """Every value of the free indices."""
        if not free:
            yield {}
            return
        first, *rest = free
        low, high = self.ranges.extent(("statement", position, first))
        for inner in self.points(rest, position):
            for v in range(low, high + 1):
                yield {first: v, **inner}


def _entries(x: Operand) -> int:
    x = lower(x)
    return int(x.data.size) if isinstance(x, Tensor) else 1


def kinked(tree: t.Node) -> bool:
    """Whether a tree has a maximum or cases, which data decide."""
    return any(
        isinstance(n, t.Cases)
        or (isinstance(n, t.Big) and n.operator in ("max", "min"))
        or (isinstance(n, t.Call) and n.function.base.lower() in ("max", "min", "relu"))
        for n in t.walk(tree)
    )


def _dummies(side: t.Node) -> bool:
    """Whether entries with letters for indices stand next to a convolution sign or inside of a rotation."""

    def symbolic(node: t.Node) -> bool:
        return any(
            isinstance(x, t.Name)
            and len(indices(x)) >= 2
            and all((f := affine(s)) is not None and f.bare is not None for s in indices(x))
            for x in t.walk(node)
        )

    for node in t.walk(side):
        if isinstance(node, t.Call) and meaning(node.function.base) in ("rot180", "conv", "full") and symbolic(node):
            return True
        if isinstance(node, t.Product):
            for operator, x, y in zip(node.operators, node.factors, node.factors[1:], strict=False):
                if operator in ("*", "otimes", "star", "conv", "full") and symbolic(x) and symbolic(y):
                    return True
    return False


def without_indices(node: t.Node) -> t.Node:
    """A tree whose names have no subscripts."""
    if isinstance(node, t.Name):
        return replace(node, subs=(), sub_span=None)
    if isinstance(node, t.Big):
        return node
    return t.rebuild(node, without_indices)


def _ranges(section: Section, reading: Reading) -> Ranges:
    shapes = {**section.shapes, **(reading.model.shapes if reading.model else {})}
    return ranges(section.survey, section.trees, shapes, reading.base, section.numbers, joined=join_shapes)


def _show(x: Operand) -> str:
    x = lower(x)
    if isinstance(x, Tensor):
        return f"a tensor of {' x '.join(map(str, x.data.shape))} entries"
    v = number(x)
    return f"{v:.6g}" if isinstance(v, float) else str(v)
