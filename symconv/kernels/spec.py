"""KernelSpec: one function to be generated – the slice of a program that leads from its arguments to its results."""

from __future__ import annotations

from dataclasses import dataclass, field

from symconv.derivation.backpropagate import Derivation
from symconv.model import Node
from symconv.notation.tensor import Tensor
from symconv.notation.term import Equation


@dataclass(frozen=True)
class KernelSpec:
    """A function from ``inputs`` to ``outputs``.

    ``equations`` have numbers for sizes and are in topological order; a target that is not an output is an
    intermediate value. ``layer`` and ``quantity`` say what it is: ``("C", "C")`` is the forward pass of layer C,
    ``("C", "dF")`` the gradient by F through it. ``roles`` gives the role of each tensor in its layer.
    ``kind`` is ``forward`` or ``gradient``; for a gradient ``by`` is the role of the tensor differentiated by.
    """

    name: str
    model: str
    layer: str
    quantity: str
    kind: str
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    equations: tuple[Equation, ...]
    by: str = ""
    roles: tuple[tuple[str, str], ...] = ()
    node: Node | None = field(default=None, repr=False, compare=False)

    @property
    def intermediates(self) -> tuple[Tensor, ...]:
        """What the function computes on the way."""
        results = {t.name for t in self.outputs}
        return tuple(q.target for q in self.equations if q.target.name not in results)


def _slice(goals: list[Equation], available: list[Equation]) -> tuple[Equation, ...]:
    """The goals and every available equation that they need, in topological order."""
    made = {q.target.name: q for q in available}
    found: list[Equation] = []

    def need(q: Equation) -> None:
        if q in found:
            return
        for t in q.reads:
            if t.name in made and made[t.name] is not q:
                need(made[t.name])
        if q not in found:
            found.append(q)

    for q in goals:
        need(q)
    return tuple(found)


def _inputs(equations: tuple[Equation, ...], order: list[str]) -> tuple[Tensor, ...]:
    made = {q.target.name for q in equations}
    read = {t.name: t for q in equations for t in q.reads if t.name not in made}
    return tuple(sorted(read.values(), key=lambda t: order.index(t.name) if t.name in order else len(order)))


def _roles(node: Node, spec_tensors: tuple[Tensor, ...]) -> tuple[tuple[str, str], ...]:
    by_name = {t.name: role for role, t in node.tensors.items()}
    by_name |= {f"d{t.name}": f"d{role}" for role, t in node.tensors.items()}
    return tuple((t.name, by_name.get(t.name, t.name)) for t in spec_tensors)


def forward_spec(model: str, node: Node) -> KernelSpec:
    """The forward pass of a layer: its output and what the backward pass will take (an argmax)."""
    by_target = {q.target.name: q for q in node.equations}
    outputs = [node.output.name, *(node.tensors[s].name for s in node.fragment.saved)]
    equations = _slice([by_target[name] for name in outputs], list(by_target.values()))
    targets = {q.target.name: q.target for q in equations}
    order = [t.name for t in node.tensors.values()]
    inputs, results = _inputs(equations, order), tuple(targets[name] for name in outputs)
    return KernelSpec(
        f"{model}_{node.name}_forward", model, node.name, node.name, "forward", inputs, results, equations,
        roles=_roles(node, inputs + results), node=node,
    )


def gradient_specs(derivation: Derivation, node: Node) -> tuple[KernelSpec, ...]:
    """The gradients through one layer: one function for each input and parameter that has one."""
    model = derivation.model.name
    specs = []
    for gradient in derivation.gradients.values():
        for contribution in gradient.contributions:
            if contribution.node.name != node.name:
                continue
            saved = {node.tensors[s].name for s in node.fragment.saved}
            available = [q for q in node.equations if q.target.name not in saved]
            available += [*contribution.inner, contribution.equation]
            equations = _slice([contribution.equation], available)
            order = [t.name for t in node.tensors.values()]
            inputs = _inputs(equations, order)
            target = contribution.equation.target
            specs.append(
                KernelSpec(
                    f"{model}_{node.name}_{target.name}", model, node.name, target.name, "gradient",
                    inputs, (target,), equations, contribution.role, _roles(node, (*inputs, target)), node,
                )
            )
    return tuple(specs)


def model_specs(derivation: Derivation) -> tuple[KernelSpec, ...]:
    """Every forward and every gradient of a model, layer by layer."""
    model = derivation.model
    specs: list[KernelSpec] = []
    for node in model.nodes:
        specs.append(forward_spec(model.name, node))
        specs += gradient_specs(derivation, node)
    return tuple(specs)
