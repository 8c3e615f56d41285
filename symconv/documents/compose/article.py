"""The article: from a derivation (and, if wanted, numbers and corrections) to a document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from symconv.derivation.backpropagate import Derivation
from symconv.documents.compose.chains import unrolled
from symconv.documents.compose.corrections import Remark, corrections_section
from symconv.documents.compose.entry import entry_section
from symconv.documents.compose.example import example
from symconv.documents.compose.expanded import Limit
from symconv.documents.compose.forward import forward
from symconv.documents.compose.gradient import section
from symconv.documents.compose.model import conventions, overview
from symconv.documents.compose.write import listed, name
from symconv.documents.nodes import Document, Gallery, Heading, Node, Prose, Title
from symconv.errors import UsageError, show

FORMS = ("both", "index", "expanded")
LIMIT = 400
"""The most terms of one tensor that are written out unless the caller says otherwise."""

Wanted = Sequence[tuple[str, Sequence[int] | None]]


def article(
    derivation: Derivation,
    *,
    wrt: Wanted = (),
    form: str = "both",
    full: bool = False,
    values: Mapping[str, Sequence[Any]] | None = None,
    corrections: Sequence[Remark] = (),
    limit: int = LIMIT,
) -> Document:
    """The whole derivation, or what ``wrt`` asks for: ``("F", None)`` a gradient, ``("F", (0, 1))`` one entry of it.

    ``form`` is index, expanded or both. Tensors with more than ``limit`` terms are elided unless ``full``. ``values``
    are the numbers of a worked example (every tensor and gradient by name, row-major), ``corrections`` what there is to
    say about formulas that somebody else printed. Raises UsageError for a name, entry or form that does not exist.
    """
    if form not in FORMS:
        raise UsageError("derive", f"form {show(form)} does not exist", f"choose one of {', '.join(FORMS)}")
    bound = Limit(limit, full)
    nodes: list[Node] = []
    if wrt:
        for wanted, at in dict.fromkeys((n, at if at is None else tuple(at)) for n, at in wrt):
            gradient = derivation.gradient(wanted)
            if at is None:
                nodes += section(gradient, form, bound, values)
            else:
                nodes += entry_section(gradient, tuple(at), form, bound, values)
        return Document(_title(derivation), tuple(nodes))
    nodes += [Heading(1, ("The model",)), *overview(derivation), Heading(2, ("Conventions",)), *conventions(derivation)]
    nodes += forward(derivation, form, bound)
    nodes += _backward(derivation)
    for gradient in derivation.gradients.values():
        nodes += section(gradient, form, bound, values)
    if values is not None:
        nodes += example(derivation, values)
    nodes += corrections_section(corrections)
    return Document(_title(derivation), tuple(nodes))


def _title(derivation: Derivation) -> Title:
    model = derivation.model
    ways = [name(n.output) for n in model.nodes]
    below = ("from ", name(model.input), " through ", *listed(ways), " and back")
    return Title((f"Backpropagation through the model {model.name}",), below if len(ways) <= 8 else ())


def _backward(derivation: Derivation) -> tuple[Node, ...]:
    """The heading, and for every parameter the chain rule all the way."""
    model = derivation.model
    chains = tuple(
        Gallery(rows, 1) for t in model.parameters if t.name in derivation.gradients
        for rows in (unrolled(derivation, t.name),) if rows
    )
    shown: list[Node] = [Heading(1, ("Backward",))]
    if chains:
        rest = (
            " back to every parameter; each further factor is one layer. The gradients follow one after another, from "
            "the error backwards, so that each needs only the one before."
        )
        shown.append(Prose(("The chain rule leads from the error ", name(model.error), rest)))
    return (*shown, *chains)
