"""How far every axis and every index runs: sizes that are declared or seen, the others chosen small and different."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from symconv.claims.grammar import tree as t
from symconv.claims.meaning.forms import Affine, affine, symbol
from symconv.claims.meaning.survey import Survey, indices, label

Key = tuple[object, ...]
CHOSEN = (3, 2, 4, 3, 2)
KERNELS = (2, 3, 2, 3)


@dataclass(slots=True)
class Class:
    """Axes and indices that run alike: what is known of their first and last value, or of their number."""

    low: int | None = None
    high: int | None = None
    size: int | None = None
    index: bool = False


@dataclass(slots=True)
class Ranges:
    """Classes of axes and indices."""

    parents: dict[Key, Key] = field(default_factory=dict)
    classes: dict[Key, Class] = field(default_factory=dict)
    constraints: list[tuple[Key, Affine, dict[str, Key]]] = field(default_factory=list)
    named: dict[str, tuple[Key, int]] = field(default_factory=dict)
    base: int = 0
    spots: dict[Key, list[t.Node]] = field(default_factory=dict)
    shrinks: dict[Key, int] = field(default_factory=dict)
    extents: dict[Key, tuple[int, int]] = field(default_factory=dict)
    bare: set[Key] = field(default_factory=set)

    def find(self, key: Key) -> Key:
        """The representative of a class."""
        if key not in self.parents:
            self.parents[key] = key
            self.classes[key] = Class()
        while self.parents[key] != key:
            key = self.parents[key]
        return key

    def join(self, a: Key, b: Key) -> None:
        """Says that two run alike."""
        a, b = self.find(a), self.find(b)
        if a == b:
            return
        x, y = self.classes[a], self.classes.pop(b)
        self.parents[b] = a
        x.low = y.low if x.low is None else x.low if y.low is None else min(x.low, y.low)
        x.high = y.high if x.high is None else x.high if y.high is None else max(x.high, y.high)
        x.size = x.size if x.size is not None else y.size
        x.index = x.index or y.index

    def see(self, key: Key, value: int) -> None:
        """Says that a value occurs."""
        c = self.classes[self.find(key)]
        c.low = value if c.low is None else min(c.low, value)
        c.high = value if c.high is None else max(c.high, value)

    def extent(self, key: Key, layer: int | None = None) -> tuple[int, int]:
        """First and last value. Where each layer of a network is smaller than the one before, at a layer.

        Without a layer that of the index's bare uses.
        """
        root = self.find(key)
        if root not in self.extents:
            self.extents[root] = (self.base, self.base + 2)
        low, high = self.extents[root]
        if root not in self.shrinks:
            return low, high
        if layer is None:
            layers = [n for sup in self.spots.get(key, ()) if (n := layer_of(affine(sup))) is not None]
            layer = max(layers, default=SOME)
        return low, high + self.shrinks[root] * max(TOP - layer, 0)


TOP = 3
"""The last layer of a network whose layers are letters."""
SOME = 2
"""The layer that a letter stands for."""


def last(letter: str) -> bool:
    """Whether a letter stands for the last layer: a capital, or a number of layers such as ``n_l``."""
    return letter[:1].isupper() or letter.startswith("n_")


def layer_of(form: Affine | None) -> int | None:
    """The number of the layer that a superscript says: small letters are some layer, capitals the last."""
    if form is None:
        return None
    total = form.constant + sum((c * (TOP if last(n) else SOME) for n, c in form.parts), Fraction(0))
    return int(total) if total.denominator == 1 else None


def ranges(
    found: Survey,
    trees: Sequence[t.Node | None],
    sizes: Mapping[str, tuple[int, ...]],
    base: int,
    numbers: Mapping[str, Fraction],
    relevant: Sequence[int] | None = None,
    joined: Callable[[Ranges, Survey, Sequence[t.Node | None]], None] | None = None,
) -> Ranges:
    """The ranges of a section. ``sizes`` are declared shapes, ``base`` is where indices begin when nothing shows it."""
    out = Ranges(base=base)
    for key, use in found.uses.items():
        name = found.aliases.get(key, key)
        for axis, (low, high) in use.digits.items():
            if use.rank > axis:
                out.see(("axis", name, axis), low)
                out.see(("axis", name, axis), high)
    for name, shape in sizes.items():
        for axis, size in enumerate(shape):
            out.classes[out.find(("axis", name, axis))].size = size
    for position, tree in enumerate(trees):
        if tree is not None and (relevant is None or position in relevant):
            _walk(out, found, tree, {}, ("statement", position), numbers)
    _rebound(out)
    if joined is not None:
        joined(out, found, trees)
    _solve(out)
    return out


def _rebound(out: Ranges) -> None:
    """A free index that no entry has alone, as ``m`` in ``x_{2i+m}``, runs as where a sum binds the same letter."""
    bound: dict[object, Key] = {}
    for key in out.parents:
        if len(key) == 4 and key[2] == "big":
            bound.setdefault(key[3], key)
    free = dict.fromkeys(p for _, _, places in out.constraints for p in places.values() if len(p) == 3)
    for place in free:
        if place not in out.bare and place[2] in bound:
            out.join(bound[place[2]], place)


def _walk(
    out: Ranges, found: Survey, node: t.Node, scope: dict[str, Key], where: Key, numbers: Mapping[str, Fraction]
) -> None:
    match node:
        case t.Big():
            inner = dict(scope)
            for binder in node.binders:
                inner[symbol(binder.name)] = (*where, "big", symbol(binder.name))
            for binder in node.binders:
                _limits(out, inner[symbol(binder.name)], binder, numbers)
            _walk(out, found, node.body, inner, where, numbers)
        case t.Name():
            _name(out, found, label(node), indices(node), scope, where, numbers, node.sups)
            if node.base == "e":
                for sup in node.sups:
                    _walk(out, found, sup, scope, where, numbers)
        case t.Call():
            key = label(node.function)
            use = found.uses.get(key)
            if use is not None and use.accessed > use.called and key not in found.functions:
                _name(out, found, key, node.arguments, scope, where, numbers)
            else:
                for child in node.arguments:
                    _walk(out, found, child, scope, where, numbers)
        case t.Script():
            _walk(out, found, node.body, scope, where, numbers)
        case _:
            for child in t.children(node):
                _walk(out, found, child, scope, where, numbers)


def _limits(out: Ranges, key: Key, binder: t.Binder, numbers: Mapping[str, Fraction]) -> None:
    root = out.find(key)
    out.classes[root].index = True
    low = affine(binder.low, numbers) if binder.low is not None else None
    high = affine(binder.high, numbers) if binder.high is not None else None
    if low is not None and low.numeric is not None:
        out.see(key, low.numeric)
        if high is not None and high.numeric is not None:
            out.see(key, high.numeric - binder.open_end)
        elif high is not None and len(high.parts) == 1 and high.parts[0][1] == 1 and not binder.open_end:
            _named(out, high.parts[0][0], key, int(-high.constant), low.numeric)
        elif high is not None and len(high.parts) == 1 and high.parts[0][1] == 1 and binder.open_end:
            _named(out, high.parts[0][0], key, int(1 - high.constant), low.numeric)


def _named(out: Ranges, name: str, key: Key, shift: int, low: int) -> None:
    """Says that an index ends at a size; indices that begin and end alike run alike."""
    known = out.named.setdefault(name, (key, shift))
    if known[0] != key and known[1] == shift and out.classes[out.find(known[0])].low == low:
        out.join(known[0], key)


def _name(
    out: Ranges,
    found: Survey,
    name: str,
    pieces: Sequence[t.Node],
    scope: dict[str, Key],
    where: Key,
    numbers: Mapping[str, Fraction],
    sups: Sequence[t.Node] = (),
) -> None:
    key = found.aliases.get(name, name)
    use = found.uses.get(name)
    if not pieces or use is None or len(pieces) != use.rank:
        return
    for axis, piece in enumerate(pieces):
        form = affine(piece, numbers)
        if form is None:
            continue
        places = {s: scope.get(s, (*where, s)) for s, _ in form.parts}
        for place in places.values():
            out.classes[out.find(place)].index = True
        if form.bare is not None:
            out.join(("axis", key, axis), places[form.bare])
            out.bare.add(places[form.bare])
            if len(sups) == 1:
                out.spots.setdefault(places[form.bare], []).append(sups[0])
        elif form.parts:
            out.constraints.append((("axis", key, axis), form, places))


def _solve(out: Ranges) -> None:
    """Numbers for every class: first what is known, then the chosen, then what affine forms reach."""
    roots = list(dict.fromkeys(out.find(k) for k in out.parents))
    small = {out.find(p) for _, _, places in out.constraints for p in places.values()}
    reached = {out.find(axis) for axis, _, _ in out.constraints}

    def settle(root: Key, size: int) -> None:
        low = out.classes[root].low
        start = low if low is not None and low in (0, 1) else out.base
        out.extents[root] = (start, start + size - 1)

    for root in roots:
        c = out.classes[root]
        if c.size is not None:
            settle(root, c.size)
        elif c.high is not None and c.low is not None and (c.high > c.low or (c.index and c.high > 1)):
            start = c.low if c.low <= 1 else out.base
            out.extents[root] = (min(start, c.low), c.high)
    # A size that follows from an input and a kernel that are known.
    for axis, form, places in out.constraints:
        root = out.find(axis)
        free = [s for s, _ in form.parts if out.find(places[s]) not in out.extents]
        if root in out.extents and len(free) == 1 and all(v > 0 for _, v in form.parts):
            (s,) = free
            slope = dict(form.parts)[s]
            rest = form.constant + sum(
                (v * out.extents[out.find(places[n])][1] for n, v in form.parts if n != s), Fraction(0)
            )
            last = (out.extents[root][1] - rest) // slope
            lowest = out.classes[out.find(places[s])].low
            start = out.base if lowest is None else lowest
            if last >= start:
                out.extents[out.find(places[s])] = (start, int(last))
    kernel = chosen = 0
    for root in roots:
        if root in out.extents or (root in reached and root not in small):
            continue
        if root in small:
            settle(root, KERNELS[kernel % len(KERNELS)])
            kernel += 1
        else:
            settle(root, CHOSEN[chosen % len(CHOSEN)])
            chosen += 1
    for axis, form, places in out.constraints:
        root = out.find(axis)
        inner = [s for s, v in form.parts if out.find(places[s]) == root and v == 1]
        if inner and all(v == 1 for _, v in form.parts) and len(form.parts) == 2:
            (other,) = [out.find(places[s]) for s, _ in form.parts if s not in inner[:1]] or [root]
            low, high = out.extents.get(other, (0, 0))
            if other != root:
                out.shrinks[root] = max(out.shrinks.get(root, 0), high - low)
    for axis, form, places in out.constraints:
        root = out.find(axis)
        if root in small or (root in out.extents and root not in reached):
            continue
        reach = form.constant + sum(
            (v * out.extents.get(out.find(places[s]), (0, 2))[1 if v > 0 else 0] for s, v in form.parts), Fraction(0)
        )
        c = out.classes[root]
        if c.size is not None:
            continue
        start = c.low if c.low is not None and c.low <= 1 else out.base
        old = out.extents.get(root, (start, start))
        out.extents[root] = (old[0], max(old[1], min(int(reach), 12)))
