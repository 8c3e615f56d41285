"""Every Step checked by evaluating it: before and after over GF(p), at random sizes, on random data."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import fields, replace

import sympy as sp

from symconv.derivation.step import Step
from symconv.errors import LimitError
from symconv.notation.affine import interval
from symconv.notation.evaluate import evaluate
from symconv.notation.guards import is_data
from symconv.notation.rewrite import instantiate
from symconv.notation.rings import DUAL, GFP, P61, Dual
from symconv.notation.summand import data_guard
from symconv.notation.tensor import Tensor, base
from symconv.notation.term import Equation

POINTS = 6000
"""The most points that a domain of a check may have unless told otherwise; sizes are drawn anew until they fit."""

ATTEMPTS = 10
"""How often sizes are drawn anew for one shape while everything is 0 there."""


def size_symbols(equation: Equation) -> set[sp.Symbol]:
    """The sizes of an equation that are still symbols."""
    indices = {z for t in equation.terms for z in t.extents}
    found: set[sp.Symbol] = set()
    for tensor in (equation.target, *equation.operands):
        for n in tensor.shape:
            found |= n.free_symbols
    for term in equation.terms:
        for a in term.at:
            found |= a.free_symbols
        for e in term.entries():
            found |= {z for a in e.indices for z in a.free_symbols}
        for g in term.guards:
            for f in fields(g):
                found |= {z for z in getattr(g, f.name).free_symbols if z.is_integer}
        found |= {z for z in term.summand.free_symbols if z.is_integer}
        for i in term.indices:
            found |= i.extent.free_symbols
    return found - indices


def random_sizes(
    equations: tuple[Equation, ...], rng: random.Random, *, points: int = POINTS
) -> dict[sp.Symbol, sp.Integer]:
    """A small number for every size symbol, paddings possibly 0, so that no domain has more than ``points`` points.

    Raises LimitError when that cannot be: sizes that are numbers already do not shrink.
    """
    symbols = sorted(set().union(*map(size_symbols, equations)), key=str)
    top = 4
    while True:
        for _ in range(20):
            sizes = {z: sp.Integer(rng.randint(1, top) if z.is_positive else rng.randint(0, 2)) for z in symbols}
            if all(_points(q, sizes) <= points for q in equations):
                return sizes
        if top == 1:
            most = max(_points(q, sizes) for q in equations)
            raise LimitError(
                "check of a step",
                f"a domain has {most} points, the limit is {points}",
                "check the steps with symbols for sizes (numbers=False) or raise points",
            )
        top -= 1


def _points(equation: Equation, sizes: Mapping[sp.Symbol, sp.Integer]) -> int:
    most = 1
    for term in equation.terms:
        count = 1
        for i in term.indices:
            count *= int(i.extent.xreplace(dict(sizes)))
        most = max(most, count)
    return most


def random_operands(
    equations: tuple[Equation, ...], given: tuple[Equation, ...], rng: random.Random
) -> dict[str, list[int]]:
    """Random residues for every tensor that is read, except those that ``given`` equations define from others."""
    defined = {q.target.name for q in given}
    data: dict[str, list[int]] = {}
    for tensor in (t for q in (*given, *equations) for t in q.operands):
        if tensor.name in data or tensor.name in defined:
            continue
        low, high = (-1, _selected(tensor.name, (*given, *equations)) + 1) if tensor.kind == "index" else (0, P61)
        data[tensor.name] = [rng.randrange(low, high) for _ in range(tensor.length)]
    for q in given:
        data[q.target.name] = evaluate(q, data, GFP)
    return data


def _selected(name: str, equations: tuple[Equation, ...]) -> int:
    """The greatest number that an index tensor is compared with: an argmax or class beyond it selects nothing."""
    most = 0
    for term in (t for q in equations for t in q.terms):
        for guard in term.guards:
            if is_data(guard):
                entry, form = data_guard(guard.value)
                span = interval(form, term.extents)
                if base(entry) == name and span is not None:
                    most = max(most, int(span[1]))
    return most


def holds(step: Step, seed: int, *, shapes: int = 3, points: int = POINTS) -> bool:
    """Whether the step keeps its promise at ``shapes`` random sizes, on random data each time.

    Sizes at which everything is 0 (every window beside the input) show nothing: others are drawn, and at least one
    shape must show something. An access that leaves its tensor breaks the promise too. Raises LimitError for domains
    that are too large.
    """
    return verdict(step, seed, shapes=shapes, points=points) is True


def verdict(step: Step, seed: int, *, shapes: int = 3, points: int = POINTS) -> bool | None:
    """``holds``, but None where all is 0 at all sizes drawn, as it is where conditions exclude each other."""
    rng = random.Random(seed)
    shown = None
    try:
        for _ in range(shapes):
            for _ in range(ATTEMPTS):
                left, right = _sides(step, rng, points)
                if left != right:
                    return False
                if any(left):
                    shown = True
                    break
    except IndexError:
        return False
    return shown


def _sides(step: Step, rng: random.Random, points: int) -> tuple[list[int], list[int]]:
    """What must be equal, at sizes drawn anew."""
    everything = (*step.given, step.before, step.after)
    sizes = random_sizes(everything, rng, points=points)
    given = tuple(instantiate(q, sizes) for q in step.given)
    before, after = instantiate(step.before, sizes), instantiate(step.after, sizes)
    data = random_operands((before, after), given, rng)
    if step.relation == "equal":
        return evaluate(before, data, GFP), evaluate(after, data, GFP)
    assert step.by is not None
    by = before.operand(step.by.name)
    direction = [rng.randrange(P61) for _ in range(by.length)]
    slopes = directional(before, by, data, direction)
    if step.relation == "derivative":
        columns = by.length
        entries = evaluate(after, data, GFP)
        product = [
            sum(entries[t * columns + a] * v for a, v in enumerate(direction)) % P61 for t in range(len(slopes))
        ]
        return slopes, product
    # <dX, V> = <dT, J V>: the adjoint identity, without any reference to how dX is computed.
    upstream = data[_upstream(step).name]
    data[_jacobian(step).name] = _matrix(before, by, data)
    gradient = evaluate(after, data, GFP)
    left = sum(g * v for g, v in zip(gradient, direction, strict=True)) % P61
    return [sum(g * s for g, s in zip(upstream, slopes, strict=True)) % P61], [left]


def _upstream(step: Step) -> Tensor:
    return next(t for t in step.after.operands if t.quotient and t.shape == step.before.target.shape)


def _jacobian(step: Step) -> Tensor:
    return next(t for t in step.after.operands if t.quotient and t.name != _upstream(step).name)


def directional(equation: Equation, by: Tensor, data: Mapping[str, list[int]], direction: list[int]) -> list[int]:
    """The derivative of every target entry in a direction of ``by``, by dual numbers: no rule of ours is used."""
    operands: dict[str, list[object]] = {}
    for tensor in equation.operands:
        values = data[tensor.name]
        if tensor.kind == "index":
            operands[tensor.name] = list(values)
        elif tensor.name == by.name:
            operands[tensor.name] = [Dual(x, v) for x, v in zip(values, direction, strict=True)]
        else:
            operands[tensor.name] = [Dual(x, 0) for x in values]
    return [d.slope for d in evaluate(equation, operands, DUAL)]


def _matrix(equation: Equation, by: Tensor, data: Mapping[str, list[int]]) -> list[int]:
    """All partial derivatives, one direction at a time, target-major."""
    columns = []
    for a in range(by.length):
        unit = [0] * by.length
        unit[a] = 1
        columns.append(directional(equation, by, data, unit))
    return [columns[a][t] for t in range(equation.target.length) for a in range(by.length)]


def broken(step: Step) -> Step:
    """The step with its last term's summand doubled: what a test of the checker must see fail."""
    *rest, last = step.after.terms
    return replace(step, after=replace(step.after, terms=(*rest, replace(last, summand=2 * last.summand))))
