"""clipped: a product of two operands whose windows Ranges cut short, as one matrix product for each tap.

A tap that leaves an operand meets nothing there: it is absent, not a product with 0, which an infinite or NaN factor
would show. So each pass takes the slices where the tap has both entries and adds ``left (batch, M, K) @ right (batch,
K, N)`` to that part of the target; no padding is ever laid out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod

import sympy as sp

from symconv.backends.vectorise.blocks import Names, blocks
from symconv.backends.vectorise.factors import split
from symconv.backends.vectorise.nest import Access, Nest
from symconv.backends.vectorise.operand import Operand, steps, whole
from symconv.backends.vectorise.region import Region, choose_loops
from symconv.backends.vectorise.result import Result
from symconv.backends.vectorise.text import grouped, scaled, transposed
from symconv.backends.vectorise.writer import Writer
from symconv.notation.tensor import Tensor


@dataclass(frozen=True)
class Plan:
    """How a Nest becomes a matrix product inside ``loops``: the blocks are of the indices that are left."""

    nest: Nest
    coefficient: sp.Expr
    loops: Names
    left: Operand
    right: Operand
    batch: Names
    rows: Names
    columns: Names
    inner: Names

    @property
    def order(self) -> Names:
        """The indices of the product as it comes."""
        return self.batch + self.rows + self.columns


def plan(nest: Nest) -> Plan | None:
    """The plan of a Nest; None when inside the taps it is not a product of two operands with a common bound index."""
    operands = split(nest)
    if operands is None or len(operands) != 2:
        return None
    x, y = operands
    loops = _loops(nest, (nest.at, x.access, y.access))
    if loops is None:
        return None
    of_x, of_y = (frozenset(o.access.names) - set(loops) for o in (x, y))
    inner = tuple(z for z in nest.bound if z not in loops)
    order = [z for z in nest.free if z not in loops]
    if not inner or not set(inner) <= of_x & of_y or of_x == of_y or not set(order) <= of_x | of_y:
        return None
    batch, rows, columns = blocks(nest, of_x, of_y, inner, order)
    if set(columns) & of_x or set(rows) & of_y:
        x, y = y, x
    return Plan(nest, nest.summand.as_coeff_Mul()[0], loops, x, y, batch, rows, columns, inner)


def _loops(nest: Nest, accesses: Sequence[Access]) -> Names | None:
    """The fewest passes over indices of one array: as many as a window has taps (or an image of few pixels, pixels)."""
    found = []
    for a in accesses:
        loops = choose_loops(nest, accesses, a.names) if a.whole(nest.extents) else None
        if loops is not None:
            found.append((nest.size(loops), nest.size(a.names), loops))
    return min(found)[2] if found else choose_loops(nest, accesses, tuple(nest.extents))


def add(p: Plan, writer: Writer, result: Result, tensors: dict[str, Tensor]) -> None:
    """Print the passes, each of which adds to its part of the target."""
    result.zeros()
    region = Region(p.nest, writer, p.loops, p.order)
    if region.empty:
        return
    left, right = (_prepared(p, o, own, region, tensors) for o, own in ((p.left, p.rows), (p.right, p.columns)))
    with region.inside():
        text = f"{_matrix(left, p, region, p.rows, p.inner)} @ {_matrix(right, p, region, p.inner, p.columns)}"
        if len(p.rows) != 1 or len(p.columns) != 1:
            text = f"{writer.let('product', text)}.reshape({', '.join(map(region.count, p.order))})"
        free = [z for z in p.nest.free if z in p.order]
        text = transposed(text, [p.order.index(z) for z in free])
        text = scaled(text, int(p.coefficient.p), int(p.coefficient.q), writer.dtype)
        result.store(text, region, whole=False)


def _prepared(p: Plan, o: Operand, own: Names, region: Region, tensors: dict[str, Tensor]) -> Access:
    """What can be done before the passes: an expression is computed, and taps come first, so that each is a matrix."""
    writer, access = region.writer, o.access
    name = whole(o, writer, tensors, access.sizes)
    if not name.isidentifier():
        name = writer.let("factor", name)
    access = replace(access, tensor=name)
    taps = [z for z in access.names if z in p.loops]
    rest = [z for z in (*p.batch, *own, *p.inner) if z in access.names]
    if not taps or not access.whole(p.nest.extents) or not all(region.full(z) for z in rest):
        return access
    order = (*taps, *rest)
    turned = transposed(access.array(name), [access.names.index(z) for z in order])
    if turned == access.array(name):
        return access
    shape = tuple(p.nest.extents[z] for z in order)
    local = writer.let("taps", f"np.ascontiguousarray({turned})  # {' '.join(order)}")
    return Access(local, shape, shape, tuple(access.forms[access.names.index(z)] for z in order))


def _matrix(access: Access, p: Plan, region: Region, first: Names, last: Names) -> str:
    """The part of an operand that a pass meets, as ``(batch, first, last)``, each group flattened.

    The group with the shortest stride comes last in memory, the other order is a transposed view of it.
    """
    present = [z for z in p.batch if z in access.names]
    batch = list(p.batch[p.batch.index(present[0]) :]) if present else []  # matmul itself adds the axes before
    stride = steps(access.forms, access.shape)
    swap = min((*first, *last), key=lambda z: abs(stride[z])) in first
    if swap:
        first, last = last, first
    if len(first) == len(last) == 1:
        text = region.aligned(access, access.tensor, (*batch, *first, *last))
    else:
        text = region.aligned(access, access.tensor, (*present, *first, *last))
        counts = [region.count(z) if z in present else "1" for z in batch]
        text = f"{grouped(text)}.reshape({', '.join([*counts, *_sizes(region, counts, first, last)])})"
        text = region.writer.let("matrix", text)
    if not swap:
        return grouped(text)
    return f"{grouped(text)}.swapaxes(-1, -2)" if batch else f"{grouped(text)}.T"


def _sizes(region: Region, batch: Sequence[str], first: Names, last: Names) -> list[str]:
    """How many points two groups have; -1 where NumPy can tell."""
    counts = [[region.count(z) for z in group] for group in (first, last)]
    known = [all(c.isdigit() for c in group) for group in (*counts, batch)]
    sizes = []
    for n, group in enumerate(counts):
        if known[n]:
            sizes.append(str(prod(map(int, group))))
        elif known[1 - n] and known[2]:
            sizes.append("-1")
        else:
            sizes.append(" * ".join(c if c.isdigit() else f"({c})" for c in group))
    return sizes
