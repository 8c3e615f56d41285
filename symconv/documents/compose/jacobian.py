"""All partial derivatives between two tensors, as one small matrix for each entry that is differentiated by."""

from __future__ import annotations

from symconv.derivation.step import Step
from symconv.documents.compose.expanded import Limit, column, corner_places
from symconv.documents.compose.grids import small
from symconv.documents.compose.write import entry, name, symbolic, written
from symconv.documents.nodes import Figure, Formula, Grid, Node, Prose
from symconv.documents.width import width
from symconv.notation.tensor import Tensor, partial
from symconv.notation.written import Bracket, Number, Sum, subscripts

ACROSS = 18
"""The matrices stand as the entries do that they belong to while a row of them has so few columns."""

READABLE = 75.0
"""The most that the cells of a row may need, in em: wider matrices would shrink until nobody can read them."""


def jacobian(step: Step, limit: Limit) -> tuple[Node, ...]:
    """A picture of ``dC_kl/dF_ij`` for each (i, j): for a convolution's filter it shows the windows of the image."""
    q = step.after
    assert q.target.quotient is not None
    of, by = q.target.quotient
    if len(of.shape) != 2 or not small(of) or not by.shape:
        return ()
    every = limit.full or of.length * by.length <= limit.terms
    places = [subscripts(by, n) for n in range(by.length)] if every else list(corner_places(by))
    grids: list[Grid | Formula] = []
    plain = True
    for at in places:
        drawn, constant = matrix(step, of, by, at)
        plain &= constant
        grids.append(drawn)
    if plain or not all(readable(g) for g in grids if isinstance(g, Grid)):
        return ()
    across = by.sizes[-1] * max(1, of.sizes[-1])
    per_row = by.sizes[-1] if every and len(by.shape) == 2 and across <= ACROSS else 0
    if not every:
        grids.insert(len(grids) - 1, Formula(r"\cdots", "..."))
    what = "all partial derivatives" if every else "partial derivatives"
    return (
        Prose((f"The chain rule needs {what} ", symbolic(q.target), "; one matrix over the entries of ", name(of),
               " for each entry of ", name(by), ":")),
        Figure(tuple(grids), per_row),
    )


def readable(drawn: Grid) -> bool:
    """Whether a matrix fits on a line in a size that can be read."""
    widest = max(width(cell.latex, inline=True) for line in drawn.cells for cell in line)
    return widest * max(map(len, drawn.cells)) <= READABLE


def matrix(step: Step, of: Tensor, by: Tensor, at: tuple[int, ...]) -> tuple[Grid, bool]:
    """The matrix of ``dC_kl/dF_at``, and whether all its cells are constants."""
    elements = column(step.after, len(of.shape), at)
    columns = of.sizes[-1]
    cells = [written(e) for e in elements]
    lines = tuple(tuple(cells[r : r + columns]) for r in range(0, len(cells), columns))
    zeros = tuple(divmod(n, columns) for n, e in enumerate(elements) if e == Sum(()))
    heading = entry(partial(of, by), (*of.axes, *at))
    constant = all(type(e) in (Number, Bracket) or e == Sum(()) for e in elements)
    return Grid(lines, zeros=zeros, title=heading), constant

