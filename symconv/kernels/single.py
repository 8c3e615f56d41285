"""The spec of one layer on its own, without a model: what ``symconv.kernel`` computes."""

from __future__ import annotations

from collections.abc import Sequence

from symconv.derivation.backpropagate import Contribution, Derivation, Gradient
from symconv.derivation.layer import layer_gradient, roles
from symconv.derivation.local import ERROR
from symconv.errors import UsageError, show
from symconv.kernels.spec import KernelSpec, forward_spec, gradient_specs
from symconv.layers.common.fragment import Layer
from symconv.layers.common.sizes import shape as check_shape
from symconv.model import MAX_ENTRIES, Model, Node, Wiring


def single_node(layer: Layer, shape: Sequence[int], *, max_entries: int = MAX_ENTRIES) -> Node:
    """The layer wired to an input of that shape; tensors are named by the letters that the layer writes."""
    fragment = layer.fragment(check_shape(layer.kind, "input", shape))
    used = {i.name for q in (*fragment.equations, *fragment.shorthands) for t in q.terms for i in t.indices}
    first, output = fragment.inputs[0], fragment.output
    wiring = Wiring(layer.kind, fragment.shape(first), first.latex or "A", max_entries=max_entries)
    names = {
        t.name: t.latex for t in (*fragment.inputs[1:], *fragment.parameters)
        if len(t.latex) == 1 and t.latex not in used
    }
    return wiring.add(output.latex if len(output.latex) == 1 else "Y", layer, names=names)


def single_spec(
    layer: Layer, shape: Sequence[int], gradient: str | None = None, *, max_entries: int = MAX_ENTRIES
) -> KernelSpec:
    """The forward pass of a layer, or its gradient by ``input``, ``weight``, ``bias`` …

    Raises SizeError for shapes that do not fit, UsageError for a gradient that the layer does not have.
    """
    node = single_node(layer, shape, max_entries=max_entries)
    if gradient is None:
        return forward_spec(layer.kind, node)
    known = roles(node.fragment)
    if gradient not in known:
        raise UsageError(
            layer.kind,
            f"there is no gradient {show(gradient)}",
            f"choose one of {', '.join(known)}, or None for forward",
        )
    error = node.output if not node.output.shape else ERROR
    contribution = Contribution(node, gradient, layer_gradient(node.fragment, gradient), error)
    of = node.tensors[gradient]
    model = Model(layer.kind, node.tensors[node.fragment.inputs[0].name], (node,))
    (spec,) = gradient_specs(Derivation(model, {of.name: Gradient(of, (contribution,))}), node)
    return spec
