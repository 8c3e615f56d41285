"""From the text of equations to Equations with sizes: names checked, extents inferred, sizes turned into symbols."""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import sympy as sp

from symconv.errors import ModelError, NamingError, show
from symconv.notation.affine import affine
from symconv.notation.guards import Divides, Equal, Guard, Range
from symconv.notation.index import Index, symbol
from symconv.notation.parse.extents import Extents, Shape, infer
from symconv.notation.parse.forms import Limit, Multiple, Within, Zero
from symconv.notation.parse.parser import parse
from symconv.notation.parse.pieces import SCALAR, Access, Meaning, Piece, accesses, meaning
from symconv.notation.parse.source import WHERE, Source
from symconv.notation.parse.symbols import Sizes, symbolic
from symconv.notation.tensor import Tensor, base
from symconv.notation.term import Equation, Reduction, Term

ARGMAX = "_argmax"
ERROR = "E"
"""The letter of the error that gradients are of."""
ROLES = {"output": "the result", "argmax": "the winners of a maximum"}
"""Names that tensors have in every layer."""


@dataclass(frozen=True)
class Written:
    """Equations as they were written, before any size is known.

    ``reads`` are the tensors that no equation defines, ``makes`` those that one does, both in order of appearance.
    """

    source: Source
    meanings: tuple[Meaning, ...]

    @property
    def makes(self) -> tuple[str, ...]:
        """The targets; the last one is the result."""
        return tuple(m.target for m in self.meanings)

    @property
    def reads(self) -> tuple[str, ...]:
        """What comes from elsewhere."""
        made = set(self.makes)
        return tuple(dict.fromkeys(name for m in self.meanings for name in m.ranks if name not in made))

    def place(self, name: str) -> int:
        """Where a tensor first stands."""
        return next(m.places[name] for m in self.meanings if name in m.ranks)


@dataclass(frozen=True)
class Resolved:
    """Equations with symbols for sizes, and the numbers of those; ``chosen`` are extents that nothing decided."""

    equations: tuple[Equation, ...]
    sizes: Mapping[sp.Symbol, int]
    tensors: Mapping[str, Tensor]
    chosen: tuple[tuple[str, int], ...]


def read(text: str) -> Written:
    """The equations of a text; raises SymconvError with line and column for what they cannot be.

    >>> read("s = sum(i) A[i]^2; C[k] = A[k] / s").reads
    ('A',)
    """
    if not isinstance(text, str):
        raise ModelError(WHERE, f"{show(text)} is not a text", 'write one, as "C[k] = A[k] + B[k]"')
    return _read(text)


@lru_cache(maxsize=128)
def _read(text: str) -> Written:
    source = Source(text)
    written = Written(source, tuple(meaning(source, s) for s in parse(text)))
    _check_names(written)
    return written


def _check_names(written: Written) -> None:
    """Each tensor made once and before it is read, each but the last one read, no two names in each other's way."""
    source, last = written.source, written.meanings[-1]
    made: set[str] = set()
    targets = set(written.makes)
    indices = {i for m in written.meanings for i in m.indices}
    for m in written.meanings:
        for name in m.ranks:
            if name in targets and name not in made:
                problem = f"{name} is read before it is made"
                raise source.error(m.places[name], problem, "put its equation first, and read no tensor in its own")
        if m.target in made:
            raise source.error(m.at, f"{m.target} is made twice", "add both into one equation", NamingError)
        made.add(m.target)
    for m in written.meanings[:-1]:
        if not any(m.target in other.ranks for other in written.meanings):
            problem = f"nothing reads {m.target}"
            raise source.error(m.at, problem, "leave it out; the last equation makes the result")
    if not written.reads:
        raise source.error(last.at, "the equations read no tensor", "let them read one, as A[k]")
    names = {name: written.place(name) for name in written.reads} | {m.target: m.at for m in written.meanings}
    for name, at in names.items():
        if name in indices:
            problem = f"{name} is an index and a tensor"
            raise source.error(at, problem, "give one of them another name", NamingError)
        if name in ROLES or (name == ERROR and (name != last.target or last.free)):
            problem = f"{name} stands for " + (ROLES.get(name) or "the error whose gradients are taken")
            raise source.error(at, problem, "choose another name", NamingError)
        winner = name.endswith(ARGMAX) and name.removesuffix(ARGMAX) in names
        if winner or (name.startswith("d") and name[1:] in names):
            raise source.error(at, f"{name} is what belongs to another tensor", "choose another name", NamingError)


def resolve(written: Written, shapes: Mapping[str, Shape], default: int | None = None) -> Resolved:
    """The Equations for tensors of these shapes; what is not given follows from the equations.

    With ``default`` an extent that nothing decides is that. Raises SizeError for one that nothing decides, for an
    access that leaves its tensor, and for shapes that do not fit.
    """
    extents = infer(written.source, written.meanings, shapes, default)
    return _Builder(written, extents, symbolic(written.meanings, extents)).build()


class _Builder:
    def __init__(self, written: Written, extents: Extents, sizes: Sizes) -> None:
        self.written, self.extents, self.sizes = written, extents, sizes
        self.tensors: dict[str, Tensor] = {}

    def build(self) -> Resolved:
        equations: list[Equation] = []
        for n, m in enumerate(self.written.meanings):
            for name in m.ranks:
                if name not in self.tensors:
                    self.tensors[name] = self._tensor(name, self._axes(name))
            self.tensors[m.target] = self._tensor(m.target, self._target_axes(m))
            equations += self._equations(n, m)
        used = {z for t in self.tensors.values() for e in t.shape for z in e.free_symbols}
        used |= {z for q in equations for t in q.terms for i in t.indices for z in i.extent.free_symbols}
        sizes = {z: n for z, n in self.sizes.numbers.items() if z in used}
        return Resolved(tuple(equations), sizes, self.tensors, self.extents.chosen)

    # ------------------------------------------------------------ tensors

    def _tensor(self, name: str, axes: Sequence[str]) -> Tensor:
        rank = len(self.extents.shapes[name])
        return Tensor(name, tuple(self.sizes.of["axis", name, axis] for axis in range(rank)), tuple(axes))

    def _letters(self) -> Iterator[str]:
        """Names for axes that no index names."""
        taken = {i for m in self.written.meanings for i in m.indices} | {*self.written.makes, *self.written.reads}
        for letter in ("u", "v", "w", "x", "y", "z", *string.ascii_lowercase[:20]):
            if letter not in taken and letter != "n":
                yield letter
        for n in range(1, 1000):
            yield f"u{n}"

    def _target_axes(self, m: Meaning) -> list[str]:
        letters = self._letters()
        left_out = [next(letters) for _ in range(self.extents.left_out[m.target])]
        return [*left_out, *(f or next(letters) for f in m.free)]

    def _axes(self, name: str) -> list[str]:
        """The plain indices of the first access, other letters for the rest."""
        forms = next(
            forms for m in self.written.meanings for p in m.pieces for n, forms in accesses(p) if n == name
        )
        letters = self._letters()
        left_out = self.extents.left_out[name]
        axes = [next(letters) for _ in range(left_out)]
        for f in forms[: len(self.extents.shapes[name]) - left_out]:
            plain = f.is_Symbol and str(f) not in axes
            axes.append(str(f) if plain else next(letters))
        return axes

    # ------------------------------------------------------------ equations

    def _equations(self, n: int, m: Meaning) -> list[Equation]:
        target = self.tensors[m.target]
        operands = tuple(self.tensors[name] for name in m.ranks)
        free = tuple(self._index(n, f) for f in m.free if f)
        zeros = (sp.Integer(0),) * self.extents.left_out[m.target]
        at = (*zeros, *(symbol(f) if f else sp.Integer(0) for f in m.free))
        terms = tuple(self._term(n, m, piece, at, free) for piece in m.pieces)
        if m.reduction == "sum":
            return [Equation(target, terms, operands)]
        winner = Tensor(m.target + ARGMAX, target.shape, target.axes, "index", latex="M")
        pairs: tuple[tuple[Tensor, Reduction, Tensor | None], ...] = (
            (winner, "argmax", None), (target, "max", winner),
        )
        return [Equation(t, terms, operands, reduction, w) for t, reduction, w in pairs]

    def _index(self, n: int, name: str) -> Index:
        return Index(name, self.sizes.of["index", n, name])

    def _term(
        self, n: int, m: Meaning, piece: Piece, at: tuple[sp.Expr, ...], free: tuple[Index, ...]
    ) -> Term:
        entries = {e: self._entry(n, m, e) for e in piece.summand.atoms(sp.Indexed)}
        indices = (*free, *(self._index(n, b) for b in piece.bound))
        guards = tuple(self._guard(n, limit) for limit in piece.limits)
        return Term(at, piece.summand.xreplace(entries), indices, guards)

    def _entry(self, n: int, m: Meaning, e: sp.Indexed) -> sp.Indexed:
        """The entry of the whole tensor: zeros for the axes that were left out."""
        name = base(e)
        access: Access = (name, tuple(e.indices))
        forms = self.sizes.forms.get((n, access), access[1])[: m.ranks[name]]
        where = ((sp.Integer(0),) * self.extents.left_out[name]) + forms
        return sp.Indexed(sp.IndexedBase(name), *(where or (SCALAR,)))

    def _guard(self, n: int, limit: Limit) -> Guard:
        match limit:
            case Zero(_, f):
                return Equal(f)
            case Multiple(_, f, divisor):
                return Divides(sp.Integer(divisor), f)
            case Within(_, f, low, high):
                first, last = self._ends(n, f)
                spot = self.sizes.bounds.get((n, limit))
                upper = self.sizes.of[spot] if spot else last + 1 if high is None else sp.Integer(high)
                return Range(f, first if low is None else sp.Integer(low), sp.expand(upper))
        raise TypeError(limit)

    def _ends(self, n: int, f: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
        """The least and greatest value of a form over the whole domain, in sizes."""
        coefficients, constant = affine(f, sorted(f.free_symbols, key=str))
        low = high = constant
        for z, a in coefficients.items():
            top = a * (self.sizes.of["index", n, str(z)] - 1)
            low, high = (low, high + top) if a > 0 else (low + top, high)
        return sp.expand(low), sp.expand(high)
