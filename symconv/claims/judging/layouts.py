"""Tables of entries: whether each stands in its place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from symconv.claims.grammar import tree as t
from symconv.claims.judging.grids import Cell, Table, place
from symconv.claims.judging.judged import Judged
from symconv.claims.meaning.forms import strip
from symconv.claims.meaning.survey import Survey, is_loss

LAYOUTS = (
    (1, False, ""),
    (1, True, "laid out the other way (transposed)"),
    (-1, False, "turned by 180 degrees"),
)
"""How entries may stand in a table: the step of the indices, whether rows are columns, and the reading."""
NAMES = Judged("definition", reason="it names entries")


def laid_out(table: Table, survey: Survey, shape: Callable[[str], tuple[int, ...]], body: str) -> Judged:
    """Whether entries of one tensor stand in their places; of a whole tensor a single one that does not is wrong."""
    kinds = Counter(kind for _, _, x in table.filled if (kind := _kind(x, survey)) is not None)
    if not kinds or min(table.shape) < 2:
        return NAMES
    kind, _ = kinds.most_common(1)[0]
    cells = {(r, c): _entry(x) if _kind(x, survey) == kind else None for r, c, x in table.filled}
    for step, turned, reading in LAYOUTS:
        starts = Counter(
            (at[0] - step * (c if turned else r), at[1] - step * (r if turned else c))
            for (r, c), at in cells.items()
            if at is not None
        )
        (row, column), count = starts.most_common(1)[0]
        if count == len(cells):
            return Judged("right", reading)
        if count == len(cells) - 1 >= 3 and not turned and step == 1 and shape(kind[1]) == table.shape:
            ((r, c),) = [p for p, at in cells.items() if at != (row + p[0], column + p[1])]
            return _misplaced(table, (r, c), (row + r, column + c), body)
    return NAMES


def _misplaced(table: Table, wrong: tuple[int, int], at: tuple[int, int], body: str) -> Judged:
    beside = table.rows[wrong[0]][wrong[1] - 1 if wrong[1] else 1]
    name = _name(beside)
    assert name is not None
    new = beside.text[: name.span[0]] + _with(beside.text, name, at) + beside.text[name.span[1] :]
    cell = table.rows[wrong[0]][wrong[1]]
    return Judged("wrong", "", table.written(body, {wrong: new}), f"{cell.text} stands where {new} belongs")


def _name(cell: Cell) -> t.Name | None:
    """The entry that a cell shows, or shows a derivative by."""
    node = strip(cell.tree.by) if isinstance(cell.tree, t.Derivative) else cell.tree
    return node if isinstance(node, t.Name) else None


def _kind(cell: Cell, survey: Survey) -> tuple[str, str] | None:
    """Whether a cell shows an entry or a derivative of the loss, and of which tensor."""
    name = _name(cell)
    at = place(name) if name is not None else None
    if name is None or at is None or len(at) != 2:
        return None
    if isinstance(cell.tree, t.Derivative):
        return ("gradient", survey.key(name)) if is_loss(survey, cell.tree.of) else None
    return "entry", survey.key(name)


def _entry(cell: Cell) -> tuple[int, int]:
    name = _name(cell)
    at = place(name) if name is not None else None
    assert at is not None
    return at[0], at[1]


def _with(source: str, name: t.Name, at: tuple[int, int]) -> str:
    """A name with other indices, written as it is."""
    assert name.sub_span is not None
    a, b = name.sub_span
    return source[name.span[0] : a] + ("" if name.joined else ",").join(map(str, at)) + source[b : name.span[1]]
