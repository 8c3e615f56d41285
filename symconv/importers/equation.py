"""A model that is nothing but equations: their gradients for an arbitrary error behind the result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from symconv.layers.equation import EquationLayer
from symconv.model import MAX_ENTRIES, Model, Wiring
from symconv.notation.parse.resolve import read, resolve

SMALL = 3
"""The extent of an index that nothing decides."""


@dataclass(frozen=True, repr=False)
class _Any(EquationLayer):
    """Equations in which an extent that nothing decides is a small one."""

    undecided: ClassVar[int | None] = SMALL


def read_equation(
    text: str, shapes: Mapping[str, Sequence[int]], *, max_entries: int = MAX_ENTRIES
) -> tuple[Model, tuple[tuple[str, int], ...]]:
    """The model of equations, and the extents that were chosen because nothing decides them.

    The first tensor that is read and is no number is the input, the others are parameters; behind the result stands an
    arbitrary error E unless the result is a number itself. Raises SymconvError.

    >>> model, chosen = read_equation("C[k] = sum(i) A[k+i] * F[i]", {"F": (2,)})
    >>> model.input.sizes, chosen
    ((4,), (('k', 3),))
    """
    layer = _Any(text, shapes)
    written = read(text)
    resolved = resolve(written, layer.given, SMALL)
    values = dict(resolved.sizes)
    first = next((name for name in written.reads if resolved.tensors[name].shape), written.reads[0])
    shape = tuple(int(n.xreplace(values)) for n in resolved.tensors[first].shape)
    wiring = Wiring("equation", shape, first, max_entries=max_entries)
    wiring.add(layer.target(), replace(layer, inputs=(first,)))
    return wiring.open_ended(), resolved.chosen
