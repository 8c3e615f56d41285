"""Statements about whole tensors: products of matrices, contractions of derivatives, convolutions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product as cartesian
from typing import Any

import numpy as np

from symconv.claims.grammar import tree as t
from symconv.claims.judging.compare import Outcome
from symconv.claims.meaning.forms import affine, strip, symbol
from symconv.claims.meaning.section import Unresolved
from symconv.claims.meaning.survey import indices
from symconv.claims.modelled.entries import Wholes, axis_of
from symconv.claims.modelled.frames import Frame
from symconv.claims.modelled.names import Names
from symconv.claims.tex.words import meaning

Array = Any


@dataclass(frozen=True, slots=True)
class Whole:
    """A tensor, with what it is a derivative of and by where it is one, and how many axes belong to the first."""

    data: Array
    of: str = ""
    by: str = ""
    above: int = 0
    row: bool = False


def compare_wholes(
    a: t.Node, b: t.Node, found: Mapping[str, tuple[int, int]], frame: Frame, names: Names, n: int, direct: bool
) -> Outcome:
    """Whether two whole tensors are equal in every world and for every value of the free indices."""
    readings: tuple[str, ...] = ()
    for values in cartesian(*(range(low, high + 1) for low, high in found.values())):
        env = dict(zip(found, values, strict=True))
        for world in range(len(frame.worlds)):
            left = Wholly(frame, names, world, direct).value(a, env).data
            right = Wholly(frame, names, world, direct).value(b, env).data
            short = tuple(k for k in left.shape if k != 1), tuple(k for k in right.shape if k != 1)
            if left.size != right.size:
                return Outcome("false", point=env, left=_shape(left), right=_shape(right), shapes=True, pair=n)
            if not np.allclose(left.reshape(-1), right.reshape(-1), rtol=1e-9, atol=1e-10):
                if len(short[1]) == 2 and np.allclose(left.reshape(-1), right.T.reshape(-1), rtol=1e-9, atol=1e-10):
                    readings = ("laid out the other way about",)
                    continue
                where = int(np.argmax(~np.isclose(left.reshape(-1), right.reshape(-1), rtol=1e-9, atol=1e-10)))
                return Outcome(
                    "false",
                    point=env,
                    left=f"{left.reshape(-1)[where]:.6g}",
                    right=f"{right.reshape(-1)[where]:.6g}",
                    pair=n,
                )
            if short[0] != short[1]:
                readings = ("laid out with other axes",)
    return Outcome("true", readings, pair=n)


def _shape(x: Array) -> str:
    return f"a tensor of {' x '.join(map(str, x.shape))} entries"


@dataclass(slots=True)
class Wholly:
    """Evaluates whole tensors in one world of a frame."""

    frame: Frame
    names: Names
    world: int
    direct: bool

    def value(self, node: t.Node, env: Mapping[str, int]) -> Whole:
        """The tensor that a tree is."""
        match node:
            case t.Num():
                return Whole(np.array(float(node.value)))
            case t.Group() if not isinstance(node.body, t.Relation):
                return self.value(node.body, env)
            case t.Minus():
                inner = self.value(node.body, env)
                return Whole(-inner.data, inner.of, inner.by, inner.above)
            case t.Sum():
                total: Array = None
                for term, sign in zip(node.terms, node.signs, strict=True):
                    x = self.value(term, env).data * sign
                    if total is not None and total.shape != x.shape:
                        raise Unresolved("terms of different shapes are added")
                    total = x if total is None else total + x
                return Whole(total)
            case t.Name():
                return self.name(node, env)
            case t.Derivative():
                return self.derivative(node, env)
            case t.At():
                return self.part(node)
            case t.Script() if node.transposed and not node.sups and not node.subs:
                return self.turned(self.value(node.body, env))
            case t.Product():
                return self.product(node, env)
            case t.Fraction_():
                over, under = self.value(node.over, env), self.value(node.under, env)
                if under.data.ndim:
                    raise Unresolved("a quotient of tensors")
                return Whole(over.data / under.data)
            case t.Call():
                return self.call(node, env)
            case t.Big() if node.operator == "sum":
                return self.big(node, env)
            case _:
                raise Unresolved(f"{type(node).__name__.lower()} of whole tensors is not read")

    @staticmethod
    def turned(x: Whole) -> Whole:
        if x.data.ndim > 2:
            raise Unresolved("a tensor of more than two axes is transposed")
        if x.data.ndim == 1:
            return Whole(x.data, x.of, x.by, x.above, not x.row)
        return Whole(x.data.T)

    def name(self, node: t.Name, env: Mapping[str, int]) -> Whole:
        plain = symbol(node)
        if plain in env:
            return Whole(np.array(float(env[plain])))
        found = self.names.find(node)
        if found is None:
            if plain in self.frame.sizes:
                return Whole(np.array(float(self.frame.sizes[plain])))
            raise Unresolved(f"what {plain} is has not been said", f"declare {plain}")
        data = self.sliced(self.frame.values(found.tensor), found.tensor, node, env)
        made = Whole(data**found.power if found.power != 1 else data)
        return self.turned(made) if node.transposed else made

    def sliced(
        self, flat: Array, tensor: str, node: t.Name, env: Mapping[str, int], lead: tuple[int, ...] = ()
    ) -> Array:
        """The part of a tensor that belongs to its first indices."""
        shape = self.frame.squeezed(tensor)
        if len(indices(node)) == len(self.frame.shape(tensor)):
            shape = self.frame.shape(tensor)
        data = flat[self.world].reshape((*lead, *shape))
        if len(indices(node)) > len(shape):
            raise Unresolved(f"{tensor} has {len(shape)} indices, not {len(indices(node))}")
        place = tuple(self.index(p, env) for p in indices(node))
        for p, n in zip(place, shape, strict=False):
            if not 0 <= p < n:
                raise Unresolved("an index outside of its tensor")
        return data[(*(slice(None) for _ in lead), *place)]

    def index(self, node: t.Node, env: Mapping[str, int]) -> int:
        x = float(self.value(node, env).data)
        if x != int(x):
            raise Unresolved("an index is no whole number")
        return int(x) - self.frame.base

    def _tensor(self, node: t.Node | None) -> tuple[t.Name, str]:
        name = strip(node) if node is not None else None
        found = self.names.find(name) if isinstance(name, t.Name) else None
        if found is None or not isinstance(name, t.Name) or found.power != 1:
            raise Unresolved("a derivative of this is not read here")
        return name, found.tensor

    def derivative(self, node: t.Derivative, env: Mapping[str, int]) -> Whole:
        (of, above), (by, below) = self._tensor(node.of), self._tensor(node.by)
        if above == self.frame.worlds[0].error:
            return Whole(self.sliced(self.frame.gradients(below), below, by, env), above, below)
        if indices(of) or indices(by):
            raise Unresolved("a derivative of a part of a tensor is not read")
        shape = self.frame.squeezed(above)
        flat = self.frame.jacobians(above, below, direct=self.direct)
        data = flat[self.world].reshape((*shape, *self.frame.squeezed(below)))
        return Whole(data, above, below, len(shape))

    def part(self, node: t.At) -> Whole:
        body = strip(node.body)
        if not isinstance(body, t.Derivative):
            raise Unresolved("a bar behind something that is no derivative")
        (_, above), (by, below) = self._tensor(body.of), self._tensor(body.by)
        if above != self.frame.worlds[0].error or indices(by):
            raise Unresolved("a part of a derivative that is not the error's")
        ways = node.at.items if isinstance(node.at, t.Listing) else (node.at,)
        flat = sum(self.frame.through(below, self._tensor(w)[1])[self.world] for w in ways)
        return Whole(np.asarray(flat).reshape(self.frame.squeezed(below)))

    # ------------------------------------------------------------------ products

    def product(self, node: t.Product, env: Mapping[str, int]) -> Whole:
        values = [self.value(f, env) for f in node.factors]
        chain = _chained(values, self.frame.worlds[0].error)
        if chain is not None:
            return chain
        total = values[0]
        for operator, other in zip(node.operators, values[1:], strict=True):
            total = _times(total, other, operator)
        return total

    def call(self, node: t.Call, env: Mapping[str, int]) -> Whole:
        word = meaning(node.function.base)
        forms = [affine(s) for s in node.function.subs if not isinstance(s, t.Words)]
        if any(f is None or f.numeric is None for f in forms):
            raise Unresolved("what is written below an operation is no number")
        amounts = [f.numeric for f in forms if f is not None and f.numeric is not None]
        others = [s for s in node.function.subs if isinstance(s, t.Words)]
        if word == "conv" and len(node.arguments) == 2:
            x, k = (self.value(a, env).data for a in node.arguments)
            if any(s.text.strip() != "stride" for s in others) or (amounts and not others):
                raise Unresolved("what is written below the convolution is not understood")
            return Whole(_slid(x, k, _each(amounts or [1], x.ndim)))
        if word in ("pad", "spread") and len(node.arguments) == 1 and amounts and not others:
            x = self.value(node.arguments[0], env).data
            return Whole(_padded(x, amounts) if word == "pad" else _spread(x, _each(amounts, x.ndim)))
        if word == "rot180" and len(node.arguments) == 1:
            x = self.value(node.arguments[0], env).data
            if not x.ndim:
                raise Unresolved("a single number is turned")
            return Whole(x[tuple(slice(None, None, -1) for _ in range(x.ndim))])
        if len(node.arguments) == 1 and node.bracket in "([" and self.names.find(node.function) is not None:
            return _times(self.value(node.function, env), self.value(node.arguments[0], env), "")
        raise Unresolved(f"what {symbol(node.function)} does has not been said")

    def big(self, node: t.Big, env: Mapping[str, int]) -> Whole:
        if node.conditions or node.sets:
            raise Unresolved("a condition on a sum of tensors is not read")
        spans = []
        for binder in node.binders:
            if binder.low is not None and binder.high is not None:
                low, high = self.value(binder.low, env).data, self.value(binder.high, env).data
                spans.append((int(low), int(high) - binder.open_end))
                continue
            span = _first_axis(symbol(binder.name), node.body, self.frame, self.names)
            if span is None:
                raise Unresolved(f"what the index {symbol(binder.name)} runs over has not been said")
            spans.append(span)
        total: Array = None
        for values in cartesian(*(range(low, high + 1) for low, high in spans)):
            inner = dict(env) | {symbol(b.name): v for b, v in zip(node.binders, values, strict=True)}
            x = self.value(node.body, inner).data
            total = x if total is None else total + x
        if total is None:
            raise Unresolved("a sum of nothing")
        return Whole(total)


def _first_axis(index: str, node: t.Node, frame: Frame, names: Names) -> tuple[int, int] | None:
    """First and last value of an index among the first ones of a tensor of which a part is taken."""
    span = axis_of(index, node, frame, names)
    if span is not None:
        return span
    for name in t.walk(node):
        found = names.find(name) if isinstance(name, t.Name) else None
        if found is None or not isinstance(name, t.Name):
            continue
        for piece, n in zip(indices(name), frame.squeezed(found.tensor), strict=False):
            if isinstance(piece, t.Name) and symbol(piece) == index:
                return frame.base, frame.base + n - 1
    return None


def _chained(values: list[Whole], error: str) -> Whole | None:
    """A product of derivatives that join one to the next, contracted over the tensors in between; None for others."""
    if len(values) < 2 or not all(v.by for v in values):
        return None
    rest = list(values)
    ends = [v for v in rest if v.of == error]
    if len(ends) > 1:
        return None
    starts = ends or [v for v in rest if all(v.of != o.by for o in rest)]
    if len(starts) != 1:
        return None
    total = starts[0]
    rest = [v for v in rest if v is not total]
    while rest:
        following = [v for v in rest if v.of == total.by]
        if len(following) != 1:
            return None
        (other,) = following
        rest = [v for v in rest if v is not other]
        count = other.above
        if count != total.data.ndim - total.above:
            raise Unresolved("derivatives whose shapes do not go together")
        data = np.tensordot(total.data, other.data, axes=count)
        total = Whole(data, total.of, other.by, total.above)
    return total


def _matrix(x: Whole) -> Array:
    if x.data.ndim == 1:
        return x.data.reshape(1, -1) if x.row else x.data.reshape(-1, 1)
    return x.data


def _times(a: Whole, b: Whole, operator: str) -> Whole:
    if operator == "/":
        if b.data.ndim:
            raise Unresolved("a quotient of tensors")
        return Whole(a.data / b.data)
    if not a.data.ndim or not b.data.ndim:
        other = b if not a.data.ndim else a
        return Whole(a.data * b.data, row=other.row)
    if operator in ("odot", "circ"):
        if a.data.shape != b.data.shape:
            raise Unresolved("tensors of different shapes are multiplied entry by entry")
        return Whole(a.data * b.data, row=a.row)
    if operator not in ("", "cdot", "times") or a.data.ndim > 2 or b.data.ndim > 2 or a.above or b.above:
        raise Unresolved(f"{operator or 'a product'} of these tensors is not read")
    one, two = _matrix(a), _matrix(b)
    if one.shape[1] != two.shape[0]:
        raise Unresolved("the shapes of a product of matrices do not go together")
    made = one @ two
    if made.shape[1] == 1:
        return Whole(made.reshape(-1))
    return Whole(made.reshape(-1), row=True) if made.shape[0] == 1 else Whole(made)


def _each(amounts: list[int], rank: int) -> list[int]:
    if len(amounts) == 1:
        return amounts * rank
    if len(amounts) != rank:
        raise Unresolved("the numbers below an operation do not go with its axes")
    return amounts


def _padded(x: Array, amounts: list[int]) -> Array:
    """Zeros before and after along every axis; a negative number leaves entries out."""
    pairs = (
        [(a, b) for a, b in zip(amounts[::2], amounts[1::2], strict=True)]
        if len(amounts) == 2 * x.ndim
        else [(a, a) for a in _each(amounts, x.ndim)]
    )
    for axis, (before, after) in enumerate(pairs):
        widths = [(0, 0)] * x.ndim
        widths[axis] = (max(before, 0), max(after, 0))
        x = np.pad(x, widths)
        stop = x.shape[axis] + min(after, 0)
        x = x[(*(slice(None) for _ in range(axis)), slice(max(-before, 0), stop))]
    return x


def _spread(x: Array, steps: list[int]) -> Array:
    """Zeros between neighbours."""
    out = np.zeros(tuple((n - 1) * s + 1 for n, s in zip(x.shape, steps, strict=True)))
    out[tuple(slice(None, None, s) for s in steps)] = x
    return out


def _slid(x: Array, k: Array, steps: list[int]) -> Array:
    """The valid cross-correlation of an image with a kernel, every so many places."""
    if x.ndim != k.ndim or not x.ndim or any(m > n for n, m in zip(x.shape, k.shape, strict=True)):
        raise Unresolved("the operands of a convolution have shapes that do not go together")
    windows = np.lib.stride_tricks.sliding_window_view(x, k.shape)
    windows = windows[tuple(slice(None, None, s) for s in steps)]
    return np.tensordot(windows, k, axes=k.ndim)


__all__ = ["Whole", "Wholes", "Wholly", "compare_wholes"]
