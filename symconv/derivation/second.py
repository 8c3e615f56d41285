"""Second derivatives: the gradient program of a model, backpropagated once more.

With a direction V of the shape of X, the number ``S = sum_a V_a * dE/dX_a`` depends on X through the forward equations
and through every equation of the gradient; ``dS/dX = H V`` is the product of the Hessian of E with V, without any
Hessian being formed (Pearlmutter, Fast Exact Multiplication by the Hessian, 1994). Both passes are equations, so the
rules that derived the first derive the second.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import ClassVar

import sympy as sp

from symconv.derivation.backpropagate import Derivation, backpropagate
from symconv.errors import UsageError, show
from symconv.layers.common.fragment import Fragment, Remark, Shape
from symconv.model import Model, Node
from symconv.notation.guards import map_guard
from symconv.notation.index import Index
from symconv.notation.rewrite import bind
from symconv.notation.tensor import Tensor, base, partial
from symconv.notation.term import Equation, Term, plus


@dataclass(frozen=True)
class GradientProduct:
    """The whole forward and gradient program of a model as one layer whose output is ``S = sum_a V_a * dE/dX_a``.

    Its equations have numbers for sizes; gradients of the first pass carry a bar: ``C_bar`` is dE/dC.
    """

    by: str
    program: Fragment = field(repr=False)

    kind: ClassVar[str] = "gradient_product"
    loss: ClassVar[bool] = True
    inferred: ClassVar[Mapping[str, int]] = MappingProxyType({})

    def options(self) -> dict[str, object]:
        """Nothing beside the arrays."""
        return {}

    def fragment(self, shape: Shape) -> Fragment:  # noqa: ARG002
        """The equations, which are made for the model's input."""
        return self.program


def hessian_product(derivation: Derivation, name: str) -> Derivation:
    """``H V`` where H is the Hessian of the error by one tensor: the derivation of ``dS/dX``, S = <V, dE/dX>.

    The result is a derivation like any other: its model has one layer, its only gradient is that by ``name``, and the
    direction ``V`` is an input of its own. Raises UsageError for a tensor that is not a parameter or the model's input.

    >>> from symconv import derive
    >>> list(hessian_product(derive("slides"), "W").gradients)
    ['W']
    """
    model = derivation.model
    given = [model.input, *model.parameters]
    if name not in {t.name for t in given if t.name in derivation.gradients}:
        choice = ", ".join(t.name for t in given if t.name in derivation.gradients)
        raise UsageError(f"model {model.name}", f"{show(name)} is no input or parameter", f"choose one of {choice}")
    of = derivation.gradient(name).of
    needed = _needed(derivation, name)
    bars = _bars(needed, {t.name for q in needed for t in (q.target, *q.operands)})
    taken = {other for t in (*model.program.tensors, *bars.values()) for other in (str(t), f"d{t}")}
    direction = replace(of, name=_fresh("V", taken), latex="V")
    total = Tensor(_fresh("S", taken), latex="S")
    equations = tuple(_renamed(q, bars) for q in needed)
    gradient = equations[-1].target
    indices = tuple(Index(a, n) for a, n in zip(of.axes, of.shape, strict=True))
    at = tuple(i.symbol for i in indices)
    term = Term((), direction[at] * gradient[at], indices)
    end = Equation(replace(total, name="output"), (term,), (direction, gradient))
    behind = tuple(bars[t.name] for t in model.upstream if t.name in bars)
    product = backpropagate(_model(derivation, (*equations, end), of, direction, total, behind))
    if name not in product.gradients:
        of_it = f"{model.error.name} is" if model.behind is None else f"{model.loss.name} is"
        raise UsageError(f"model {model.name}", f"{of_it} linear in {name}", "its Hessian is zero")
    return product


def _fresh(name: str, taken: set[str]) -> str:
    while name in taken or f"d{name}" in taken:
        name += name[0]
    return name


def _needed(derivation: Derivation, name: str) -> tuple[Equation, ...]:
    """Forward equations, shorthands and gradients that dE/dX needs, in the order in which they are computed."""
    model = derivation.model
    available = [
        *model.program.equations,
        *(bind(q, node.fragment.sizes, node.tensors) for node in model.nodes for q in node.fragment.shorthands),
    ]
    for gradient in derivation.gradients.values():
        first, *rest = (c.written for c in gradient.contributions)
        available += [*(q for c in gradient.contributions for q in c.inner), plus(first, *rest)]
    made = {q.target.name: q for q in available}
    found: dict[str, Equation] = {}

    def need(target: str) -> None:
        if target in made and target not in found:
            q = made[target]
            for t in (*q.reads, *((q.winner,) if q.winner else ())):
                need(t.name)
            found[target] = q

    need(derivation.gradient(name).tensor.name)
    return tuple(found.values())


def _bars(equations: Sequence[Equation], taken: set[str]) -> dict[str, Tensor]:
    """The first gradients as tensors in their own right, which can be differentiated by: ``C_bar`` for dE/dC."""
    bars: dict[str, Tensor] = {}
    for t in (t for q in equations for t in (q.target, *q.operands) if t.quotient):
        if t.name not in bars and t.quotient is not None:
            name = _fresh(f"{t.quotient[1].name}_bar", taken)
            taken.add(name)
            letter = t.quotient[1].latex or t.quotient[1].name
            latex = rf"\bar{{{letter}}}" if len(letter) == 1 else rf"\overline{{{letter}}}"
            bars[t.name] = replace(t, name=name, latex=latex, quotient=None)
    return bars


def _renamed(q: Equation, names: Mapping[str, Tensor]) -> Equation:
    """The equation with some tensors under another name; their axes and shapes stay."""

    def new(t: Tensor) -> Tensor:
        return replace(names[t.name], shape=t.shape, axes=t.axes) if t.name in names else t

    def inside(e: sp.Expr) -> sp.Expr:
        return e.xreplace({x: sp.Indexed(new(q.operand(base(x))).name, *x.indices) for x in e.atoms(sp.Indexed)})

    terms = tuple(
        replace(t, summand=inside(t.summand), guards=tuple(map_guard(g, inside) for g in t.guards)) for t in q.terms
    )
    return replace(q, target=new(q.target), terms=terms, operands=tuple(map(new, q.operands)))


def _model(
    derivation: Derivation, equations: Sequence[Equation], of: Tensor, direction: Tensor, total: Tensor,
    behind: tuple[Tensor, ...],
) -> Model:
    """A model whose only layer is the program; S stands where the error stood."""
    first = derivation.model
    read = {t.name for q in equations for t in q.reads}
    parameters = tuple(t for t in first.parameters if t.name in read)
    inputs = (first.input, *(t for t in first.targets if t.name in read), *behind, direction)
    constants = tuple(c for c in first.program.constants if any(q.target.name == c for q in equations))
    program = Fragment(
        inputs, parameters, tuple(equations), {},
        remarks=(_remark(first, of, equations[-2].target, direction, total), *_held(first, of, behind)),
        data=tuple(t.name for t in (*inputs, *parameters) if t.name != of.name), constants=constants,
    )
    tensors = {t.name: t for t in (*inputs, *parameters, *(q.target for q in equations))} | {"output": total}
    node = Node(total.name, GradientProduct(of.name, program), (first.input.name,), program, tensors)
    return Model(f"{first.name}_hvp_{of.name}", first.input, (node,), first.values, first.origin, first.toml, of.name)


def _remark(model: Model, of: Tensor, bar: Tensor, direction: Tensor, total: Tensor) -> Remark:
    """What the program is, in words."""
    return Remark(
        "The forward pass of the model and the gradient of {0} that was derived from it; a bar marks a gradient: "
        "{1} is {2}. {3} is the product of {1} with a direction {4}, so its own gradient by {5} is the Hessian of {0} "
        "times {4}.",
        (model.error, bar, partial(model.error, of), total, direction, of),
    )


def _held(model: Model, of: Tensor, behind: tuple[Tensor, ...]) -> tuple[Remark, ...]:
    """That an error of which only the gradient is known counts as linear."""
    return tuple(
        Remark(
            "{0} is any error behind {1}: its gradient {2} is given and held fixed while {3} changes, so what {0} "
            "itself adds to the Hessian is left out.",
            (model.error, model.loss.output, bar, of),
        )
        for bar in behind
    )
