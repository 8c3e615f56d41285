"""Derivatives: of the loss by a tensor or entry, of one tensor by another."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from symconv.claims.grammar import tree as t
from symconv.claims.meaning.arrays import Operand, Tensor, lower, matrix, row
from symconv.claims.meaning.forms import strip, symbol
from symconv.claims.meaning.ranges import TOP
from symconv.claims.meaning.section import Unresolved
from symconv.claims.meaning.survey import indices, is_loss
from symconv.claims.meaning.tape import Var
from symconv.claims.meaning.values import Environment, Values, each, flat, tag, without_dots

if TYPE_CHECKING:
    from symconv.claims.meaning.evaluate import Evaluator


def loss_gradient(self: Evaluator, node: t.Node, env: Environment) -> Operand:
    """The derivative of the loss by something."""
    node = strip(node)
    if isinstance(node, t.Call) and not node.function.primes:
        node = self._accessor(node)
    if not isinstance(node, t.Name):
        raise Unresolved("a derivative by this is not read")
    key = self.survey.key(node)
    if not self._tensor_known(key):
        raise Unresolved(f"what {symbol(node)} is has not been said", f"declare {symbol(node)}")
    layer, power = self.layer(node, env)
    if power is not None:
        raise Unresolved("a derivative by a power is not read")
    gradient = self.world.gradient(key, layer)
    found = self.entry(indices(node), key, gradient, env, joined=node.joined)
    if self.world.reading.rows and not indices(node):
        found = row(found)
    if isinstance(found, Tensor) and node.transposed:
        return Tensor(matrix(found.data).T)
    return found


def loss_gradients(self: Evaluator, node: t.Node, env: Environment) -> Values:
    """The derivative of the loss by something; where a name is two layers' output, by each of them."""
    out: Values = []
    name = strip(node)
    key = self.survey.key(name) if isinstance(name, t.Name) else ""
    try:
        out.append((self.loss_gradient(node, env), ()))
    except Unresolved:
        if key not in self.world.inner and key not in self.world.section.flat:
            raise
    if key in self.world.section.flat and isinstance(name, t.Name):
        for layer in range(1, TOP + 1):
            with suppress(Unresolved):
                gradient = self.world.gradient(key, layer)
                found = self.entry(indices(name), key, gradient, env, joined=name.joined)
                out.append((found, (f"{key} is that of layer {layer}",)))
    if key in self.world.inner and isinstance(name, t.Name):
        tensor = self.world.inner[key]
        adjoints = self.world.loss().adjoints()
        if isinstance(tensor, Tensor):
            data = each(tensor.data, lambda x: adjoints.get(x.order, 0))
            found = self.entry(indices(name), key, Tensor(data), env, joined=name.joined)
            out.append((found, (f"{key} is also what the layer before gives",)))
    if not out:
        raise Unresolved(f"the loss does not depend on {key} in what is defined", f"declare how {key} is used")
    return out


def delta(self: Evaluator, node: t.Name, target: str, env: Environment) -> Values:
    """A δ: the gradient of the loss by the tensor that it belongs to, at its own layer and indices."""
    layer, power = self.layer(node, env)
    del power
    key, _, shift = target.partition("@")
    if layer is not None and shift:
        layer += int(shift)
    if layer is None and self._layered(key):
        layer = TOP if not self.survey.uses[key].layers else max(self.survey.uses[key].layers)
    gradient = self.world.gradient(key, layer if self._layered(key) else None)
    found = self.entry(indices(node), key, gradient, env, joined=node.joined)
    if self.world.reading.rows and not indices(node):
        found = row(found)
    if isinstance(found, Tensor) and node.transposed:
        found = Tensor(matrix(found.data).T)
    return [(found, ())]


def layered(self: Evaluator, key: str) -> bool:
    return any(d.layer is not None for d in self.survey.definitions.get(key, [])) or bool(
        (use := self.survey.uses.get(key)) and use.layered
    )


def derivative(self: Evaluator, node: t.Derivative, env: Environment) -> Values:
    if node.of is None:
        raise Unresolved("a derivative of nothing")
    if is_loss(self.survey, node.of):
        return self._loss_gradients(node.by, env)
    by = strip(node.by)
    if (
        isinstance(by, t.Call)
        and not by.function.primes
        and (self.survey.key(by.function) not in self.survey.functions)
    ):
        by = self._accessor(by)
    of = strip(node.of)
    if isinstance(of, t.Name) and not indices(of) and self.survey.key(of) in self.survey.functions:
        call = t.Call(replace(of, primes=1), (by,), "(", node.span, by.span)
        return self._function(call, self.survey.key(of), env)
    kept = without_dots(of)
    if kept is not of:
        self.world.free_names.add("the dots")
    above = self.values(kept, env)
    below = self._below(by, env)
    out: Values = []
    for value, reading in above:
        value = lower(value)
        self._connected(of, by, value, env)
        out.append((self._differentiate(value, below, tag(of, self, env), tag(by, self, env)), reading))
    return out


def below(self: Evaluator, by: t.Node, env: Environment) -> Operand:
    value = lower(self.first(by, env))
    if isinstance(value, Tensor):
        return value
    if not isinstance(value, Var):
        if isinstance(value, int) and value == 0:
            return Var(0)  # an entry outside of the tensor: nothing depends on it
        raise Unresolved("a derivative by a number")
    return value


def connected(self: Evaluator, of: t.Node, by: t.Node, value: Operand, env: Environment) -> None:
    """Raises Unresolved when nothing that is defined leads from the one tensor to the other."""
    top, low = strip(of), strip(by)
    if not isinstance(top, t.Name) or not isinstance(low, t.Name):
        return
    first, second = self.survey.key(top), self.survey.key(low)
    for key in (first, second):
        if not self._tensor_known(key) and key not in dict(self.world.reading.deltas):
            raise Unresolved(f"what {key} is has not been said", f"declare {key}")
    if first == second:
        return
    place = (first, second, self.layer(top, env)[0], self.layer(low, env)[0])
    if place not in self.world.links:
        a = self.world.tensor(first, place[2])
        b = self.world.tensor(second, place[3])
        orders = {x.order for x in flat(b) if isinstance(x, Var)}
        self.world.links[place] = any(isinstance(x, Var) and not orders.isdisjoint(x.adjoints()) for x in flat(a))
    if not self.world.links[place]:
        raise Unresolved(f"{first} does not depend on {second} in what is defined", f"declare what {first} is")
    del value


def differentiate(_: Evaluator, of: Operand, by: Operand, above: str, below: str) -> Operand:
    if not isinstance(of, Tensor) and not isinstance(by, Tensor):
        return of.by(by) if isinstance(of, Var) else 0
    if not isinstance(of, Tensor):
        assert isinstance(by, Tensor)
        return Tensor(each(by.data, lambda x: of.by(x) if isinstance(of, Var) else 0), above, below, 0)
    if not isinstance(by, Tensor):
        return Tensor(each(of.data, lambda x: x.by(by) if isinstance(x, Var) else 0))
    if of.data.size * by.data.size > 20_000:
        raise Unresolved("a derivative has too many entries")
    data = np.empty((*of.data.shape, *by.data.shape), dtype=object)
    for p in np.ndindex(*of.data.shape):
        x = of.data[p]
        for q in np.ndindex(*by.data.shape):
            data[(*p, *q)] = x.by(by.data[q]) if isinstance(x, Var) else 0
    return Tensor(data, above, below, of.data.ndim)
