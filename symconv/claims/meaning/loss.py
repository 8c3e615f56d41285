"""The loss of a world: as the section defines it, else an arbitrary function of what nothing else reads."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import numpy as np

from symconv.claims.grammar import tree as t
from symconv.claims.meaning.arrays import Tensor
from symconv.claims.meaning.forms import affine
from symconv.claims.meaning.given import given_loss
from symconv.claims.meaning.models import Whole
from symconv.claims.meaning.ranges import TOP
from symconv.claims.meaning.section import Unresolved
from symconv.claims.meaning.survey import Definition, value_names
from symconv.claims.meaning.tape import Value, Var

if TYPE_CHECKING:
    from symconv.claims.meaning.world import World


def loss(self: World) -> Var:
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


def found_loss(self: World) -> Var:
    if isinstance(self.reading.model, Whole):
        error = self.reading.model.tensor(self, self.reading.model.output)
        assert isinstance(error, Var)
        return error
    given = None if self.reading.model else given_loss(self)
    if given is not None:
        return given
    for name in self.survey.losses if not self.reading.model else ():
        for d in reversed(self.definitions(name)):
            if any(isinstance(n, t.Derivative | t.Diff) for n in t.walk(d.body)):
                continue
            made = self._defined_loss(d)
            if made is not None:
                self._loss_is_defined = True
                return made
    return self.arbitrary()


def arbitrary(self: World) -> Var:
    """An arbitrary function of what nothing else reads: a loss of which nothing is said."""
    place = ("arbitrary:", None)
    if place not in self.tensors:
        before = set(self.free_names)
        self.tensors[place] = self._arbitrary()
        self.free_names = before
    found = self.tensors[place]
    assert isinstance(found, Var)
    return found


def made_arbitrary(self: World) -> Var:
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


def defined_loss(self: World, d: Definition) -> Var | None:
    """The loss as the section defines it; None when what it defines reads nothing that is defined."""
    from symconv.claims.meaning.evaluate import Evaluator
    from symconv.claims.meaning.values import Environment

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


def sinks(self: World) -> list[tuple[str, int | None]]:
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
                if (other == key and d.layer is not None) or other in self.inner:
                    continue
                if mine is None or theirs is None or theirs == mine:
                    same_layer.add(other)
                read.add(other)
    for key, ds in self.survey.definitions.items():
        if (
            key == "operator:"
            or key in self.survey.losses
            or all(d.kind == "function" for d in ds)
            or key in same_layer
        ):
            continue
        layered = any(d.layer is not None for d in ds)
        if not layered and key in read:
            continue
        tops = [f.numeric for d in ds if d.layer is not None and (f := affine(d.layer)) and f.numeric is not None]
        symbolic = any(d.layer is not None and (f := affine(d.layer)) and f.parts for d in ds)
        found[key, (TOP if symbolic or not tops else max(tops)) if layered else None] = None
    return list(found)


def gradient(self: World, key: str, layer: int | None) -> Tensor | Value:
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
