"""A world: numbers for everything that a section defines, under one reading of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from random import Random
from typing import Any

import numpy as np

from symconv.claims.grammar import tree as t
from symconv.claims.meaning.arrays import Tensor
from symconv.claims.meaning.forms import affine, strip
from symconv.claims.meaning.functions import KNOWN, Real, arbitrary
from symconv.claims.meaning.models import Modelled, Whole
from symconv.claims.meaning.ranges import SOME, TOP, Ranges
from symconv.claims.meaning.survey import Definition, Survey, is_loss, label, value_names
from symconv.claims.meaning.tape import Number, Value, Var, invert
from symconv.errors import SymconvError

class Unresolved(Exception):
    """A statement says something that the section does not make known; ``remedy`` says what would."""

    def __init__(self, problem: str, remedy: str = "") -> None:
        super().__init__(problem)
        self.problem, self.remedy = problem, remedy


class TooMuch(Exception):
    """A statement takes more work than is allowed."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a section leaves open, decided: where indices begin, what a convolution sign means, what δ is of."""

    base: int = 0
    mode: str = "corr"
    deltas: tuple[tuple[str, str], ...] = ()
    functions: tuple[tuple[str, str], ...] = ()
    model: Modelled | None = None
    sink: str = ""
    unit: tuple[str, ...] = ()
    forced: tuple[tuple[str, tuple[int, ...]], ...] = ()


@dataclass(frozen=True)
class Section:
    """Statements that speak of one model: their trees, the survey, and what is declared about them."""

    trees: tuple[t.Node | None, ...]
    survey: Survey
    shapes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    numbers: Mapping[str, Fraction] = field(default_factory=dict)
    base: int | None = None
    smooth: bool = False

    @cached_property
    def reads(self) -> frozenset[str]:
        """Every tensor that some definition reads, or that is declared."""
        return frozenset(
            self.survey.key(n)
            for ds in self.survey.definitions.values()
            for d in ds
            for n in value_names(d.body)
        ) | frozenset(self.shapes)

    @cached_property
    def layered(self) -> frozenset[str]:
        """What is only defined layer by layer, for a letter that stands for the layer."""
        return frozenset(
            key for key, ds in self.survey.definitions.items()
            if ds and all(d.layer is not None and (f := affine(d.layer)) is not None and f.parts for d in ds)
        )

    @cached_property
    def flat(self) -> frozenset[str]:
        """What definitions only read without a layer."""
        plain, layered = set(), set()
        for ds in self.survey.definitions.values():
            for d in ds:
                for n in value_names(d.body):
                    (layered if n.sups else plain).add(self.survey.key(n))
        return frozenset(plain - layered - set(self.survey.definitions))

    @cached_property
    def only_by_loss(self) -> frozenset[str]:
        """What nothing but the definition of the loss reads."""
        others = {
            self.survey.key(n)
            for key, ds in self.survey.definitions.items() if key not in self.survey.losses
            for d in ds for n in value_names(d.body)
        }
        return frozenset(self.reads - others - set(self.shapes))


def cyclic(survey: Survey) -> set[str]:
    """Names that are defined entry by entry from what reads them: ``u_k = Σ y_q w_{qk}`` and ``y_k = f(u_k)``.

    Such a name is the output of two layers, which only its index tells apart.
    """
    reads: dict[str, set[str]] = {}
    flat: set[str] = set()
    for key, ds in survey.definitions.items():
        for d in ds:
            if d.layer is None and d.kind == "index":
                reads.setdefault(key, set()).update(survey.key(n) for n in value_names(d.body))
                if not any(isinstance(n, t.Big) for n in t.walk(d.body)):
                    flat.add(key)
    found = set()
    for key in flat:
        seen: set[str] = set()
        stack = list(reads.get(key, ()))
        while stack:
            top = stack.pop()
            if top == key:
                found.add(key)
                break
            if top not in seen:
                seen.add(top)
                stack.extend(reads.get(top, ()))
    return found


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
        self.calls: dict[tuple[str, int], Value] = {}
        self.inner: dict[str, Tensor | Value] = {
            key: self.free(key, 0) for key in sorted(cyclic(self.survey)) if not reading.model
        }
        self.names = dict(reading.functions)
        self.used: dict[tuple[str, int | None], None] = {}

    def spend(self, steps: int = 1) -> None:
        """Counts work; raises TooMuch when there is too much of it."""
        self.steps += steps
        if self.steps > 400_000:
            raise TooMuch

    # ------------------------------------------------------------------ free numbers

    def fresh(self, key: str, layer: int | None, place: tuple[int, ...]) -> Var:
        """A random number for an entry, always the same for the same entry and seed."""
        rng = Random(f"{self.seed}:{key}:{layer}:{place}")
        if self.section.smooth:
            return Var(rng.uniform(0.1, 1.3) * rng.choice((-1, 1)))
        return Var(rng.choice((-1, 1)) * rng.randint(2, 29))

    def shape(self, key: str, layer: int | None) -> tuple[tuple[int, int], ...]:
        """First and last value of every axis of a tensor."""
        use = self.survey.uses.get(key)
        rank = use.rank if use else 0
        if key in self.section.shapes:
            rank = len(self.section.shapes[key])
        if rank == 0 and ("axis", key, 0) in self.ranges.parents:
            rank = 2
        at = TOP if layer is None else layer
        return tuple(self.ranges.extent(("axis", key, n), at) for n in range(rank))

    def free(self, key: str, layer: int | None) -> Tensor | Value:
        """Random numbers for a whole tensor."""
        shape = self.shape(key, layer)
        if not shape:
            return self.fresh(key, layer, ())
        data = np.empty(tuple(h - l + 1 for l, h in shape), dtype=object)
        if data.size > 4096:
            raise TooMuch
        for place in np.ndindex(*data.shape):
            data[place] = self.fresh(key, layer, place)
        if key in self.reading.unit:
            total = sum(abs(x.value) for x in data.reshape(-1))
            for place in np.ndindex(*data.shape):
                data[place] = Var(abs(data[place].value) * invert(total))
        for name, at in self.reading.forced:
            lows = tuple(self.reading.base if self.reading.model else low for low, _ in shape)
            inner = tuple(a - low for a, low in zip(at, lows, strict=False))
            if name == key and len(inner) == data.ndim and all(0 <= p < n for p, n in zip(inner, data.shape, strict=True)):
                data[inner] = Var(1000 + data[inner].value)
        return Tensor(data)

    # ------------------------------------------------------------------ what is defined

    def known(self, key: str) -> bool:
        """Whether a tensor belongs to what the section defines: it is defined, or a definition reads it."""
        if key in self.section.only_by_loss and key not in self.section.survey.definitions and not self.loss_defined:
            return False
        return key in self.section.survey.definitions or key in self.section.reads or bool(
            self.reading.model and key in self.reading.model.shapes
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
            layer = SOME
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
        from symconv.claims.meaning.evaluate import Environment, Evaluator

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
                if name[:1].isupper() and layer != TOP:
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
                return Tensor(value.data)
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
        kind = self.names.get(name, name)
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

    # ------------------------------------------------------------------ the loss

    def loss(self) -> Var:
        """The scalar loss: as the section defines it, else an arbitrary function of what nothing else reads."""
        place = ("loss:", None)
        if place not in self.tensors:
            outside = not self._within_loss
            before = set(self.free_names)
            self._within_loss = True
            try:
                self.tensors[place] = self._loss()
            finally:
                self._within_loss = not outside
                self.free_names = before
        found = self.tensors[place]
        assert isinstance(found, Var)
        return found

    def _loss(self) -> Var:
        if isinstance(self.reading.model, Whole):
            error = self.reading.model.tensor(self, self.reading.model.output)
            return error if isinstance(error, Var) else Var(error)
        for name in self.survey.losses if not self.reading.model else ():
            for d in reversed(self.definitions(name)):
                if any(isinstance(n, t.Derivative | t.Diff) for n in t.walk(d.body)):
                    continue
                made = self._defined_loss(d)
                if made is not None:
                    self._loss_is_defined = True
                    return made
        return self.arbitrary()

    def arbitrary(self) -> Var:
        """An arbitrary function of what nothing else reads: a loss of which nothing is said."""
        place = ("arbitrary:", None)
        if place not in self.tensors:
            before = set(self.free_names)
            self.tensors[place] = self._arbitrary()
            self.free_names = before
        found = self.tensors[place]
        assert isinstance(found, Var)
        return found

    def _arbitrary(self) -> Var:
        total = Var(0)
        for key, layer in self.sinks():
            if self.reading.sink and key != self.reading.sink:
                continue
            try:
                tensor = self.tensor(key, layer)
            except (Unresolved, ArithmeticError):
                continue
            data = tensor.data.reshape(-1) if isinstance(tensor, Tensor) else [tensor]
            for n, x in enumerate(data):
                if not isinstance(x, Var):
                    continue
                rng = Random(f"{self.seed}:loss:{key}:{n}")
                if self.section.smooth:
                    total = total + x * rng.uniform(0.5, 2) + x * x * rng.uniform(0.1, 0.5)
                else:
                    total = total + x * rng.randint(2, 59) + x * x * rng.randint(2, 17)
        return total

    def _defined_loss(self, d: Definition) -> Var | None:
        """The loss as the section defines it; None when what it defines reads nothing that is defined."""
        from symconv.claims.meaning.evaluate import Environment, Evaluator

        try:
            value = Evaluator(self).first(d.body, Environment({}, {}))
        except (Unresolved, ArithmeticError):
            return None
        if isinstance(value, Tensor):
            total: Value = 0
            for x in value.data.reshape(-1):
                total = total + x
            value = total
        if not isinstance(value, Var):
            return None
        if not self.survey.definitions.keys() - set(self.survey.losses):
            return value
        reached = value.adjoints()
        for key, layer in self.sinks():
            try:
                tensor = self.tensor(key, layer)
            except (Unresolved, ArithmeticError):
                continue
            flat = tensor.data.reshape(-1) if isinstance(tensor, Tensor) else [tensor]
            if any(isinstance(x, Var) and x.order in reached for x in flat):
                return value
        return None

    def sinks(self) -> list[tuple[str, int | None]]:
        """What the loss reads: what is defined and read by no other definition, at the last layer."""
        if self.reading.model:
            return [(self.reading.model.output, None)]
        found: dict[tuple[str, int | None], None] = {}
        read: set[str] = set()
        same_layer: set[str] = set()
        for key, ds in self.survey.definitions.items():
            for d in ds if key not in self.survey.losses else ():
                mine = affine(d.layer) if d.layer is not None else None
                for n in value_names(d.body):
                    other = self.survey.key(n)
                    theirs = affine(n.sups[0]) if len(n.sups) == 1 else None
                    if other == key and d.layer is not None:
                        continue
                    if mine is None or theirs is None or theirs == mine:
                        same_layer.add(other)
                    read.add(other)
        for key, ds in self.survey.definitions.items():
            if key == "operator:" or key in self.survey.losses or all(d.kind == "function" for d in ds) or key in same_layer:
                continue
            layered = any(d.layer is not None for d in ds)
            if not layered and key in read:
                continue
            tops = [f.numeric for d in ds if d.layer is not None and (f := affine(d.layer)) and f.numeric is not None]
            symbolic = any(d.layer is not None and (f := affine(d.layer)) and f.parts for d in ds)
            found[key, (TOP if symbolic or not tops else max(tops)) if layered else None] = None
        return list(found)

    def gradient(self, key: str, layer: int | None) -> Tensor | Value:
        """The derivative of the loss by a tensor, of the tensor's shape."""
        tensor = self.tensor(key, layer)
        adjoints = self.loss().adjoints()
        entries = tensor.data.reshape(-1) if isinstance(tensor, Tensor) else [tensor]
        if not any(isinstance(x, Var) and x.order in adjoints for x in entries):
            adjoints = self.arbitrary().adjoints()
        if isinstance(tensor, Tensor):
            flat = tensor.data.reshape(-1)
            if not any(isinstance(x, Var) and x.order in adjoints for x in flat):
                raise Unresolved(f"the loss does not depend on {key} in what is defined", f"declare how {key} is used")
            data = np.empty(tensor.data.shape, dtype=object)
            for n, x in enumerate(flat):
                data.reshape(-1)[n] = adjoints.get(x.order, 0) if isinstance(x, Var) else 0
            return Tensor(data, "loss", f"{key}@{layer}", 0)
        if not isinstance(tensor, Var) or tensor.order not in adjoints:
            raise Unresolved(f"the loss does not depend on {key} in what is defined", f"declare how {key} is used")
        return adjoints[tensor.order]


def _var(x: Value) -> Var:
    return x if isinstance(x, Var) else Var(x)


def delta_target(survey: Survey, by: t.Node) -> str | None:
    """The tensor whose gradient a δ is."""
    node = strip(by)
    return survey.key(node) if isinstance(node, t.Name) else None


__all__ = ["Any", "Number", "Reading", "Section", "SymconvError", "TooMuch", "Unresolved", "SOME", "TOP", "World", "is_loss",
           "label"]
