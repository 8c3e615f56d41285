"""The body of a function that a note defines, at a number."""

from __future__ import annotations

from dataclasses import replace

from symconv.claims.grammar import tree as t
from symconv.claims.meaning.evaluate import Evaluator
from symconv.claims.meaning.forms import affine, symbol
from symconv.claims.meaning.section import Unresolved
from symconv.claims.meaning.tape import Value
from symconv.claims.meaning.values import Environment, Values, power_of


class Argument(Evaluator):
    """An evaluator in which one name is the argument of a function."""

    def __init__(self, outer: Evaluator, name: str, value: Value) -> None:
        super().__init__(outer.world)
        self.argument, self.value = name, value

    def name(self, node: t.Name, env: Environment) -> Values:
        if symbol(replace(node, sups=(), transposed=False)) == self.argument and node.base != "e":
            if node.sups:
                form = affine(node.sups[0])
                if form is None or form.numeric is None:
                    raise Unresolved("a power is not understood")
                return [(power_of(self.value, form.numeric), ())]
            return [(self.value, ())]
        return super().name(node, env)

    def index(self, piece: t.Node, env: Environment) -> int:
        return super().index(piece, env)
