"""Big operators with what they bind, conditions, matrices, bars and cases."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from symconv.claims.grammar import tree as t
from symconv.claims.meaning.arrays import Operand, Tensor, lower
from symconv.claims.meaning.forms import affine, symbol
from symconv.claims.meaning.ranges import TOP
from symconv.claims.meaning.section import Unresolved
from symconv.claims.meaning.survey import indices
from symconv.claims.meaning.tape import Value, number
from symconv.claims.meaning.values import Environment, Norm, Readings, Values, fold, otherwise

if TYPE_CHECKING:
    from symconv.claims.meaning.evaluate import Evaluator


def big(self: Evaluator, node: t.Big, env: Environment) -> Values:
    if node.operator not in ("sum", "prod", "max", "min"):
        raise Unresolved(f"{node.operator} has no value here")
    if node.sets:
        raise Unresolved("what a sum runs over has not been said")
    binders = node.binders
    if not binders:
        return self._unbound(node, env)
    totals: dict[Readings, list[Operand]] | None = None
    for count, bound in enumerate(self.points(node, env)):
        if count > 2000:
            raise Unresolved("a sum is too long")
        found = {r: v for v, r in reversed(self.values(node.body, bound))}
        if totals is None:
            totals = {r: [v] for r, v in found.items()}
        else:
            totals = {r: [*vs, found[r]] for r, vs in totals.items() if r in found}
    if totals is None:
        return [(0, ())]
    out: Values = []
    for readings, values in totals.items():
        out.append((fold(node.operator, values), readings))
    if not out:
        raise Unresolved("a sum has no single reading")
    return out


def unbound(self: Evaluator, node: t.Big, env: Environment) -> Values:
    """A sum that does not say what it runs over: over every entry of a tensor."""
    out: Values = []
    for value, reading in self.values(node.body, env):
        if isinstance(value, Tensor):
            out.append((fold(node.operator, list(value.data.reshape(-1))), (*reading, "the sum over all entries")))
    if not out:
        raise Unresolved("what a sum runs over has not been said")
    return out


def points(self: Evaluator, node: t.Big, env: Environment) -> Iterator[Environment]:
    """The values of what a big operator binds."""
    yield from self._points(node, list(node.binders), env)


def points_of(self: Evaluator, node: t.Big, binders: list[t.Binder], env: Environment) -> Iterator[Environment]:
    if not binders:
        if all(self.holds(c, env) for c in node.conditions):
            yield env
        return
    binder, *rest = binders
    name = symbol(binder.name)
    low, high = self.limits(node, binder, env)
    for v in range(low, high + 1):
        yield from self._points(node, rest, env.bind({name: v}))


def limits(self: Evaluator, node: t.Big, binder: t.Binder, env: Environment) -> tuple[int, int]:
    """First and last value of a bound index: as written where the sizes are known, else as far as its axis runs."""
    from symconv.claims.meaning.ranges import Key

    name = symbol(binder.name)
    place = (id(node.body), name)
    layered = self.world.layer_indices.get(place)
    if layered is None:
        layered = self.world.layer_indices[place] = self._layer_index(node.body, name)
        self.world.kept.append(node.body)
    key: Key = ("statement", self.world.position, "big", name)
    if key not in self.world.ranges.parents:
        key = next((k for k in self.world.ranges.parents if len(k) == 4 and k[2:] == ("big", name)), key)
    low, high = self.world.ranges.extent(key)
    if layered:
        low, high = 1, TOP
    elif binder.low is None and binder.high is None and (seen := _axis(self, node.body, name, env)) is not None:
        low, high = seen
    if binder.low is not None:
        written = self._limit(binder.low, env)
        low = written if written is not None else low
    if binder.high is not None:
        written = self._limit(binder.high, env)
        if written is not None:
            high = written - binder.open_end
    if high - low > 200:
        raise Unresolved("a sum is too long")
    return low, high


def _axis(self: Evaluator, body: t.Node, name: str, env: Environment) -> tuple[int, int] | None:
    """How far an index runs by the size of what it stands at, for tensors that are worked out whole."""
    for node in t.walk(body):
        if not isinstance(node, t.Name) or not indices(node):
            continue
        key = self.world.key(node)
        target = dict(self.world.reading.deltas).get(key, "").partition("@")[0] or key
        whole = any(d.kind == "whole" for d in self.survey.definitions.get(target, ()))
        if not whole:
            continue
        for axis, piece in enumerate(indices(node)):
            form = self.world.form(piece)
            if form is None or form.parts != ((name, 1),) or form.constant:
                continue
            layer, _ = self.layer(node, env)
            tensor = self.world.tensor(target, layer)
            if isinstance(tensor, Tensor) and tensor.data.ndim == len(indices(node)):
                low, _ = self.world.ranges.extent(("axis", target, axis), TOP)
                return low, low + tensor.data.shape[axis] - 1
    return None


def limit(self: Evaluator, node: t.Node, env: Environment) -> int | None:
    try:
        return self.index(node, env)
    except Unresolved:
        return None


def layer_index(_: Evaluator, body: t.Node, name: str) -> bool:
    """Whether a bound letter only numbers superscripts: layers or examples."""
    found = False
    for node in t.walk(body):
        if isinstance(node, t.Name):
            form = [f for s in node.sups if (f := affine(s)) is not None and any(n == name for n, _ in f.parts)]
            found = found or bool(form)
            if any((f := affine(s)) is not None and any(n == name for n, _ in f.parts) for s in node.subs):
                return False
    return found


def holds(self: Evaluator, node: t.Node, env: Environment) -> bool:
    """Whether a condition on indices holds; raises Unresolved for one that is about something else."""
    if isinstance(node, t.Relation):
        from symconv.claims.meaning.indicators import indicator

        if any(isinstance(s, t.Big) for s in node.sides):
            return bool(number(indicator(self, node, env)))
        sides = [number(self.number(s, env)) for s in node.sides]
        for a, b, r in zip(sides, sides[1:], node.relations, strict=False):
            if not {"=": a == b, "!=": a != b, "<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}.get(r):
                if r not in ("=", "!=", "<", "<=", ">", ">="):
                    raise Unresolved("a condition is not understood")
                return False
        return True
    raise Unresolved("a condition is not understood")


def matrix(self: Evaluator, node: t.Matrix, env: Environment) -> Tensor:
    data = np.empty((len(node.rows), len(node.rows[0])), dtype=object)
    for r, row in enumerate(node.rows):
        for c, cell in enumerate(row):
            if cell is None:
                raise Unresolved("a matrix with empty cells")
            data[r, c] = self.number(cell, env)
    return Tensor(data)


def bars(self: Evaluator, node: t.Bars, env: Environment) -> Values:
    out: Values = []
    for value, reading in self.values(node.body, env):
        value = lower(value)
        if node.kind == "norm" or (node.kind == "abs" and isinstance(value, Tensor)):
            if not isinstance(value, Tensor):
                out.append((Norm(value * value), reading))
                continue
            total: Value = 0
            for x in value.data.reshape(-1):
                total = total + x * x
            out.append((Norm(total), reading))
            continue
        if isinstance(value, Tensor):
            raise Unresolved("this is of a tensor")
        x = number(value)
        if node.kind == "abs":
            out.append((value if x >= 0 else -value, reading))
        else:
            whole = x // 1 if node.kind == "floor" else -((-x) // 1)
            out.append((int(whole), reading))
    return out


def cases(self: Evaluator, node: t.Cases, env: Environment) -> Values:
    from symconv.claims.meaning.indicators import chosen

    try:
        return _cases(self, node, env)
    except Unresolved as error:
        if "a tensor stands" not in error.problem:
            raise
        return [(chosen(self, node, env), ())]


def _cases(self: Evaluator, node: t.Cases, env: Environment) -> Values:
    for value, condition in node.rows:
        if condition is None or isinstance(condition, t.Words):
            if condition is None or otherwise(condition.text):
                return self.values(value, env)
            raise Unresolved("a case has a condition in words")
        if self.holds(condition, env):
            return self.values(value, env)
    return [(0, ())]
