"""What a tree is worth in a world: every value that it may have, each with the reading that gives it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product as cartesian
from typing import Any

import numpy as np

from symconv.claims.grammar import tree as t
from symconv.claims.meaning.arrays import Operand, Tensor, add, correlate, lower, matrix, products
from symconv.claims.meaning.forms import Affine, affine, strip, symbol
from symconv.claims.meaning.functions import KNOWN, apply
from symconv.claims.meaning.survey import indices, is_loss, label
from symconv.claims.meaning.tape import Number, Value, Var, number
from symconv.claims.meaning.world import SOME, TOP, Unresolved, World
from symconv.claims.tex.words import meaning

Readings = tuple[str, ...]
Values = list[tuple[Operand, Readings]]
ROLES = {"input": "input", "image": "input", "filter": "weight", "kernel": "weight", "weights": "weight", "output": "output"}
"""Words that name a role."""
MAX_VALUES = 24
MAX_POWER = 16
SCALARS = frozenset("eta alpha lambda mu epsilon gamma beta tau rho N n m pi M B T Q q p".split())


@dataclass(frozen=True, slots=True)
class Environment:
    """Numbers of indices, and of the letters that stand for layers."""

    indices: Mapping[str, int]
    layers: Mapping[str, int]

    def bind(self, more: Mapping[str, int]) -> Environment:
        """With more indices bound."""
        return Environment({**self.indices, **more}, self.layers)


class Evaluator:
    """Evaluates trees in one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.survey = world.survey
        self.mode = world.reading.mode

    # ------------------------------------------------------------------ entries

    def first(self, node: t.Node, env: Environment) -> Operand:
        """The likeliest value."""
        return self.values(node, env)[0][0]

    def number(self, node: t.Node, env: Environment) -> Value:
        """The value, which has to be a number; raises Unresolved when it is a tensor."""
        for value, _ in self.values(node, env):
            value = lower(value)
            if not isinstance(value, Tensor):
                return value
        raise Unresolved("a tensor stands where a number belongs")

    def values(self, node: t.Node, env: Environment) -> Values:
        """Every value that a tree may have, the likeliest first."""
        self.world.spend()
        match node:
            case t.Num():
                v = node.value
                return [(int(v) if v.denominator == 1 else v if not self.world.section.smooth else float(v), ())]
            case t.Name():
                return self.name(node, env)
            case t.Group():
                if isinstance(node.body, t.Listing):
                    raise Unresolved("a list is no value")
                return self.values(node.body, env)
            case t.Minus():
                return [(_negative(v), r) for v, r in self.values(node.body, env)]
            case t.Sum():
                return self.sum(node, env)
            case t.Product():
                return self.product(node, env)
            case t.Fraction_():
                return self.fraction(node, env)
            case t.Derivative():
                return self.derivative(node, env)
            case t.Diff():
                return self._loss_gradients(node.of, env)
            case t.Script():
                return self.script(node, env)
            case t.Call():
                return self.call(node, env)
            case t.Big():
                return self.big(node, env)
            case t.Matrix():
                return [(self.matrix(node, env), ())]
            case t.Bars():
                return self.bars(node, env)
            case t.Cases():
                return self.cases(node, env)
            case _:
                raise Unresolved(f"{type(node).__name__.lower()} has no value")

    # ------------------------------------------------------------------ names

    def name(self, node: t.Name, env: Environment) -> Values:
        key = self.survey.key(node)
        plain = symbol(node)
        if plain in env.indices:
            return [(env.indices[plain], ())]
        if node.base == "e" and node.sups and not node.subs:
            return [(self._exponential(node.sups[0], env), ())]
        if key in self.survey.functions and node.primes == 0 and not node.subs and key not in self.survey.definitions:
            raise Unresolved(f"{key} is a function without an argument")
        if plain in self.world.section.numbers:
            return [(_exact(self.world.section.numbers[plain]), ())]
        if node.primes and self._tensor_known(key):
            raise Unresolved(f"what {plain} is has not been said", f"declare {plain}")
        if is_loss(self.survey, node) and not indices(node):
            return [(self.world.loss(), ())]
        model = self.world.reading.model
        if model and node.word and not self._tensor_known(key):
            role = ROLES.get(node.base.lower())
            if role in dict((r, n) for n, r in model.roles):
                return [(self.world.tensor(model.name(role), None), (f"{node.base} is {model.name(role)}",))]
        delta = dict(self.world.reading.deltas).get(key)
        if node.base in ("delta", "mathbb:1", "mathbf:1") and len(indices(node)) == 2 and not node.sups:
            use = self.survey.uses.get((delta or "").partition("@")[0])
            if delta is None or (use and use.rank != 2):
                a, b = (self.index(p, env) for p in indices(node))
                return [(int(a == b), ("Kronecker's delta",))]
        if delta is not None:
            return self._delta(node, delta, env)
        if not self._tensor_known(key):
            size = self.size(plain)
            if size is not None:
                return [(size, ())]
            if node.base in SCALARS and not node.sups:
                return [(self.world.fresh(plain, None, ()), ())]
            if key in self.survey.functions or node.word or node.base == "delta":
                raise Unresolved(f"what {plain} is has not been said", f"declare {plain}")
            self.world.free_names.add(plain)
        layer, power = self.layer(node, env)
        out: Values = []
        tensors = [(self.world.tensor(key, layer), ())]
        if key in self.world.inner:
            before = (self.world.inner[key], (f"{key} is also what the layer before gives",))
            tensors = [before, *tensors] if self.world.busy else [*tensors, before]  # type: ignore[list-item]
        for tensor, reading in tensors:
            value = self._entry(node, key, tensor, env)
            if isinstance(value, Tensor) and node.transposed:
                value = Tensor(matrix(value.data).T)
            if power is not None:
                value = _power(value, power)
            out.append((value, reading))
        return out

    def _tensor_known(self, key: str) -> bool:
        return self.world.known(key) or key in self.world.section.shapes

    def size(self, name: str) -> int | None:
        """The number of a size that a limit of some sum names."""
        named = self.world.ranges.named.get(name)
        if named is None:
            return None
        key, shift = named
        return self.world.ranges.extent(key)[1] + shift

    def layer(self, node: t.Name, env: Environment) -> tuple[int | None, int | None]:
        """The layer that a superscript says, or the power that it is."""
        if not node.sups:
            return None, None
        key = self.survey.key(node)
        use = self.survey.uses.get(key)
        if len(node.sups) > 1:
            raise Unresolved("several superscripts are not understood")
        form = affine(node.sups[0])
        if form is not None and form.numeric is not None and not node.bracketed and not (use and use.layered):
            return None, form.numeric
        return self._layer(form, env), None

    def _layer(self, form: Affine | None, env: Environment) -> int:
        if form is None:
            raise Unresolved("a superscript is not understood")
        total = form.constant
        for name, c in form.parts:
            if name in env.indices:
                total += c * env.indices[name]
            elif name in env.layers:
                total += c * env.layers[name]
            else:
                total += c * (TOP if name[:1].isupper() else SOME)
        if total.denominator != 1:
            raise Unresolved("a superscript is not understood")
        return int(total)

    def _entry(self, node: t.Name, key: str, tensor: Tensor | Value, env: Environment) -> Operand:
        return self.entry(indices(node), key, tensor, env, joined=node.joined)

    def entry(
        self, pieces: tuple[t.Node, ...], key: str, tensor: Tensor | Value, env: Environment, *, joined: bool = False
    ) -> Operand:
        """An entry of a tensor, 0 outside of it; the whole of it without subscripts."""
        if not pieces:
            return tensor
        if not isinstance(tensor, Tensor):
            raise Unresolved(f"{key} has no entries in what is defined", f"declare the shape of {key}")
        if len(pieces) != tensor.data.ndim:
            if joined and tensor.data.ndim == 1 and all(isinstance(p, t.Num) for p in pieces):
                digits = "".join(p.digits for p in pieces if isinstance(p, t.Num))
                pieces = (t.Num(Fraction(int(digits)), digits, pieces[0].span),)
            else:
                raise Unresolved(f"{key} has {tensor.data.ndim} indices, not {len(pieces)}", f"declare the shape of {key}")
        place = []
        for axis, piece in enumerate(pieces):
            low, _ = self.world.ranges.extent(("axis", key, axis), TOP)
            if self.world.reading.model and key in self.world.reading.model.shapes:
                low = self.world.reading.base
            place.append(self.index(piece, env) - low)
        if any(not 0 <= p < n for p, n in zip(place, tensor.data.shape, strict=True)):
            return 0
        found = tensor.data[tuple(place)]
        return found if isinstance(found, Var) else found

    def index(self, piece: t.Node, env: Environment) -> int:
        """The number of an index form."""
        form = affine(piece)
        if form is None:
            value = number(self.number(piece, env))
            if isinstance(value, float) or value != int(value):
                raise Unresolved("an index is no whole number")
            return int(value)
        total = form.constant
        for name, c in form.parts:
            if name in env.indices:
                total += c * env.indices[name]
            elif name in self.world.section.numbers:
                total += c * self.world.section.numbers[name]
            elif (size := self.size(name)) is not None:
                total += c * size
            else:
                raise Unresolved(f"what the index {name} runs over has not been said")
        if total.denominator != 1:
            raise Unresolved("an index is no whole number")
        return int(total)

    def _exponential(self, node: t.Node, env: Environment) -> Operand:
        return _map(self.number(node, env), lambda x: apply(KNOWN["exp"], x))

    # ------------------------------------------------------------------ derivatives

    def loss_gradient(self, node: t.Node, env: Environment) -> Operand:
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
        if isinstance(found, Tensor) and node.transposed:
            return Tensor(matrix(found.data).T)
        return found

    def _loss_gradients(self, node: t.Node, env: Environment) -> Values:
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
                data = _each(tensor.data, lambda x: adjoints.get(x.order, 0))
                found = self.entry(indices(name), key, Tensor(data), env, joined=name.joined)
                out.append((found, (f"{key} is also what the layer before gives",)))
        return out

    def _delta(self, node: t.Name, target: str, env: Environment) -> Values:
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
        if isinstance(found, Tensor) and node.transposed:
            found = Tensor(matrix(found.data).T)
        return [(found, ())]

    def _layered(self, key: str) -> bool:
        return any(d.layer is not None for d in self.survey.definitions.get(key, [])) or bool(
            (use := self.survey.uses.get(key)) and use.layered
        )

    def derivative(self, node: t.Derivative, env: Environment) -> Values:
        if node.of is None:
            raise Unresolved("a derivative of nothing")
        if is_loss(self.survey, node.of):
            return self._loss_gradients(node.by, env)
        by = strip(node.by)
        if isinstance(by, t.Call) and not by.function.primes and (
            self.survey.key(by.function) not in self.survey.functions
        ):
            by = self._accessor(by)
        of = strip(node.of)
        if isinstance(of, t.Name) and not indices(of) and self.survey.key(of) in self.survey.functions:
            call = t.Call(replace(of, primes=1), (by,), "(", node.span, by.span)
            return self._function(call, self.survey.key(of), env)
        kept = _without_dots(of)
        if kept is not of:
            self.world.free_names.add("the dots")
        above = self.values(kept, env)
        below = self._below(by, env)
        out: Values = []
        for value, reading in above:
            value = lower(value)
            self._connected(of, by, value, env)
            out.append((self._differentiate(value, below, _tag(of, self, env), _tag(by, self, env)), reading))
        return out

    def _below(self, by: t.Node, env: Environment) -> Operand:
        value = lower(self.first(by, env))
        if isinstance(value, Tensor):
            return value
        if not isinstance(value, Var):
            if isinstance(value, int) and value == 0:
                return Var(0)  # an entry outside of the tensor: nothing depends on it
            raise Unresolved("a derivative by a number")
        return value

    def _connected(self, of: t.Node, by: t.Node, value: Operand, env: Environment) -> None:
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
            orders = {x.order for x in _flat(b) if isinstance(x, Var)}
            self.world.links[place] = any(
                isinstance(x, Var) and not orders.isdisjoint(x.adjoints()) for x in _flat(a)
            )
        if not self.world.links[place]:
            raise Unresolved(f"{first} does not depend on {second} in what is defined", f"declare what {first} is")
        del value

    def _differentiate(self, of: Operand, by: Operand, above: str, below: str) -> Operand:
        if not isinstance(of, Tensor) and not isinstance(by, Tensor):
            return of.by(by) if isinstance(of, Var) else 0
        if not isinstance(of, Tensor):
            assert isinstance(by, Tensor)
            return Tensor(_each(by.data, lambda x: of.by(x) if isinstance(of, Var) else 0), above, below, 0)
        if not isinstance(by, Tensor):
            return Tensor(_each(of.data, lambda x: x.by(by) if isinstance(x, Var) else 0))
        if of.data.size * by.data.size > 20_000:
            raise Unresolved("a derivative has too many entries")
        data = np.empty((*of.data.shape, *by.data.shape), dtype=object)
        for p in np.ndindex(*of.data.shape):
            x = of.data[p]
            for q in np.ndindex(*by.data.shape):
                data[(*p, *q)] = x.by(by.data[q]) if isinstance(x, Var) else 0
        return Tensor(data, above, below, of.data.ndim)

    # ------------------------------------------------------------------ sums, products, quotients

    def sum(self, node: t.Sum, env: Environment) -> Values:
        if any(isinstance(x, t.Dots) for x in node.terms):
            raise Unresolved("a sum with dots")
        out: Values = [(0, ())]
        first = True
        for term, sign in zip(node.terms, node.signs, strict=True):
            found = self.values(term, env)
            made: Values = []
            for (a, r), (b, s) in cartesian(out, found):
                if first:
                    made.append((b if sign > 0 else _negative(b), s))
                else:
                    total = add(a, b, sign)
                    if total is not None:
                        made.append((total, _join(r, s)))
                if len(made) >= MAX_VALUES:
                    break
            if not made:
                raise Unresolved("terms of different shapes are added")
            out, first = made, False
        return out

    def product(self, node: t.Product, env: Environment) -> Values:
        """Products of flat factors: from left to right, or what has no operator first; operators of derivatives."""
        for n, factor in enumerate(node.factors):
            if isinstance(factor, t.Derivative) and factor.of is None and n + 1 < len(node.factors):
                return self._operator(node, n, env)
        found = [self.values(f, env) for f in node.factors]
        out: Values = []
        for choice in cartesian(*found):
            operands = [v for v, _ in choice]
            readings: Readings = _join(*(r for _, r in choice))
            for value, more in self._multiplied(operands, node.operators):
                if not any(_identical(value, v) and m == _join(readings, more) for v, m in out):
                    out.append((value, _join(readings, more)))
                if len(out) >= MAX_VALUES:
                    return out
        if not out:
            raise Unresolved("the factors have shapes that do not go together")
        return out

    def _multiplied(self, operands: list[Operand], operators: tuple[str, ...]) -> Iterator[tuple[Operand, Readings]]:
        if len(operands) == 1:
            yield operands[0], ()
            return
        if all(not isinstance(lower(o), Tensor) for o in operands):
            total: Value = lower(operands[0])
            for o, operator in zip(operands[1:], operators, strict=True):
                total = total / lower(o) if operator == "/" else total * lower(o)
            yield total, ()
            return
        seen = 0
        # From the left; then each other place to begin at, which brackets the factors differently.
        order = list(range(len(operators)))
        order.sort(key=lambda n: n)
        for n in order:
            a, b, operator = operands[n], operands[n + 1], operators[n]
            if operator == "/":
                low = lower(b)
                if isinstance(low, Tensor):
                    continue
                pairs: list[tuple[Operand, str]] = [(_map(a, lambda x, d=low: x / d if isinstance(x, Var) or isinstance(d, Var) else Fraction(x) / d if not isinstance(x, float) and not isinstance(d, float) else x / d), "")]
            else:
                pairs = list(products(operator, a, b, self.mode))
            for value, reading in pairs:
                rest = [*operands[:n], value, *operands[n + 2 :]]
                for final, more in self._multiplied(rest, (*operators[:n], *operators[n + 1 :])):
                    yield final, _join((reading,) if reading else (), more)
                    seen += 1
                    if seen > 3 * MAX_VALUES:
                        return

    def _operator(self, node: t.Product, n: int, env: Environment) -> Values:
        """``∂/∂x`` in front of something: it takes the next factor, or everything that follows."""
        operator = node.factors[n]
        assert isinstance(operator, t.Derivative)
        out: Values = []
        ends = [len(node.factors)] if len(node.factors) == n + 2 else [n + 2, len(node.factors)]
        if len(node.factors) > n + 2 and isinstance(strip(node.factors[n + 1]), t.Num | t.Fraction_):
            ends = [len(node.factors)]
        problem: Unresolved | None = None
        for end in ends:
            inner = node.factors[n + 1 : end]
            body: t.Node = inner[0] if len(inner) == 1 else t.Product(
                inner, node.operators[n + 1 : end - 1], (inner[0].span[0], inner[-1].span[1])
            )
            derived = replace(operator, of=body)
            factors = (*node.factors[:n], derived, *node.factors[end:])
            operators = (*node.operators[:n], *node.operators[end - 1 :])
            try:
                if len(factors) == 1:
                    out += self.values(derived, env)
                else:
                    out += self.product(t.Product(factors, operators, node.span), env)
            except Unresolved as error:
                problem = error
        if not out and problem:
            raise problem
        return out

    def fraction(self, node: t.Fraction_, env: Environment) -> Values:
        out: Values = []
        for (a, r), (b, s) in cartesian(self.values(node.over, env), self.values(node.under, env)):
            b = lower(b)
            if isinstance(b, Tensor):
                low = lower(a)
                if isinstance(low, Tensor) and low.data.shape == b.data.shape:
                    data = np.empty(b.data.shape, dtype=object)
                    for place in np.ndindex(*b.data.shape):
                        data[place] = _divide(low.data[place], b.data[place])
                    out.append((Tensor(data), _join(r, s, ("divided entry by entry",))))
                elif not isinstance(low, Tensor):
                    out.append((_map(b, lambda x, c=low: _divide(c, x)), _join(r, s, ("divided entry by entry",))))
                continue
            out.append((_map(a, lambda x, d=b: _divide(x, d)), _join(r, s)))
        if not out:
            raise Unresolved("a quotient of tensors")
        return out

    def script(self, node: t.Script, env: Environment) -> Values:
        """A transpose, a power, or the entry of an expression."""
        if node.primes:
            raise Unresolved("a prime on an expression is not read")
        if node.subs and not (isinstance(node.body, t.Bars) and node.body.kind in ("norm", "abs")):
            return self._entry_of(node, env)
        out: Values = []
        for value, reading in self.values(node.body, env):
            value = lower(value)
            if node.transposed:
                value = Tensor(matrix(value.data).T) if isinstance(value, Tensor) else value
            if node.sups:
                form = affine(node.sups[0]) if len(node.sups) == 1 else None
                if form is None or form.parts or form.constant.denominator != 1:
                    raise Unresolved("a superscript is not understood")
                value = _power(value, int(form.constant))
            out.append((value, reading))
        return out

    def _entry_of(self, node: t.Script, env: Environment) -> Values:
        out: Values = []
        for value, reading in self.values(node.body, env):
            value = lower(value)
            if isinstance(value, Tensor):
                data = value.data
                if data.ndim == 2 and data.shape[1] == 1 and len(node.subs) == 1:
                    data = data[:, 0]
                if data.ndim != len(node.subs):
                    continue
                place = [self.index(p, env) - self.world.reading.base for p in node.subs]
                inside = all(0 <= p < n for p, n in zip(place, data.shape, strict=True))
                out.append((data[tuple(place)] if inside else 0, reading))
        if not out:
            raise Unresolved("the entry of an expression is not read")
        return out

    # ------------------------------------------------------------------ calls

    def _accessor(self, node: t.Call) -> t.Node:
        name = node.function
        return t.Name(name.base, node.arguments, name.sups, 0, name.transposed, False, name.marked, node.span)

    def call(self, node: t.Call, env: Environment) -> Values:
        from symconv.claims.meaning.operations import operate

        key = self.survey.key(node.function)
        operation = meaning(node.function.base)
        if is_loss(self.survey, node.function) and not node.function.primes:
            return [(self.world.loss(), ())]
        found = operate(self, operation, node, env)
        if found is not None:
            return found
        if key in self.survey.functions and len(node.arguments) == 1:
            return self._function(node, key, env)
        use = self.survey.uses.get(key)
        if use and use.accessed > use.called and self._tensor_known(key):
            return self.name_access(node, env)
        if self._tensor_known(key) or key in dict(self.world.reading.deltas) or not use or not use.primed:
            if len(node.arguments) == 1 and not node.function.primes:
                both = t.Product((node.function, node.arguments[0]), ("",), node.span)
                return self.values(both, env)
        raise Unresolved(f"what {key} does has not been said", f"declare {key}")

    def name_access(self, node: t.Call, env: Environment) -> Values:
        """``I(i+m, j+n)``: an entry."""
        return self.values(self._accessor(node), env)

    def _function(self, node: t.Call, key: str, env: Environment) -> Values:
        primes = node.function.primes
        if primes > 1:
            raise Unresolved("a second derivative is not read")
        if len(node.function.sups) == 1 and (form := affine(node.function.sups[0])) is not None:
            if form.numeric is not None and form.numeric > 1 and not node.function.bracketed:
                plain = replace(node, function=replace(node.function, sups=()))
                return [(_power(v, form.numeric), r) for v, r in self._function(plain, key, env)]
        definition = self.world.definition_of_function(key)
        kind = self.world.names.get(key)
        out: Values = []
        for value, reading in self.values(node.arguments[0], env):
            if kind == "softmax" or (definition is None and key == "softmax"):
                if primes:
                    raise Unresolved("the derivative of softmax is no single number")
                out.append((self._softmax(node.arguments[0], value, env), reading))
            elif definition is not None and kind is None:
                out.append((_map(value, lambda x: self._defined(definition, x, primes)), reading))
            else:
                named = key + "".join(f"_{symbol(s)}" for s in indices(node.function) if isinstance(s, t.Name))
                pair = self.world.function(named)
                out.append((_map(value, lambda x: self.world.applied(named, pair, x, primes)), reading))
        return out

    def _defined(self, definition: Any, x: Value, primes: int) -> Value:
        """A function that the section defines, at a number."""
        at = x if isinstance(x, Var) and not primes else Var(number(x))
        world = self.world
        place = (definition.argument, None)
        before = world.tensors.get(place)
        known = world.section.survey.definitions
        world.tensors[place] = at
        added = definition.argument not in known
        self._arguments = {definition.argument}
        try:
            value = _Argument(self, definition.argument, at).number(definition.body, Environment({}, {}))
        finally:
            if before is None:
                del world.tensors[place]
            else:
                world.tensors[place] = before
        del added
        if primes:
            return value.by(at) if isinstance(value, Var) else 0
        return value

    def _softmax(self, argument: t.Node, value: Operand, env: Environment) -> Operand:
        """Softmax of a whole tensor, or of an entry's tensor at that entry."""
        if isinstance(value, Tensor):
            exps = _each(value.data, lambda x: apply(KNOWN["exp"], x))
            total: Value = 0
            for x in exps.reshape(-1):
                total = total + x
            return Tensor(_each(exps, lambda x: x / total))
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

    # ------------------------------------------------------------------ big operators

    def big(self, node: t.Big, env: Environment) -> Values:
        if node.operator not in ("sum", "prod", "max", "min"):
            raise Unresolved(f"{node.operator} has no value here")
        if node.sets:
            raise Unresolved("what a sum runs over has not been said")
        binders = node.binders
        if not binders:
            return self._unbound(node, env)
        totals: dict[Readings, list[Operand]] | None = None
        count = 0
        for bound in self.points(node, env):
            count += 1
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
            out.append((_fold(node.operator, values), readings))
        if not out:
            raise Unresolved("a sum has no single reading")
        return out

    def _unbound(self, node: t.Big, env: Environment) -> Values:
        """A sum that does not say what it runs over: over every entry of a tensor."""
        out: Values = []
        for value, reading in self.values(node.body, env):
            if isinstance(value, Tensor):
                out.append((_fold(node.operator, list(value.data.reshape(-1))), (*reading, "the sum over all entries")))
        if not out:
            raise Unresolved("what a sum runs over has not been said")
        return out

    def points(self, node: t.Big, env: Environment) -> Iterator[Environment]:
        """The values of what a big operator binds."""
        yield from self._points(node, list(node.binders), env)

    def _points(self, node: t.Big, binders: list[t.Binder], env: Environment) -> Iterator[Environment]:
        if not binders:
            if all(self.holds(c, env) for c in node.conditions):
                yield env
            return
        binder, *rest = binders
        name = symbol(binder.name)
        low, high = self.limits(node, binder, env)
        for v in range(low, high + 1):
            yield from self._points(node, rest, env.bind({name: v}))

    def limits(self, node: t.Big, binder: t.Binder, env: Environment) -> tuple[int, int]:
        """First and last value of a bound index: as written where the sizes are known, else as far as its axis runs."""
        from symconv.claims.meaning.ranges import Key

        name = symbol(binder.name)
        layered = self._layer_index(node.body, name)
        key: Key = ("statement", self.world.position, "big", name)
        if key not in self.world.ranges.parents:
            key = next((k for k in self.world.ranges.parents if len(k) == 4 and k[2:] == ("big", name)), key)
        low, high = self.world.ranges.extent(key)
        if layered:
            low, high = 1, TOP
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

    def _limit(self, node: t.Node, env: Environment) -> int | None:
        try:
            return self.index(node, env)
        except Unresolved:
            return None

    def _layer_index(self, body: t.Node, name: str) -> bool:
        """Whether a bound letter only numbers superscripts: layers or examples."""
        found = False
        for node in t.walk(body):
            if isinstance(node, t.Name):
                form = [f for s in node.sups if (f := affine(s)) is not None and any(n == name for n, _ in f.parts)]
                found = found or bool(form)
                if any((f := affine(s)) is not None and any(n == name for n, _ in f.parts) for s in node.subs):
                    return False
        return found

    def holds(self, node: t.Node, env: Environment) -> bool:
        """Whether a condition on indices holds; raises Unresolved for one that is about something else."""
        if isinstance(node, t.Relation):
            sides = [number(self.number(s, env)) for s in node.sides]
            for a, b, r in zip(sides, sides[1:], node.relations, strict=False):
                if not {"=": a == b, "!=": a != b, "<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}.get(r, None):
                    if r not in ("=", "!=", "<", "<=", ">", ">="):
                        raise Unresolved("a condition is not understood")
                    return False
            return True
        raise Unresolved("a condition is not understood")

    # ------------------------------------------------------------------ others

    def matrix(self, node: t.Matrix, env: Environment) -> Tensor:
        data = np.empty((len(node.rows), len(node.rows[0])), dtype=object)
        for r, row in enumerate(node.rows):
            for c, cell in enumerate(row):
                if cell is None:
                    raise Unresolved("a matrix with empty cells")
                data[r, c] = self.number(cell, env)
        return Tensor(data)

    def bars(self, node: t.Bars, env: Environment) -> Values:
        out: Values = []
        for value, reading in self.values(node.body, env):
            value = lower(value)
            if node.kind == "norm" or (node.kind == "abs" and isinstance(value, Tensor)):
                if not isinstance(value, Tensor):
                    out.append((_Norm(value * value), reading))
                    continue
                total: Value = 0
                for x in value.data.reshape(-1):
                    total = total + x * x
                out.append((_Norm(total), reading))
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

    def cases(self, node: t.Cases, env: Environment) -> Values:
        for value, condition in node.rows:
            if condition is None or isinstance(condition, t.Words):
                if condition is None or _otherwise(condition.text):
                    return self.values(value, env)
                raise Unresolved("a case has a condition in words")
            if self.holds(condition, env):
                return self.values(value, env)
        return [(0, ())]


class _Argument(Evaluator):
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
                return [(_power(self.value, form.numeric), ())]
            return [(self.value, ())]
        return super().name(node, env)

    def index(self, piece: t.Node, env: Environment) -> int:
        return super().index(piece, env)


class _Norm(Var):
    """The square of a norm, waiting for the square that is written behind it."""

    __slots__ = ()

    def __init__(self, value: Value) -> None:
        made = value if isinstance(value, Var) else Var(value)
        super().__init__(made.value, ((made, 1),))


def _otherwise(text: str) -> bool:
    return text.lower().strip(" .,:") in (
        "otherwise", "else", "sonst", "sinon", "иначе", "在其他情况下", "其他", "其它", "その他", "それ以外", "autrement",
        "en otro caso", "altrimenti", "caso contrário", "other", "others", "elsewhere",
    )


def _without_dots(node: t.Node) -> t.Node:
    """A sum without its dots: what is not shown is taken not to depend on what the derivative is by."""
    if not isinstance(node, t.Sum):
        return node
    kept = [n for n, x in enumerate(node.terms) if not isinstance(x, t.Dots)]
    if not kept or len(kept) == len(node.terms):
        return node
    return replace(node, terms=tuple(node.terms[n] for n in kept), signs=tuple(node.signs[n] for n in kept),
                   places=tuple(node.places[n] for n in kept))


def _flat(x: Operand) -> list[Value]:
    return list(x.data.reshape(-1)) if isinstance(x, Tensor) else [x]


def _exact(x: Fraction) -> Number:
    return int(x) if x.denominator == 1 else x


def _divide(a: Value, b: Value) -> Value:
    if isinstance(a, Var) or isinstance(b, Var):
        return a / b
    if isinstance(a, float) or isinstance(b, float):
        return a / b
    return _exact(Fraction(a) / Fraction(b))


def _negative(x: Operand) -> Operand:
    return _map(x, lambda v: -v)


def _map(x: Operand, f: Any) -> Operand:
    if isinstance(x, Tensor):
        return Tensor(_each(x.data, f), x.of, x.by, x.above)
    return f(x)


def _each(data: Any, f: Any) -> Any:
    out = np.empty(data.shape, dtype=object)
    for place in np.ndindex(*data.shape):
        out[place] = f(data[place])
    return out


def _power(x: Operand, n: int) -> Operand:
    if isinstance(x, _Norm) and n == 2:
        return x * 1
    if abs(n) > MAX_POWER:
        raise Unresolved("a power is too high")

    def power(v: Value) -> Value:
        out: Value = 1
        for _ in range(abs(n)):
            out = out * v
        return out if n >= 0 else _divide(1, out)

    return _map(x, power)


def _fold(operator: str, values: list[Operand]) -> Operand:
    total = values[0]
    for v in values[1:]:
        if operator == "sum":
            found = add(total, v, 1)
            if found is None:
                raise Unresolved("terms of different shapes are added")
            total = found
        elif isinstance(total, Tensor) or isinstance(v, Tensor):
            raise Unresolved(f"{operator} of tensors")
        elif operator == "prod":
            total = total * v
        elif operator == "max":
            total = v if number(v) > number(total) else total
        else:
            total = v if number(v) < number(total) else total
    return total


def _join(*readings: Readings) -> Readings:
    return tuple(dict.fromkeys(r for rs in readings for r in rs))


def _identical(a: Operand, b: Operand) -> bool:
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        return a.data.shape == b.data.shape and (a.of, a.by) == (b.of, b.by) and all(
            number(x) == number(y) for x, y in zip(a.data.reshape(-1), b.data.reshape(-1), strict=True)
        )
    return not isinstance(a, Tensor) and not isinstance(b, Tensor) and number(a) == number(b)


def _tag(node: t.Node, evaluator: Evaluator, env: Environment) -> str:
    """A name for a whole tensor at its layer, by which derivatives join."""
    if not isinstance(node, t.Name):
        return ""
    layer, _ = evaluator.layer(node, env)
    return f"{evaluator.survey.key(node)}@{layer}"


__all__ = ["Environment", "Evaluator", "correlate", "label"]
