"""Extents of indices and shapes of tensors: what is given, and what follows from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import gcd

import sympy as sp

from symconv.errors import SizeError
from symconv.notation.affine import affine
from symconv.notation.parse.forms import LARGEST, Limit, Multiple, Within
from symconv.notation.parse.pieces import Access, Meaning, Piece, accesses
from symconv.notation.parse.source import Source

Shape = tuple[int, ...]
Span = tuple[int, int]

MAX_POINTS = 2**31
"""The most points of a sum over all its indices."""


@dataclass(frozen=True)
class Extents:
    """The extent of every index, equation by equation, and the shape of every tensor.

    ``left_out`` is how many leading axes of extent 1 the text does not write; ``chosen`` lists the extents that nothing
    decides and that were chosen.
    """

    indices: tuple[Mapping[str, int], ...]
    shapes: Mapping[str, Shape]
    left_out: Mapping[str, int]
    chosen: tuple[tuple[str, int], ...] = ()


def infer(
    source: Source, meanings: Sequence[Meaning], given: Mapping[str, Shape], default: int | None = None
) -> Extents:
    """Extents from conditions, from plain subscripts, then from affine ones; then every access is held against them.

    ``given`` are shapes of tensors; with ``default`` an extent that nothing decides is that. Raises SizeError for one
    that nothing decides, for an access that leaves its tensor, and for a condition that never holds.
    """
    solver = _Solver(source, meanings, given)
    solver.solve(default)
    for n, m in enumerate(meanings):
        solver.check(n, m)
    shapes = {name: tuple(int(e or 0) for e in axes) for name, axes in solver.axes.items()}
    return Extents(tuple(solver.extents), shapes, solver.left_out, tuple(solver.chosen))


class _Solver:
    def __init__(self, source: Source, meanings: Sequence[Meaning], given: Mapping[str, Shape]) -> None:
        self.source, self.meanings = source, meanings
        self.extents: list[dict[str, int]] = [dict(m.extents) for m in meanings]
        self.axes: dict[str, list[int | None]] = {}
        self.left_out: dict[str, int] = {}
        self.chosen: list[tuple[str, int]] = []
        self.stated: set[tuple[str, int]] = set()
        for m in meanings:
            for name, rank in m.ranks.items():
                self._tensor(m.places[name], name, rank, given)
            self._tensor(m.at, m.target, len(m.free), given)
            for axis, index in enumerate(m.free):
                if index is None:
                    self._single(m, axis)
        made = {m.target for m in meanings}
        for name, axes in self.axes.items():
            self.stated |= {(name, axis) for axis, n in enumerate(axes) if n is not None or name in made}

    def _tensor(self, at: int, name: str, rank: int, given: Mapping[str, Shape]) -> None:
        if name in self.axes:
            return
        shape = given.get(name)
        if shape is None:
            self.axes[name], self.left_out[name] = [None] * rank, 0
            return
        spare = len(shape) - rank
        if spare < 0 or any(n != 1 for n in shape[:spare]):
            written = " x ".join(map(str, shape)) or "a number"
            remedy = "write one subscript an axis; leading axes of extent 1 may be left out"
            raise self.source.error(at, f"{name} has {rank} subscripts, its shape is {written}", remedy, SizeError)
        self.axes[name], self.left_out[name] = list(shape), spare

    def _single(self, m: Meaning, axis: int) -> None:
        """The axis of a target where 0 stands has one entry."""
        place = axis + self.left_out[m.target]
        if (self.axes[m.target][place] or 1) != 1:
            problem = f"axis {axis} of {m.target} has the subscript 0 alone and {self.axes[m.target][place]} entries"
            raise self.source.error(m.at, problem, "write an index there, or give the axis the extent 1", SizeError)
        self.axes[m.target][place] = 1

    # ------------------------------------------------------------ what follows

    def solve(self, default: int | None) -> None:
        while True:
            if self._plain() or self._affine() or self._plain(limited=True) or self._shapes():
                continue
            missing = next(((n, i) for n, m in enumerate(self.meanings) for i in m.indices if self._open(n, i)), None)
            if missing is None:
                return
            n, index = missing
            if default is None:
                at = self.meanings[n].places[index]
                remedy = f"add where 0 <= {index} < ..., or the shape of a tensor with that subscript"
                raise self.source.error(at, f"nothing says how far index {index} runs", remedy, SizeError)
            self.extents[n][index] = default
            self.chosen.append((index, default))

    def _open(self, n: int, index: str) -> bool:
        return index not in self.extents[n]

    def _accesses(self) -> Iterator[tuple[int, Piece, Access, list[tuple[int, sp.Expr]]]]:
        """Every access with its axes: the equation, the piece, the access, pairs of an axis and its form."""
        for n, m in enumerate(self.meanings):
            for piece in m.pieces:
                for access in accesses(piece):
                    yield n, piece, access, self.subscripts(m, access)

    def subscripts(self, m: Meaning, access: Access) -> list[tuple[int, sp.Expr]]:
        """The axes that are written, with their forms."""
        name, forms = access
        return [(axis + self.left_out[name], f) for axis, f in enumerate(forms[: m.ranks[name]])]

    def _plain(self, *, limited: bool = False) -> bool:
        """Plain subscripts: the index runs over the axis, and an unknown axis is as long as its index.

        Those under a range of their own stay inside anyway and say less: they come last.
        """
        least: dict[tuple[int, str], int] = {}
        for n, piece, (name, _), axes in self._accesses():
            for axis, f in axes:
                known = self.axes[name][axis]
                if f.is_Symbol and known is not None and self._open(n, str(f)) and guarded(f, piece.limits) == limited:
                    least[n, str(f)] = min(least.get((n, str(f)), known), known)
        for (n, name), extent in least.items():
            self.extents[n][name] = extent
        found = bool(least)
        for n, m in enumerate(self.meanings):
            for axis, index in enumerate(m.free):
                place = axis + self.left_out[m.target]
                known = self.axes[m.target][place]
                if index and known is None and not self._open(n, index):
                    self.axes[m.target][place], found = self.extents[n][index], True
                elif index and known is not None and self._open(n, index):
                    self.extents[n][index], found = known, True
        return found

    def _affine(self) -> bool:
        """Affine subscripts of a known axis with one unknown index: as far as it stays inside."""
        most: dict[tuple[int, str], int] = {}
        for n, piece, (name, _), axes in self._accesses():
            for axis, f in axes:
                known = self.axes[name][axis]
                unknown = [z for z in f.free_symbols if self._open(n, str(z))]
                if known is None or len(unknown) != 1 or guarded(f, piece.limits):
                    continue
                (z,) = unknown
                a = int(affine(f, (z,))[0][z])
                low, high = span(f - a * z, self.extents[n])
                count = (known - 1 - high) // a + 1 if a > 0 else low // -a + 1
                if count < 1 or low < 0 or high >= known:
                    at = self.meanings[n].places[str(z)]
                    problem = f"no {z} keeps {name}[...{f}...] inside its {known} entries"
                    raise self.source.error(at, problem, "enlarge the tensor or add a condition", SizeError)
                key = (n, str(z))
                most[key] = min(most.get(key, count), count)
        for (n, index), count in most.items():
            self.extents[n][index] = count
        return bool(most)

    def _shapes(self) -> bool:
        """Axes that nothing gives: as long as the subscripts reach, once their indices are known."""
        reach: dict[tuple[str, int], int] = {}
        waiting: set[tuple[str, int]] = set()
        made = {m.target for m in self.meanings}
        for n, piece, (name, _), axes in self._accesses():
            for axis, f in axes:
                if self.axes[name][axis] is not None or name in made:
                    continue
                if any(self._open(n, str(z)) for z in f.free_symbols):
                    waiting.add((name, axis))
                    continue
                bounds = narrowed(f, piece.limits, self.extents[n])
                reach[name, axis] = max(reach.get((name, axis), 1), bounds[1] + 1)
        ready = {key: n for key, n in reach.items() if key not in waiting}
        for (name, axis), n in ready.items():
            self.axes[name][axis] = n
        return bool(ready)

    # ------------------------------------------------------------ checks

    def check(self, n: int, m: Meaning) -> None:
        """Every index has a place, every condition can hold, every access stays inside."""
        extents = self.extents[n]
        for index, extent in extents.items():
            if extent > LARGEST:
                problem = f"{index} has {extent} values, the limit is {LARGEST}"
                raise self.source.limit(m.places[index], problem, "use a smaller extent")
        for axis, name in enumerate(m.free):
            known = self.axes[m.target][axis + self.left_out[m.target]]
            if name and known != extents[name]:
                problem = f"{name} runs over {extents[name]} entries, axis {axis} of {m.target} has {known}"
                raise self.source.error(m.at, problem, "make the two agree", SizeError)
        for piece in m.pieces:
            for access in accesses(piece):
                for axis, f in self.subscripts(m, access):
                    self._agrees(n, m, piece, access, axis, f)
            points = 1
            for index in (*(f for f in m.free if f), *piece.bound):
                points *= extents[index]
            if points > MAX_POINTS:
                problem = f"{m.target} has {points} terms, the limit is {MAX_POINTS}"
                raise self.source.limit(m.at, problem, "use smaller extents")
            for limit in piece.limits:
                low, high = narrowed(limit.form, piece.limits, extents)
                if low > high or not _possible(limit, low, high):
                    problem = f"the condition on {limit.form} never holds"
                    raise self.source.error(limit.at, problem, "correct it", SizeError)
            for access in accesses(piece):
                for axis, f in self.subscripts(m, access):
                    self._inside(n, m, piece, access, axis, f)

    def _agrees(self, n: int, m: Meaning, piece: Piece, access: Access, axis: int, f: sp.Expr) -> None:
        """An index that no condition limits runs over the whole of every axis where it stands alone."""
        name, index = access[0], str(f)
        if not f.is_Symbol or (name, axis) not in self.stated or index in m.extents or guarded(f, piece.limits):
            return
        extent, runs = self.axes[name][axis], self.extents[n][index]
        if extent != runs:
            problem = f"{index} runs over {extent} entries of {name} here and over {runs} elsewhere"
            remedy = f"make the two agree, or add where 0 <= {index} < {min(runs, extent or runs)}"
            raise self.source.error(m.places.get(access, m.places[name]), problem, remedy, SizeError)

    def _inside(self, n: int, m: Meaning, piece: Piece, access: Access, axis: int, f: sp.Expr) -> None:
        name, extent = access[0], self.axes[access[0]][axis]
        low, high = narrowed(f, piece.limits, self.extents[n])
        assert extent is not None
        if low < 0 or high >= extent:
            where = m.places.get(access, m.places[name])
            reach = f"reaches {low}..{high}" if low != high else f"is {low}"
            remedy = f"add where 0 <= {f} < {extent}"
            if f.is_Symbol:
                remedy = f"add where 0 <= {f} < {extent}, or give {name} the extent {high + 1}"
            elif f.is_Integer:
                remedy = f"use 0 to {extent - 1}"
            problem = f"the subscript {f} of {name} {reach}, its axis has the entries 0..{extent - 1}"
            raise self.source.error(where, problem, remedy, SizeError)


def _possible(limit: Limit, low: int, high: int) -> bool:
    """Whether a form between these values can meet a condition on its remainder; 0 is its own only multiple."""
    if isinstance(limit, Within):
        return True
    coefficients, constant = affine(limit.form, sorted(limit.form.free_symbols, key=str))
    divisor = limit.divisor if isinstance(limit, Multiple) else 0
    step = gcd(divisor, *(int(a) for a in coefficients.values()))
    between = high // divisor * divisor >= low if divisor else low <= 0 <= high
    return between and int(constant) % step == 0


def span(f: sp.Expr, extents: Mapping[str, int]) -> Span:
    """The least and greatest value of a form over the whole domain."""
    symbols = sorted(f.free_symbols, key=str)
    coefficients, constant = affine(f, symbols)
    tops = [int(a) * (extents[str(z)] - 1) for z, a in coefficients.items()]
    return int(constant) + sum(min(0, t) for t in tops), int(constant) + sum(max(0, t) for t in tops)


def guarded(f: sp.Expr, limits: Sequence[Limit]) -> bool:
    """Whether a range limits the form, up to a constant and the sign."""
    return any(offset(f, limit) is not None for limit in limits)


def offset(f: sp.Expr, limit: Limit) -> tuple[int, int] | None:
    """(sign, c) with ``f = sign * form + c`` for a range; None for any other condition."""
    if isinstance(limit, Within):
        for sign in (1, -1):
            rest = sp.expand(f - sign * limit.form)
            if rest.is_Integer:
                return sign, int(rest)
    return None


def narrowed(f: sp.Expr, limits: Sequence[Limit], extents: Mapping[str, int]) -> Span:
    """The least and greatest value of a form where the ranges hold."""
    low, high = span(f, extents)
    for limit in limits:
        found = offset(f, limit)
        if found is None:
            continue
        assert isinstance(limit, Within)
        sign, c = found
        ends = (limit.low, None if limit.high is None else limit.high - 1)
        first, last = ends if sign == 1 else ends[::-1]
        low = low if first is None else max(low, sign * first + c)
        high = high if last is None else min(high, sign * last + c)
    return low, high
