"""Term, Equation and Program: a model as a program of equations in index notation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import sympy as sp

from symconv.notation.affine import affine
from symconv.notation.guards import Guard, is_data
from symconv.notation.index import Index, Size
from symconv.notation.tensor import Tensor, base

Reduction = Literal["sum", "max", "argmax"]


@dataclass(frozen=True, slots=True)
class Term:
    """For every point of the domain that passes the guards: ``target[at] += summand``.

    ``at`` and every access are affine in the indices, so gather (``at`` = plain indices) and scatter
    (``at = s*k + i - p``) are one thing. Indices are ordered: free ones row-major, then bound in forward order.
    """

    at: tuple[sp.Expr, ...]
    summand: sp.Expr
    indices: tuple[Index, ...] = ()
    guards: tuple[Guard, ...] = ()

    @property
    def extents(self) -> dict[sp.Symbol, sp.Expr]:
        """Each index symbol with its extent."""
        return {i.symbol: i.extent for i in self.indices}

    @property
    def bound(self) -> tuple[Index, ...]:
        """The indices that ``at`` does not mention: those summed (or maximised) over."""
        used = set().union(*(a.free_symbols for a in self.at))
        return tuple(i for i in self.indices if i.symbol not in used)

    @property
    def free(self) -> tuple[Index, ...]:
        """The indices that ``at`` mentions."""
        bound = self.bound
        return tuple(i for i in self.indices if i not in bound)

    @property
    def gathers(self) -> bool:
        """Whether ``at`` is made of distinct plain indices and constants, so that each target is met by one place."""
        plain = [a for a in self.at if not a.is_Integer]
        return all(a.is_Symbol for a in plain) and len(set(plain)) == len(plain)

    def entries(self, name: str | None = None) -> tuple[sp.Indexed, ...]:
        """The entries (of one tensor, or all) that the summand and the guards read, in a fixed order."""
        found: set[sp.Indexed] = set(self.summand.atoms(sp.Indexed))
        for guard in self.guards:
            found |= guard.value.atoms(sp.Indexed)
        return tuple(sorted((e for e in found if name is None or base(e) == name), key=sp.default_sort_key))


@dataclass(frozen=True, slots=True)
class Equation:
    """A tensor as a sum of Terms, or as the max or argmax over the bound indices of one Term.

    ``operands`` are the tensors that the terms read, in the order in which their factors are written.
    ``winner`` names the argmax tensor of a max.
    """

    target: Tensor
    terms: tuple[Term, ...]
    operands: tuple[Tensor, ...] = ()
    reduction: Reduction = "sum"
    winner: Tensor | None = None

    def __post_init__(self) -> None:
        known = {t.name for t in self.operands}
        assert self.reduction == "sum" or len(self.terms) == 1
        for term in self.terms:
            assert len(term.at) == len(self.target.shape), (self.target.name, term.at)
            assert len({i.name for i in term.indices}) == len(term.indices), term.indices
            symbols = tuple(term.extents)
            for entry in term.entries():
                assert base(entry) in known, (self.target.name, entry, known)
            for form in (*term.at, *(a for e in term.entries() for a in e.indices)):
                affine(form, symbols)
            for guard in term.guards:
                if not is_data(guard):
                    affine(guard.value, symbols)

    def operand(self, name: str) -> Tensor:
        """The operand of that name, with the shape that this equation sees."""
        return next(t for t in self.operands if t.name == name)

    @property
    def reads(self) -> tuple[Tensor, ...]:
        """The operands that some term or guard really mentions."""
        names = {base(e) for t in self.terms for e in t.entries()}
        return tuple(t for t in self.operands if t.name in names)


@dataclass(frozen=True, slots=True)
class Program:
    """Equations in topological order, each tensor assigned once.

    ``constants`` are tensors through which nothing flows back: the shift of softmax, counts of a window.
    """

    inputs: tuple[Tensor, ...]
    equations: tuple[Equation, ...]
    constants: tuple[str, ...] = ()

    def equation(self, name: str) -> Equation:
        """The equation that defines the tensor of that name."""
        return next(q for q in self.equations if q.target.name == name)

    @property
    def tensors(self) -> dict[str, Tensor]:
        """Every tensor by name, inputs first."""
        return {t.name: t for t in (*self.inputs, *(q.target for q in self.equations))}


def equation(
    target: Tensor,
    at: tuple[Size, ...],
    summand: sp.Expr,
    operands: tuple[Tensor, ...],
    *,
    free: tuple[Index, ...] | None = None,
    bound: tuple[Index, ...] = (),
    guards: tuple[Guard, ...] = (),
    reduction: Reduction = "sum",
    winner: Tensor | None = None,
) -> Equation:
    """An Equation of one Term; ``free`` defaults to one index an axis of the target, named as ``at`` names it."""
    where = tuple(map(sp.sympify, at))
    if free is None:
        free = tuple(Index(str(a), n) for a, n in zip(where, target.shape, strict=True))
    term = Term(where, sp.sympify(summand), free + bound, guards)
    return Equation(target, (term,), operands, reduction, winner)


def plus(first: Equation, *others: Equation) -> Equation:
    """One Equation with the Terms of all, for the same target: a bias beside a convolution, a tensor used twice."""
    operands = {t.name: t for q in (first, *others) for t in q.operands}
    terms = tuple(t for q in (first, *others) for t in q.terms)
    return replace(first, terms=terms, operands=tuple(operands.values()))
