"""chain: the chain rule, a contraction over all entries of the tensor in between."""

from __future__ import annotations

from symconv.derivation.step import Step
from symconv.notation.index import Index
from symconv.notation.rewrite import rename_indices
from symconv.notation.tensor import Tensor
from symconv.notation.tensor import partial as partial_tensor
from symconv.notation.term import Equation, Term


def chain(equation: Equation, by: Tensor, error: Tensor) -> Step:
    """``dE/dX_a = sum_t dE/dT_t * dT_t/dX_a``, over every entry t of the target T."""
    target = equation.target
    jacobian = partial_tensor(target, by)
    through = tuple(Index(name, n) for name, n in zip(jacobian.axes, jacobian.shape, strict=True))
    rank = len(target.shape)
    middle, free = through[:rank], through[rank:]
    upstream, gradient = partial_tensor(error, target), partial_tensor(error, by)
    at_t, at_a = tuple(i.symbol for i in middle), tuple(i.symbol for i in free)
    term = Term(at_a, upstream[at_t] * jacobian[at_t + at_a], free + middle)
    # X's own axes are the free indices; the target's take primes where the names clash.
    names: dict[str, str] = {}
    taken = set(by.axes)
    for i, name in zip(free, by.axes, strict=True):
        names[i.name] = name
    for i in middle:
        new = i.name
        while new in taken:
            new += "_"
        taken.add(new)
        names[i.name] = new
    return Step(
        "chain",
        equation,
        Equation(gradient, (rename_indices(term, names),), (upstream, jacobian)),
        "{0} acts on {2} only through the entries of {1}: the chain rule sums over all of them.",
        (by, target, error),
        relation="adjoint",
        by=by,
    )
