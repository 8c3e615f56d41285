"""Calls: functions of numbers, functions that a note defines, softmax, entries in round brackets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from symconv.claims.grammar import tree as t
from symconv.claims.meaning.arrays import Operand, Tensor
from symconv.claims.meaning.forms import affine, strip, symbol
from symconv.claims.meaning.functions import KNOWN, apply
from symconv.claims.meaning.section import Unresolved
from symconv.claims.meaning.survey import indices, is_loss
from symconv.claims.meaning.tape import Value, Var, number
from symconv.claims.meaning.values import Environment, Values, each, mapped, power_of
from symconv.claims.tex.words import meaning

if TYPE_CHECKING:
    from symconv.claims.meaning.evaluate import Evaluator


def accessor(_: Evaluator, node: t.Call) -> t.Node:
    name = node.function
    return t.Name(name.base, node.arguments, name.sups, 0, name.transposed, False, name.marked, node.span)


def call(self: Evaluator, node: t.Call, env: Environment) -> Values:
    from symconv.claims.meaning.operations import operate

    key = self.survey.key(node.function)
    operation = meaning(node.function.base)
    if is_loss(self.survey, node.function) and not node.function.primes:
        return [(self.world.loss(), ())]
    found = operate(self, operation, node, env)
    if found is not None:
        return found
    if _network(node, self.survey.definitions):
        ends = self.world.sinks()
        if len(ends) == 1:
            name, layer = ends[0]
            return [(self.world.tensor(name, layer), (f"{key} is the output {name}",))]
    if key in self.survey.functions and len(node.arguments) == 1:
        return self._function(node, key, env)
    use = self.survey.uses.get(key)
    if use and use.accessed > use.called and self._tensor_known(key):
        return self.name_access(node, env)
    known = self._tensor_known(key) or key in dict(self.world.reading.deltas) or not use or not use.primed
    if known and len(node.arguments) == 1 and not node.function.primes:
        both = t.Product((node.function, node.arguments[0]), ("",), node.span)
        return self.values(both, env)
    raise Unresolved(f"what {key} does has not been said", f"declare {key}")


def _network(node: t.Call, defined: Mapping[str, Any]) -> bool:
    """Whether a call is a whole network at its input: a letter with parameters for subscripts, as in ``h_{W,b}(x)``."""
    names = [s.base for s in indices(node.function) if isinstance(s, t.Name)]
    return bool(names) and set(names) <= {"W", "w", "b", "theta", "Theta"} and node.function.base not in defined


def name_access(self: Evaluator, node: t.Call, env: Environment) -> Values:
    """``I(i+m, j+n)``: an entry."""
    return self.values(self._accessor(node), env)


def function(self: Evaluator, node: t.Call, key: str, env: Environment) -> Values:
    primes = node.function.primes
    if primes > 1:
        raise Unresolved("a second derivative is not read")
    form = affine(node.function.sups[0]) if len(node.function.sups) == 1 else None
    power = form.numeric if form is not None and not node.function.bracketed else None
    if power is not None and power > 1:
        plain = replace(node, function=replace(node.function, sups=()))
        return [(power_of(v, power), r) for v, r in self._function(plain, key, env)]
    definition = self.world.definition_of_function(key)
    kind = self.world.names.get(key)
    out: Values = []
    for value, reading in self.values(node.arguments[0], env):
        if kind == "softmax" or (definition is None and key == "softmax"):
            if primes:
                raise Unresolved("the derivative of softmax is no single number")
            out.append((self._softmax(node.arguments[0], value, env), reading))
        elif definition is not None and kind is None:
            out.append((mapped(value, lambda x: self._defined(definition, x, primes)), reading))
        else:
            named = key + "".join(f"_{symbol(s)}" for s in indices(node.function) if isinstance(s, t.Name))
            pair = self.world.function(named)
            out.append((mapped(value, lambda x, n=named, p=pair: self.world.applied(n, p, x, primes)), reading))
    return out


def defined(self: Evaluator, definition: Any, x: Value, primes: int) -> Value:
    """A function that the section defines, at a number."""
    at = x if isinstance(x, Var) and not primes else Var(number(x))
    world = self.world
    place = (definition.argument, None)
    before = world.tensors.get(place)
    world.tensors[place] = at
    try:
        from symconv.claims.meaning.argument import Argument

        value = Argument(self, definition.argument, at).number(definition.body, Environment({}, {}))
    finally:
        if before is None:
            del world.tensors[place]
        else:
            world.tensors[place] = before
    if primes:
        return value.by(at) if isinstance(value, Var) else 0
    return value


def softmax(self: Evaluator, argument: t.Node, value: Operand, env: Environment) -> Operand:
    """Softmax of a whole tensor, or of an entry's tensor at that entry."""
    if isinstance(value, Tensor):
        exps = each(value.data, lambda x: apply(KNOWN["exp"], x))
        total: Value = 0
        for x in exps.reshape(-1):
            total = total + x
        return Tensor(each(exps, lambda x: x / total))
    node = strip(argument)
    if not isinstance(node, t.Name) or not indices(node):
        raise Unresolved("softmax of a single number")
    whole = self.first(replace(node, subs=(), sub_span=None), env)
    if not isinstance(whole, Tensor) or whole.data.ndim != 1 or not isinstance(value, Var):
        raise Unresolved("softmax of a single number")
    place = ("softmax", value.order)
    if place not in self.world.calls:
        total = 0
        for x in whole.data:
            total = total + apply(KNOWN["exp"], x)
        self.world.calls[place] = apply(KNOWN["exp"], value) / total
    return self.world.calls[place]
