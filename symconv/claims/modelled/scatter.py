"""``∂E/∂A_{k+i} += …``: every point adds to an entry, and all points of all such lines together make the tensor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from symconv.claims.grammar import tree as t
from symconv.claims.judging.compare import Outcome
from symconv.claims.meaning.forms import strip
from symconv.claims.meaning.section import TooMuch, Unresolved
from symconv.claims.meaning.survey import indices
from symconv.claims.modelled import points as at_points
from symconv.claims.modelled.entries import AXES, Entries
from symconv.claims.modelled.frames import Frame
from symconv.claims.modelled.names import Names

MAX_SCATTER = 20_000


def scattered(lines: Sequence[t.Relation], frame: Frame, names: Names, direct: bool, n: int) -> Outcome:
    """Whether what some lines add up to is the derivative that they are of."""
    true = _whole(strip(lines[0].sides[0]), frame, names, direct)
    for windows in (False, True):
        total: Any = 0
        for line in lines:
            total = total + _added(line, frame, names, direct, windows=windows)
        differs = ~same(total, true)
        if not differs.any():
            return Outcome("true", ("+= adds up what falls on one entry",), pair=n)
    w, p = np.unravel_index(int(np.argmax(differs)), differs.shape)
    return Outcome("false", left=f"{true[w, p]:.6g}", right=f"{total[w, p]:.6g}", pair=n)


def _parts(left: t.Node, names: Names) -> tuple[t.Name, str, t.Name, str, tuple[str, ...]]:
    """What a left side is a derivative of and by, and through what it comes back."""
    inner = strip(left.body) if isinstance(left, t.At) else left
    if not isinstance(inner, t.Derivative) or inner.of is None:
        raise Unresolved("an update of something that is no derivative")
    of, by = strip(inner.of), strip(inner.by)
    first = names.find(of) if isinstance(of, t.Name) else None
    second = names.find(by) if isinstance(by, t.Name) else None
    if first is None or second is None or not isinstance(of, t.Name) or not isinstance(by, t.Name):
        raise Unresolved("an update of something that is not known")
    ways: list[str] = []
    if isinstance(left, t.At):
        for way in left.at.items if isinstance(left.at, t.Listing) else (left.at,):
            known = names.find(way) if isinstance(way, t.Name) else None
            if known is None:
                raise Unresolved("a part of a derivative through something that is not known")
            ways.append(known.tensor)
    return of, first.tensor, by, second.tensor, tuple(ways)


def _whole(left: t.Node, frame: Frame, names: Names, direct: bool) -> Any:
    _, above, _, below, ways = _parts(left, names)
    if above != frame.worlds[0].error:
        return frame.jacobians(above, below, direct=direct)
    return sum(frame.through(below, way) for way in ways) if ways else frame.gradients(below)


def _added(line: t.Relation, frame: Frame, names: Names, direct: bool, *, windows: bool) -> Any:
    a, b = line.sides[0], line.sides[-1]
    of, above, by, below, _ = _parts(strip(a), names)
    found = at_points.spans(at_points.free((a, b), frame, names), (a, b), frame, names)
    found = at_points.narrowed(found, frame) if windows else found
    size = int(np.prod([high - low + 1 for low, high in found.values()], dtype=np.int64))
    if size > MAX_SCATTER:
        raise TooMuch
    grid = list(at_points.whole_grid(found))
    worlds = len(frame.worlds)
    shape = (len(grid) * worlds,) + (1,) * (AXES - 1)
    env = {s: np.repeat(np.array([p[s] for p in grid]), worlds).reshape(shape) for s in found}
    world = np.tile(np.arange(worlds), len(grid)).reshape(shape)
    entries = Entries(frame, names, world, 0, direct)
    pieces, whole = indices(by), frame.fitted(below, len(indices(by)))
    if above != frame.worlds[0].error:
        pieces, whole = (*indices(of), *pieces), (*frame.fitted(above, len(indices(of))), *whole)
    place: Any = np.zeros(shape, dtype=np.int64)
    inside: Any = np.ones(shape, dtype=bool)
    for piece, extent in zip(pieces, whole, strict=True):
        at = np.asarray(entries.value(piece, env), dtype=float) - frame.base
        exact = at == np.round(at)
        inside = inside & exact & (at >= 0) & (at < extent)
        place = place * extent + np.clip(np.where(exact, at, 0), 0, extent - 1).astype(np.int64)
    values = np.broadcast_to(np.asarray(entries.value(b, env), dtype=float), shape).reshape(-1)
    total = np.zeros((worlds, int(np.prod(whole, dtype=np.int64))))
    keep = np.broadcast_to(inside, shape).reshape(-1)
    np.add.at(total, (world.reshape(-1)[keep], np.broadcast_to(place, shape).reshape(-1)[keep]), values[keep])
    return total


def same(a: Any, b: Any) -> Any:
    """Whether numbers are equal, to nine digits."""
    with np.errstate(invalid="ignore"):
        return np.isclose(a, b, rtol=1e-9, atol=1e-10) | (np.isinf(a) & (a == b))
