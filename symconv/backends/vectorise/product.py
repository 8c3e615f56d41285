"""product: a contraction of two operands as one matrix product, which reaches BLAS.

Of the indices some belong to both operands and are summed (K), some to one operand and the target (the rows M of the
left, the columns N of the right), the others are a batch. An operand with a sliding access is laid out once as a
matrix by a strided view and a copy; where a Range cuts the windows, `clipped` multiplies tap by tap instead. Where the
target is met at sliding places (``s*z + d*i - p``), the product has the taps among its rows, and each tap is then added
at its place.
"""

from __future__ import annotations

from dataclasses import dataclass

from symconv.backends.vectorise.blocks import WORTH, Names, blocks, run
from symconv.backends.vectorise.factors import Factors, deliver, factors
from symconv.backends.vectorise.nest import Nest
from symconv.backends.vectorise.operand import Operand, matrix
from symconv.backends.vectorise.result import Result
from symconv.backends.vectorise.writer import Writer
from symconv.notation.tensor import Tensor

PASS = 2000
"""One pass of a Python loop costs as much as so many entries."""

@dataclass(frozen=True)
class Plan:
    """How a Nest becomes one matrix product: ``left (batch, M, K) @ right (batch, K, N)``.

    ``parts`` is a bound index whose values are products of their own, added up afterwards: for a long K and few
    entries that is faster than one product.
    """

    nest: Nest
    found: Factors
    left: Operand
    right: Operand
    batch: Names
    rows: Names
    columns: Names
    inner: Names
    parts: Names

    @property
    def order(self) -> Names:
        """The indices of the result as the product leaves them."""
        return self.batch + self.rows + self.columns

    @property
    def cost(self) -> int:
        """Entries that are copied, made and added, and passes: what decides between two readings of one equation."""
        copied = sum(self.nest.size(o.access.names) for o in (self.left, self.right) if o.slides(self.nest))
        made = self.nest.size(self.order)
        return copied + made + (made + PASS * self.nest.size(self.found.loops) if self.found.loops else 0)

    @property
    def in_runs(self) -> bool:
        """Whether what is added at a tap lies in runs of the product, not scattered over it."""
        return self.order[-1] not in self.found.loops

    @property
    def over_taps(self) -> bool:
        """Whether no loop is longer than the axis of the target that it moves along: windows, not pixels."""
        loops, at = self.found.loops, self.nest.at
        return all(
            self.nest.extents[z] <= n for f, n in zip(at.forms, at.shape, strict=True) for z in f.names if z in loops
        )


def plan(nest: Nest) -> Plan | None:
    """The plan of a Nest; None when it is not a product of two operands with a common bound index."""
    found = factors(nest)
    if found is None or len(found.operands) != 2:
        return None
    x, y = found.operands
    inner = tuple(z for z in nest.bound if z in x.access.names and z in y.access.names)
    of_x, of_y = frozenset(x.access.names), frozenset(y.access.names)
    if not inner or inner != nest.bound or of_x == of_y:
        return None
    batch, rows, columns = blocks(nest, of_x, of_y, inner, _wanted(nest, x, y, found.loops))
    if of_x & set(columns) or of_y & set(rows):
        x, y = y, x
    parts: Names = ()
    made, rest = nest.size(rows + columns), nest.size(inner[1:])
    if made <= rest and made * rest >= WORTH:
        parts, inner = inner[:1], inner[1:]
    return Plan(nest, found, x, y, batch, rows, columns, inner, parts)


def _wanted(nest: Nest, x: Operand, y: Operand, loops: Names) -> Names:
    """The order in which the target wants the result: as its axes, each tap behind what comes from the same operand."""
    order = [z for z in nest.free if z not in loops]
    for tap in loops:
        owner = set(x.access.names if tap in x.access.names else y.access.names)
        other = set(y.access.names if tap in x.access.names else x.access.names)
        same = [n for n, z in enumerate(order) if z in owner - other]
        last = set(order[-1:])
        place = same[-1] + 1 if same else len(order) - run(order, other - owner) if last <= other else len(order)
        order.insert(place, tap)
    return tuple(order)


def add(p: Plan, writer: Writer, result: Result, tensors: dict[str, Tensor]) -> None:
    """Print the product and store or scatter it."""
    left = matrix(p.left, p.nest, writer, tensors, p.parts + p.batch, p.rows, p.inner, own_first=True)
    right = matrix(p.right, p.nest, writer, tensors, p.parts + p.batch, p.columns, p.inner, own_first=False)
    text = f"{left} @ {right}"
    if p.parts:
        text = f"({text}).sum(0)"
    batch = tuple(p.nest.extents[z] for z in p.batch)
    deliver(p.found, text, p.order, (*batch, p.nest.size(p.rows), p.nest.size(p.columns)), writer, result)
