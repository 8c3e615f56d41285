"""What a tree is worth in a world: every value that it may have, each with the reading that gives it."""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction

from symconv.claims.grammar import tree as t
from symconv.claims.meaning import bigs, calls, combine, derivatives
from symconv.claims.meaning.arrays import Operand, Tensor, lower, matrix, row
from symconv.claims.meaning.forms import Whole
from symconv.claims.meaning.functions import KNOWN, apply
from symconv.claims.meaning.given import listed
from symconv.claims.meaning.indicators import indicator
from symconv.claims.meaning.ranges import SOME, TOP, last
from symconv.claims.meaning.section import Unresolved
from symconv.claims.meaning.survey import indices, is_loss
from symconv.claims.meaning.tape import Value, exact, number
from symconv.claims.meaning.values import (
    ROLES,
    SCALARS,
    Environment,
    Readings,
    Values,
    mapped,
    negative,
    power_of,
)
from symconv.claims.meaning.world import World


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
                    return [(listed(self, node.body, env), ())]
                if isinstance(node.body, t.Relation):
                    return [(indicator(self, node.body, env), ())]
                return self.values(node.body, env)
            case t.Minus():
                return [(negative(v), r) for v, r in self.values(node.body, env)]
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
        key = self.world.key(node)
        plain = self.world.plain(node)
        if plain in env.indices:
            return [(env.indices[plain], ())]
        if node.base == "e" and node.sups and not node.subs:
            return [(self._exponential(node.sups[0], env), ())]
        if key in self.survey.functions and node.primes == 0 and not node.subs and key not in self.survey.definitions:
            raise Unresolved(f"{key} is a function without an argument")
        if plain in self.world.section.numbers:
            return [(exact(self.world.section.numbers[plain]), ())]
        if node.primes and self._tensor_known(key):
            raise Unresolved(f"what {plain} is has not been said", f"declare {plain}")
        if is_loss(self.survey, node) and not indices(node):
            return [(self.world.loss(), ())]
        model = self.world.reading.model
        if model and node.word and not self._tensor_known(key):
            role = ROLES.get(node.base.lower())
            if role in {r: n for n, r in model.roles}:
                return [(self.world.tensor(model.name(role), None), (f"{node.base} is {model.name(role)}",))]
        delta = dict(self.world.reading.deltas).get(key)
        if node.base in ("delta", "mathbb:1", "mathbf:1") and len(indices(node)) == 2 and not node.sups:
            use = self.survey.uses.get((delta or "").partition("@")[0])
            a, b = (self.index(p, env) for p in indices(node))
            kronecker: Values = [(int(a == b), ("Kronecker's delta",))]
            if delta is None or (use and use.rank != 2):
                return kronecker
            if key not in self.survey.deltas:
                # Nothing says that it is a gradient: it may be either.
                with suppress(Unresolved):
                    return [*kronecker, *self._delta(node, delta, env)]
                return kronecker
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
        if key in self.world.inner:
            tensors = self._of_two_layers(key, layer)
        else:
            tensors = [(self.world.tensor(key, layer), ())]
        for tensor, reading in tensors:
            value = self._entry(node, key, tensor, env)
            if self.world.reading.rows and not indices(node):
                value = row(value)
            if isinstance(value, Tensor) and node.transposed:
                value = Tensor(matrix(value.data).T)
            if power is not None:
                value = power_of(value, power)
            out.append((value, reading))
        return out

    def _of_two_layers(self, key: str, layer: int | None) -> list[tuple[Tensor | Value, Readings]]:
        """What a name is that is the output of one layer and the input of the next: within a definition the latter."""
        before: tuple[Tensor | Value, Readings]
        before = (self.world.inner[key], (f"{key} is also what the layer before gives",))
        if self.world.busy:
            return [before]
        return [(self.world.tensor(key, layer), ()), before]

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
        key = self.world.key(node)
        use = self.survey.uses.get(key)
        if len(node.sups) > 1:
            raise Unresolved("several superscripts are not understood")
        form = self.world.form(node.sups[0])
        if form is not None and form.numeric is not None and not node.bracketed and not (use and use.layered):
            return None, form.numeric
        return self._layer(form, env), None

    def _layer(self, form: Whole | None, env: Environment) -> int:
        if form is None or not form.whole:
            raise Unresolved("a superscript is not understood")
        total = form.constant
        for name, c in form.parts:
            if name in env.indices:
                total += c * env.indices[name]
            elif name in env.layers:
                total += c * env.layers[name]
            else:
                total += c * (TOP if last(name) else SOME)
        return total

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
        if len(pieces) == 1 and tensor.data.ndim == 2 and 1 in tensor.data.shape:
            # A column or a row that was worked out as a matrix: its entries have one index.
            tensor = Tensor(tensor.data.reshape(-1))
        if len(pieces) != tensor.data.ndim:
            if joined and tensor.data.ndim == 1 and all(isinstance(p, t.Num) for p in pieces):
                digits = "".join(p.digits for p in pieces if isinstance(p, t.Num))
                pieces = (t.Num(Fraction(int(digits)), digits, pieces[0].span),)
            else:
                raise Unresolved(
                    f"{key} has {tensor.data.ndim} indices, not {len(pieces)}", f"declare the shape of {key}"
                )
        place = []
        for axis, piece in enumerate(pieces):
            low, _ = self.world.ranges.extent(("axis", key, axis), TOP)
            if self.world.reading.model and key in self.world.reading.model.shapes:
                low = self.world.reading.base
            place.append(self.index(piece, env) - low)
        if any(not 0 <= p < n for p, n in zip(place, tensor.data.shape, strict=True)):
            if all(isinstance(p, t.Num) for p in pieces):
                raise Unresolved(f"{key} has no such entry", f"declare the shape of {key} and the base")
            return 0
        return tensor.data[tuple(place)]

    def index(self, piece: t.Node, env: Environment) -> int:
        """The number of an index form."""
        form = self.world.form(piece)
        if form is None or not form.whole:
            value = number(self.number(piece, env))
            if isinstance(value, float) or value != int(value):
                raise Unresolved("an index is no whole number")
            return int(value)
        total: Fraction | int = form.constant
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
        return mapped(self.number(node, env), lambda x: apply(KNOWN["exp"], x))

    # ------------------------------------------------------------------ derivatives

    # ------------------------------------------------------------------ sums, products, quotients

    # ------------------------------------------------------------------ calls

    # ------------------------------------------------------------------ big operators

    # ------------------------------------------------------------------ others

    loss_gradient = derivatives.loss_gradient
    _loss_gradients = derivatives.loss_gradients
    _delta = derivatives.delta
    _layered = derivatives.layered
    derivative = derivatives.derivative
    _below = derivatives.below
    _connected = derivatives.connected
    _differentiate = derivatives.differentiate

    sum = combine.sum
    product = combine.product
    _multiplied = combine.multiplied
    _operator = combine.operator
    fraction = combine.fraction
    script = combine.script
    _entry_of = combine.entry_of

    _accessor = calls.accessor
    call = calls.call
    name_access = calls.name_access
    _function = calls.function
    _defined = calls.defined
    _softmax = calls.softmax

    big = bigs.big
    _unbound = bigs.unbound
    points = bigs.points
    _points = bigs.points_of
    limits = bigs.limits
    _limit = bigs.limit
    _layer_index = bigs.layer_index
    holds = bigs.holds
    matrix = bigs.matrix
    bars = bigs.bars
    cases = bigs.cases
