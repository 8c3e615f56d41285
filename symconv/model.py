"""Model: layers wired into a graph that ends in a scalar error, as one Program."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import prod

import sympy as sp

from symconv.errors import LimitError, ModelError
from symconv.layers.common.fragment import Fragment, Layer, Shape
from symconv.notation.names import check_distinct, check_name
from symconv.notation.rewrite import bind
from symconv.notation.tensor import Tensor
from symconv.notation.term import Equation, Program

MAX_ENTRIES = 2**26
"""The most entries that one tensor may have unless the caller allows more."""


@dataclass(frozen=True)
class Node:
    """One layer of a model: its name (that of its output), what it reads, and the tensors its roles stand for."""

    name: str
    layer: Layer
    inputs: tuple[str, ...]
    fragment: Fragment = field(repr=False)
    tensors: Mapping[str, Tensor] = field(repr=False)

    @property
    def values(self) -> dict[sp.Symbol, int]:
        """The number of every size symbol."""
        return dict(self.fragment.sizes)

    @property
    def equations(self) -> tuple[Equation, ...]:
        """The layer's equations with the model's names and numbers."""
        return tuple(bind(q, self.fragment.sizes, self.tensors) for q in self.fragment.equations)

    @property
    def output(self) -> Tensor:
        """The tensor that the next layer reads."""
        return self.tensors["output"]

    @property
    def parameters(self) -> tuple[Tensor, ...]:
        """The layer's own weights."""
        return tuple(self.tensors[t.name] for t in self.fragment.parameters)

    def role(self, name: str) -> str:
        """The role that a tensor of the model plays in this layer."""
        return next(role for role, t in self.tensors.items() if t.name == name)


@dataclass(frozen=True)
class Model:
    """A graph of layers whose last one is the loss; ``values`` are optional numbers for a worked example."""

    name: str
    input: Tensor
    nodes: tuple[Node, ...]
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def loss(self) -> Node:
        """The node whose output is the error."""
        return self.nodes[-1]

    @property
    def error(self) -> Tensor:
        """The scalar error E."""
        return self.loss.output

    @property
    def parameters(self) -> tuple[Tensor, ...]:
        """Every layer's weights, first layer first."""
        return tuple(t for node in self.nodes for t in node.parameters)

    @property
    def targets(self) -> tuple[Tensor, ...]:
        """What the loss compares with: inputs of the model that no layer makes."""
        made = {self.input.name, *(node.output.name for node in self.nodes)}
        return tuple(
            node.tensors[t.name] for node in self.nodes for t in node.fragment.inputs
            if node.tensors[t.name].name not in made
        )

    @property
    def program(self) -> Program:
        """The whole model with numbers for sizes."""
        equations = tuple(q for node in self.nodes for q in node.equations)
        constants = tuple(node.tensors[c].name for node in self.nodes for c in node.fragment.constants)
        return Program((self.input, *self.parameters, *self.targets), equations, constants)

    def node(self, name: str) -> Node:
        """The layer whose output has that name; raises ModelError when there is none."""
        for node in self.nodes:
            if node.name == name:
                return node
        names = ", ".join(n.name for n in self.nodes)
        raise ModelError(f"model {self.name}", f"no layer is called {name!r}", f"choose one of {names}")


def letter(name: str) -> str:
    """How a name is written in TeX: ``C1`` as ``C^{(1)}``, words upright.

    >>> letter("C1"), letter("A"), letter("probability")
    ('C^{(1)}', 'A', '\\\\mathrm{probability}')
    """
    found = re.fullmatch(r"([A-Za-z])_?([0-9]+)", name)
    if found:
        return f"{found[1]}^{{({found[2]})}}"
    return name if len(name) == 1 else r"\mathrm{" + name.replace("_", r"\_") + "}"


class Wiring:
    """Builds a Model layer by layer; every size and name is checked as it comes."""

    def __init__(self, name: str, input_shape: Sequence[int], input_name: str = "A", *, max_entries: int = MAX_ENTRIES):
        self.name = check_name("model", name, what="model name")
        self.max_entries = max_entries
        self.nodes: list[Node] = []
        self.shapes: dict[str, Shape] = {}
        self.names: dict[str, Tensor] = {}
        self.last = check_name(f"model {name}", input_name, what="input_name")
        self._limit("input", tuple(input_shape))
        self.shapes[self.last] = tuple(input_shape)

    def _limit(self, where: str, shape: Shape) -> None:
        count = prod(shape)
        if count > self.max_entries:
            raise LimitError(
                f"model {self.name}",
                f"{where} has {count} entries, the limit is {self.max_entries}",
                "make it smaller or raise max_entries (--max-entries)",
            )

    def shape(self, name: str | None = None) -> Shape:
        """The shape of a tensor made so far, of the last one by default."""
        return self.shapes[self.last if name is None else name]

    def add(
        self,
        name: str,
        layer: Layer,
        *,
        inputs: Sequence[str] | None = None,
        names: Mapping[str, str] | None = None,
    ) -> Node:
        """Wire a layer to the last output, or to the tensors named; ``names`` name its parameters and target by role.

        Raises SizeError when the shapes do not fit, NamingError for a name that is taken, LimitError for a size.
        """
        where = f"layer {name}"
        names = dict(names or {})
        sources = tuple(inputs or (self.last,))
        fragment = layer.fragment(*(self.shapes[s] for s in sources))
        for tensor in (*fragment.inputs, *fragment.parameters, *(q.target for q in fragment.equations)):
            self._limit(f"{layer.kind} {name}: {tensor.name}", fragment.shape(tensor))
        check_name(where, name)
        tensors: dict[str, Tensor] = {}
        given = {t.name: s for t, s in zip(fragment.inputs, sources, strict=False)} | {"output": name}
        roles = (*fragment.inputs, *fragment.parameters, *(q.target for q in fragment.equations))
        roles = (*roles, *(q.target for q in fragment.shorthands))
        for tensor in roles:
            role = tensor.name
            known = given.get(role) or names.get(role)
            own = check_name(where, known, what=f"{role} name") if known else f"{name}_{role}"
            if own in self.names and role in given and role != "output":
                tensors[role] = self.names[own]
                continue
            if own == self.last and not self.nodes:  # the model's input takes its axes from its first reader
                self.names[own] = replace(tensor, name=own, shape=fragment.shape(tensor), latex=letter(own))
                tensors[role] = self.names[own]
                continue
            derived = {other for n in self.names for other in (n, f"d{n}")}
            check_distinct(where, (own, f"d{own}"), derived, why="is taken in this model")
            written = letter(own) if known else self._latex(tensor.latex or letter(role), name)
            tensors[role] = replace(tensor, name=own, shape=fragment.shape(tensor), latex=written)
            self.names[own] = tensors[role]
        used = {i.name for q in (*fragment.equations, *fragment.shorthands) for t in q.terms for i in t.indices}
        check_distinct(where, (t.name for t in tensors.values()), used, why="is an index of the equations")
        node = Node(name, layer, sources, fragment, tensors)
        self.nodes.append(node)
        self.shapes[name] = fragment.shape(fragment.output)
        self.last = name
        return node

    def _latex(self, written: str, node: str) -> str:
        """A tensor that nobody named: its letter, marked with its layer when an earlier layer uses the same letter."""
        return f"{written}^{{({letter(node)})}}" if written in {t.latex for t in self.names.values()} else written

    def finish(self, values: Mapping[str, object] | None = None) -> Model:
        """The model; raises ModelError when it does not end in a scalar error."""
        if not self.nodes or not self.nodes[-1].layer.loss:
            raise ModelError(f"model {self.name}", "the last layer is not a loss", "add a [loss], as mse")
        for node in self.nodes[:-1]:
            if node.layer.loss:
                raise ModelError(f"model {self.name}", f"the loss {node.name} is not the last layer", "put it last")
        first = self.nodes[0].inputs[0]
        return Model(self.name, self.names[first], tuple(self.nodes), dict(values or {}))
