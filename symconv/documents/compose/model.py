"""The model with its shapes, and the conventions that its equations call for."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from math import prod

import sympy as sp

from symconv.derivation.backpropagate import Derivation
from symconv.derivation.recognise import Correlation, recognise_terms
from symconv.documents.compose.write import listed, name, number, size, written
from symconv.documents.nodes import Formula, Items, Node, Part, Parts, Prose, Table
from symconv.model import Node as LayerNode
from symconv.notation.functions import FUNCTIONS, GATES, step
from symconv.notation.guards import Range, is_data
from symconv.notation.tensor import Tensor
from symconv.notation.term import Equation
from symconv.notation.written import Apply, Entry

CONTRACTION = (
    "A product of derivatives of whole tensors is a contraction: it sums over all entries of the tensor in between."
)


def shape(tensor: Tensor) -> Formula:
    """``1 x 6 x 6``; a scalar is a number."""
    sizes = tensor.sizes
    if not sizes:
        return Formula(r"\text{a number}", "a number")
    return Formula(r" \times ".join(map(str, sizes)), " x ".join(map(str, sizes)))


def settings(node: LayerNode) -> str:
    """The hyper-parameters of a layer that differ from their defaults and do not follow from its input."""
    layer = node.layer
    if not is_dataclass(layer):
        return ""
    own = (f for f in fields(layer) if f.repr and f.name not in layer.inferred)
    shown = [f for f in own if getattr(layer, f.name) != f.default]
    return ", ".join(f"{f.name} {_setting(getattr(layer, f.name))}" for f in shown)


def _setting(value: object) -> str:
    return "yes" if value is True else "no" if value is False else str(value)


def overview(derivation: Derivation) -> tuple[Node, ...]:
    """What the model is: its layers with their shapes, how many numbers it has."""
    model = derivation.model
    rows: list[tuple[Parts, ...]] = [((name(model.input),), ("input",), ("",), (shape(model.input),), ("",))]
    for node in model.nodes:
        own: list[Part] = []
        targets = {t.name for t in model.targets}
        extra = [t for t in node.tensors.values() if t.name in targets]
        for t in (*node.parameters, *extra):
            own += [", "] if own else []
            own += [name(t), " (", shape(t), ")"]
        rows.append(
            ((name(node.output),), (node.layer.kind,), (settings(node),), (shape(node.output),), tuple(own))
        )
    header = (("tensor",), ("made by",), ("settings",), ("shape",), ("with",))
    count = sum(prod(t.sizes) for t in model.parameters)
    learned: Parts = ("It has no parameters.",)
    if model.parameters:
        some = ("The parameters are ", *listed([name(t) for t in model.parameters]), f", {count:,} numbers in all")
        found = ("; backpropagation finds how the error ", name(model.error),
                 " changes with each of them, and with each value on the way.")
        learned = (*some, *(found if not model.hvp else (".",)))
    if model.hvp:
        of = name(derivation.gradient(model.hvp).of)
        learned = (*learned, " ", name(model.error), " is not an error but the product of the gradient by ", of,
                   " with a direction; backpropagation finds how it changes with ", of, ", and with nothing else.")
    behind = tuple(
        Prose((name(model.error), " is any error behind ", name(model.loss.output), "; its gradient ", name(t),
               " is given."))
        for t in model.upstream
    )
    return (Table(header, tuple(rows)), Prose(learned), *behind)


def conventions(derivation: Derivation) -> tuple[Node, ...]:
    """What has to be agreed on for these equations, read off the equations themselves."""
    model = derivation.model
    program = model.program
    items: list[Parts] = []
    sliding = [
        (q, form) for node in model.nodes for q in _forward(derivation, node)
        for form in recognise_terms(q) if isinstance(form, Correlation)
    ]
    if sliding:
        _, first = sliding[0]
        items.append((
            "Convolution means cross-correlation, as in every framework: the filter ", name(first.kernel),
            " slides over ", name(first.image), " and is not turned.",
        ))
    items.append((CONTRACTION,))
    maxima = [q for q in program.equations if q.reduction == "max"]
    if maxima:
        items.append(("Of several equal maxima the first in row-major order is the winner.",))
    functions = {type(f).__name__ for q in program.equations for t in q.terms for f in t.summand.atoms(sp.Function)}
    for name_, slope in _kinks(functions):
        at_zero = number(FUNCTIONS[slope].python(0.0))
        items.append(("The derivative of ", _of_x(name_), " is ", _of_x(slope), ": at 0 it is ", at_zero, "."))
    derivatives = {type(f).__name__ for n in functions for f in _slope(n).atoms(sp.Function)}
    for name_ in sorted(functions | derivatives):
        if (meaning := FUNCTIONS[name_].meaning) is not None:
            items.append((_of_x(name_), " stands for ", Formula(*meaning), "."))
    selecting = any(is_data(g) for q in program.equations for t in q.terms for g in t.guards)
    if maxima or selecting or _kinks(functions) or functions & set(GATES):
        bracket = Formula(r"[\,\dots]", "[...]")
        items.append(("A bracket ", bracket, " is 1 where what it says is true, and 0 elsewhere.",))
    if any(isinstance(g, Range) for node in model.nodes for q in node.equations for t in q.terms for g in t.guards):
        items.append(("Entries outside of a tensor are not there: they add nothing to a sum and are never a maximum.",))
    items += _loss(derivation)
    items += _constants(derivation, exponentials="exp" in functions)
    if any(1 in t.sizes for t in program.tensors.values()):
        items.append(("Axes with a single entry (one image, one channel) are not written; subscripts count from 0.",))
    else:
        items.append(("Subscripts count from 0.",))
    return (Items(tuple(items)),)


def _constants(derivation: Derivation, *, exponentials: bool) -> list[Parts]:
    """Why nothing flows back through a declared constant: it reads no tensor, or what reads it cancels it."""
    program = derivation.model.program
    constants = [q for q in program.equations if q.target.name in program.constants]
    items: list[Parts] = []
    for counts in (q for q in constants if not q.operands):
        items.append((name(counts.target), " depends on the sizes alone, so nothing flows back through it.",))
    if fixed := [name(q.target) for q in constants if q.operands]:
        items.append((
            *listed(fixed), " only keeps the exponentials small" if exponentials else " is kept fixed",
            ": it cancels in ", name(derivation.model.error), ", so nothing flows back through it.",
        ))
    return items


def _kinks(functions: set[str]) -> list[tuple[str, str]]:
    """The functions whose derivative jumps, each with the name of its derivative."""
    found = []
    for function in sorted(functions):
        slope = _slope(function)
        if isinstance(slope, step):
            found.append((function, type(slope).__name__))
    return found


def _slope(function: str) -> sp.Expr:
    """The derivative of a function of the table at some x."""
    return FUNCTIONS[function].derivative(sp.Dummy())


def _of_x(function: str) -> Formula:
    """A function of the table, applied to x."""
    return written(Apply(function, Entry(Tensor("x"), (), 0)))


def _forward(derivation: Derivation, node: LayerNode) -> tuple[Equation, ...]:
    return tuple(derivation.forward(q.target.name) for q in node.equations)


def _loss(derivation: Derivation) -> list[Parts]:
    """A mean is a sum whose terms are divided by the extents of what is summed over."""
    loss = derivation.model.loss
    items: list[Parts] = []
    q = next(q for q in loss.fragment.equations if q.target.name == "output")
    means = set()
    for term in q.terms:
        _, below = sp.fraction(sp.together(term.summand))
        divided = {z for z in below.free_symbols if z.is_positive}
        if divided:
            means |= divided & {i.extent for i in term.bound}
    values = loss.values
    count = prod(values[z] for z in means)
    if means:
        over = listed([size(z) for z in sorted(means, key=str)])
        product = f", {count:,} terms here" if count > 1 else ", a single one here"
        items.append((name(derivation.model.error), " is a mean: its sum is divided by ", *over, product, "."))
    items.extend(
        (name(t), " holds class numbers, counted from 0.") for t in derivation.model.targets if t.kind == "index"
    )
    return items
