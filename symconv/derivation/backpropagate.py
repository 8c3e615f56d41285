"""backpropagate: from a model to the gradients of the error by every tensor, last layer first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import sympy as sp

from symconv.derivation.layer import LayerGradient, layer_gradient, roles
from symconv.derivation.local import ERROR
from symconv.derivation.rules.squeeze import squeeze_equation
from symconv.derivation.step import Step
from symconv.errors import UsageError, show
from symconv.model import Model, Node
from symconv.notation.evaluate import evaluate
from symconv.notation.rewrite import bind
from symconv.notation.rings import SYMPY
from symconv.notation.tensor import Tensor, partial
from symconv.notation.term import Equation, plus
from symconv.notation.written import subscripts


@dataclass(frozen=True)
class Contribution:
    """What one layer sends back to a tensor that it reads."""

    node: Node
    role: str
    layer: LayerGradient = field(repr=False)
    error: Tensor = field(repr=False)

    def bind(self, equation: Equation, *, numbers: bool = True) -> Equation:
        """An equation of the layer's derivation with the model's names, and its numbers unless told otherwise."""
        sizes = self.node.fragment.sizes if numbers else {}
        return bind(equation, sizes, {**self.node.tensors, ERROR.name: self.error})

    @cached_property
    def equation(self) -> Equation:
        """The gradient that this layer contributes, with names and numbers."""
        return self.bind(self.layer.result)

    @cached_property
    def inner(self) -> tuple[Equation, ...]:
        """Gradients inside the layer that the equation reads."""
        return tuple(self.bind(q) for q in self.layer.inner)

    @cached_property
    def written(self) -> Equation:
        """The equation with the layer's shorthands, as a person writes it."""
        return self.bind(self.layer.written)

    def steps(self, *, numbers: bool = True, squeezed: bool = True) -> tuple[Step, ...]:
        """The Steps with the model's names, without those that change nothing once numbers are in and unit axes out."""
        shown = []
        for step in self.layer.all_steps:
            new = show_step(self, step, numbers=numbers, squeezed=squeezed)
            if new.relation != "equal" or new.before != new.after:
                shown.append(new)
        return tuple(shown)


def show_step(contribution: Contribution, step: Step, *, numbers: bool, squeezed: bool) -> Step:
    """A Step of the general derivation with the model's names, and its numbers if wanted."""

    def view(q: Equation) -> Equation:
        bound = contribution.bind(q, numbers=numbers)
        return squeeze_equation(bound) if squeezed else bound

    before, after = view(step.before), view(step.after)
    names = {**contribution.node.tensors, ERROR.name: contribution.error}

    def tensor(t: Tensor) -> Tensor:
        if t.quotient:
            return partial(tensor(t.quotient[0]), tensor(t.quotient[1]))
        return names.get(t.name, t)

    by = step.by and before.operand(tensor(step.by).name)
    return replace(
        step, before=before, after=after, by=by,
        about=tuple(map(tensor, step.about)), given=tuple(map(view, step.given)),
    )


@dataclass(frozen=True)
class Gradient:
    """``dE/dX``: the sum of what every layer that reads X sends back."""

    of: Tensor
    contributions: tuple[Contribution, ...]

    @property
    def tensor(self) -> Tensor:
        """The gradient as a tensor."""
        return self.equation.target

    @cached_property
    def equation(self) -> Equation:
        """The gradient with names and numbers."""
        first, *rest = (c.equation for c in self.contributions)
        return plus(first, *rest)

    @cached_property
    def written(self) -> Equation:
        """The gradient with shorthands, axes of extent 1 unwritten: as the documents print it."""
        first, *rest = (squeeze_equation(c.written) for c in self.contributions)
        return plus(first, *rest)

    def steps(self, *, numbers: bool = True, squeezed: bool = True) -> tuple[Step, ...]:
        """All Steps, contribution after contribution."""
        return tuple(s for c in self.contributions for s in c.steps(numbers=numbers, squeezed=squeezed))


@dataclass(frozen=True)
class Derivation:
    """The gradients of a model, by the name of what they differentiate by, from the error backwards."""

    model: Model
    gradients: Mapping[str, Gradient]

    def gradient(self, name: str) -> Gradient:
        """The gradient by a parameter or activation; raises UsageError for a name that has none."""
        if name not in self.gradients:
            raise UsageError(
                f"model {self.model.name}",
                f"there is no gradient with respect to {show(name)}",
                f"choose one of {', '.join(self.gradients)}",
            )
        return self.gradients[name]

    def steps(self, name: str, *, numbers: bool = True) -> tuple[Step, ...]:
        """The Steps of one gradient, with the model's names."""
        return self.gradient(name).steps(numbers=numbers)

    def forward(self, name: str) -> Equation:
        """The forward equation of a tensor, with numbers, axes of extent 1 unwritten."""
        for q in self.model.program.equations:
            if q.target.name == name:
                return squeeze_equation(q)
        raise UsageError(f"model {self.model.name}", f"no equation defines {show(name)}", "name an activation")

    def expression(self, name: str, at: Sequence[int] = ()) -> sp.Expr:
        """``dE/d name`` at one entry, as a SymPy expression in the entries of the tensors that it reads.

        ``at`` counts the axes that are written (extent greater than 1) or all axes. Time is proportional to the terms
        of that entry. Raises UsageError for an entry that does not exist.
        """
        gradient = self.gradient(name)
        where = full_index(gradient.of, tuple(at))
        equation = gradient.equation
        operands = {t.name: Entries(t) for t in equation.operands}
        return evaluate(equation, operands, SYMPY, at=where)[0]

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        from symconv.notation.printing.show import bundle

        return bundle([g.written for g in self.gradients.values()])


class Entries(Sequence[sp.Expr]):
    """The entries of a tensor as SymPy objects, made when they are asked for."""

    def __init__(self, tensor: Tensor) -> None:
        self.tensor, self.base = tensor, sp.IndexedBase(tensor.name)
        self.made: dict[int, sp.Expr] = {}

    def __len__(self) -> int:
        return self.tensor.length

    def __getitem__(self, n: Any) -> Any:
        if n not in self.made:
            if not 0 <= n < self.tensor.length:
                raise IndexError(n)
            self.made[n] = sp.Indexed(self.base, *(subscripts(self.tensor, n) or (0,)))
        return self.made[n]


def full_index(tensor: Tensor, at: tuple[int, ...]) -> tuple[int, ...]:
    """The index over all axes, from one over all axes or over those with more than one entry."""
    sizes = tensor.sizes
    wide = [n for n, extent in enumerate(sizes) if extent != 1]
    whole: list[Any] = list(at)
    if len(at) == len(wide) != len(sizes):
        whole = [0] * len(sizes)
        for axis, value in zip(wide, at, strict=True):
            whole[axis] = value
    if len(whole) != len(sizes) or any(
        isinstance(a, bool) or not isinstance(a, int) or not 0 <= a < n for a, n in zip(whole, sizes, strict=False)
    ):
        extents = " x ".join(str(sizes[n]) for n in wide) or "a single entry"
        raise UsageError(tensor.name, f"entry {show(tuple(at))} does not exist", f"{tensor.name} is {extents}, from 0")
    return tuple(whole)


def backpropagate(model: Model) -> Derivation:
    """Reverse mode over the layers: every parameter and activation that the error depends on."""
    error = model.error
    reached = {model.loss.output.name}
    found: dict[str, list[Contribution]] = {}
    for node in reversed(model.nodes):
        if node.output.name not in reached:
            continue
        given = roles(node.fragment)
        reached |= {node.tensors[role].name for role in given}
        for role in reversed(given):
            name = node.tensors[role].name
            contribution = Contribution(node, role, layer_gradient(node.fragment, role), error)
            found.setdefault(name, []).append(contribution)
    # A gradient is complete once every layer that reads its tensor has been met: where the layer that makes it stands.
    order: dict[str, None] = {}
    for node in reversed(model.nodes):
        own = {t.name for t in (node.output, *node.parameters)}
        order |= dict.fromkeys(n for n in (node.output.name, *found) if n in own and n in found)
    order |= dict.fromkeys(found)  # the model's input
    tensors = model.program.tensors
    return Derivation(model, {name: Gradient(tensors[name], tuple(found[name])) for name in order})
