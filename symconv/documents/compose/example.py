"""The worked example: numbers for every tensor and every gradient, as matrices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from symconv.derivation.backpropagate import Derivation, Gradient
from symconv.derivation.recognise import Correlation, recognise
from symconv.derivation.rules.squeeze import squeeze_equation, squeeze_tensor
from symconv.documents.compose.collapse import CLOSE, COMMA, CONVOLUTION, OPEN
from symconv.documents.compose.grids import grid, matrix_sizes, slices, small
from symconv.documents.compose.winners import entries_of, pool_windows, routed, selection
from symconv.documents.compose.write import EQUALS, NOTHING, RED, join, listed, name, numbers, written
from symconv.documents.nodes import Figure, Formula, Grid, Heading, Node, Prose
from symconv.model import Node as LayerNode
from symconv.notation.rewrite import bind
from symconv.notation.tensor import Tensor
from symconv.notation.term import Equation

Values = Mapping[str, Sequence[Any]]
GIVEN = " are given; everything else follows from the equations above, here with up to four significant digits."


def example(derivation: Derivation, values: Values) -> tuple[Node, ...]:
    """Every quantity in numbers, forward and then backward."""
    model = derivation.model
    parameters = [name(squeeze_tensor(t)) for t in model.parameters]
    own = (
        (" The numbers of ", *listed(parameters), " are ours: any others would serve as well.") if parameters else ()
    )
    given = [name(model.input), *parameters, *(name(t) for t in (*model.targets, *map(squeeze_tensor, model.upstream)))]
    shown: list[Node] = [
        Heading(1, ("A worked example",)),
        Prose((*listed(given), GIVEN, *own)),
        Heading(2, ("Forward",)),
    ]
    flow = _Flow(values)
    flow.add(squeeze_tensor(model.input))
    for node in model.nodes:
        _layer(derivation, node, values, flow)
    shown += flow.done()
    shown.append(Heading(2, ("Backward",)))
    flow = _Flow(values)
    for t in model.upstream:
        flow.add(squeeze_tensor(t))
    for gradient in derivation.gradients.values():
        if gradient.tensor.name in values:
            special = _picture(gradient, values)
            if special is None:
                flow.add(gradient.written.target)
            else:
                flow.put(special)
    return (*shown, *flow.done())


class _Flow:
    """Matrices one after another: as many in a row as fit, until something else comes between."""

    def __init__(self, values: Values) -> None:
        self.values = values
        self.nodes: list[Node] = []
        self.parts: list[Grid | Formula] = []
        self.cut: list[Formula] = []

    def add(self, t: Tensor) -> None:
        """One tensor: its matrix, or the first ones of several."""
        cells = numbers(self.values[t.name])
        shown = slices(t)
        self.parts += [grid(t, cells, leading=at) for at in shown]
        if len(shown) * matrix_sizes(t)[0] * matrix_sizes(t)[1] < t.length:
            self.cut.append(name(t))

    def put(self, *nodes: Node) -> None:
        """Something else, after what has been gathered."""
        if self.parts:
            if self.cut:
                self.nodes.append(Prose(("Of ", *listed(self.cut), " only the first matrices are shown:")))
            self.nodes.append(Figure(tuple(self.parts)))
            self.parts, self.cut = [], []
        self.nodes += nodes

    def done(self) -> list[Node]:
        """Everything, in order."""
        self.put()
        return self.nodes


def _layer(derivation: Derivation, node: LayerNode, values: Values, flow: _Flow) -> None:
    targets = {t.name for t in derivation.model.targets}
    inputs = [t for t in node.tensors.values() if t.name in targets]
    equations = [derivation.forward(q.target.name) for q in node.equations]
    maximum = next((q for q in equations if q.reduction == "max" and _drawable(q)), None)
    short = [squeeze_equation(bind(q, node.fragment.sizes, node.tensors)).target for q in node.fragment.shorthands]
    made = [q.target for q in equations if q.target.name != node.output.name]
    for t in (*node.parameters, *inputs, *made, *short):
        if t.name in values:
            flow.add(squeeze_tensor(t))
    if maximum is not None and all(t.name in values for t in (*maximum.operands, maximum.target)):
        flow.put(*_windows(maximum, values))
    elif node.output.name in values:
        flow.add(squeeze_tensor(node.output))


def _drawable(q: Equation) -> bool:
    source = q.operands[0]
    return len(source.shape) == 2 and small(source) and len(q.target.shape) == 2 and entries_of(q, source)


def _windows(maximum: Equation, values: Values) -> list[Node]:
    """The matrix under a maximum with its windows and, in red, the winners."""
    (source,) = maximum.operands
    windows, winners = pool_windows(maximum, values)
    cells = numbers(values[source.name])
    drawn = grid(source, cells, windows=windows, winners=winners)
    target = grid(maximum.target, numbers(values[maximum.target.name]))
    return [
        Prose(("The windows of ", name(source), " and their winners (", RED, ") give ", name(maximum.target), ":")),
        Figure((drawn, Formula(r"\quad\longrightarrow\quad", " -> "), target)),
    ]


def _picture(gradient: Gradient, values: Values) -> Node | None:
    """A gradient that says more than its matrix: a convolution of matrices, or what the winners of windows get."""
    q = gradient.written
    select = selection(gradient.of, gradient.steps())
    form = recognise(q)
    if isinstance(form, Correlation) and form.plain and _all_small(form):
        return _convolved(form, gradient, values)
    decided = all(t.name in values for t in q.operands if t.kind == "index")
    if select is not None and decided and len(q.target.shape) == 2 and small(q.target):
        return _routed(q, select.before, values)
    return None


def _all_small(form: Correlation) -> bool:
    return all(len(t.shape) == 2 and small(t) for t in (form.target, form.image, form.kernel))


def _convolved(form: Correlation, gradient: Gradient, values: Values) -> Node:
    """``dF = Convolution(A, dC)`` in numbers."""

    def shown(t: Tensor) -> Grid:
        return grid(t, numbers(values[t.name]))

    return Figure((
        shown(gradient.written.target), join(EQUALS, CONVOLUTION, Formula(r"\Bigl(", OPEN.text)), shown(form.image),
        COMMA, shown(form.kernel), Formula(r"\Bigr)", CLOSE.text),
    ))


def _routed(q: Equation, maximum: Equation, values: Values) -> Node:
    """Where the winners send the gradient: the symbols, and the numbers that they are."""
    windows, winners = pool_windows(maximum, values)
    symbols = grid(q.target, [written(c) for c in routed(q, values)], windows=windows, winners=winners)
    cells = numbers(values[q.target.name])
    return Figure((symbols, EQUALS, grid(q.target, cells, windows=windows, winners=winners, heading=NOTHING)))
