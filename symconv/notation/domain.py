"""Where equations are real and smooth: which operands must be positive."""

from __future__ import annotations

from collections.abc import Iterable

import sympy as sp

from symconv.notation.functions import FUNCTIONS
from symconv.notation.tensor import base
from symconv.notation.term import Equation


def positive_operands(equations: Iterable[Equation], *functions: str) -> frozenset[str]:
    """The names of tensors of which a root or a logarithm is taken, as the running variance of a normalisation.

    With ``functions`` only these count.
    """
    applied = (f for q in equations for t in q.terms for f in t.summand.atoms(sp.Function))
    rooted = (f for f in applied if FUNCTIONS[type(f).__name__].positive)
    chosen = (f for f in rooted if not functions or type(f).__name__ in functions)
    return frozenset(base(e) for f in chosen for e in f.args[0].atoms(sp.Indexed))
