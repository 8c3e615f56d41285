"""factors: a summand that is a product of operands, and the way of such a product to the target."""

from __future__ import annotations

from dataclasses import dataclass, replace

import sympy as sp

from symconv.backends.vectorise.nest import Access, Form, Nest
from symconv.backends.vectorise.operand import Operand
from symconv.backends.vectorise.region import Region, choose_loops
from symconv.backends.vectorise.result import Result
from symconv.backends.vectorise.text import reshaped, scaled, transposed
from symconv.backends.vectorise.writer import Writer

Names = tuple[str, ...]


@dataclass(frozen=True)
class Factors:
    """``coefficient`` times two or more operands, each with one access of its own.

    ``later`` is the nest with the Ranges that the target must still obey; those that say where an operand ends are
    obeyed by its padding. ``loops`` are the taps at which the product is added to the target, if any.
    """

    coefficient: sp.Expr
    operands: tuple[Operand, ...]
    later: Nest
    loops: Names


def factors(nest: Nest) -> Factors | None:
    """The factors of a nest; None when it selects, mixes accesses in one factor, or guards what padding cannot."""
    coefficient, rest = nest.summand.as_coeff_Mul()
    operands = _operands(nest, rest)
    if nest.selections or operands is None or len(operands) < 2:
        return None
    kept: list[tuple[Form, int, int]] = []
    for form, low, high in nest.ranges:
        if any(o.pads(form, low, high) for o in operands):
            continue
        if not set(form.names) <= set(nest.free):
            return None
        kept.append((form, low, high))
    seen = {z for o in operands for z in o.access.names}
    if seen != set(nest.extents) or not all(o.contained(nest) for o in operands):
        return None
    later = replace(nest, ranges=tuple(kept))
    loops = choose_loops(later, (nest.at,), nest.free)
    return None if loops is None else Factors(coefficient, operands, later, loops)


def _operands(nest: Nest, product: sp.Expr) -> tuple[Operand, ...] | None:
    """The factors, those with one access taken together."""
    groups: dict[Access, list[sp.Expr]] = {}
    for factor in sp.Mul.make_args(product):
        entries = sorted(factor.atoms(sp.Indexed), key=sp.default_sort_key)
        accesses = [nest.reads[e] for e in entries]
        shapes = {(a.shape, a.forms) for a in accesses}
        if len(shapes) != 1:
            return None
        key = next((k for k in groups if (k.shape, k.forms) in shapes), accesses[0])
        groups.setdefault(key, []).append(factor)
    return tuple(Operand(sp.Mul(*parts), access) for access, parts in groups.items())


def deliver(
    found: Factors, text: str, order: Names, shape: tuple[int, ...], writer: Writer, result: Result
) -> None:
    """Store a product whose axes are the indices in ``order``, some of them flattened to ``shape``; or scatter it."""
    nest = found.later
    text = scaled(text, int(found.coefficient.p), int(found.coefficient.q), writer.dtype)
    if order == nest.free and not nest.ranges and result.covers(nest) and not result.exists:
        result.define(text, shape)
        return
    split = tuple(nest.extents[z] for z in order)
    region = Region(nest, writer, found.loops, tuple(z for z in nest.free if z not in found.loops))
    if region.uncut and result.covers(nest):
        turned = [order.index(z) for z in nest.free]
        result.store(transposed(reshaped(text, shape, split), turned), region, whole=True)
        return
    result.zeros()
    if region.empty:
        return
    local = writer.let("product", reshaped(text, shape, split))
    access = Access(local, split, split, tuple(Form(((z, 1),), 0) for z in order))
    with region.inside():
        result.store(region.aligned(access, local), region, whole=False)
