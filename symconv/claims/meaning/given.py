"""Gradients that a note gives as numbers: ``∂L/∂Y = [1 2; 3 4]`` is where its example begins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from symconv.claims.grammar import tree as t
from symconv.claims.meaning.arrays import Tensor
from symconv.claims.meaning.forms import affine, strip
from symconv.claims.meaning.printed import one, printed
from symconv.claims.meaning.section import Unresolved
from symconv.claims.meaning.survey import Definition, Survey, indices, is_loss, value_names
from symconv.claims.meaning.tape import Var, number

if TYPE_CHECKING:
    from symconv.claims.meaning.evaluate import Evaluator
    from symconv.claims.meaning.values import Environment
    from symconv.claims.meaning.world import World

GRADIENT = "gradient:"
"""What stands before the name of a tensor in the name of its gradient."""


def listed(evaluator: Evaluator, node: t.Listing, env: Environment) -> Tensor:
    """A list of numbers as a tensor of one axis; raises Unresolved for a list of anything else."""
    if len(node.items) < 2 or not all(one(x) for x in node.items):
        raise Unresolved("a list is no value")
    data = np.empty(len(node.items), dtype=object)
    for n, x in enumerate(node.items):
        data[n] = evaluator.number(x, env)
    return Tensor(data)


def givens(found: Survey, trees: Sequence[t.Node | None]) -> None:
    """Finds the gradients that are given: of what no definition reads, where the note defines no loss."""
    if any(loss in found.definitions for loss in found.losses):
        return
    read = {found.key(n) for ds in found.definitions.values() for d in ds for n in value_names(d.body)}
    for position, tree in enumerate(trees):
        if not isinstance(tree, t.Relation) or set(tree.relations) - {"=", ":="}:
            continue
        values = printed(tree.sides[-1])
        if values is None or not values.ndim:
            continue
        names = [_target(found, side) for side in tree.sides[:-1]]
        if not all(names):
            continue
        name = next((n for n in names if n and n.base != "delta"), names[0])
        assert name is not None
        key = found.key(name)
        if indices(name) or (key in read and key not in found.deltas):
            continue
        layer = name.sups[0] if len(name.sups) == 1 else None
        made = Definition(GRADIENT + key, (), layer, tree.sides[-1], position, "whole")
        found.given.setdefault(made.name, []).append(made)
        found.defined_at.add(position)


def _target(found: Survey, side: t.Node) -> t.Name | None:
    """The tensor whose gradient a side is, or the δ that it is; None when it is neither."""
    side = strip(side)
    if isinstance(side, t.Derivative) and is_loss(found, side.of):
        by = strip(side.by)
        return by if isinstance(by, t.Name) else None
    if isinstance(side, t.Diff):
        by = strip(side.of)
        return by if isinstance(by, t.Name) else None
    if isinstance(side, t.Name) and (side.base == "delta" or found.key(side) in found.deltas) and not indices(side):
        return side
    return None


def given_loss(world: World) -> Var | None:
    """The loss that has the given gradients: linear in what they are of; None when none are given."""
    total: Var | None = None
    for name, ds in world.survey.given.items():
        definition = ds[-1]
        key = name.removeprefix(GRADIENT)
        key = dict(world.reading.deltas).get(key, key).partition("@")[0]
        form = affine(definition.layer) if definition.layer is not None else None
        layer = form.numeric if form is not None else None
        model = world.reading.model
        if key not in world.survey.definitions and not (model and key in model.outputs):
            continue
        tensor = world.tensor(key, layer)
        shown = printed(definition.body)
        entries = tensor.data.reshape(-1) if isinstance(tensor, Tensor) else [tensor]
        if shown is None or len(entries) != shown.size:
            raise Unresolved(f"the gradient that is given for {key} has another shape", f"declare the shape of {key}")
        if isinstance(tensor, Tensor) and tensor.data.ndim == shown.ndim == 2 and tensor.data.shape != shown.shape:
            raise Unresolved(f"the gradient that is given for {key} has another shape", f"declare the shape of {key}")
        smooth = world.section.smooth
        for x, p in zip(entries, shown.reshape(-1), strict=True):
            if isinstance(x, Var):
                value = float(p.value) if smooth else number(p.value)
                term = x * (int(value) if not smooth and value.denominator == 1 else value)  # type: ignore[union-attr]
                total = term if total is None else total + term
    return total
