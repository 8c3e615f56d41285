"""Model: layers wired into a graph that ends in a scalar error, as one Program."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from inspect import signature
from math import prod

import sympy as sp

from symconv.errors import LimitError, ModelError, NamingError, show
from symconv.layers.common import sizes as check
from symconv.layers.common.fragment import Authored, Fragment, Layer, Shape
from symconv.notation.names import check_distinct, check_name
from symconv.notation.rewrite import bind
from symconv.notation.tensor import Tensor, partial
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
    """A graph of layers whose last one is the loss.

    ``values`` are optional numbers for a worked example: by the name of an input, parameter or target its entries,
    row-major. ``origin`` is how a command names the model (a built-in name or a file), ``toml`` the text it came from;
    with ``hvp`` it is not that model itself but the Hessian of its error by the tensor of that name, times a direction.
    ``behind`` is an arbitrary error behind the last layer, whose gradient by the output is then an input.
    """

    name: str
    input: Tensor
    nodes: tuple[Node, ...]
    values: Mapping[str, object] = field(default_factory=dict)
    origin: str = field(default="", compare=False)
    toml: str = field(default="", compare=False, repr=False)
    hvp: str = field(default="", compare=False)
    behind: Tensor | None = None

    @property
    def loss(self) -> Node:
        """The node whose output is the error."""
        return self.nodes[-1]

    @property
    def error(self) -> Tensor:
        """The scalar error E."""
        return self.loss.output if self.behind is None else self.behind

    @property
    def upstream(self) -> tuple[Tensor, ...]:
        """The gradient of an arbitrary error by the last output; none where the model makes its error itself."""
        return () if self.behind is None else (partial(self.behind, self.loss.output),)

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
        return Program((self.input, *self.parameters, *self.targets, *self.upstream), equations, constants)

    def node(self, name: str) -> Node:
        """The layer whose output has that name; raises ModelError when there is none."""
        for node in self.nodes:
            if node.name == name:
                return node
        names = ", ".join(n.name for n in self.nodes)
        raise ModelError(f"model {self.name}", f"no layer is called {show(name)}", f"choose one of {names}")


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
        self.unnamed: dict[str, str] = {}
        self.indices: set[str] = set()
        self.last = check_name(f"model {name}", input_name, what="input_name")
        self.shapes[self.last] = check.shape(f"model {name}", "input shape", input_shape)
        self._limit("input", self.shapes[self.last])

    def _limit(self, where: str, shape: Shape) -> None:
        count = prod(shape)
        if count > self.max_entries:
            raise LimitError(
                f"model {self.name}",
                f"{where} has {count} entries, the limit is {self.max_entries}",
                "make it smaller or raise max_entries (--max-entries)",
            )

    def shape(self, name: str | None = None) -> Shape:
        """The shape of a tensor made so far, of the last one by default; raises ModelError for any other name."""
        if name is not None and name not in self.shapes:
            known = ", ".join(self.shapes)
            raise ModelError(f"model {self.name}", f"no tensor {show(name)} is made so far", f"choose one of {known}")
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

        Raises SizeError when the shapes do not fit, NamingError for a name that is taken, LimitError for a size,
        ModelError for an input that does not exist.
        """
        where = f"layer {check_name('layer', name)}"
        check_distinct(where, (name,), (*self.names, *self.shapes), why="is taken in this model")
        names = dict(names or {})
        sources = tuple(inputs or (self.last,))
        if isinstance(layer, Authored):
            layer, sources = layer.wired(self.shapes, inputs)
        shapes = tuple(map(self.shape, sources))
        check_count(where, layer, shapes)
        if len(set(sources)) < len(sources):  # its derivation tells tensors apart by name
            raise ModelError(where, f"{layer.kind} reads one tensor twice", "give each input a tensor of its own")
        fragment = layer.fragment(*shapes)
        for tensor in (*fragment.inputs, *fragment.parameters, *(q.target for q in fragment.equations)):
            self._limit(f"the {tensor.name} of {layer.kind} {name}", fragment.shape(tensor))
        self._limit(f"the padded input of {layer.kind} {name}", fragment.padded)
        tensors: dict[str, Tensor] = {}
        given = {t.name: s for t, s in zip(fragment.inputs, sources, strict=False)} | {"output": name}
        roles = (*fragment.inputs, *fragment.parameters, *(q.target for q in fragment.equations))
        roles = (*roles, *(q.target for q in fragment.shorthands))
        own_roles = [t.name for t in roles if t.name not in given]
        _check_roles(where, layer, names, own_roles)
        names = {role: name for role, name in fragment.names.items() if role in own_roles} | names
        for tensor in roles:
            role = tensor.name
            known = given.get(role, names.get(role))
            own = check_name(where, known, what=f"{role} name") if known is not None else f"{name}_{role}"
            reads = role in given and role != "output"
            if own in self.names and reads:
                tensors[role] = self.names[own]
                continue
            if own == self.last and not self.nodes and reads:  # the model's input takes its axes from its first reader
                self.names[own] = replace(tensor, name=own, shape=fragment.shape(tensor), latex=letter(own))
                tensors[role] = self.names[own]
                continue
            derived = {other for n in self.names for other in (n, f"d{n}")}
            check_distinct(where, (own, f"d{own}"), derived, why="is taken in this model")
            if known is None:
                self.unnamed[own] = name
            written = self._latex(tensor.latex or letter(role), name) if known is None else letter(own)
            tensors[role] = replace(tensor, name=own, shape=fragment.shape(tensor), latex=written)
            self.names[own] = tensors[role]
        used = {i.name for q in (*fragment.equations, *fragment.shorthands) for t in q.terms for i in t.indices}
        # Gradients take over the indices of the tensors that they are by, so the names of all layers count.
        self.indices |= used | {axis for t in tensors.values() for axis in t.axes}
        check_distinct(where, self.names, self.indices, why="is an index of the equations")
        check_distinct(where, filter(self._is_derivative, self.names), self.names, why="is that of a derivative")
        node = Node(name, layer, sources, fragment, tensors)
        self.nodes.append(node)
        self.shapes[name] = fragment.shape(fragment.output)
        self.last = name
        return node

    def _is_derivative(self, name: str) -> bool:
        """Whether a name is that of the derivative of one tensor by another, as ``dC_dF`` where C and F exist."""
        parts = name[1:].split("_d") if name.startswith("d") else []
        pairs = (("_d".join(parts[:n]), "_d".join(parts[n:])) for n in range(1, len(parts)))
        return any(of in self.names and by in self.names for of, by in pairs)

    def _apart(self) -> tuple[Node, ...]:
        """The nodes with tensors that no two are written alike: what nobody named gives way to what is named."""
        written: dict[str, str] = {}
        for own in sorted(self.names, key=lambda n: n in self.unnamed):  # stable: in order of wiring otherwise
            latex = self.names[own].latex
            if latex in written.values():
                upright = r"\mathrm{" + own.replace("_", r"\_") + "}"
                latex = f"{latex}^{{({letter(self.unnamed[own])})}}" if own in self.unnamed else upright
            written[own] = latex
        self.names = {own: replace(t, latex=written[own]) for own, t in self.names.items()}
        return tuple(
            replace(node, tensors={role: self.names[t.name] for role, t in node.tensors.items()}) for node in self.nodes
        )

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
        read = {source for node in self.nodes for source in node.inputs}
        for node in self.nodes[:-1]:
            if node.name not in read:
                problem = f"nothing reads the output of {node.name}"
                raise ModelError(f"model {self.name}", problem, "let a layer read it or leave it out")
        first, nodes = self.nodes[0].inputs[0], self._apart()
        return Model(self.name, self.names[first], nodes, dict(values or {}))

    def open_ended(self) -> Model:
        """The layers so far with an arbitrary error E behind the last one, unless that makes a scalar, which is one."""
        nodes = self._apart()
        behind = Tensor("E", latex="E") if nodes[-1].output.shape else None
        if behind is not None:
            check_distinct(f"model {self.name}", self.names, ("E", "dE"), why="is that of the error")
        return Model(self.name, self.names[self.nodes[0].inputs[0]], nodes, behind=behind)


def _check_roles(where: str, layer: Layer, names: Mapping[str, str], known: Sequence[str]) -> None:
    """Raises NamingError for a name given to a role that the layer does not have, or that is wired."""
    for role in names:
        if role not in known:
            choice = f"choose one of {', '.join(known)}" if known else "give none"
            raise NamingError(where, f"{layer.kind} has no tensor {show(role)} to name", choice)


def check_count(where: str, layer: Layer, shapes: tuple[Shape, ...]) -> None:
    """Raises ModelError unless the layer takes that many inputs."""
    try:
        signature(layer.fragment).bind(*shapes)
    except TypeError:
        named = [p for p in signature(layer.fragment).parameters.values() if p.kind is not p.VAR_POSITIONAL]
        more = len(named) < len(signature(layer.fragment).parameters)
        takes = f"{len(named)}{' or more' if more else ''} input{'s' if more or len(named) > 1 else ''}"
        problem = f"{layer.kind} has {takes}, {len(shapes)} given"
        raise ModelError(where, problem, "name as many tensors as it reads") from None
