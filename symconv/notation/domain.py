"""Where equations are real and smooth: which operands had better be positive."""

from __future__ import annotations

from collections.abc import Iterable

import sympy as sp

from symconv.notation.functions import FUNCTIONS
from symconv.notation.tensor import base
from symconv.notation.term import Equation


def positive_operands(equations: Iterable[Equation], *functions: str) -> frozenset[str]:
    """The names of tensors of which a root or a logarithm is taken, as the running variance of a normalisation, and of
    those that divide.

    With ``functions`` only these count.
    """
    equations = tuple(equations)
    applied = (f for q in equations for t in q.terms for f in t.summand.atoms(sp.Function))
    rooted = (f for f in applied if FUNCTIONS[type(f).__name__].positive)
    chosen = (f for f in rooted if not functions or type(f).__name__ in functions)
    powers = (p for q in equations for t in q.terms for p in t.summand.atoms(sp.Pow) if not functions)
    divisors = (p.base for p in powers if p.exp.is_negative)
    return frozenset(base(e) for x in (*(f.args[0] for f in chosen), *divisors) for e in x.atoms(sp.Indexed))
