"""A Grid as a TikZ picture."""

from __future__ import annotations

from symconv import templating
from symconv.documents.escape import checked, solidus
from symconv.documents.nodes import Formula, Grid
from symconv.documents.width import width

EM = 0.3
"""One em of footnotesize in cm, a little rounded up."""
WIDEST = 16.0
"""No picture is wider than this, in cm."""


def tikz(grid: Grid) -> str:
    """The picture; cells are as wide as the widest formula needs, and shrink with their text to what a page has."""
    columns = max(len(row) for row in grid.cells)
    everything = [c for row in (*grid.cells, *grid.values) for c in row]
    fractions = any(r"\frac" in c.latex for c in everything)
    widest = max(width(c.latex) * (0.78 if r"\frac" in c.latex else 1.0) for c in everything)
    cell = max(0.5, widest * EM + 0.2)
    scale = min(1.0, WIDEST / (cell * columns))
    height = (0.8 if fractions else 0.5) + (0.3 if grid.values else 0.0)
    rows = len(grid.cells)
    nodes = []
    for r, row in enumerate(grid.cells):
        for c, content in enumerate(row):
            if content.latex:
                style = "winner" if (r, c) in grid.winners else "zero" if (r, c) in grid.zeros else "cell"
                up = 0.3 if grid.values else 0.5
                nodes.append((style, f"{c + 0.5:g}", f"{-r - up:g}", checked(content.latex)))
    for r, row in enumerate(grid.values):
        nodes += [("value", f"{c + 0.5:g}", f"{-r - 0.75:g}", checked(v.latex)) for c, v in enumerate(row)]
    return templating.render(
        "documents/grid.tex.jinja",
        columns=columns,
        rows=rows,
        x=f"{cell * scale:.3f}",
        shrunk=f"{scale:.3f}" if scale < 1 else "",
        y=f"{height:.3f}",
        middle=f"{rows * height / 2 + 0.09:.3f}",
        nodes=nodes,
        windows=[(c, -r, c + w, -r - h) for r, c, h, w in grid.windows],
        winners=[(c, -r, c + 1, -r - 1) for r, c in grid.winners],
        title=_title(grid.title),
    ).strip()


def _title(title: Formula | None) -> str:
    return checked(solidus(title.latex)) if title is not None else ""
