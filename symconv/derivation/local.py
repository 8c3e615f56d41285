"""The gradient through one equation, for general sizes, derived once and kept."""

from __future__ import annotations

from functools import lru_cache

from symconv.derivation.rules.chain import chain
from symconv.derivation.rules.eliminate import eliminate
from symconv.derivation.rules.gather import gather
from symconv.derivation.rules.partial import occurrences, partial, slope
from symconv.derivation.rules.rename import rename
from symconv.derivation.rules.select import select
from symconv.derivation.rules.swap import swap
from symconv.derivation.step import Step
from symconv.notation.tensor import Tensor
from symconv.notation.term import Equation

ERROR = Tensor("E")
"""The scalar error of a local derivation; a model puts its own in."""


def depends(equation: Equation, by: Tensor) -> bool:
    """Whether some summand of the equation changes with a real entry of the tensor (a step does not)."""
    return by.kind == "real" and any(slope(t.summand, e) != 0 for t in equation.terms for e in occurrences(t, by))


@lru_cache(maxsize=4096)
def local_gradient(equation: Equation, by: Tensor, argmax: Equation | None = None) -> tuple[Step, ...]:
    """The Steps from a forward equation to ``dE/d by`` in gather form; sizes may be symbols.

    A max needs the equation of its argmax. The Step named ``swap`` holds the scatter form, the last one the result.
    """
    steps: list[Step] = []
    summed = equation
    if equation.reduction == "max":
        assert argmax is not None
        steps.append(select(equation, argmax))
        summed = steps[-1].after
    steps.append(partial(summed, by))
    jacobian = steps[-1].after
    steps.append(chain(summed, by, ERROR))
    steps.append(swap(steps[-1].after, jacobian))
    steps.append(gather(steps[-1].after))
    prefer = [i.name for t in summed.terms for i in (*t.free, *t.bound)]
    prefer = list(dict.fromkeys(prefer))
    while (step := eliminate(steps[-1].after, prefer)) is not None:
        steps.append(step)
    if (step := rename(steps[-1].after)) is not None:
        steps.append(step)
    return tuple(steps)
