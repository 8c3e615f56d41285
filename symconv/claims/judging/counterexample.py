"""The smallest counter-example: numbers for which two sides differ, all 0 but a few small integers.

A choice of integers for which the sides differ is shrunk: halves, quarters … of the numbers are set to 0 as long as the
sides still differ (delta debugging), then what is left is made 1, or as small as it can be.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

import numpy as np

from symconv.claims.grammar import tree as t
from symconv.claims.judging.compare import Outcome, Trial
from symconv.claims.judging.partial import shown, upstream
from symconv.claims.judging.spelling import letter, written
from symconv.claims.meaning.arrays import Operand, Tensor, equal, lower
from symconv.claims.meaning.chosen import Chosen, Place
from symconv.claims.meaning.evaluate import Evaluator
from symconv.claims.meaning.forms import strip
from symconv.claims.meaning.models import Stack
from symconv.claims.meaning.section import Reading, Section, TooMuch, Unresolved
from symconv.claims.meaning.survey import value_names
from symconv.claims.meaning.tape import Number, Var, number, same
from symconv.claims.meaning.values import Environment
from symconv.errors import SymconvError

MAX_TRIES = 60
"""How many choices of numbers are tried for one counter-example."""
MAX_STEPS = 6_500
"""How many nodes are evaluated and free numbers are made for it."""
MAX_SHOWN = 8
"""A counter-example with more numbers than these says nothing to a reader."""
SEEDS = (1, 2)
LEADING = 20
"""What the largest entry begins with where an entry is said to be the maximum; others begin with 2 to 9."""


@dataclass(frozen=True, slots=True)
class Sides:
    """What two sides are worth, and the world in which they are."""

    left: Operand
    right: Operand
    world: Chosen


class Search:
    """Looks for the smallest numbers for which the sides ``a`` and ``b`` differ."""

    def __init__(
        self, section: Section, reading: Reading, trial: Trial, position: int, a: t.Node, b: t.Node, point: Environment
    ) -> None:
        self.section, self.reading, self.position = section, reading, position
        self.ranges = trial.ranges
        self.a, self.b, self.point = a, b, point
        self.terms = shown(b)
        self.tries = self.steps = 0
        self.last: Sides | None = None

    def found(self) -> Sides | None:
        """The sides in the smallest world in which they differ; None when none was found in time."""
        for numbers in self._starts():
            if self._differ(numbers) is not None:
                self._smaller(self._fewer(dict(numbers)))
                return self.last
        return None

    # ------------------------------------------------------------------ where to begin

    def _starts(self) -> Iterator[Mapping[Place, Number]]:
        """Integers for everything that is free; for a sum with dots, with one shown term and none behind the dots."""
        empty = self._world({})
        evaluator = Evaluator(empty)
        tops: list[Place] = []
        try:
            evaluator.values(self.a, self.point)
            if self.terms is None:
                evaluator.values(self.b, self.point)
            else:
                for term in self.terms:
                    evaluator.values(term, self.point)
                    tops += self._tops(strip(term), evaluator)
        except ArithmeticError:
            pass
        places = list(empty.asked)
        if not places or 4 * (empty.steps + len(places)) > MAX_STEPS:
            return
        for seed in SEEDS:
            rng = Random(f"{seed}:{len(places)}")
            numbers: dict[Place, Number] = {p: rng.randint(2, 9) for p in places}
            numbers |= {p: LEADING for p in places if self._leads(p)}
            if self.terms is None:
                yield numbers
            for top in tops:
                # What stands behind the dots has other factors of the kind of ``top``, which are all 0.
                yield {p: int(p == top) if p[0] == top[0] else v for p, v in numbers.items()}

    def _tops(self, term: t.Node, evaluator: Evaluator) -> Iterator[Place]:
        factors = [strip(f) for f in term.factors] if isinstance(term, t.Product) else [term]
        for factor in factors:
            entry = upstream(factor, evaluator, self.point)
            if entry is not None:
                for key, layer in evaluator.world.sinks():
                    tensor = evaluator.world.tensor(key, layer)
                    if isinstance(tensor, Tensor):
                        for place in np.ndindex(*tensor.data.shape):
                            if tensor.data[place] is entry:
                                yield f"∂{key}", layer, place
                return
        for factor in reversed(factors):
            value = lower(evaluator.first(factor, self.point))
            if isinstance(value, Var) and isinstance(evaluator.world, Chosen) and value.order in evaluator.world.made:
                yield evaluator.world.made[value.order]
                return

    def _leads(self, place: Place) -> bool:
        """Whether an entry is said to be the largest."""
        key, _, at = place
        base = self.reading.base
        return any(name == key and tuple(a - base for a in inner) == at for name, inner in self.reading.forced)

    # ------------------------------------------------------------------ trying

    def _world(self, numbers: Mapping[Place, Number]) -> Chosen:
        return Chosen(self.section, replace(self.reading, forced=()), self.position, self.ranges, numbers)

    def _differ(self, numbers: Mapping[Place, Number]) -> Sides | None:
        """The sides for some numbers; None when they are equal, or have no value, or the entry in question loses."""
        found = self._tried(numbers)
        self.last = found or self.last
        return found

    def _tried(self, numbers: Mapping[Place, Number]) -> Sides | None:
        if self.tries >= MAX_TRIES or self.steps > MAX_STEPS:
            return None
        self.tries += 1
        for name in {name for name, _ in self.reading.forced}:
            mine = [(p, v) for p, v in numbers.items() if p[0] == name]
            leading = [v for p, v in mine if self._leads(p)]
            if any(v <= w for v in leading for w in (0, *(w for p, w in mine if not self._leads(p)))):
                return None
        world = self._world(numbers)
        evaluator = Evaluator(world)
        try:
            left = evaluator.values(self.a, self.point)
            if self.terms is not None:
                total: Number = 0
                for term in self.terms:
                    total = total + number(evaluator.number(term, self.point))
                if not total or same(number(evaluator.number(self.a, self.point)), total):
                    return None
                return Sides(left[0][0], total, world)
            right = evaluator.values(self.b, self.point)
            if any(equal(x, y) is not None for x, _ in left for y, _ in right):
                return None
            if not _some(left[0][0]) and not _some(right[0][0]):
                return None  # they differ in their shapes alone
            return Sides(left[0][0], right[0][0], world)
        except (Unresolved, TooMuch, ArithmeticError, SymconvError):
            return None
        finally:
            self.steps += world.steps + len(world.asked)

    # ------------------------------------------------------------------ shrinking

    def _fewer(self, numbers: dict[Place, Number]) -> dict[Place, Number]:
        """As many numbers 0 as can be."""
        size = max(len(numbers) // 2, 1)
        while True:
            places = [p for p, v in numbers.items() if v]
            for start in reversed(range(0, len(places), size)):
                without = numbers | dict.fromkeys(places[start : start + size], 0)
                if self._differ(without) is not None:
                    numbers = without
            if size == 1:
                return numbers
            size //= 2

    def _smaller(self, numbers: dict[Place, Number]) -> dict[Place, Number]:
        """What is not 0 as small as it can be: all of it 1, or one after the other 1 or 2."""
        places = [p for p, v in numbers.items() if v]
        ones = numbers | dict.fromkeys(places, 1)
        if self._differ(ones) is not None:
            return ones
        for place in places:
            for value in (1, 2):
                smaller = numbers | {place: value}
                if number(numbers[place]) > value and self._differ(smaller) is not None:
                    numbers = smaller
                    break
        return numbers


def counterexample(section: Section, trial: Trial, position: int, tree: t.Relation, outcome: Outcome) -> str | None:
    """The smallest counter-example to an equality in words; None when none was found, or none that says anything."""
    n = outcome.pair
    if n + 1 >= len(tree.sides):
        return None
    sides = tree.sides[n], tree.sides[n + 1]
    names = {section.survey.key(x) for side in sides for x in value_names(side)}
    for reading in _parts(trial.reading, names):
        search = Search(section, reading, trial, position, *sides, Environment(outcome.point, {}))
        try:
            found = search.found()
        except (Unresolved, TooMuch, ArithmeticError, ValueError, IndexError, KeyError, TypeError, SymconvError):
            continue
        if found is not None and sum(map(bool, found.world.chosen.values())) <= MAX_SHOWN:
            return _told(found, outcome.point)
    return None


def _parts(reading: Reading, names: set[str]) -> Iterator[Reading]:
    """The reading with as few layers of its model as have what is named: above is a loss of which nothing is said."""
    if isinstance(reading.model, Stack):
        named = names & set(reading.model.shapes)
        for n in range(1, len(reading.model.layers)):
            part = Stack(reading.model.layers[:n])
            if named <= set(part.shapes):
                yield replace(reading, model=part)
    yield reading


# ---------------------------------------------------------------------- in words


def _told(found: Sides, point: Mapping[str, int]) -> str:
    world = found.world
    values = [f"{k} = {v}" for k, v in sorted(point.items())]
    values += [f"{written(p, world)} = {world.chosen[p]}" for p in world.asked if world.chosen.get(p)]
    values += [f"{letter(f)}(x) = x^{n}" for f, n in world.powers.items()]
    rest = "everything else 0" if len(values) > len(point) + len(world.powers) else "everything 0"
    given = f"{', '.join(values)} and {rest}" if values else rest
    left, right = _apart(found.left, found.right, world.reading.base)
    return f"with {given} the left side is {left}, the right side {right}"


def _apart(left: Operand, right: Operand, base: int) -> tuple[str, str]:
    """Two values that differ; of two tensors an entry at which they do."""
    left, right = lower(left), lower(right)
    if isinstance(left, Tensor) and isinstance(right, Tensor):
        if left.data.shape == right.data.shape:
            at = next(p for p in np.ndindex(*left.data.shape) if not same(*_numbers(left.data[p], right.data[p])))
            where = f" in entry {','.join(str(n + base) for n in at)}"
            return _text(left.data[at]) + where, _text(right.data[at])
        if not _some(right):
            return _entry(left, base), "0"
    return _text(left), _text(right)


def _some(x: Operand) -> bool:
    """Whether a value is not 0, or some entry of it is not."""
    return any(number(v) for v in x.data.reshape(-1)) if isinstance(x, Tensor) else bool(number(x))


def _entry(x: Tensor, base: int) -> str:
    at = next((p for p in np.ndindex(*x.data.shape) if number(x.data[p])), None)
    return "0" if at is None else f"{_text(x.data[at])} in entry {','.join(str(n + base) for n in at)}"


def _numbers(x: Operand, y: Operand) -> Sequence[Number]:
    return number(x), number(y)


def _text(x: Operand) -> str:
    if isinstance(x, Tensor):
        return f"a tensor of {' x '.join(map(str, x.data.shape))} entries"
    v = number(x)
    return f"{v:.6g}" if isinstance(v, float) else str(v)
