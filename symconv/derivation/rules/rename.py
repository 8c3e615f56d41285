"""rename: the target's own index names, and no prime that is not needed."""

from __future__ import annotations

from dataclasses import replace

from symconv.derivation.step import Step
from symconv.notation.rewrite import canonical, rename_axes
from symconv.notation.term import Equation


def rename(equation: Equation) -> Step | None:
    """Each term with its free indices named as the target's axes; None when nothing changes."""
    terms = tuple(canonical(rename_axes(t, equation.target.axes)) for t in equation.terms)
    if terms == equation.terms:
        return None
    return Step(
        "rename", equation, replace(equation, terms=terms), "Name the indices as {0} names them.", (equation.target,)
    )
