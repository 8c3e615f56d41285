"""The chain rule between whole tensors: one layer back, two layers back, all the way to the error."""

from __future__ import annotations

from collections.abc import Sequence

from symconv.derivation.backpropagate import Derivation, Gradient
from symconv.documents.compose.ways import mark_of, via
from symconv.documents.compose.write import EQUALS, TIMES, join, name
from symconv.documents.nodes import Formula, Math, Row
from symconv.notation.tensor import partial


def through(gradient: Gradient) -> Formula:
    """``dE/dC = dP/dC * dE/dP``, a sum where several layers read the tensor."""
    parts: list[Formula | str] = [name(gradient.tensor), EQUALS]
    for n, c in enumerate(gradient.contributions):
        parts += [" + "] if n else []
        if c.node.output.name == c.error.name:
            parts.append(via(name(gradient.tensor), mark_of(gradient, c)))
        else:
            parts += [name(partial(c.node.output, gradient.of)), TIMES, name(partial(c.error, c.node.output))]
    return join(*parts)


def path(derivation: Derivation, start: str) -> tuple[Gradient, ...]:
    """The gradients from one tensor forward to the error, as long as each is read by a single layer."""
    found = []
    here = derivation.gradients.get(start)
    while here is not None and len(here.contributions) == 1:
        found.append(here)
        here = derivation.gradients.get(here.contributions[0].node.output.name)
    return tuple(found)


def unrolled(derivation: Derivation, start: str) -> tuple[Math, ...]:
    """``dE/dF = dC/dF * dE/dC``, ``= dC/dF * dP/dC * dE/dP`` … and the whole way, each as one formula."""
    way = path(derivation, start)
    error = derivation.model.error
    outputs = [g.contributions[0].node.output for g in way]
    lengths = [n for n in range(1, len(way) + 1) if outputs[n - 1].name != error.name]
    if len(lengths) > 3:
        lengths = [*lengths[:2], lengths[-1]]
    return tuple(_product(derivation, way, n) for n in lengths)


def _product(derivation: Derivation, way: Sequence[Gradient], length: int) -> Math:
    factors: list[Formula | str] = []
    for g in way[:length]:
        factors += [name(partial(g.contributions[0].node.output, g.of)), TIMES]
    last = way[length - 1].contributions[0].node.output
    return Math((Row(name(way[0].tensor), join("= ", *factors, name(partial(derivation.model.error, last)))),))


