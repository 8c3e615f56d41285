"""The spec of one layer on its own, without a model: what ``symconv.kernel`` computes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from symconv.derivation.backpropagate import Contribution, Derivation, Gradient
from symconv.derivation.layer import layer_gradient, roles
from symconv.derivation.local import ERROR
from symconv.errors import LimitError, UsageError, show
from symconv.kernels.spec import KernelSpec, forward_spec, gradient_specs
from symconv.layers.common.fragment import Authored, Layer, Shape
from symconv.layers.common.sizes import shape as check_shape
from symconv.model import MAX_ENTRIES, Model, Node, Wiring, check_count, letter
from symconv.notation.names import RESERVED
from symconv.notation.tensor import Tensor

Shapes = Sequence[int] | Sequence[Sequence[int]]
"""The shape of the input, or the shapes of several."""


def single_node(layer: Layer, shape: Shapes, *, max_entries: int = MAX_ENTRIES) -> Node:
    """The layer wired to an input of that shape; tensors are named by the letters that the layer writes.

    For a layer of several inputs ``shape`` is a sequence of shapes; the inputs are numbered (X1, X2 …) unless the layer
    names its tensors itself. Raises SizeError for what is no shape, or for shapes that the layer does not take.
    """
    several = isinstance(shape, (list, tuple)) and any(isinstance(s, (list, tuple)) for s in shape)
    if several:
        return _several(layer, tuple(check_shape(layer.kind, "input", s) for s in shape), max_entries)
    one = check_shape(layer.kind, "input", shape)
    if isinstance(layer, Authored):
        return _several(layer, (one,), max_entries)
    check_count(layer.kind, layer, (one,))
    fragment = layer.fragment(one)
    used = {i.name for q in (*fragment.equations, *fragment.shorthands) for t in q.terms for i in t.indices}
    first, output = fragment.inputs[0], fragment.output
    name = f"{layer.kind}_layer" if layer.kind in RESERVED else layer.kind
    wiring = Wiring(name, fragment.shape(first), first.latex or "A", max_entries=max_entries)
    names = {
        t.name: t.latex for t in (*fragment.inputs[1:], *fragment.parameters)
        if len(t.latex) == 1 and t.latex not in used
    }
    return wiring.add(output.latex if len(output.latex) == 1 else "Y", layer, names=names)


def _several(layer: Layer, shapes: tuple[Shape, ...], max_entries: int) -> Node:
    check_count(layer.kind, layer, shapes)
    layer = layer.reading(*shapes) if isinstance(layer, Authored) else layer
    fragment = layer.fragment(*shapes)
    made = (*(q.target for q in fragment.equations), *(q.target for q in fragment.shorthands))
    tensors: dict[str, Tensor] = {}
    for n, t in enumerate((*fragment.inputs, *fragment.parameters, *made)):
        own = fragment.names.get(t.name)
        free = len(t.latex) == 1 and t.latex not in fragment.names.values()
        symbol = own or (t.latex if free else t.name)
        numbered = n < len(shapes) and own is None
        name = f"{symbol}{n + 1}" if numbered else symbol
        latex = f"{symbol}^{{({n + 1})}}" if numbered else letter(own) if own else t.latex or t.name
        tensors[t.name] = replace(t, name=name, shape=fragment.shape(t), latex=latex)
        if tensors[t.name].length > max_entries:
            problem = f"{t.name} has {tensors[t.name].length} entries, the limit is {max_entries}"
            raise LimitError(layer.kind, problem, "make it smaller or raise max_entries")
    sources = tuple(tensors[t.name].name for t in fragment.inputs[: len(shapes)])
    return Node(tensors["output"].name, layer, sources, fragment, tensors)


def single_spec(
    layer: Layer, shape: Shapes, gradient: str | None = None, *, max_entries: int = MAX_ENTRIES
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
