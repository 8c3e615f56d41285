"""Entries: what a statement about entries is worth, for all its points at once.

A point is a world with numbers for the free indices; points lie along the first axis of every array, and each index
that a sum binds has an axis of its own behind it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from symconv.claims.grammar import tree as t
from symconv.claims.meaning.forms import strip, symbol, text_of
from symconv.claims.meaning.section import TooMuch, Unresolved
from symconv.claims.meaning.survey import indices
from symconv.claims.modelled.frames import Frame
from symconv.claims.modelled.names import Names, functions
from symconv.notation.functions import FUNCTIONS

Values = Any
"""A NumPy array, broadcast over points and bound indices."""
MAX_VALUES = 3_000_000
AXES = 16
"""The axes of every array: points, then bound indices by how deep they are bound."""


class Wholes(Exception):
    """A tensor stands without indices: the statement is about whole tensors."""


@dataclass(slots=True)
class Entries:
    """Evaluates entries in one frame. ``direct`` reads a derivative of a tensor as that of its own equation."""

    frame: Frame
    names: Names
    world: Values
    depth: int
    direct: bool = False
    left: bool = False
    outside: Values = None
    used: set[str] = field(default_factory=set)

    # ------------------------------------------------------------------ trees

    def value(self, node: t.Node, env: Mapping[str, Values]) -> Values:
        """The value of a tree at every point."""
        match node:
            case t.Num():
                return np.array(float(node.value) if node.value.denominator != 1 else int(node.value))
            case t.Name():
                return self.name(node, env)
            case t.Group():
                if isinstance(node.body, t.Relation):
                    return self.holds(node.body, env).astype(np.int64)
                return self.value(node.body, env)
            case t.Minus():
                return -self.value(node.body, env)
            case t.Sum():
                total: Values = 0
                for term, sign in zip(node.terms, node.signs, strict=True):
                    total = total + self.value(term, env) * sign
                return total
            case t.Product():
                return self.product(node, env)
            case t.Fraction_():
                return self.over(self.value(node.over, env), self.value(node.under, env))
            case t.Derivative():
                return self.derivative(node, env)
            case t.At():
                return self.part(node, env)
            case t.Script():
                return self.script(node, env)
            case t.Call():
                return self.call(node, env)
            case t.Big():
                return self.big(node, env)
            case t.Bars() if node.kind in ("floor", "ceil", "abs"):
                x = self.value(node.body, env)
                return {"floor": np.floor, "ceil": np.ceil, "abs": np.abs}[node.kind](x)
            case _:
                raise Unresolved(f"{type(node).__name__.lower()} has no value")

    @staticmethod
    def over(a: Values, b: Values) -> Values:
        with np.errstate(divide="ignore", invalid="ignore"):
            return a / b

    def product(self, node: t.Product, env: Mapping[str, Values]) -> Values:
        factors = operated(node)
        total = self.value(factors[0][1], env)
        for operator, factor in factors[1:]:
            value = self.value(factor, env)
            if operator not in ("", "times", "cdot", "/", "*", "odot", "circ"):
                raise Unresolved(f"{operator} is not read between numbers")
            with np.errstate(invalid="ignore"):
                total = self.over(total, value) if operator == "/" else total * value
        return total

    # ------------------------------------------------------------------ names

    def name(self, node: t.Name, env: Mapping[str, Values]) -> Values:
        plain = symbol(node)
        if plain in env:
            return env[plain]
        if node.base == "e" and node.sups and not node.subs:
            return np.exp(self.value(node.sups[0], env))
        found = self.names.find(node)
        if found is None:
            if plain in self.frame.sizes:
                return np.array(self.frame.sizes[plain])
            raise Unresolved(f"what {plain} is has not been said", f"declare {plain}")
        if found.tensor == self.frame.worlds[0].error:
            if indices(node):
                raise Unresolved("the error has no entries")
            return self.taken(self.frame.values(found.tensor), (), (), env, found.tensor)
        values = self.taken(
            self.frame.values(found.tensor), self.shape(found.tensor, node), indices(node), env, found.tensor
        )
        return values**found.power if found.power != 1 else values

    def shape(self, tensor: str, node: t.Name) -> tuple[int, ...]:
        pieces = indices(node)
        if not pieces and self.frame.squeezed(tensor):
            raise Wholes
        if 0 < len(pieces) < len(self.frame.squeezed(tensor)) and not self.frame.general:
            raise Wholes
        return self.frame.fitted(tensor, len(pieces)) if pieces else ()

    def taken(
        self, flat: Values, shape: tuple[int, ...], pieces: tuple[t.Node, ...], env: Mapping[str, Values], tensor: str
    ) -> Values:
        """Entries of a tensor: 0 outside of it, or where an index is no whole number."""
        self.used.add(tensor)
        place: Values = 0
        inside: Values = True
        for piece, n in zip(pieces, shape, strict=True):
            at = self.value(piece, env) - self.frame.base
            if at.dtype.kind == "f":
                whole = np.isclose(at, np.round(at)) & np.isfinite(at)
                inside = inside & whole
                at = np.where(whole, np.round(at), 0).astype(np.int64)
            inside = inside & (at >= 0) & (at < n)
            place = place * n + np.clip(at, 0, n - 1)
        found = flat[self.world, place]
        if inside is True or np.all(inside):
            return found
        if self.left:
            self.outside = ~inside if self.outside is None else self.outside | ~inside
        return np.where(inside, found, 0)

    # ------------------------------------------------------------------ derivatives

    def _named(self, node: t.Node | None) -> tuple[t.Name, str]:
        name = strip(node) if node is not None else None
        if not isinstance(name, t.Name):
            raise Unresolved("a derivative of this is not read here")
        found = self.names.find(name)
        if found is None or found.power != 1:
            raise Unresolved(f"what {symbol(name)} is has not been said", f"declare {symbol(name)}")
        return name, found.tensor

    def derivative(self, node: t.Derivative, env: Mapping[str, Values]) -> Values:
        of_call = strip(node.of) if node.of is not None else None
        if isinstance(of_call, t.Call) and of_call.function.base in ("max", "min"):
            return self.of_maximum(of_call, node.by, env)
        of, above = self._named(node.of)
        by, below = self._named(node.by)
        pieces = indices(by)
        if above == self.frame.worlds[0].error and not indices(of):
            return self.taken(self.frame.gradients(below), self.shape(below, by), pieces, env, below)
        if above == below:
            raise Unresolved("a derivative of a tensor by itself is not read")
        shape = (*self.shape(above, of), *self.shape(below, by))
        flat = self.frame.jacobians(above, below, direct=self.direct)
        return self.taken(flat, shape, (*indices(of), *pieces), env, below)

    def of_maximum(self, node: t.Call, by: t.Node, env: Mapping[str, Values]) -> Values:
        """The derivative of a maximum of entries by an entry: 1 where that is the first greatest, else 0."""
        values = [self.value(a, env) for a in node.arguments]
        best, won = values[0], np.zeros(np.shape(values[0]), dtype=np.int64)
        for n, v in enumerate(values[1:], 1):
            more = v > best if node.function.base == "max" else v < best
            best, won = np.where(more, v, best), np.where(more, n, won)
        names = [strip(a) for a in node.arguments]
        if not all(isinstance(a, t.Name) and all(isinstance(p, t.Num) for p in indices(a)) for a in names):
            raise Unresolved("a derivative of a maximum of expressions is not read here")
        own = [n for n, a in enumerate(names) if text_of(a) == text_of(strip(by))]
        return np.isin(won, own).astype(np.int64)

    def part(self, node: t.At, env: Mapping[str, Values]) -> Values:
        """``∂E/∂Z |_e``: what comes back through the equations that are named."""
        body = strip(node.body)
        if not isinstance(body, t.Derivative):
            raise Unresolved("a bar behind something that is no derivative")
        _, above = self._named(body.of)
        by, below = self._named(body.by)
        if above != self.frame.worlds[0].error:
            raise Unresolved("a part of a derivative that is not the error's")
        ways = node.at.items if isinstance(node.at, t.Listing) else (node.at,)
        total: Values = 0
        for way in ways:
            _, tensor = self._named(way)
            total = total + self.frame.through(below, tensor)
        return self.taken(total, self.shape(below, by), indices(by), env, below)

    # ------------------------------------------------------------------ scripts and calls

    def script(self, node: t.Script, env: Mapping[str, Values]) -> Values:
        if node.subs or node.primes or node.transposed or len(node.sups) != 1:
            raise Unresolved("a script on an expression is not read here")
        power = node.sups[0]
        if not isinstance(power, t.Num):
            raise Unresolved("a power is no number")
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(self.value(node.body, env), dtype=float) ** float(power.value)

    def call(self, node: t.Call, env: Mapping[str, Values]) -> Values:
        word = node.function.base.lower()
        if word in ("max", "min") and not indices(node.function):
            values = [self.value(a, env) for a in node.arguments]
            total = values[0]
            for v in values[1:]:
                total = np.maximum(total, v) if word == "max" else np.minimum(total, v)
            return total
        if self.names.find(node.function) is None and not indices(node.function) and len(node.arguments) == 1:
            name = functions().get((node.function.base, node.function.primes))
            if name is not None:
                x = np.asarray(self.value(node.arguments[0], env), dtype=float)
                found = np.vectorize(FUNCTIONS[name].python, otypes=[float])(x) if x.size else x
                power = node.function.sups
                if power:
                    if len(power) != 1 or not isinstance(power[0], t.Num):
                        raise Unresolved("a superscript is not understood")
                    found = found ** float(power[0].value)
                return found
        if len(node.arguments) == 1 and node.bracket in "([":  # a (b + c)
            return self.value(node.function, env) * self.value(node.arguments[0], env)
        raise Unresolved(f"what {symbol(node.function)} does has not been said")

    # ------------------------------------------------------------------ big operators

    def big(self, node: t.Big, env: Mapping[str, Values]) -> Values:
        if node.sets:
            raise Unresolved("what a sum runs over has not been said")
        inner = dict(env)
        axes, extents = [], []
        for binder in node.binders:
            low, high = self.limits(binder, node, inner)
            self.depth += 1
            shape = [1] * AXES
            shape[self.depth] = -1
            axes.append(self.depth)
            extents.append(max(high - low + 1, 0))
            inner[symbol(binder.name)] = np.arange(low, high + 1).reshape(shape)
        left, self.left = self.left, False
        try:
            return self.reduced(node, inner, axes, extents)
        finally:
            self.depth -= len(node.binders)
            self.left = left

    def reduced(self, node: t.Big, env: Mapping[str, Values], axes: list[int], extents: list[int]) -> Values:
        size = int(np.prod(extents, dtype=np.int64))
        if size * max(self.world.size, 1) > MAX_VALUES:
            raise TooMuch
        if size == 0:
            return np.zeros((1,) * AXES)
        body = np.asarray(self.value(node.body, env))
        mask: Values = np.ones((1,) * AXES, dtype=bool)
        for c in node.conditions:
            mask = mask & self.holds(c, env)
        shape = list(np.broadcast_shapes(body.shape, mask.shape, (1,) * AXES))
        for axis, n in zip(axes, extents, strict=True):
            shape[axis] = n
        body, mask = np.broadcast_to(body, shape), np.broadcast_to(mask, shape)
        if node.operator == "sum":
            return np.where(mask, body, 0).sum(axis=tuple(axes), keepdims=True)
        if node.operator == "prod":
            return np.where(mask, body, 1).prod(axis=tuple(axes), keepdims=True)
        if node.operator in ("max", "min"):
            worst = -np.inf if node.operator == "max" else np.inf
            masked = np.where(mask, body, worst)
            if not axes:
                return masked
            return (
                masked.max(axis=tuple(axes), keepdims=True)
                if node.operator == "max"
                else masked.min(axis=tuple(axes), keepdims=True)
            )
        if node.operator == "argmax":
            masked = np.where(mask, body, -np.inf)
            if not axes:
                return np.zeros((1,) * AXES, dtype=np.int64)
            moved = np.moveaxis(masked, axes, range(-len(axes), 0))
            first = moved.reshape(*moved.shape[: -len(axes)], -1).argmax(axis=-1)
            return first.reshape([1 if n in axes else k for n, k in enumerate(shape)])
        raise Unresolved(f"{node.operator} has no value here")

    def limits(self, binder: t.Binder, node: t.Big, env: Mapping[str, Values]) -> tuple[int, int]:
        """First and last value of a bound index: as written, else as far as the axis runs at which it stands."""
        low = self._constant(binder.low, env) if binder.low is not None else None
        high = self._constant(binder.high, env) if binder.high is not None else None
        if low is None or high is None:
            span = axis_of(symbol(binder.name), node.body, self.frame, self.names)
            if span is None:
                raise Unresolved(f"what the index {symbol(binder.name)} runs over has not been said")
            low = span[0] if low is None else low
            high = span[1] if high is None else high
            return low, high - (binder.open_end and binder.high is not None)
        return low, high - binder.open_end

    def _constant(self, node: t.Node, env: Mapping[str, Values]) -> int:
        found = np.unique(np.asarray(self.value(node, env)))
        if found.size != 1 or found[0] != int(found[0]):
            raise Unresolved("a limit that differs from point to point")
        return int(found[0])

    def holds(self, node: t.Relation, env: Mapping[str, Values]) -> Values:
        """Where a condition holds."""
        sides = [np.asarray(self.value(s, env)) for s in node.sides]
        mask: Values = True
        for a, b, relation in zip(sides, sides[1:], node.relations, strict=False):
            match relation:
                case "=":
                    mask = mask & (a == b)
                case "!=":
                    mask = mask & (a != b)
                case "<":
                    mask = mask & (a < b)
                case "<=":
                    mask = mask & (a <= b)
                case ">":
                    mask = mask & (a > b)
                case ">=":
                    mask = mask & (a >= b)
                case "mid":
                    mask = mask & (np.mod(b, a) == 0)
                case _:
                    raise Unresolved("a condition is not understood")
        return np.asarray(mask)


def operated(node: t.Product) -> list[tuple[str, t.Node]]:
    """The factors with the operator before each; ``∂/∂x`` takes the factor behind it."""
    found: list[tuple[str, t.Node]] = []
    for operator, factor in zip(("", *node.operators), node.factors, strict=True):
        last = found[-1][1] if found else None
        if isinstance(last, t.Derivative) and last.of is None:
            found[-1] = (found[-1][0], replace(last, of=factor))
        else:
            found.append((operator, factor))
    return found


def axis_of(index: str, node: t.Node, frame: Frame, names: Names) -> tuple[int, int] | None:
    """First and last value of an index by an axis at which it stands alone."""
    for name in t.walk(node):
        if not isinstance(name, t.Name) or not indices(name):
            continue
        found = names.find(name)
        if found is None or found.tensor == frame.worlds[0].error:
            continue
        try:
            shape = frame.fitted(found.tensor, len(indices(name)))
        except Unresolved:
            continue
        for piece, n in zip(indices(name), shape, strict=True):
            if isinstance(piece, t.Name) and symbol(piece) == index:
                return frame.base, frame.base + n - 1
    return None


__all__ = ["Entries", "Wholes", "axis_of"]
