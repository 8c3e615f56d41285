"""LaTeX: an article for pdflatex, of packages that every TeX distribution has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from symconv import templating
from symconv.documents.breaking import lines
from symconv.documents.escape import checked, escape, solidus
from symconv.documents.nodes import (
    Code,
    Document,
    Figure,
    Formula,
    Gallery,
    Grid,
    Heading,
    Items,
    Math,
    Part,
    Parts,
    Prose,
    Row,
    Table,
)
from symconv.documents.tikz import tikz
from symconv.documents.width import width

LINE = 49.2
"""The width of a line in em of 10 pt."""
SIZES = ((1.0, "normalsize"), (0.92, "small"), (0.83, "footnotesize"))
"""Sizes of type: how wide they run."""
GAP = 0.7
"""Space between formulas side by side, in em."""
INDENT = 1.6
"""How far displayed formulas are indented, in em."""
MOST = 6
"""The most formulas side by side."""
ALIGNED = 14
"""A formula of more lines than this may be broken over pages."""
TALL = 4
"""So may one with more lines of conditions under its signs than this."""


def render(document: Document) -> str:
    """The whole article as TeX."""
    title = document.title
    body = "\n\n".join(_NODES[type(node)](node) for node in document.nodes)
    return templating.render(
        "documents/article.tex.jinja",
        title=_parts(title.parts),
        below=_parts(title.below),
        plain_title=escape(_plain(title.parts)),
        body=body,
    )


def _parts(parts: Parts) -> str:
    return "".join(escape(p) if isinstance(p, str) else f"${checked(solidus(p.latex))}$" for p in parts)


def _plain(parts: Parts) -> str:
    return "".join(p if isinstance(p, str) else p.text for p in parts)


# ------------------------------------------------------------ prose


def _heading(node: Heading) -> str:
    command = "section" if node.level == 1 else "subsection"
    shown = "".join(
        escape(p) if isinstance(p, str) else rf"\texorpdfstring{{${checked(solidus(p.latex))}$}}{{{escape(p.text)}}}"
        for p in node.parts
    )
    return rf"\{command}{{{shown}}}"


def _prose(node: Prose) -> str:
    return _parts(node.parts)


def _items(node: Items) -> str:
    inner = "\n".join(rf"\item {_parts(i)}" for i in node.items)
    return f"\\begin{{itemize}}\n{inner}\n\\end{{itemize}}"


def _code(node: Code) -> str:
    inner = r"\\".join(r"\texttt{" + escape(line).replace(" ", "~") + r"}\strut" for line in node.text.splitlines())
    return rf"\begin{{quote}}\raggedright {inner}\end{{quote}}"


# ------------------------------------------------------------ displayed formulas


def _broken(math: Math, room: float) -> list[tuple[str, str]]:
    """(left, right) of each line: a sum that fits into the room on one line, long rows broken so that they fit."""
    margin = max((width(r.left.latex) for r in math.rows), default=0.0)
    first, *others = math.rows
    if others and all(not r.left.latex and r.right.latex[:2] in ("+ ", "- ") for r in others):
        whole = " ".join(r.right.latex for r in math.rows)
        if margin + width(whole) <= room:
            return [(checked(first.left.latex), checked(whole))]
    return [line for row in math.rows for line in _row(row, room - margin)]


def _row(row: Row, room: float) -> list[tuple[str, str]]:
    checked(row.right.latex)
    parts = lines(row.right.latex, room, room - 1.0, width)
    return [(checked(row.left.latex), parts[0]), *(("", rf"\quad {part}") for part in parts[1:])]


def _math(node: Math) -> str:
    return _display(_broken(node, LINE - INDENT))


def _display(broken: list[tuple[str, str]]) -> str:
    conditions = sum(right.count(r"\\") for _, right in broken)
    if len(broken) > ALIGNED or (len(broken) > 1 and conditions > TALL):
        inner = " \\\\\n".join(f"{left} & {right}" for left, right in broken)
        return f"\\breakable\n\\begin{{align*}}\n{inner}\n\\end{{align*}}"
    return rf"\shown{{{_box(broken)}}}"


def _box(broken: list[tuple[str, str]]) -> str:
    if len(broken) == 1:
        ((left, right),) = broken
        return f"{left} {right.removeprefix(_QUAD)}".strip()
    if not any(left for left, _ in broken):
        broken = [(left, right.removeprefix(_QUAD) if not n else right) for n, (left, right) in enumerate(broken)]
    inner = " \\\\\n".join(f"{left} & {right}" for left, right in broken)
    return f"\\begin{{aligned}}[t]\n{inner}\n\\end{{aligned}}"


_QUAD = "\\quad "


def _widest(math: Math) -> float:
    left = max((width(r.left.latex) for r in math.rows), default=0.0)
    return left + max((width(r.right.latex) for r in math.rows), default=0.0)


def _gallery(node: Gallery) -> str:
    """As many formulas side by side as fit, in the largest size that lets so many fit."""
    columns, size, factor = _columns(max(map(_widest, node.items), default=0.0), node)
    room = LINE / factor / columns - (GAP if columns > 1 else INDENT)
    broken = [_broken(item, room) for item in node.items]
    if columns > 1 and max(map(len, broken)) > ALIGNED:  # too tall for boxes, which stay on one page
        columns, size, factor = 1, *SIZES[1][::-1]
        broken = [_broken(item, LINE / factor - INDENT) for item in node.items]
    shown = []
    for start in range(0, len(node.items), columns):
        if columns == 1:
            shown.append(_display(broken[start]))
        else:
            boxes = map(_box, broken[start : start + columns])
            inner = "%\n".join(rf"\formula{{{1 / columns:.4f}}}{{{box}}}" for box in boxes)
            shown.append(rf"\formulas{{{inner}}}")
    return f"{{\\{size}\n" + "\n".join(shown) + "\n\\par}"


def _columns(widest: float, node: Gallery) -> tuple[int, str, float]:
    """How many columns, and in which size: a number that divides the rows of the tensor is preferred."""
    best: tuple[int, str, float] = (1, *SIZES[0][::-1]) if widest <= LINE - INDENT else (1, *SIZES[1][::-1])
    if node.per_row == 1:
        return best
    for factor, size in SIZES[1:]:
        fit = min(len(node.items), MOST, int(LINE / factor / (widest + GAP)))
        whole = [c for c in range(2, fit + 1) if node.per_row % c == 0]
        columns = whole[-1] if whole else fit
        if columns > best[0]:
            best = (columns, size, factor)
    return best


# ------------------------------------------------------------ pictures and tables


def _figure(node: Figure) -> str:
    parts = []
    for n, part in enumerate(node.parts):
        if n and node.per_row and n % node.per_row == 0:
            parts.append(r"\\")
        if isinstance(part, Grid):
            follows = n and isinstance(node.parts[n - 1], Grid) and parts[-1] != r"\\"
            parts.append((r"\hspace{1.2em plus 0.6em}" if follows else "") + tikz(part))
        else:
            parts.append(rf"$\displaystyle {checked(part.latex)}$")
    inner = "\n".join(parts)
    return f"\\begin{{pictures}}\n{inner}\n\\end{{pictures}}"


def _table(node: Table) -> str:
    every = (node.header, *node.rows)
    count = len(node.header)
    natural = [max(sum(map(_part_width, row[n])) for row in every) for n in range(count)]
    least = [max((w for row in every for p in row[n] for w in _words(p)), default=0.0) for n in range(count)]
    room = LINE - 1.3 * count
    factor, size = next((f, s) for f, s in (*SIZES, (0.1, "scriptsize")) if sum(least) <= room / f)
    column = ["l"] * count
    # The widest columns are narrowed, one after another, until the table fits.
    for n in sorted(range(count), key=lambda n: -natural[n]):
        excess = sum(natural) - room / factor
        if excess <= 0:
            break
        natural[n] = max(natural[n] - excess, min(natural[n], least[n] + 0.5))
        column[n] = rf">{{\raggedright\arraybackslash}}p{{{natural[n]:.2f}em}}"
    head, *body = [" & ".join(map(_parts, row)) + r" \\" for row in every]
    inner = "\n".join(body)
    return (
        f"{{\\{size}\n\\begin{{longtable}}{{@{{}}{''.join(column)}@{{}}}}\n\\toprule\n{head}\n\\midrule\n"
        f"\\endhead\n{inner}\n\\bottomrule\n\\end{{longtable}}}}"
    )


def _part_width(part: Part) -> float:
    return width(part.latex) if isinstance(part, Formula) else 0.5 * len(part)


def _words(part: Part) -> list[float]:
    return [width(part.latex)] if isinstance(part, Formula) else [0.5 * len(w) for w in part.split()]


_NODES: dict[type, Callable[[Any], str]] = {
    Heading: _heading,
    Prose: _prose,
    Items: _items,
    Math: _math,
    Gallery: _gallery,
    Figure: _figure,
    Table: _table,
    Code: _code,
}
