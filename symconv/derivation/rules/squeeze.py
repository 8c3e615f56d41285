"""squeeze: axes of extent 1 are not written, so a single image and channel shows ``C_{kl}``."""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from symconv.derivation.step import Step
from symconv.notation.guards import map_guard
from symconv.notation.rewrite import canonical, substitute
from symconv.notation.tensor import Tensor, base
from symconv.notation.term import Equation, Term


def squeeze_tensor(t: Tensor) -> Tensor:
    """The tensor without its axes of extent 1; the entries and their order are the same."""
    kept = [n for n, extent in enumerate(t.shape) if extent != 1]
    quotient = t.quotient and (squeeze_tensor(t.quotient[0]), squeeze_tensor(t.quotient[1]))
    return replace(
        t, shape=tuple(t.shape[n] for n in kept), axes=tuple(t.axes[n] for n in kept), quotient=quotient
    )


def squeeze_equation(equation: Equation) -> Equation:
    """The same equation between squeezed tensors; indices of extent 1 are 0 and gone."""
    old = {t.name: t for t in (*equation.operands, equation.target)}
    new = {name: squeeze_tensor(t) for name, t in old.items()}

    def entry(e: sp.Indexed) -> sp.Indexed:
        tensor = old[base(e)]
        return new[base(e)][tuple(a for a, n in zip(e.indices, tensor.shape, strict=False) if n != 1)]

    def expression(e: sp.Expr) -> sp.Expr:
        return e.xreplace({x: entry(x) for x in e.atoms(sp.Indexed)})

    def term(t: Term) -> Term:
        unit = {i.symbol: sp.Integer(0) for i in t.indices if i.extent == 1}
        t = replace(substitute(t, unit), indices=tuple(i for i in t.indices if i.extent != 1))
        at = tuple(a for a, n in zip(t.at, equation.target.shape, strict=True) if n != 1)
        guards = tuple(map_guard(g, expression) for g in t.guards)
        return canonical(replace(t, at=at, summand=expression(t.summand), guards=guards))

    operands = tuple(new[t.name] for t in equation.operands)
    winner = equation.winner and squeeze_tensor(equation.winner)
    terms = tuple(map(term, equation.terms))
    return Equation(new[equation.target.name], terms, operands, equation.reduction, winner)


def squeeze(equation: Equation) -> Step | None:
    """Axes of extent 1 left unwritten; None when there are none."""
    after = squeeze_equation(equation)
    if after == equation:
        return None
    return Step("squeeze", equation, after, "Axes with a single entry are not written.")
