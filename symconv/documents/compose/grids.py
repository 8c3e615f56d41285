"""Matrix pictures of tensors: their last two axes, elided where they are large, slice by slice where there are more."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from symconv.documents.compose.write import DOTS, NOTHING, entry, name
from symconv.documents.nodes import Formula, Grid
from symconv.notation.tensor import Tensor

ROWS, COLUMNS = 8, 10
"""The largest matrix that is shown whole."""
SLICES = 2
"""How many matrices of a tensor with more than two axes are shown."""
ZERO = Formula("0", "0")
VDOTS = Formula(r"\vdots", ":")


def matrix_sizes(tensor: Tensor) -> tuple[int, int]:
    """Rows and columns of the picture; a vector is one row."""
    sizes = (1, 1, *tensor.sizes)
    return sizes[-2], sizes[-1]


def small(tensor: Tensor) -> bool:
    """Whether the tensor is one matrix (or a vector) that is shown whole."""
    rows, columns = matrix_sizes(tensor)
    return 1 <= len(tensor.shape) <= 2 and rows <= ROWS and columns <= COLUMNS


def symbols(tensor: Tensor) -> list[Formula]:
    """The name of every entry, row-major."""
    from symconv.notation.written import subscripts

    return [entry(tensor, subscripts(tensor, n)) for n in range(tensor.length)]


def slices(tensor: Tensor) -> tuple[tuple[int, ...], ...]:
    """The leading subscripts of the matrices that are shown: all of few, otherwise the first ones."""
    leading = tensor.sizes[:-2]
    shown = min(prod(leading), SLICES)
    found = []
    for n in range(shown):
        at = []
        for extent in reversed(leading):
            n, digit = divmod(n, extent)
            at.append(digit)
        found.append(tuple(at[::-1]))
    return tuple(found)


def title(tensor: Tensor, leading: tuple[int, ...]) -> Formula:
    """The name of the tensor, or of one matrix of it."""
    if not leading:
        return name(tensor)
    return entry(tensor, leading)


def grid(
    tensor: Tensor,
    cells: Sequence[Formula],
    *,
    leading: tuple[int, ...] = (),
    values: Sequence[Formula] = (),
    windows: tuple[tuple[int, int, int, int], ...] = (),
    winners: tuple[tuple[int, int], ...] = (),
    heading: Formula | None = None,
) -> Grid:
    """One matrix of a tensor; ``cells`` (and ``values``) are all entries, row-major. Large ones have dots inside."""
    rows, columns = matrix_sizes(tensor)
    start = 0
    for extent, at in zip(tensor.sizes, leading, strict=False):
        start = start * extent + at
    start *= rows * columns
    whole = rows <= ROWS and columns <= COLUMNS
    shown_rows = list(range(rows)) if rows <= ROWS else [0, 1, 2, 3, None, rows - 1]
    shown_columns = list(range(columns)) if columns <= COLUMNS else [0, 1, 2, 3, 4, None, columns - 1]

    def pick(source: Sequence[Formula], r: int | None, c: int | None) -> Formula:
        if r is None or c is None:
            return NOTHING if r is None and c is None else VDOTS if r is None else DOTS
        return source[start + r * columns + c]

    def table(source: Sequence[Formula]) -> tuple[tuple[Formula, ...], ...]:
        return tuple(tuple(pick(source, r, c) for c in shown_columns) for r in shown_rows)

    shown = table(cells)
    zeros = tuple(
        (r, c) for r, line in enumerate(shown) for c, cell in enumerate(line)
        if cell.text == "0" and (r, c) not in winners
    )
    return Grid(
        shown, table(values) if values else (), windows if whole else (), winners if whole else (), zeros,
        title(tensor, leading) if heading is None else heading,
    )
