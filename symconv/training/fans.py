"""What a parameter does in the equations: it multiplies under a sum, it multiplies, or it is added.

``fan_in`` is the number of products in one entry of an equation's target in which entries of the parameter take part,
``fan_out`` the number in which one entry of the data takes part that the parameter multiplies; at borders, where guards
leave some out, the entry with the most counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from math import prod
from typing import Literal

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from symconv.errors import LimitError
from symconv.model import Model
from symconv.notation.affine import affine, interval, quotient
from symconv.notation.guards import Divides, Equal, Guard, Range, is_data
from symconv.notation.tensor import Tensor, base
from symconv.notation.term import Term

MOST_POINTS = 2**26
"""The most points of indices that hang together, for which products are counted one by one."""
CHUNK = 2**18
"""How many points are looked at at once."""

REMEDY = "give the parameter its values (--weights)"
Points = NDArray[np.int64]

Does = Literal["multiplies and sums", "multiplies", "adds"]


@dataclass(frozen=True, slots=True)
class Part:
    """What a parameter does, and its fans where it multiplies under a sum."""

    does: Does
    fan_in: int = 0
    fan_out: int = 0


def part(model: Model, parameter: Tensor) -> Part:
    """The part that a parameter plays in its model; terms in which it takes part add up.

    A term whose derivative by the parameter reads no tensor adds it. Otherwise the parameter multiplies: as a weight
    where the term sums over an index, as a scale where it does not. What does several of these is first of all a
    weight, then a scale; under a maximum nothing is summed.
    """
    names = {t.name for t in model.parameters}
    scales, fan_in, fan_out = False, 0, 0
    for equation in model.program.equations:
        for term in equation.terms:
            partners = _partners(term, parameter.name)
            if partners and (not term.bound or equation.reduction != "sum"):
                scales = True
            elif partners:
                data = [e for e in partners if base(e) not in names] or partners
                fan_in += products(term, term.at)
                fan_out += max(products(term, e.indices) for e in data)
    if fan_in:
        return Part("multiplies and sums", fan_in, fan_out)
    return Part("multiplies") if scales else Part("adds")


def _partners(term: Term, name: str) -> list[sp.Indexed]:
    """The entries of real tensors that the term's derivative by the parameter reads."""
    found: set[sp.Indexed] = set()
    for entry in term.summand.atoms(sp.Indexed):
        if base(entry) == name:
            probe = sp.Dummy("probe")
            slope = sp.diff(term.summand.xreplace({entry: probe}), probe)
            found |= {e if e != probe else entry for e in slope.xreplace({probe: entry}).atoms(sp.Indexed)}
    return sorted(found, key=sp.default_sort_key)


def products(term: Term, at: Sequence[sp.Expr]) -> int:
    """The most points of a term's domain that share the values of some index forms.

    Indices that neither a guard nor a form ties to one another are counted apart, and the counts multiplied. Raises
    LimitError when those tied together have too many points.
    """
    guards = [g for g in term.guards if not is_data(g)]
    forms = [quotient(sp.sympify(a))[0] for a in at]
    tied = [f.free_symbols & set(term.extents) for f in (*forms, *(g.value for g in guards))]
    groups: list[set[sp.Symbol]] = [{z} for z in term.extents]
    for some in filter(None, tied):
        groups = [g for g in groups if not g & some] + [reduce(set.union, (g for g in groups if g & some))]
    return prod(_most(term, group, [f for f in forms if f.free_symbols & group], guards) for group in groups)


def _most(term: Term, group: set[sp.Symbol], forms: Sequence[sp.Expr], guards: Sequence[Guard]) -> int:
    """The most points of some indices that pass the guards and share the values of the forms."""
    symbols = [z for z in term.extents if z in group]
    extents = [int(term.extents[z]) for z in symbols]
    if prod(extents) > MOST_POINTS:
        problem = f"{prod(extents)} products to count, the limit is {MOST_POINTS}"
        raise LimitError("initialisation", problem, REMEDY)
    limits = [_limits(f, term) for f in forms]
    widths = [high - low + 1 for low, high in limits]
    strides = [prod(widths[:n]) for n in range(len(widths))]
    width = prod(widths)
    if width > MOST_POINTS:
        raise LimitError("initialisation", f"{width} sums to tell apart, the limit is {MOST_POINTS}", REMEDY)
    counts = np.zeros(width, dtype=np.int64)
    for start in range(0, prod(extents), CHUNK):
        flat = np.arange(start, min(start + CHUNK, prod(extents)))
        grid = np.stack(np.unravel_index(flat, extents)).astype(np.int64)

        def column(form: sp.Expr, grid: Points = grid) -> Points:
            coefficients, constant = affine(form, symbols)
            row = np.array([int(coefficients.get(z, 0)) for z in symbols], dtype=np.int64)
            return row @ grid + int(constant)

        kept = np.ones(grid.shape[1], dtype=bool)
        for guard in guards:
            if guard.value.free_symbols & group:
                kept &= _passes(guard, column(guard.value))
        keys = np.zeros(int(kept.sum()), dtype=np.int64)
        for form, (low, _), stride in zip(forms, limits, strides, strict=True):
            keys += (column(form)[kept] - low) * stride
        counts += np.bincount(keys, minlength=width)
    return int(counts.max(initial=0))


def _limits(form: sp.Expr, term: Term) -> tuple[int, int]:
    """The least and greatest value of a form over the whole domain."""
    found = interval(form, term.extents)
    assert found is not None, "the sizes of a model are numbers"
    return int(found[0]), int(found[1])


def _passes(guard: Guard, value: Points) -> NDArray[np.bool_]:
    """Where a guard holds."""
    match guard:
        case Range(_, low, high):
            return (int(low) <= value) & (value < int(high))
        case Divides(divisor, _):
            return value % int(divisor) == 0
        case Equal(_):
            return value == 0
    raise TypeError(guard)
