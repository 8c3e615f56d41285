"""swap: put the partial derivatives into the chain rule; reverse mode as a scatter."""

from __future__ import annotations

from dataclasses import replace

from symconv.derivation.step import Step
from symconv.notation.rewrite import canonical
from symconv.notation.term import Equation


def swap(chained: Equation, jacobian: Equation) -> Step:
    """``dX[a(z)] += dT[t(z)] * slope(z)`` over the domain of the forward term: the entries of the jacobian that are not
    zero are exactly those that its terms name, so the sum over t collapses."""
    upstream = chained.operands[0]
    rank = len(upstream.shape)
    terms = []
    for term in jacobian.terms:
        summand = upstream[term.at[:rank] if rank else ()] * term.summand
        terms.append(canonical(replace(term, at=term.at[rank:], summand=summand)))
    return Step(
        "swap",
        chained,
        Equation(chained.target, tuple(terms), (upstream, *jacobian.operands)),
        "Only the entries that the forward equation pairs have a derivative: put them in.",
        (),
        (jacobian,),
    )
