"""Substitution, canonical form, numbers for sizes, names for tensors: rewrites that keep the meaning of a Term."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import sympy as sp

from symconv.notation.affine import affine, digits, interval, quotient
from symconv.notation.guards import Divides, Equal, Guard, Range, is_data, map_guard, order
from symconv.notation.index import Index, fresh, symbol
from symconv.notation.tensor import Tensor, base, partial
from symconv.notation.term import Equation, Term

Substitution = Mapping[sp.Expr, sp.Expr]


def tidy(entry: sp.Indexed) -> sp.Indexed:
    """The entry with its subscripts expanded, so that equal accesses are equal expressions."""
    return sp.Indexed(entry.base, *map(sp.expand, entry.indices))


def substitute(term: Term, values: Substitution) -> Term:
    """The term with symbols exchanged everywhere: target, summand, extents and guards."""
    if not values:
        return term
    table = dict(values)

    def inside(e: sp.Expr) -> sp.Expr:
        changed = sp.sympify(e).xreplace(table)
        return changed.xreplace({x: tidy(x) for x in changed.atoms(sp.Indexed)})

    return Term(
        tuple(sp.expand(a.xreplace(table)) for a in term.at),
        inside(term.summand),
        tuple(Index(i.name, i.extent.xreplace(table)) for i in term.indices),
        tuple(map_guard(g, inside) for g in term.guards),
    )


def rename_indices(term: Term, names: Mapping[str, str]) -> Term:
    """The term with its indices renamed at once (so that two may trade names)."""
    names = {a: b for a, b in names.items() if a != b}
    renamed = substitute(term, {symbol(a): symbol(b) for a, b in names.items()})
    return replace(renamed, indices=tuple(Index(names.get(i.name, i.name), i.extent) for i in renamed.indices))


def canonical(term: Term) -> Term:
    """Clear denominators, drop the guards that the ranges of the indices imply, drop repeats, sort by kind."""
    kept: list[Guard] = []
    extents = term.extents
    for guard in term.guards:
        clean = guard if is_data(guard) else _clean(guard)
        if not _implied(clean, extents) and clean not in kept:
            kept.append(clean)
    places = {i.symbol: n for n, i in enumerate(term.indices)}

    def first_use(guard: Guard) -> tuple[int, int]:
        used = [places[z] for z in guard.value.free_symbols if z in places]
        return (order(guard), min(used, default=-1))

    return replace(term, guards=tuple(sorted(kept, key=first_use)))


def _clean(guard: Guard) -> Guard:
    match guard:
        case Range(value, low, high):
            n, d = quotient(value)
            return Range(n, sp.expand(low * d), sp.expand(high * d))
        case Divides(divisor, value):
            n, d = quotient(value)
            return Divides(sp.expand(divisor * d), n)
        case Equal(value):
            return Equal(quotient(value)[0])


def _implied(guard: Guard, extents: dict[sp.Symbol, sp.Expr]) -> bool:
    if is_data(guard):
        return False
    match guard:
        case Range(value, low, high):
            if low == 0 and _multiple_below(value, high, extents):
                return True
            if low == 0 and digits(value, extents, high):
                return True
            span = interval(value, extents)
            return bool(span and low.is_number and high.is_number and low <= span[0] and span[1] < high)
        case Divides(divisor, value):
            return bool(divisor == 1 or quotient(value / divisor)[1] == 1)
        case Equal(value):
            return bool(value == 0)


def _multiple_below(value: sp.Expr, high: sp.Expr, extents: dict[sp.Symbol, sp.Expr]) -> bool:
    """Whether the value is ``a*z`` of one index z with ``a > 0`` and ``a*extent <= high``: then ``0 <= a*z < high``."""
    coefficients, constant = affine(value, tuple(extents))
    if constant != 0 or len(coefficients) != 1:
        return False
    ((z, a),) = coefficients.items()
    return bool(a.is_positive and sp.expand(high - a * extents[z]).is_nonnegative)


def instantiate(equation: Equation, sizes: Substitution) -> Equation:
    """Numbers for sizes: the one way from the general derivation to a kernel or a printed number.

    Index names that meant something only for general sizes stay; guards that the numbers imply go.
    """
    return bind(equation, sizes, {})


def bind(equation: Equation, sizes: Substitution, tensors: Mapping[str, Tensor]) -> Equation:
    """The equation with sizes put in and tensors exchanged by name; derivatives follow the tensors they are of.

    An exchanged tensor brings its name, axes and writing; its shape is what the equation says, with the sizes put in.
    Plain target indices are renamed to the new axes.
    """
    values = {k: sp.sympify(v) for k, v in sizes.items()}

    def exchanged(t: Tensor) -> Tensor:
        if t.quotient:
            of, by = map(exchanged, t.quotient)
            # A tensor whose axes are all squeezed away is no error: its derivative keeps the name of one.
            gradient = t.name == f"d{t.quotient[1].name}"
            return replace(partial(of, by), name=f"d{by.name}" if gradient else f"d{of.name}_d{by.name}")
        new = tensors.get(t.name, t)
        return replace(new, shape=tuple(sp.expand(n.xreplace(values)) for n in t.shape))

    operands = tuple(map(exchanged, equation.operands))
    bases = {old.name: new.name for old, new in zip(equation.operands, operands, strict=True)}

    def named(e: sp.Expr) -> sp.Expr:
        table = {x: sp.Indexed(sp.IndexedBase(bases[base(x)]), *x.indices) for x in e.atoms(sp.Indexed)}
        return e.xreplace(table)

    target = exchanged(equation.target)

    def changed(term: Term) -> Term:
        term = substitute(term, values)
        guards = tuple(map_guard(g, lambda e: named(e) if e.has(sp.Indexed) else e) for g in term.guards)
        term = replace(term, summand=named(term.summand), guards=guards)
        return canonical(rename_axes(term, target.axes) if term.gathers else term)

    winner = equation.winner and exchanged(equation.winner)
    return Equation(target, tuple(map(changed, equation.terms)), operands, equation.reduction, winner)


def rename_axes(term: Term, axes: tuple[str, ...]) -> Term:
    """Plain target indices take the names of the axes; the others keep theirs without primes, where those are free."""
    by_symbol = {i.symbol: i.name for i in term.indices}
    names = {by_symbol[a]: axis for a, axis in zip(term.at, axes, strict=True) if a in by_symbol}
    taken = set(names.values())
    for i in term.indices:
        if i.name not in names:
            names[i.name] = fresh(i.name.rstrip("_"), taken)
    return rename_indices(term, names)


def alpha(term: Term) -> tuple[object, ...]:
    """A form that does not depend on index names: equal forms are equal Terms (the converse is not promised)."""
    term = rename_indices(term, {i.name: f"z{n:02d}" for n, i in enumerate(term.indices)})
    return (term.at, sp.expand(term.summand), tuple(i.extent for i in term.indices), frozenset(term.guards))
