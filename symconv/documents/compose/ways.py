"""The ways from the error back to a tensor, and the mark of what comes back along one of them.

A tensor that several equations read gets one part of its gradient from each. Until the parts are added up they must not
look like the whole: ``dE/dZ`` with a bar and the tensor behind it is the part that comes back through that tensor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from symconv.derivation.backpropagate import Contribution, Gradient, show_step
from symconv.derivation.layer import LayerGradient
from symconv.derivation.rules.squeeze import squeeze_tensor
from symconv.derivation.step import Step
from symconv.documents.compose.write import EQUALS, equation, join, listed, name
from symconv.documents.nodes import Formula, Math, Part, Prose
from symconv.notation.printing.printer import latex
from symconv.notation.tensor import Tensor
from symconv.notation.term import Equation

Mark = tuple[Tensor, ...]
"""The tensors that a part of a gradient comes back through; empty for the whole gradient."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way back to a tensor: the tensor that it leads through, and its Steps with the model's names."""

    through: Tensor
    steps: tuple[Step, ...]


def ways(contribution: Contribution, layer: LayerGradient | None = None) -> tuple[Way, ...]:
    """The ways through one layer, to the tensor of the contribution or to one inside of the layer.

    Where one starts at the error itself, the Steps that only carry dE/dE = 1 are left out.
    """
    found = []
    for path in (layer or contribution.layer).paths:
        through = squeeze_tensor(contribution.node.tensors[path.through.target.name])
        steps = told(contribution, path.steps)
        if through.name == contribution.error.name:
            steps = tuple(s for s in steps if not trivial(s, contribution.error))
        found.append(Way(through, steps))
    return tuple(found)


def told(contribution: Contribution, steps: Sequence[Step]) -> tuple[Step, ...]:
    """The Steps with the model's names and numbers, those that change nothing left out."""
    named = [show_step(contribution, s, numbers=True, squeezed=True) for s in steps]
    return tuple(s for s in named if s.relation != "equal" or s.before != s.after)


def trivial(step: Step, error: Tensor) -> bool:
    """Whether a Step only carries the factor dE/dE = 1 along."""
    return any(t.quotient and t.quotient[1].name == error.name for t in step.after.operands)


def mark_of(gradient: Gradient, contribution: Contribution) -> Mark:
    """The mark of what one layer sends back: none where no other layer does."""
    if len(gradient.contributions) == 1:
        return ()
    return tuple(w.through for w in ways(contribution))


def marked_ways(gradient: Gradient) -> tuple[tuple[Mark, Way], ...]:
    """Every way back to the tensor with its mark; no mark where there is a single way."""
    every = [w for c in gradient.contributions for w in ways(c)]
    return tuple(((w.through,) if len(every) > 1 else (), w) for w in every)


def via(formula: Formula, mark: Mark) -> Formula:
    r"""The part of a gradient: ``\left.\frac{\partial E}{\partial Z_{o}}\right|_{e}``, ``dE/dZ[o] via e``."""
    if not mark:
        return formula
    bar = ",".join(name(t).latex for t in mark)
    words = ", ".join(name(t).text for t in mark)
    return Formula(rf"\left.{formula.latex}\right|_{{{bar}}}", f"{formula.text} via {words}")


def marked(q: Equation, of: Tensor, mark: Mark) -> Math:
    """The index form as a displayed formula; where it is a part of the gradient ``of``, its left side says which."""
    if not mark or q.target.name != of.name:
        return equation(q)
    # A scatter with several left sides: one row for each, so that each can bear the mark.
    several = len({latex.left(q, t) for t in q.terms}) > 1
    each = [replace(q, terms=(t,)) for t in q.terms] if several else [q]
    return Math(tuple(replace(row, left=via(row.left, mark)) for one in each for row in equation(one).rows))


def added_up(whole: Formula, marks: Sequence[Mark]) -> Formula:
    """The sum of the parts."""
    parts: list[Formula | str] = []
    for mark in marks:
        part = via(whole, mark)
        parts += [" + "] if parts else []
        parts.append(Formula(part.latex, f"({part.text})"))
    return join(*parts)


def total(whole: Formula, marks: Sequence[Mark]) -> Formula:
    """``dE/dZ = dE/dZ|_E + dE/dZ|_e``."""
    return join(whole, EQUALS, added_up(whole, marks))


def opening(gradient: Gradient, marks: Sequence[Mark]) -> Prose:
    """Which equations read the tensor, and what the marks mean."""
    whole = name(gradient.tensor)
    readers = [name(t) for mark in marks for t in mark]
    meaning: list[Part] = []
    for mark in marks:
        meaning += [", " if meaning else " ", via(whole, mark), " is the part through ", *listed(list(map(name, mark)))]
    first = (
        name(gradient.of), " is read by the equations of ", *listed(readers),
        "; each way is taken by itself, and what it gives is marked until the ways are added up:",
    )
    return Prose((*first, *meaning, "."))
