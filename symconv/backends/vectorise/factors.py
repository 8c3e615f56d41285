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
from symconv.notation.functions import is_gate

Names = tuple[str, ...]


@dataclass(frozen=True)
class Factors:
    """``coefficient`` times two or more operands, each with one access of its own.

    ``later`` is the nest with the Ranges that the target must still obey. ``loops`` are the taps at which the product
    is added to the target, if any.
    """

    coefficient: sp.Expr
    operands: tuple[Operand, ...]
    later: Nest
    loops: Names


def factors(nest: Nest) -> Factors | None:
    """The factors of a nest that may all be multiplied, and cut to size afterwards.

    None when the nest is no product of two or more operands, or when a Range says which factors meet at all: a term
    that is absent must not be multiplied as 0, which an infinite or NaN factor would show.
    """
    operands = split(nest)
    if operands is None:
        return None
    kept = tuple(r for r in nest.ranges if not nest.holds(*r))
    if not all(set(form.names) <= set(nest.free) for form, _, _ in kept):
        return None
    seen = {z for o in operands for z in o.access.names}
    if seen != set(nest.extents) or not all(o.contained(nest) for o in operands):
        return None
    later = replace(nest, ranges=kept)
    loops = choose_loops(later, (nest.at,), nest.free)
    return None if loops is None else Factors(nest.summand.as_coeff_Mul()[0], operands, later, loops)


def split(nest: Nest) -> tuple[Operand, ...] | None:
    """Two or more factors, those with one access taken together.

    None when a factor mixes accesses, and when the nest selects, by data or by a step among its factors.
    """
    product = nest.summand.as_coeff_Mul()[1]
    if nest.selections or any(is_gate(f) for f in sp.Mul.make_args(product)):
        return None
    groups: dict[Access, list[sp.Expr]] = {}
    for factor in sp.Mul.make_args(product):
        entries = sorted(factor.atoms(sp.Indexed), key=sp.default_sort_key)
        accesses = [nest.reads[e] for e in entries]
        shapes = {(a.shape, a.forms) for a in accesses}
        if len(shapes) != 1:
            return None
        key = next((k for k in groups if (k.shape, k.forms) in shapes), accesses[0])
        groups.setdefault(key, []).append(factor)
    return tuple(Operand(sp.Mul(*parts), access) for access, parts in groups.items()) if len(groups) > 1 else None


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
