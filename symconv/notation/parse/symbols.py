"""Symbols for sizes: from the numbers of one case to sizes for which every access stays inside whatever they are.

Axes and indices that run alike share a size. An axis that affine subscripts reach into is as long as they reach,
``n_k + n_i - 1``, plus a slack where it is longer. Where no such expression exists, the numbers stay numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import sympy as sp

from symconv.notation.affine import affine
from symconv.notation.index import padding, size
from symconv.notation.parse.extents import Extents, offset
from symconv.notation.parse.forms import Within
from symconv.notation.parse.pieces import Access, Meaning, Piece, accesses

Spot = tuple[str, int | str, str | int]
"""An index of an equation, ("index", equation, name), or an axis of a tensor, ("axis", name, axis)."""
Form = dict[sp.Symbol, int]
"""``sum of coefficient * (size - 1)`` (a slack counts as itself), without its constant."""


@dataclass(frozen=True)
class Sizes:
    """An expression for every index and axis, the numbers of its symbols, and constants that depend on sizes.

    ``forms`` has, by equation and access, the subscripts that differ from what was written: ``5 - k`` over six entries
    is ``n_k - 1 - k``.
    """

    of: Mapping[Spot, sp.Expr]
    numbers: Mapping[sp.Symbol, int]
    forms: Mapping[tuple[int, Access], tuple[sp.Expr, ...]]
    bounds: Mapping[tuple[int, Within], Spot]


@dataclass(frozen=True)
class _Reach:
    """How far a subscript reaches: ``constant + sum of coefficient * (extent of spot - 1)``, from 0."""

    parts: tuple[tuple[Spot, int], ...]
    constant: int


class _Unprovable(Exception):
    """No expression in sizes is long enough for this class and right for the numbers."""

    def __init__(self, root: Spot) -> None:
        self.root = root


def symbolic(meanings: Sequence[Meaning], extents: Extents) -> Sizes:
    """Sizes as symbols wherever every access is provably inside for all of them, numbers elsewhere."""
    return _Symbols(meanings, extents).sizes()


class _Symbols:
    def __init__(self, meanings: Sequence[Meaning], extents: Extents) -> None:
        self.meanings, self.extents = meanings, extents
        self.parent: dict[Spot, Spot] = {}
        self.bounds: dict[tuple[int, Within], Spot] = {}
        self.reaches: dict[Spot, list[_Reach]] = {}
        self.mirrored: list[tuple[int, Access, int, sp.Expr]] = []
        self.fixed: set[Spot] = set()
        self._unite()
        self._collect()

    # ------------------------------------------------------------ what runs alike

    def number(self, spot: Spot) -> int:
        kind, owner, what = spot
        if kind == "index":
            assert isinstance(owner, int)
            return self.extents.indices[owner][str(what)]
        return self.extents.shapes[str(owner)][int(what)]

    def spots(self) -> Iterator[Spot]:
        """Every index, then every axis."""
        for n, m in enumerate(self.meanings):
            for i in m.indices:
                yield ("index", n, i)
        for name, shape in self.extents.shapes.items():
            for axis in range(len(shape)):
                yield ("axis", name, axis)

    def root(self, spot: Spot) -> Spot:
        while (above := self.parent.get(spot, spot)) != spot:
            spot = above
        return spot

    def unite(self, one: Spot, other: Spot) -> None:
        first, second = self.root(one), self.root(other)
        if first != second:
            self.parent[second] = first

    def _subscripts(self) -> Iterator[tuple[int, Piece, Access, Spot, sp.Expr, int]]:
        for n, m in enumerate(self.meanings):
            for piece in m.pieces:
                for access in accesses(piece):
                    name, forms = access
                    for at, f in enumerate(forms[: m.ranks[name]]):
                        yield n, piece, access, ("axis", name, at + self.extents.left_out[name]), f, at

    def _unite(self) -> None:
        for n, m in enumerate(self.meanings):
            for at, name in enumerate(m.free):
                if name:
                    self.unite(("index", n, name), ("axis", m.target, at + self.extents.left_out[m.target]))
        for n, piece, _, axis, f, _ in self._subscripts():
            index: Spot = ("index", n, str(f))
            if f.is_Symbol and self.number(index) == self.number(axis):
                self.unite(index, axis)
            for limit in piece.limits:
                if _says(limit, f, self.number(axis)):
                    assert isinstance(limit, Within)
                    self.unite(self.bounds.setdefault((n, limit), axis), axis)

    # ------------------------------------------------------------ how far subscripts reach

    def _collect(self) -> None:
        for n, piece, access, axis, f, at in self._subscripts():
            index: Spot = ("index", n, str(f))
            if f.is_Symbol and self.root(index) == self.root(axis):
                continue
            self._reach(n, piece, access, axis, f, at)

    def _reach(self, n: int, piece: Piece, access: Access, axis: Spot, f: sp.Expr, at: int) -> None:
        """What one subscript asks of its axis; a low end that only numbers secure turns into sizes (a mirror)."""
        coefficients, constant = affine(f, sorted(f.free_symbols, key=str))
        parts = [(self.root(("index", n, str(z))), int(a)) for z, a in coefficients.items()]
        secured, ends = self._limited(n, f, piece)
        low = secured or (not _falling(parts) and constant >= 0)
        inside = [r for r in ends if self._far(r) < self.number(axis)]
        own = self.reaches.setdefault(self.root(axis), [])
        if low:
            rising = tuple((spot, a) for spot, a in parts if a > 0)
            own.append(min(inside, key=self._far) if inside else _Reach(rising, int(constant)))
            return
        rest = int(constant) - sum(a * (self.number(spot) - 1) for spot, a in _falling(parts))
        if ends or rest < 0:  # only the numbers are known to be inside
            self.fixed |= {self.root(axis), *(spot for spot, _ in parts)}
            self.fixed |= {self.root(spot) for r in ends for spot, _ in r.parts}
            return
        own.append(_Reach(tuple((spot, abs(a)) for spot, a in parts), rest))
        self.mirrored.append((n, access, at, f))

    def _limited(self, n: int, f: sp.Expr, piece: Piece) -> tuple[bool, list[_Reach]]:
        """Whether ranges keep the subscript from below, and how far each lets it reach."""
        secured, ends = False, []
        for limit in piece.limits:
            found = offset(f, limit)
            if found is None:
                continue
            assert isinstance(limit, Within)
            sign, c = found
            spot = self.bounds.get((n, limit))
            if spot is not None and sign == 1:  # 0 <= form < size
                secured |= c >= 0
                ends.append(_Reach(((self.root(spot), 1),), c))
                continue
            if spot is not None:
                self.fixed.add(self.root(spot))
            last = None if limit.high is None else limit.high - 1
            least, most = (limit.low, last) if sign == 1 else (last, limit.low)
            secured |= least is not None and sign * least + c >= 0
            if most is not None:
                ends.append(_Reach((), sign * most + c))
        return secured, ends

    def _far(self, reach: _Reach) -> int:
        """How far it is in numbers."""
        return reach.constant + sum(a * (self.number(spot) - 1) for spot, a in reach.parts)

    # ------------------------------------------------------------ expressions

    def sizes(self) -> Sizes:
        while True:
            self.of: dict[Spot, sp.Expr] = {}
            self.linear: dict[Spot, tuple[Form, int]] = {}
            self.numbers: dict[sp.Symbol, int] = {}
            try:
                for spot in self.spots():
                    self._express(self.root(spot), ())
            except _Unprovable as failure:
                self._fix(failure.root)
                continue
            every = {spot: self.of[self.root(spot)] for spot in self.spots()}
            return Sizes(every, self.numbers, self._forms(every), self.bounds)

    def _fix(self, root: Spot) -> None:
        """Numbers for a class and for all that reach into it."""
        todo = [root]
        while todo:
            one = todo.pop()
            self.fixed.add(one)
            todo += [
                self.root(spot) for r in self.reaches.get(one, []) for spot, _ in r.parts
                if self.root(spot) not in self.fixed
            ]

    def _express(self, root: Spot, above: tuple[Spot, ...]) -> None:
        if root in self.of:
            return
        number = self.number(root)
        reaches = [r for r in self.reaches.get(root, ()) if not _itself(r, root)]
        if root in self.fixed or number == 1:
            parts = [spot for r in reaches for spot, _ in r.parts]
            if any(self.root(spot) not in self.fixed and self.number(spot) != 1 for spot in parts):
                raise _Unprovable(root)
            self.of[root], self.linear[root] = sp.Integer(number), ({}, number - 1)
            return
        if root in above:
            raise _Unprovable(root)
        for r in reaches:
            for spot, _ in r.parts:
                self._express(self.root(spot), (*above, root))
        if not reaches:
            z = size(self._name(root))
            self.numbers[z] = number
            self.of[root], self.linear[root] = z, ({z: 1}, 0)
            return
        join, constant = self._join(reaches)
        spare = number - 1 - constant - sum(a * self._value(z) for z, a in join.items())
        if spare < 0:
            raise _Unprovable(root)
        if spare:
            z = padding(self._name(root, "r"))
            self.numbers[z] = spare
            join = {**join, z: 1}
        total = sp.Integer(constant + 1) + sp.Add(*(a * (z - 1 if z.is_positive else z) for z, a in join.items()))
        self.of[root], self.linear[root] = sp.expand(total), (join, constant)

    def _value(self, z: sp.Symbol) -> int:
        return self.numbers[z] - 1 if z.is_positive else self.numbers[z]

    def _join(self, reaches: Sequence[_Reach]) -> tuple[Form, int]:
        """The least linear form that is at least as large as each reach, coefficient by coefficient."""
        join: Form = {}
        most = 0
        for r in reaches:
            total: Form = {}
            constant = r.constant
            for spot, a in r.parts:
                linear, own = self.linear[self.root(spot)]
                constant += a * own
                for z, b in linear.items():
                    total[z] = total.get(z, 0) + a * b
            join = {z: max(join.get(z, 0), total.get(z, 0)) for z in (*join, *(t for t in total if t not in join))}
            most = max(most, constant)
        return join, most

    def _name(self, root: Spot, letter: str = "n") -> str:
        """``n_k`` after the first index of the class, else after the tensor."""
        kind, owner, what = root
        name = f"{letter}_{what}" if kind == "index" else f"{letter}_{owner}{what}"
        taken = {z.name for z in self.numbers}
        while name in taken:
            name += "_"
        return name

    def _forms(self, every: Mapping[Spot, sp.Expr]) -> dict[tuple[int, Access], tuple[sp.Expr, ...]]:
        """Mirrored subscripts with their constants in sizes."""
        found: dict[tuple[int, Access], tuple[sp.Expr, ...]] = {}
        for n, access, at, f in self.mirrored:
            coefficients, _ = affine(f, sorted(f.free_symbols, key=str))
            new = f
            for z, a in coefficients.items():
                if a < 0:
                    spot: Spot = ("index", n, str(z))
                    new += -a * (every[spot] - self.number(spot))
            forms = found.get((n, access), access[1])
            found[n, access] = (*forms[:at], sp.expand(new), *forms[at + 1:])
        return found


def _says(limit: object, f: sp.Expr, extent: int) -> bool:
    """Whether a limit says that the subscript lies within its axis: ``0 <= f < extent``."""
    return isinstance(limit, Within) and limit.form == f and limit.low == 0 and limit.high == extent


def _falling(parts: Sequence[tuple[Spot, int]]) -> list[tuple[Spot, int]]:
    """The parts that go down, with the size of their steps."""
    return [(spot, -a) for spot, a in parts if a < 0]


def _itself(reach: _Reach, root: Spot) -> bool:
    """Whether a subscript reaches no further than the index that runs over the axis, as a mirror does."""
    return reach.constant <= 0 and reach.parts == ((root, 1),)
