"""turn: a gathering Term read from the other side, as a scattering one without quotients."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import sympy as sp

from symconv.notation.affine import affine, quotient
from symconv.notation.guards import Range
from symconv.notation.index import Index, fresh
from symconv.notation.rewrite import canonical, substitute
from symconv.notation.tensor import Tensor, base
from symconv.notation.term import Term

Tensors = Mapping[str, Tensor]


def unquotient(term: Term, tensors: Tensors, target: Tensor) -> Term | None:
    """The same sum without quotients: ``X[u] += D[(u+p-d*i)/s]`` becomes ``X[s*z+d*i-p] += D[z]``.

    The guards of a quotient r/s say that it is an entry of its axis; so z, which runs over that axis, may take the
    place of the target's index u, with r = s*z solved for u and ``0 <= u < extent`` as a new Range. None when some
    quotient has no such index of coefficient 1 or -1.
    """
    turned = _turn(term, tensors, target, lambda _, divisor: divisor != 1)
    return None if any(_quotients(turned)) else turned


def scatter(term: Term, tensors: Tensors, target: Tensor) -> Term:
    """Every access ``u - d*i + p`` made a plain index z, so that the target is met at ``z + d*i - p`` instead."""
    names = tuple(i.symbol for i in term.indices if i.extent != 1)
    return _turn(term, tensors, target, lambda numerator, _: len(affine(numerator, names)[0]) > 1)


def _quotients(term: Term) -> list[bool]:
    return [quotient(a)[1] != 1 for e in term.entries() for a in e.indices]


def _turn(term: Term, tensors: Tensors, target: Tensor, wanted: Callable[[sp.Expr, sp.Expr], bool]) -> Term:
    """Turn each wanted access once: every turn takes one plain index out of ``at``, so this ends."""
    for entry in term.entries():
        tensor = tensors[base(entry)]
        for axis, form in enumerate(entry.indices if tensor.shape else ()):
            numerator, divisor = quotient(form)
            u = _solvable(term, numerator) if wanted(numerator, divisor) else None
            if u is not None:
                z = Index(fresh(tensor.axes[axis], {i.name for i in term.indices}), tensor.shape[axis])
                return _turn(_exchange(term, u, z, numerator, divisor, target), tensors, target, wanted)
    return term


def _solvable(term: Term, numerator: sp.Expr) -> sp.Symbol | None:
    """The first plain index of the target that occurs with coefficient 1 or -1."""
    coefficients, _ = affine(numerator, tuple(term.extents))
    return next((a for a in term.at if a.is_Symbol and coefficients.get(a) in (1, -1)), None)


def _exchange(term: Term, u: sp.Symbol, z: Index, numerator: sp.Expr, divisor: sp.Expr, target: Tensor) -> Term:
    """z for u, where ``divisor * z = numerator``."""
    a = affine(numerator, tuple(term.extents))[0][u]
    solved = sp.expand((divisor * z.symbol - (numerator - a * u)) / a)
    extent = target.shape[term.at.index(u)]
    swapped = tuple(z if i.symbol == u else i for i in term.indices)
    turned = replace(substitute(term, {u: solved}), indices=swapped)
    return canonical(replace(turned, guards=(*turned.guards, Range(solved, sp.Integer(0), extent))))
