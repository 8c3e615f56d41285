"""The executable meaning of an Equation: its full array over any ring.

The domain of a Term is laid out as columns of integers (NumPy), guards mask it, and each node of the summand becomes
a column of ring elements. Only the order of factors (notation.summand) is shared with the lowering to kernels, so the
two can check each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from symconv.notation.affine import affine, flat, quotient
from symconv.notation.functions import function_of, is_gate
from symconv.notation.guards import Divides, Equal, Guard, Range, is_data
from symconv.notation.rewrite import substitute
from symconv.notation.rings import Ring
from symconv.notation.summand import data_guard, ordered_factors, ordered_terms
from symconv.notation.tensor import Tensor, base
from symconv.notation.term import Equation, Term

Column = list[Any]
Integers = NDArray[np.int64]


class _Domain:
    """The points of one Term that pass its guards, as columns."""

    def __init__(self, term: Term, operands: Mapping[str, Sequence[Any]], tensors: Mapping[str, Tensor]) -> None:
        extents = [int(i.extent) for i in term.indices]
        total = int(np.prod(extents, dtype=np.int64)) if extents else 1
        grid = np.unravel_index(np.arange(total), extents) if extents else ()
        self.symbols = tuple(term.extents)
        self.columns: dict[sp.Symbol, Integers] = dict(zip(self.symbols, grid, strict=True))
        self.count = total
        self.operands, self.tensors = operands, tensors
        self.brackets: list[tuple[sp.Indexed, sp.Expr]] = []
        self.term = term

    def keep(self, mask: NDArray[np.bool_]) -> None:
        if not mask.all():
            self.columns = {z: c[mask] for z, c in self.columns.items()}
            self.count = int(mask.sum())

    def integers(self, form: sp.Expr) -> Integers:
        """An affine form (or an exact quotient of one) at every point."""
        numerator, denominator = quotient(sp.sympify(form))
        coefficients, constant = affine(numerator, self.symbols)
        column = np.full(self.count, int(constant), dtype=np.int64)
        for z, a in coefficients.items():
            column += int(a) * self.columns[z]
        if denominator != 1:
            if (column % int(denominator)).any():
                raise IndexError(f"{form} is not an integer everywhere: no guard says that {denominator} divides")
            column //= int(denominator)
        return column

    def offsets(self, entry: sp.Indexed) -> Integers:
        tensor = self.tensors[base(entry)]
        return self.offset(entry.indices if tensor.shape else (), tensor, entry)

    def offset(self, at: Sequence[sp.Expr], tensor: Tensor, what: sp.Indexed | str) -> Integers:
        column = np.zeros(self.count, dtype=np.int64)
        for a, n in zip(at, tensor.sizes, strict=True):
            one = self.integers(a)
            if self.count and (one.min() < 0 or one.max() >= n):
                raise IndexError(f"{what}: subscript {a} leaves 0..{n - 1} of {tensor.name}")
            column = column * n + one
        return column

    def apply_guards(self, ring: Ring) -> None:
        for guard in self.term.guards:
            match guard:
                case Range(value, low, high):
                    v = self.integers(value)
                    self.keep((int(low) <= v) & (v < int(high)))
                case Divides(divisor, value):
                    self.keep(self.integers(value) % int(divisor) == 0)
                case Equal(value) if not is_data(guard):
                    self.keep(self.integers(value) == 0)
                case Equal(value):
                    entry, form = data_guard(value)
                    if ring.bracket is not None:
                        self.brackets.append((entry, form))
                        continue
                    source = self.operands[base(entry)]
                    chosen = np.array([int(source[n]) for n in self.offsets(entry)], dtype=np.int64)
                    self.keep(chosen == self.integers(form))


def evaluate(
    equation: Equation, operands: Mapping[str, Sequence[Any]], ring: Ring, *, at: tuple[int, ...] | None = None
) -> list[Any]:
    """The target's entries, row-major, over the ring; operands are row-major sequences by name.

    With ``at`` only that entry is computed, in time proportional to its own terms; the result has one element.
    Entries that nothing contributes to are the empty sum (or, for a max, -inf with argmax -1).
    Raises IndexError when an access leaves its tensor (every such access must be guarded), and for an ``at`` outside
    the target.
    """
    if at is not None and not (
        len(at) == len(equation.target.shape)
        and all(0 <= n < extent for n, extent in zip(at, equation.target.sizes, strict=True))
    ):
        raise IndexError(f"{equation.target.name} has no entry {at}: its shape is {equation.target.sizes}")
    tensors = {t.name: t for t in equation.operands}
    size = equation.target.length if at is None else 1
    where: list[Integers] = []
    values: Column = []
    positions: list[Integers] = []
    for term in equation.terms:
        if at is not None:
            term = _restrict(term, at)
        domain = _Domain(term, operands, tensors)
        domain.apply_guards(ring)
        if at is None:
            where.append(domain.offset(term.at, equation.target, equation.target.name))
        else:
            where.append(np.zeros(domain.count, dtype=np.int64))
        values += _summand(domain, term, ring)
        if equation.reduction != "sum":
            positions.append(domain.integers(flat(equation.terms[0].bound)))
    target = np.concatenate(where) if where else np.zeros(0, dtype=np.int64)
    ordered = np.argsort(target, kind="stable")
    if (np.diff(target) < 0).any():
        values = [values[n] for n in ordered]
    starts = np.searchsorted(target[ordered], np.arange(size + 1)).tolist()
    groups = [(starts[n], starts[n + 1]) for n in range(size)]
    if equation.reduction == "sum":
        return [ring.add(values[a:b]) for a, b in groups]
    reduce = ring.best if equation.reduction == "max" else ring.argbest
    assert reduce is not None, f"{ring.name} has no order"
    places = np.concatenate(positions)[ordered].tolist()
    return [reduce(values[a:b], places[a:b]) for a, b in groups]


def _restrict(term: Term, at: tuple[int, ...]) -> Term:
    """The term at one target entry: plain indices become numbers, other forms become deltas.

    A number must lie in its index's range, and be the same wherever the index stands (a diagonal ``T[i,i]``): the
    conditions that say so come first, so that no access is met outside the domain.
    """
    fixed: dict[sp.Expr, sp.Expr] = {}
    guards: list[Guard] = []
    extents = term.extents
    for a, n in zip(term.at, at, strict=True):
        if a.is_Symbol and a not in fixed:
            fixed[a] = sp.Integer(n)
            guards.append(Range(sp.Integer(n), sp.Integer(0), extents[a]))
        else:
            guards.append(Equal(a - n))
    left = replace(
        term, indices=tuple(i for i in term.indices if i.symbol not in fixed), guards=(*guards, *term.guards)
    )
    return substitute(left, fixed)


def _summand(domain: _Domain, term: Term, ring: Ring) -> Column:
    column = _column(term.summand, domain, ring)
    for entry, form in domain.brackets:
        assert ring.bracket is not None
        source = domain.operands[base(entry)]
        numbers = domain.integers(form).tolist()
        chosen = [
            ring.bracket(source[n], v) for n, v in zip(domain.offsets(entry).tolist(), numbers, strict=True)
        ]
        column = [ring.product(pair) for pair in zip(chosen, column, strict=True)]
    return column


def _column(e: sp.Expr, domain: _Domain, ring: Ring) -> Column:
    """One node of the summand at every point of the domain."""
    if isinstance(e, sp.Indexed):
        source = domain.operands[base(e)]
        return [source[n] for n in domain.offsets(e).tolist()]
    if e.is_Rational:
        return [ring.number(int(e.p), int(e.q))] * domain.count
    if e.is_Add:
        columns = [_column(a, domain, ring) for a in ordered_terms(e)]
        return [ring.add(row) for row in zip(*columns, strict=True)]
    if e.is_Mul:
        factors = ordered_factors(e, domain.tensors)
        gates = [f for f in factors if is_gate(f)] if ring.gate else []
        columns = [_column(f, domain, ring) for f in factors if f not in gates]
        if not columns:
            columns = [_column(gates.pop(), domain, ring)]
        column = [ring.product(row) for row in zip(*columns, strict=True)]
        for gate in gates:
            assert ring.gate is not None
            column = [ring.gate(s, rest) for s, rest in zip(_column(gate, domain, ring), column, strict=True)]
        return column
    if e.is_Pow and e.exp.is_Integer:
        inner = _column(e.base, domain, ring)
        powers = [v if e.exp in (1, -1) else ring.product([v] * abs(int(e.exp))) for v in inner]
        return [ring.inverse(v) for v in powers] if e.exp < 0 else powers
    if e.is_Function:
        name = function_of(e).name
        return [ring.function(name, v) for v in _column(e.args[0], domain, ring)]
    raise TypeError(f"no rule to evaluate {e}")
