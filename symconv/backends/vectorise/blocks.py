"""blocks: which indices of a product of two operands are its batch, its rows and its columns."""

from __future__ import annotations

from collections.abc import Sequence, Set

from symconv.backends.vectorise.nest import Nest

WORTH = 4096
"""From this many multiplications on, one matrix product of a batch is worth its call."""

Names = tuple[str, ...]


def blocks(
    nest: Nest, of_x: frozenset[str], of_y: frozenset[str], inner: Names, order: Sequence[str]
) -> tuple[Names, Names, Names]:
    """Batch, rows and columns: so that the result comes in order, if the single products stay worth a call."""
    left = list(order)
    one = of_y - of_x if left[-1] in of_y else of_x - of_y
    count = run(left, one)
    columns = left[len(left) - count :]
    left = left[: len(left) - count]
    other = (of_x ^ of_y) - one
    count = run(left, other)
    rows = left[len(left) - count :]
    batch = left[: len(left) - count]
    both = [z for z in order if z in of_x & of_y]
    if batch == both or nest.size((*rows, *columns, *inner)) >= WORTH:
        return tuple(batch), tuple(rows), tuple(columns)
    return (
        tuple(both),
        tuple(z for z in order if z in of_x - of_y),
        tuple(z for z in order if z in of_y - of_x),
    )


def run(order: Sequence[str], names: Set[str]) -> int:
    """How many of the last indices are among the names."""
    count = 0
    while count < len(order) and order[-1 - count] in names:
        count += 1
    return count
