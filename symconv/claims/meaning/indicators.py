"""What is 1 where a condition holds and 0 elsewhere; values by cases, and maxima, entry by entry."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from symconv.claims.grammar import tree as t
from symconv.claims.meaning.arrays import Operand, Tensor, lower
from symconv.claims.meaning.forms import strip
from symconv.claims.meaning.section import Unresolved
from symconv.claims.meaning.tape import Number, Value, number
from symconv.claims.meaning.values import Environment, otherwise

if TYPE_CHECKING:
    from symconv.claims.meaning.evaluate import Evaluator

COMPARED = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
"""What each relation says of two numbers."""


def condition(node: t.Node) -> t.Relation | None:
    """The relation that a subscript or a group consists of; None when it is something else."""
    while isinstance(node, t.Group):
        node = node.body
    return node if isinstance(node, t.Relation) else None


def indicator(evaluator: Evaluator, node: t.Relation, env: Environment) -> Operand:
    """1 where a condition holds, else 0: a number, or a tensor when a side is one."""
    pairs = _points(evaluator, node, env)
    if pairs is None:
        pairs = [evaluator.first(side, env) for side in node.sides]
    shape = _shape(pairs)
    if shape is None:
        return int(_true(node, [number(lower(p)) for p in pairs]))
    data = np.empty(shape, dtype=object)
    for place in np.ndindex(*shape):
        data[place] = int(_true(node, [number(_at(p, place)) for p in pairs]))
    return Tensor(data)


def _points(evaluator: Evaluator, node: t.Relation, env: Environment) -> list[Operand] | None:
    """``(m, n) = \\arg\\max a_{uv}``: the entry at a place and the maximum; None for anything else."""
    if len(node.sides) != 2 or node.relations[0] not in ("=", "!="):
        return None
    sides = [strip(s) for s in node.sides]
    winners = [s for s in sides if isinstance(s, t.Big) and s.operator in ("argmax", "argmin")]
    if len(winners) != 1:
        return None
    (big,) = winners
    other = sides[1 - sides.index(big)]
    items = other.body.items if isinstance(other, t.Group) and isinstance(other.body, t.Listing) else (other,)
    if isinstance(other, t.Listing):
        items = other.items
    from symconv.claims.meaning.forms import symbol

    if len(items) != len(big.binders):
        raise Unresolved("a place and what an argmax runs over have different numbers of indices")
    at = {symbol(b.name): evaluator.index(i, env) for b, i in zip(big.binders, items, strict=True)}
    if not any(all(e.indices[k] == v for k, v in at.items()) for e in evaluator.points(big, env)):
        return [0, 1]
    best = evaluator.number(replace(big, operator=big.operator[3:]), env)
    return [evaluator.number(big.body, env.bind(at)), best]


def _shape(operands: list[Operand]) -> tuple[int, ...] | None:
    shapes = {x.data.shape for x in map(lower, operands) if isinstance(x, Tensor)}
    if len(shapes) > 1:
        raise Unresolved("tensors of different shapes are compared")
    return next(iter(shapes), None)


def _at(x: Operand, place: tuple[int, ...]) -> Value:
    x = lower(x)
    return x.data[place] if isinstance(x, Tensor) else x


def _true(node: t.Relation, sides: list[Number]) -> bool:
    for a, b, r in zip(sides, sides[1:], node.relations, strict=False):
        if r not in COMPARED:
            raise Unresolved("a condition is not understood")
        if not COMPARED[r](a, b):
            return False
    return True


def chosen(evaluator: Evaluator, node: t.Cases, env: Environment) -> Operand:
    """Values by cases whose conditions are about tensors: entry by entry; 0 where no case holds."""
    rows: list[tuple[Operand, Operand]] = []
    for value, about in node.rows:
        if about is None or (isinstance(about, t.Words) and otherwise(about.text)):
            holds: Operand = 1
        elif isinstance(about, t.Relation):
            holds = indicator(evaluator, about, env)
        else:
            raise Unresolved("a case has a condition in words")
        rows.append((evaluator.first(value, env), holds))
    shape = _shape([x for row in rows for x in row])
    if shape is None:
        raise Unresolved("a condition is not understood")
    data = np.empty(shape, dtype=object)
    for place in np.ndindex(*shape):
        data[place] = next((_at(v, place) for v, h in rows if _at(h, place)), 0)
    return Tensor(data)


def extreme(operation: str, operands: list[Operand]) -> Operand:
    """The maximum or minimum: of all entries of one tensor, else entry by entry."""
    shape = _shape(operands)

    def best(values: list[Value]) -> Value:
        top = values[0]
        for v in values[1:]:
            if number(v) > number(top) if operation == "max" else number(v) < number(top):
                top = v
        return top

    if shape is None:
        return best([lower(x) for x in operands])
    if len(operands) == 1:
        only = lower(operands[0])
        assert isinstance(only, Tensor)
        return best(list(only.data.reshape(-1)))
    data = np.empty(shape, dtype=object)
    for place in np.ndindex(*shape):
        data[place] = best([_at(x, place) for x in operands])
    return Tensor(data)
