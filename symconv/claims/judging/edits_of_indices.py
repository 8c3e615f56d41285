"""Near misses in subscripts and superscripts: another index or layer, an index off by one, another sign."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from symconv.claims.grammar import tree as t
from symconv.claims.judging.edit import Edit, bare_text, replaced, spelled_out
from symconv.claims.meaning.forms import affine, strip
from symconv.claims.meaning.survey import Survey, indices


def index_edits(
    source: str,
    names: Sequence[t.Name],
    survey: Survey,
    bounds: dict[str, list[tuple[int, int]]],
    symbols: Sequence[str],
) -> Iterator[Edit]:
    for name in names:
        key = survey.key(name)
        limits = bounds.get(key, [])
        pieces = indices(name)
        for n, piece in enumerate(pieces):
            where = (
                f"index {n + 1} of {bare_text(source, name)}"
                if len(pieces) > 1
                else f"the index of {bare_text(source, name)}"
            )
            old = source[piece.span[0] : piece.span[1]]
            if isinstance(piece, t.Num) and n < len(limits):
                low, high = limits[n]
                value = int(piece.value)
                for v in sorted(range(low, high + 1), key=lambda v: (abs(v - value), v)):
                    if v != value:
                        yield Edit(*piece.span, str(v), "index", f"{where} must be {v}, not {old}")
            else:
                form = affine(piece)
                if form is not None and form.bare is not None:
                    for s in symbols:
                        if s != form.bare:
                            yield Edit(*piece.span, spelled_out(s), "index", f"{where} must be {s}, not {old}")
        if len(pieces) == 2 and all(_plain(p) for p in pieces):
            a, b = pieces
            first, second = source[a.span[0] : a.span[1]], source[b.span[0] : b.span[1]]
            if first != second and a.span[1] <= b.span[0]:
                yield Edit(
                    a.span[0],
                    b.span[1],
                    second + source[a.span[1] : b.span[0]] + first,
                    "index",
                    f"the indices of {bare_text(source, name)} are in the wrong order",
                )


def _plain(piece: t.Node) -> bool:
    form = affine(piece)
    return form is not None and (form.bare is not None or form.numeric is not None)


def layer_edits(source: str, names: Sequence[t.Name]) -> Iterator[Edit]:
    texts: dict[str, None] = {}
    for name in names:
        for sup in name.sups:
            form = affine(sup)
            if form is not None and (form.parts or name.bracketed):
                texts[source[sup.span[0] : sup.span[1]]] = None
                if form.bare:
                    texts[f"{source[sup.span[0] : sup.span[1]]}-1"] = None
                    texts[f"{source[sup.span[0] : sup.span[1]]}+1"] = None
    spots = [(name, sup) for name in names for sup in name.sups if len(name.sups) == 1]
    for name, sup in spots:
        old = source[sup.span[0] : sup.span[1]]
        for text in texts:
            if text != old:
                braced = (
                    text
                    if source[sup.span[0] - 1 : sup.span[0]] in ("{", "(", "[") or len(text) == 1
                    else f"{{{text}}}"
                )
                yield Edit(
                    *sup.span, braced, "layer", f"the layer of {bare_text(source, name)} must be {text}, not {old}"
                )


def mixed_layers(source: str, tree: t.Relation, names: Sequence[t.Name]) -> Iterator[Edit]:
    """One layer's letter for another's in the whole statement: a statement that mixes l and L."""
    letters: dict[str, list[t.Span]] = {}
    for name in names:
        for sup in name.sups:
            for node in t.walk(sup):
                if isinstance(node, t.Name) and not node.subs and not node.sups:
                    letters.setdefault(source[node.span[0] : node.span[1]], []).append(node.span)
    if len(letters) < 2:
        return
    start, end = tree.span
    for old, spans in letters.items():
        for new in letters:
            if new != old:
                text = replaced(source, start, end, [(a, b, new) for a, b in dict.fromkeys(spans)])
                yield Edit(start, end, text, "layer", f"the layers {old} and {new} are mixed up")


def offset_edits(source: str, names: Sequence[t.Name]) -> Iterator[Edit]:
    for name in names:
        for piece in indices(name):
            inner = strip(piece)
            if isinstance(inner, t.Sum):
                for place, sign in list(zip(inner.places, inner.signs, strict=True))[1:]:
                    new = "-" if sign > 0 else "+"
                    yield Edit(
                        *place, new, "index", f"the sign in the index of {bare_text(source, name)} must be {new}"
                    )
            form = affine(inner)
            if form is not None and form.parts:
                old = source[piece.span[0] : piece.span[1]]
                for shift in ("-1", "+1"):
                    start, end = inner.span
                    body = source[start:end]
                    yield Edit(
                        start,
                        end,
                        f"{body}{shift}",
                        "limit",
                        f"the index {old} of {bare_text(source, name)} is off by one",
                    )
    # The same change of every index of one name.
    for name in names:
        pieces = [strip(p) for p in indices(name)]
        if len(pieces) < 2:
            continue
        sums = [p for p in pieces if isinstance(p, t.Sum) and len(p.terms) == 2]
        if len(sums) >= 2:
            start, end = sums[0].span[0], sums[-1].span[1]
            for shift in ("-1", "+1"):
                text = replaced(source, start, end, [(p.span[1], p.span[1], shift) for p in sums])
                yield Edit(start, end, text, "limit", f"the indices of {bare_text(source, name)} are off by one")
            signs = [(p.places[1][0], p.places[1][1], "-" if p.signs[1] > 0 else "+") for p in sums]
            yield Edit(
                start,
                end,
                replaced(source, start, end, signs),
                "index",
                f"the signs in the indices of {bare_text(source, name)} are the wrong way about",
            )
