"""What the right side of an equation means: pieces, each a sum over bound indices of one summand under limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

import sympy as sp

from symconv.notation import functions
from symconv.notation.parse.forms import Limit, form, limits
from symconv.notation.parse.parser import MAX_EXPONENT
from symconv.notation.parse.source import Source
from symconv.notation.parse.tree import (
    Call,
    Entry,
    Node,
    Number,
    Power,
    Product,
    Reduce,
    Statement,
    Sum,
    Under,
)

MAX_EXPANDED = 2_000
"""The most terms that a summand may have when it is multiplied out."""
OWN = "give it an equation of its own"

Access = tuple[str, tuple[sp.Expr, ...]]


@dataclass(frozen=True, slots=True)
class Piece:
    """``sum over bound of summand`` where the limits hold."""

    summand: sp.Expr
    bound: tuple[str, ...] = ()
    limits: tuple[Limit, ...] = ()

    @property
    def plain(self) -> bool:
        """Whether it is nothing but its summand."""
        return not self.bound and not self.limits


@dataclass(frozen=True)
class Meaning:
    """One equation: ``target[free] = reduction of pieces``.

    ``free`` has the index of each axis of the target, None for a subscript 0; ``extents`` are the ranges that its
    conditions give to plain indices; ``places`` says where an access, an index or a tensor first stands; ``ranks`` has
    every tensor that is read, in order of appearance, with its number of subscripts.
    """

    at: int
    target: str
    free: tuple[str | None, ...]
    reduction: str
    pieces: tuple[Piece, ...]
    extents: Mapping[str, int]
    places: Mapping[Access | str, int] = field(compare=False)
    ranks: Mapping[str, int] = field(default_factory=dict)

    @property
    def indices(self) -> tuple[str, ...]:
        """Free indices, then bound ones as they come."""
        names = (*(f for f in self.free if f), *(b for p in self.pieces for b in p.bound))
        return tuple(dict.fromkeys(names))


@lru_cache(maxsize=1024)
def accesses(piece: Piece) -> tuple[Access, ...]:
    """The entries that a piece reads, in a fixed order."""
    entries = sorted(piece.summand.atoms(sp.Indexed), key=sp.default_sort_key)
    return tuple((str(e.base.label), tuple(e.indices)) for e in entries)


def meaning(source: Source, statement: Statement) -> Meaning:
    """The pieces of an equation; raises SymconvError with line and column for what it cannot be."""
    return _Reader(source, statement).read()


class _Reader:
    def __init__(self, source: Source, statement: Statement) -> None:
        self.source, self.statement = source, statement
        self.places: dict[Access | str, int] = {}
        self.reads: dict[str, int] = {}
        self.indices: set[str] = set()
        self.free: tuple[str | None, ...] = ()

    def read(self) -> Meaning:
        s = self.statement
        self.free = tuple(self._axis(node) for node in s.target.subscripts)
        names = [f for f in self.free if f]
        for n, name in enumerate(names):
            if name in names[:n]:
                raise self.source.error(s.at, f"index {name} stands twice in the target", "use two indices and i = j")
        self.indices |= set(names)
        scope = frozenset(names)
        reduction, pieces = self._right(s.right, scope)
        given, extents = self._ranges(limits(self.source, s.conditions))
        pieces = self._under(pieces, given, scope)
        for name in self.reads:
            if name in self.indices:
                problem = f"{name} is an index and a tensor"
                raise self.source.error(self.places[name], problem, "give the tensor another name")
        kept = {name for p in pieces for name, _ in accesses(p)}
        for name in self.reads:
            if name not in kept:
                raise self.source.error(self.places[name], f"{name} cancels out", "leave it out")
        if any(p.summand == 0 for p in pieces):
            raise self.source.error(s.at, "a term is 0", "leave it out")
        return Meaning(s.at, s.target.name, self.free, reduction, pieces, extents, self.places, self.reads)

    def _axis(self, node: Node) -> str | None:
        """One subscript of the target: an index, or 0 for an axis with a single entry."""
        if isinstance(node, Number) and node.value == 0:
            return None
        if not isinstance(node, Entry) or node.bracketed:
            remedy = "write plain indices on the left, as C[k,l], and shift the subscripts on the right"
            raise self.source.error(node.at, "a subscript of the target is not a plain index", remedy)
        self.places.setdefault(node.name, node.at)
        return node.name

    def _right(self, node: Node, scope: frozenset[str]) -> tuple[str, tuple[Piece, ...]]:
        if isinstance(node, Reduce) and node.kind == "max":
            names = self._bind(node, scope)
            pieces = self._pieces(node.body, scope | set(names))
            if len(pieces) != 1 or pieces[0].bound:
                raise self.source.error(node.body.at, "a sum inside a maximum cannot be", OWN)
            return "max", (replace(pieces[0], bound=names),)
        return "sum", tuple(self._top(node, scope, 1))

    def _top(self, node: Node, scope: frozenset[str], sign: int) -> Iterator[Piece]:
        """The terms of the right side, in the order in which they are written."""
        if isinstance(node, Sum):
            for part, s in zip(node.parts, node.signs, strict=True):
                yield from self._top(part, scope, sign * s)
        else:
            yield from (replace(p, summand=sign * p.summand) for p in self._pieces(node, scope))

    # ------------------------------------------------------------ conditions

    def _ranges(self, given: tuple[Limit, ...]) -> tuple[tuple[Limit, ...], dict[str, int]]:
        """The limits that stay, and the extents: a range of a plain index from 0."""
        extents: dict[str, int] = {}
        rest = []
        for limit in given:
            low, high = getattr(limit, "low", 1), getattr(limit, "high", None)
            if limit.form.is_Symbol and low in (0, None) and (high is not None or low == 0):
                if high is None:
                    continue  # 0 <= k says nothing new
                if high < 1:
                    raise self.source.error(limit.at, f"the range of {limit.form} is empty", "give a larger limit")
                extents[str(limit.form)] = high
                self.places.setdefault(str(limit.form), limit.at)
            else:
                rest.append(limit)
        known = {*(f for f in self.free if f), *self.indices}
        for name in extents:
            if name not in known:
                raise self._unbound(self.places[name], name)
        return tuple(rest), extents

    def _under(self, pieces: tuple[Piece, ...], given: tuple[Limit, ...], scope: frozenset[str]) -> tuple[Piece, ...]:
        """Each limit on the pieces that have all of its indices."""
        for limit in given:
            used = {str(z) for z in limit.form.free_symbols}
            fits = [used <= scope | set(p.bound) for p in pieces]
            if not any(fits):
                inside = set().union(*(p.bound for p in pieces)) | scope
                strange = sorted(used - inside)
                if strange:
                    raise self._unbound(limit.at, strange[0])
                problem = f"no term has all indices of the condition on {limit.form}"
                raise self.source.error(limit.at, problem, "give each sum its own condition")
            pieces = tuple(
                replace(p, limits=(*p.limits, limit)) if fit else p for p, fit in zip(pieces, fits, strict=True)
            )
        return pieces

    def _unbound(self, at: int, name: str) -> Exception:
        return self.source.error(
            at, f"index {name} is neither in the target nor bound",
            f"write it into the target, or sum({name}) before the product",
        )

    # ------------------------------------------------------------ expressions

    def _bind(self, node: Reduce, scope: frozenset[str]) -> tuple[str, ...]:
        names: list[str] = []
        for entry in node.indices:
            if entry.name in scope or entry.name in names:
                raise self.source.error(entry.at, f"index {entry.name} is bound twice", "give one another name")
            names.append(entry.name)
            self.places.setdefault(entry.name, entry.at)
        self.indices |= set(names)
        return tuple(names)

    def _plain(self, node: Node, scope: frozenset[str], where: str) -> sp.Expr:
        """The value of a node that is no sum and has no conditions."""
        pieces = self._pieces(node, scope)
        if len(pieces) != 1 or not pieces[0].plain:
            what = "a sum" if len(pieces) != 1 or pieces[0].bound else "a condition"
            raise self.source.error(node.at, f"{what} {where} cannot be", OWN)
        return pieces[0].summand

    def _pieces(self, node: Node, scope: frozenset[str]) -> tuple[Piece, ...]:
        match node:
            case Number(_, value):
                return (Piece(sp.Rational(value.numerator, value.denominator)),)
            case Entry():
                return (Piece(self._entry(node, scope)),)
            case Sum(_, parts, signs):
                return self._sum(parts, signs, scope)
            case Product():
                return self._product(node, scope)
            case Power(at, base, exponent):
                return (Piece(self._power(at, self._plain(base, scope, "under a power"), exponent)),)
            case Call(at, name, argument):
                inner = self._plain(argument, scope, "inside a function")
                if not inner.free_symbols:
                    raise self.source.error(at, f"{name} of a number", "write the number that it is")
                function = getattr(functions if hasattr(functions, name) else sp, name)
                return (Piece(self._checked(at, function(inner))),)
            case Reduce(at, "max"):
                raise self.source.error(at, "a maximum inside an expression cannot be", OWN)
            case Reduce(_, _, _, body):
                names = self._bind(node, scope)
                inside = self._pieces(body, scope | set(names))
                for p in inside:
                    if both := set(names) & set(p.bound):
                        raise self.source.error(node.at, f"index {min(both)} is bound twice", "give one another name")
                return tuple(replace(p, bound=(*names, *p.bound)) for p in inside)
            case Under(_, body, conditions):
                pieces = self._pieces(body, scope)
                return self._under(pieces, limits(self.source, conditions), scope)
        raise TypeError(node)

    def _entry(self, node: Entry, scope: frozenset[str]) -> sp.Expr:
        forms = tuple(form(self.source, s) for s in node.subscripts)
        for part, written in zip(forms, node.subscripts, strict=True):
            for z in sorted(part.free_symbols, key=str):
                self.places.setdefault(str(z), written.at)
                if str(z) not in scope:
                    raise self._unbound(written.at, str(z))
        if not node.bracketed and node.name in scope:
            problem = f"index {node.name} stands as a number"
            raise self.source.error(node.at, problem, "give its values as a tensor of their own")
        self.places.setdefault(node.name, node.at)
        self.places.setdefault((node.name, forms or (sp.Integer(0),)), node.at)
        check_rank(self.source, node, self.reads.setdefault(node.name, len(forms)))
        return sp.Indexed(sp.IndexedBase(node.name), *(forms or (SCALAR,)))

    def _sum(self, parts: tuple[Node, ...], signs: tuple[int, ...], scope: frozenset[str]) -> tuple[Piece, ...]:
        """Plain parts are one summand, the others stay."""
        plain: list[sp.Expr] = []
        others: list[Piece] = []
        for part, sign in zip(parts, signs, strict=True):
            for p in self._pieces(part, scope):
                if p.plain:
                    plain.append(sign * p.summand)
                else:
                    others.append(replace(p, summand=sign * p.summand))
        whole = (Piece(sp.Add(*plain)),) if plain else ()
        return (*whole, *others)

    def _product(self, node: Product, scope: frozenset[str]) -> tuple[Piece, ...]:
        """Factors without a sum go into the one factor that is a sum."""
        rest = sp.Integer(1)
        several: tuple[Piece, ...] = ()
        for factor, power in zip(node.factors, node.powers, strict=True):
            if power < 0:
                divisor = self._plain(factor, scope, "in a divisor")
                rest = rest * self._power(factor.at, divisor, -1)
                continue
            pieces = self._pieces(factor, scope)
            if len(pieces) == 1 and pieces[0].plain:
                rest = rest * pieces[0].summand
            elif several:
                raise self.source.error(factor.at, "a product of two sums cannot be", OWN)
            else:
                several = pieces
        if not several:
            return (Piece(self._checked(node.at, rest)),)
        return tuple(replace(p, summand=self._checked(node.at, rest * p.summand)) for p in several)

    # ------------------------------------------------------------ numbers within bounds

    def _power(self, at: int, base: sp.Expr, exponent: int) -> sp.Expr:
        if exponent < 0 and base == 0:
            raise self.source.error(at, "a division by 0", "divide by something else")
        bits = max((max(abs(n.p), n.q).bit_length() for n in base.atoms(sp.Rational)), default=1)
        inner = max((abs(int(p.exp)) for p in base.atoms(sp.Pow)), default=1)
        if bits * abs(exponent) > 512 or (abs(exponent) > 1 and inner * abs(exponent) > MAX_EXPONENT):
            raise self.source.limit(at, "a power is too large", f"keep powers up to {MAX_EXPONENT}")
        return self._checked(at, base**exponent)

    def _checked(self, at: int, e: sp.Expr) -> sp.Expr:
        if e.has(sp.zoo, sp.nan, sp.oo):
            raise self.source.error(at, "a division by 0", "divide by something else")
        free = e.xreplace({x: sp.Dummy() for x in e.atoms(sp.Indexed)})
        if any(max(abs(n.p), n.q) > 2**53 for n in free.atoms(sp.Rational)):
            raise self.source.limit(at, "a number exceeds 2^53", "use numbers with fewer digits")
        if any(abs(int(p.exp)) > MAX_EXPONENT for p in free.atoms(sp.Pow)):
            raise self.source.limit(at, "a power is too large", f"keep powers up to {MAX_EXPONENT}")
        if _expanded(e) > MAX_EXPANDED:
            problem = f"multiplied out this has more than {MAX_EXPANDED} terms"
            raise self.source.limit(at, problem, "give a factor an equation of its own")
        return e


SCALAR = sp.Integer(0)
"""The subscript that SymPy wants of an entry without any."""


def check_rank(source: Source, entry: Entry, rank: int) -> None:
    """Raises ModelError when the entry has another number of subscripts than the tensor has elsewhere."""
    count = len(entry.subscripts)
    if count != rank:
        problem = f"{entry.name} stands with {count} subscripts here and with {rank} before"
        raise source.error(entry.at, problem, "write the same number everywhere")


def _expanded(e: sp.Expr) -> int:
    """How many terms an expression has, at most, when everything is multiplied out."""
    if isinstance(e, sp.Indexed) or not e.args:
        return 1
    counts = [_expanded(a) for a in e.args]
    if e.is_Add:
        return min(sum(counts), 10**9)
    if e.is_Mul:
        product = 1
        for n in counts:
            product = min(product * n, 10**9)
        return product
    if e.is_Pow:
        return min(counts[0] ** min(abs(int(e.exp)), MAX_EXPONENT), 10**9)
    return max(counts)
