"""A world: numbers for everything that a section defines, under one reading of it."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

import numpy as np

from symconv.claims.grammar import tree as t
from symconv.claims.meaning import loss as losses
from symconv.claims.meaning.arrays import Array, Tensor
from symconv.claims.meaning.forms import Memo, affine, strip, symbol, whole
from symconv.claims.meaning.functions import KNOWN, Real, arbitrary
from symconv.claims.meaning.printed import printed
from symconv.claims.meaning.ranges import SOME, TOP, Ranges, last
from symconv.claims.meaning.resampling import Pooled
from symconv.claims.meaning.section import Reading, Section, TooMuch, Unresolved, cyclic
from symconv.claims.meaning.survey import Definition, Survey, is_loss, label
from symconv.claims.meaning.tape import Number, Value, Var, exact, invert
from symconv.claims.tex.words import meaning
from symconv.errors import SymconvError


class World:
    """One choice of random numbers for what a section leaves free; everything else follows from its definitions."""

    def __init__(self, section: Section, reading: Reading, seed: int, position: int, spread: Ranges) -> None:
        self.section, self.reading, self.seed, self.position = section, reading, seed, position
        self.survey = section.survey
        self.ranges = spread
        self.rng = Random(seed)
        self.tensors: dict[tuple[str, int | None], Tensor | Value] = {}
        self._loss_is_defined = False
        self._within_loss = False
        self.frames: list[int] = []
        self.busy: set[tuple[str, int | None]] = set()
        self.pairs: dict[tuple[str, int], tuple[Real, Real]] = {}
        self.steps = 0
        self.links: dict[tuple[str, str, int | None, int | None], bool] = {}
        self.free_names: set[str] = set()
        self.pools: list[Pooled] = []
        self.calls: dict[tuple[str, int], Value] = {}
        self.inner: dict[str, Tensor | Value] = {
            key: self.free(key, 0) for key in sorted(cyclic(self.survey)) if not reading.model
        }
        self.names = dict(reading.functions)
        self.form = Memo(whole)
        self.key = Memo(self.survey.key)
        self.plain = Memo(symbol)
        self.layer_indices: dict[tuple[int, str], bool] = {}
        self.kept: list[t.Node] = []
        self.used: dict[tuple[str, int | None], None] = {}

    def spend(self, steps: int = 1) -> None:
        """Counts work; raises TooMuch when there is too much of it."""
        self.steps += steps
        self.section.work.spend(steps)
        if self.steps > 50_000:
            raise TooMuch

    # ------------------------------------------------------------------ free numbers

    def fresh(self, key: str, layer: int | None, place: tuple[int, ...]) -> Var:
        """A random number for an entry, always the same for the same entry and seed."""
        rng = Random(f"{self.seed}:{key}:{layer}:{place}")
        if self.section.smooth:
            # What only keeps a root or a quotient from 0 is positive.
            sign = 1 if key in ("epsilon", "varepsilon") else rng.choice((-1, 1))
            return Var(rng.uniform(0.1, 1.3) * sign)
        return Var(rng.choice((-1, 1)) * rng.randint(2, 9973 if self.section.compares else 29))

    def shape(self, key: str, layer: int | None) -> tuple[tuple[int, int], ...]:
        """First and last value of every axis of a tensor."""
        use = self.survey.uses.get(key)
        rank = use.rank if use else 0
        if key in self.section.shapes:
            rank = len(self.section.shapes[key])
        if rank == 0 and ("axis", key, 0) in self.ranges.parents and not self.reading.scalar:
            rank = 2
        at = TOP if layer is None else layer
        return tuple(self.ranges.extent(("axis", key, n), at) for n in range(rank))

    def free(self, key: str, layer: int | None) -> Tensor | Value:
        """Random numbers for a whole tensor."""
        shape = self.shape(key, layer)
        if not shape:
            return self.fresh(key, layer, ())
        data: Array = np.empty(tuple(h - l + 1 for l, h in shape), dtype=object)
        if data.size > 4096:
            raise TooMuch
        shown = self._shown(key)
        if shown is not None and shown.shape == data.shape:
            for place in np.ndindex(*data.shape):
                data[place] = Var(float(shown[place].value) if self.section.smooth else exact(shown[place].value))
            return Tensor(data)
        for place in np.ndindex(*data.shape):
            data[place] = self.fresh(key, layer, place)
        if key in self.reading.unit:
            total = sum(abs(x.value) for x in data.reshape(-1))
            for place in np.ndindex(*data.shape):
                data[place] = Var(abs(data[place].value) * invert(total))
        for name, at in self.reading.forced:
            lows = tuple(self.reading.base if self.reading.model else low for low, _ in shape)
            inner = tuple(a - low for a, low in zip(at, lows, strict=False))
            if (
                name == key
                and len(inner) == data.ndim
                and all(0 <= p < n for p, n in zip(inner, data.shape, strict=True))
            ):
                data[inner] = Var(1000 + data[inner].value)
        return Tensor(data)

    def _shown(self, key: str) -> Any:
        """The numbers that the section gives for a tensor, also where a model says how it is used."""
        for d in self.survey.definitions.get(key, []):
            if d.kind == "whole" and (shown := printed(d.body)) is not None and shown.ndim:
                return shown
        return None

    # ------------------------------------------------------------------ what is defined

    def known(self, key: str) -> bool:
        """Whether a tensor belongs to what the section defines: it is defined, or a definition reads it."""
        if key in self.section.only_by_loss and key not in self.section.survey.definitions and not self.loss_defined:
            return False
        return (
            key in self.section.survey.definitions
            or key in self.section.reads
            or bool(self.reading.model and key in self.reading.model.shapes)
        )

    @property
    def loss_defined(self) -> bool:
        """Whether the loss is the one that the section defines."""
        if self._within_loss:
            return True
        self._within_loss = True
        try:
            self.loss()
        except (Unresolved, ArithmeticError):
            return False
        finally:
            self._within_loss = False
        return self._loss_is_defined

    def definitions(self, key: str) -> Sequence[Definition]:
        """The definitions of a name."""
        return self.survey.definitions.get(key, [])

    def tensor(self, key: str, layer: int | None) -> Tensor | Value:
        """A tensor at a layer: by the model, by its definition, else free."""
        if layer is None and key in self.section.flat:
            layer = self.frames[-1] if self.frames else layer
        elif layer is None and key in self.section.layered:
            self.free_names.add(f"the layer of {key}")
            layer = TOP
        place = (key, layer)
        if place in self.tensors:
            return self.tensors[place]
        if place in self.busy and key in self.inner:
            return self.inner[key]
        if place in self.busy:
            raise Unresolved(f"{key} is defined by itself", f"declare {key}")
        self.busy.add(place)
        if layer is not None:
            self.frames.append(layer)
        try:
            made = self._make(key, layer)
        finally:
            self.busy.discard(place)
            if layer is not None:
                self.frames.pop()
        self.tensors[place] = made
        return made

    def _make(self, key: str, layer: int | None) -> Tensor | Value:
        model = self.reading.model
        if model and key in model.shapes:
            return model.tensor(self, key)
        for definition in reversed(self.definitions(key)):
            if definition.kind in ("whole", "index", "entry"):
                made = self._by(definition, key, layer)
                if made is not None:
                    return made
        return self.free(key, layer)

    def _by(self, definition: Definition, key: str, layer: int | None) -> Tensor | Value | None:
        from symconv.claims.meaning.evaluate import Evaluator
        from symconv.claims.meaning.values import Environment

        layers: dict[str, int] = {}
        if layer is not None:
            if layer < 1:
                return None
            form = affine(definition.layer) if definition.layer is not None else None
            if definition.layer is None:
                return None
            if form is None:
                return None
            if form.parts:
                if len(form.parts) != 1 or form.parts[0][1] != 1:
                    return None
                name = form.parts[0][0]
                if last(name) and layer != TOP:
                    return None
                layers[name] = layer - int(form.constant)
            elif form.numeric != layer:
                return None
        elif definition.layer is not None:
            form = affine(definition.layer)
            if form is not None and form.parts and len(form.parts) == 1:
                layers[form.parts[0][0]] = SOME
        evaluator = Evaluator(self)
        if definition.kind == "whole":
            value = evaluator.first(definition.body, Environment({}, layers))
            if isinstance(value, Tensor):
                return Tensor(np.vectorize(_var, otypes=[object])(value.data) if value.data.size else value.data)
            return value if isinstance(value, Var) else Var(value)
        shape = self.shape(key, layer)
        if len(shape) != len(definition.at):
            return None
        data = np.empty(tuple(h - l + 1 for l, h in shape), dtype=object)
        if definition.kind == "entry":
            entries = {d.at: d for d in self.definitions(key) if d.kind == "entry"}
            families = [d for d in self.definitions(key) if d.kind == "index" and len(d.at) == len(shape)]
            for place in np.ndindex(*data.shape):
                at = tuple(p + l for p, (l, _) in zip(place, shape, strict=True))
                if at in entries:
                    data[place] = _var(evaluator.number(entries[at].body, Environment({}, layers)))
                elif families:
                    symbols = {a: v for a, v in zip(families[0].at, at, strict=True) if isinstance(a, str)}
                    data[place] = _var(evaluator.number(families[0].body, Environment(symbols, layers)))
                else:
                    data[place] = self.fresh(key, layer, place)
            return Tensor(data)
        for place in np.ndindex(*data.shape):
            at = tuple(p + l for p, (l, _) in zip(place, shape, strict=True))
            symbols = {a: v for a, v in zip(definition.at, at, strict=True) if isinstance(a, str)}
            if any(isinstance(a, int) and a != v for a, v in zip(definition.at, at, strict=True)):
                data[place] = self.fresh(key, layer, place)
            else:
                data[place] = _var(evaluator.number(definition.body, Environment(symbols, layers)))
        return Tensor(data)

    # ------------------------------------------------------------------ functions

    def function(self, name: str) -> tuple[Real, Real]:
        """A function of one number by name: a known one, one that the section defines, or an arbitrary one."""
        kind = self.names.get(name) or meaning(name)
        if kind in KNOWN:
            return KNOWN[kind]
        place = (name, 0)
        if place not in self.pairs:
            if self.section.smooth:
                rng = Random(f"{name}:{self.seed}")
                a, b, c = (rng.uniform(0.2, 0.9) for _ in range(3))
                self.pairs[place] = (
                    lambda x: a + x * (b + x * c / 3),
                    lambda x: b + 2 * x * c / 3,
                )
            else:
                self.pairs[place] = arbitrary(name, self.seed)
        return self.pairs[place]

    def applied(self, name: str, pair: tuple[Real, Real], x: Value, primes: int) -> Value:
        """A function at a number: the same number on the tape whenever it is asked for."""
        from symconv.claims.meaning.functions import apply

        if primes or not isinstance(x, Var):
            return apply(pair, x, primes)
        place = (name, x.order)
        if place not in self.calls:
            self.calls[place] = apply(pair, x)
        return self.calls[place]

    def definition_of_function(self, name: str) -> Definition | None:
        """How the section defines a function, if it does."""
        for d in self.survey.definitions.get(name, []):
            if d.kind == "function":
                return d
        return None

    loss = losses.loss
    _loss = losses.found_loss
    arbitrary = losses.arbitrary
    _arbitrary = losses.made_arbitrary
    _defined_loss = losses.defined_loss
    sinks = losses.sinks
    gradient = losses.gradient

    # ------------------------------------------------------------------ the loss


def _var(x: Value) -> Var:
    return x if isinstance(x, Var) else Var(x)


def delta_target(survey: Survey, by: t.Node) -> str | None:
    """The tensor whose gradient a δ is."""
    node = strip(by)
    return survey.key(node) if isinstance(node, t.Name) else None


__all__ = [
    "SOME",
    "TOP",
    "Any",
    "Number",
    "Reading",
    "Section",
    "SymconvError",
    "TooMuch",
    "Unresolved",
    "World",
    "is_loss",
    "label",
]
