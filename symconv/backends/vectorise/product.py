"""product: a contraction of two operands as one matrix product, which reaches BLAS.

Of the indices some belong to both operands and are summed (K), some to one operand and the target (the rows M of the
left, the columns N of the right), the others are a batch. An operand with a sliding access is laid out once as a
matrix by a strided view and a copy, zeros where a Range lets the access leave it. Where the target is met at sliding
places (``s*z + d*i - p``), the product has the taps among its rows, and each tap is then added at its place.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod

import sympy as sp

from symconv.backends.vectorise.nest import Access, Form, Nest
from symconv.backends.vectorise.operand import Operand, matrix, operand
from symconv.backends.vectorise.region import Region, choose_loops
from symconv.backends.vectorise.result import Result
from symconv.backends.vectorise.text import grouped, reshaped, scaled, shape_text
from symconv.backends.vectorise.writer import Writer
from symconv.notation.tensor import Tensor

WORTH = 4096
"""From this many multiplications on, one matrix product of a batch is worth its call."""

Names = tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """How a Nest becomes one matrix product: ``left (batch, M, K) @ right (batch, K, N)``."""

    nest: Nest
    coefficient: sp.Expr
    left: Operand
    right: Operand
    batch: Names
    rows: Names
    columns: Names
    inner: Names
    region_ranges: tuple[tuple[Form, int, int], ...]
    loops: Names

    @property
    def order(self) -> Names:
        """The indices of the result as the product leaves them."""
        return self.batch + self.rows + self.columns

    @property
    def cost(self) -> int:
        """Entries that are copied, made and added: what decides between two readings of one equation."""
        copied = sum(self.nest.size(o.access.names) for o in (self.left, self.right) if o.slides(self.nest))
        made = self.nest.size(self.order)
        return copied + made + (2 * made if self.loops else 0)


def plan(nest: Nest, tensors: dict[str, Tensor]) -> Plan | None:
    """The plan of a Nest; None when it is not a product of two operands with a common bound index."""
    coefficient, rest = nest.summand.as_coeff_Mul()
    operands = _operands(nest, rest)
    if nest.selections or operands is None:
        return None
    x, y = operands
    inner = tuple(z for z in nest.bound if z in x.access.names and z in y.access.names)
    own = set(x.access.names) ^ set(y.access.names)
    if not inner or inner != nest.bound or not own or not set(nest.free) <= {*x.access.names, *y.access.names}:
        return None
    kept: list[tuple[Form, int, int]] = []
    for form, low, high in nest.ranges:
        if any(o.pads(form, low, high) for o in operands):
            continue
        if not set(form.names) <= set(nest.free):
            return None
        kept.append((form, low, high))
    if not all(o.contained(nest) for o in operands):
        return None
    later = replace(nest, ranges=tuple(kept))
    loops = choose_loops(later, (nest.at,), nest.free)
    if loops is None:
        return None
    batch, rows, columns = _blocks(nest, x, y, inner, _wanted(nest, x, y, loops), strict=not loops)
    if set(columns) & set(x.access.names) or set(rows) & set(y.access.names):
        x, y = y, x
    return Plan(nest, coefficient, x, y, batch, rows, columns, inner, tuple(kept), loops)


def _operands(nest: Nest, product: sp.Expr) -> tuple[Operand, Operand] | None:
    """The two groups of factors with one access each."""
    groups: dict[Access, list[sp.Expr]] = {}
    for factor in sp.Mul.make_args(product):
        accesses = {nest.reads[e] for e in factor.atoms(sp.Indexed)}
        shapes = {(a.shape, a.forms) for a in accesses}
        if len(shapes) != 1:
            return None
        key = next((k for k in groups if (k.shape, k.forms) in shapes), None)
        groups.setdefault(key or next(a for a in nest.reads.values() if a in accesses), []).append(factor)
    if len(groups) != 2:
        return None
    x, y = (operand(sp.Mul(*factors), access) for access, factors in groups.items())
    return x, y


def _wanted(nest: Nest, x: Operand, y: Operand, loops: Names) -> Names:
    """The order in which the target wants the result: as its axes, each tap behind what comes from the same operand."""
    order = [z for z in nest.free if z not in loops]
    for tap in loops:
        owner = set(x.access.names if tap in x.access.names else y.access.names)
        other = set(y.access.names if tap in x.access.names else x.access.names)
        same = [n for n, z in enumerate(order) if z in owner - other]
        last = set(order[-1:])
        place = same[-1] + 1 if same else len(order) - _run(order, other - owner) if last <= other else len(order)
        order.insert(place, tap)
    return tuple(order)


def _run(order: list[str], names: set[str]) -> int:
    """How many of the last indices are among the names."""
    count = 0
    while count < len(order) and order[-1 - count] in names:
        count += 1
    return count


def _blocks(
    nest: Nest, x: Operand, y: Operand, inner: Names, order: Names, *, strict: bool
) -> tuple[Names, Names, Names]:
    """Batch, rows and columns: so that the result comes in order, if the single products stay worth a call."""
    of_x, of_y = set(x.access.names), set(y.access.names)
    left = list(order)
    one = of_y - of_x if left[-1] in of_y else of_x - of_y
    count = _run(left, one)
    columns = left[len(left) - count :]
    left = left[: len(left) - count]
    other = (of_x ^ of_y) - one
    count = _run(left, other)
    rows = left[len(left) - count :]
    batch = left[: len(left) - count]
    both = [z for z in order if z in of_x & of_y]
    if batch == both or nest.size((*rows, *columns, *inner)) >= WORTH and (rows or columns):
        return tuple(batch), tuple(rows), tuple(columns)
    return (
        tuple(both),
        tuple(z for z in order if z in of_x - of_y),
        tuple(z for z in order if z in of_y - of_x),
    )


def add(p: Plan, writer: Writer, result: Result, tensors: dict[str, Tensor]) -> None:
    """Print the product and store or scatter it."""
    nest = p.nest
    left = matrix(p.left, nest, writer, tensors, p.batch, p.rows, p.inner, own_first=True)
    right = matrix(p.right, nest, writer, tensors, p.batch, p.columns, p.inner, own_first=False)
    batch = tuple(nest.extents[z] for z in p.batch)
    made = (*batch, nest.size(p.rows), nest.size(p.columns))
    text = scaled(f"{left} @ {right}", int(p.coefficient.p), int(p.coefficient.q))
    later = replace(nest, ranges=p.region_ranges)
    straight = not p.loops and p.order == nest.free and not p.region_ranges and result.covers(nest)
    if straight and not result.exists:
        result.define(text, made)
        return
    split = tuple(nest.extents[z] for z in p.order)
    domain = tuple(z for z in nest.free if z not in p.loops)
    region = Region(later, writer, p.loops, domain)
    whole = region.uncut and result.covers(nest)
    if whole:
        turned = [p.order.index(z) for z in nest.free]
        text = reshaped(text, made, split)
        if turned != sorted(turned):
            text = f"{grouped(text)}.transpose({', '.join(map(str, turned))})"
        result.store(text, region, whole=True)
        return
    result.zeros()
    if region.empty:
        return
    local = writer.let("product", reshaped(text, made, split))
    access = Access(local, split, split, tuple(Form(((z, 1),), 0) for z in p.order))
    with region.inside():
        result.store(region.aligned(access, local), region, whole=False)


__all__ = ["Plan", "add", "plan", "prod", "shape_text"]
