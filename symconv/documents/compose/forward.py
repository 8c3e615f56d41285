"""The forward equations: index form and expanded form, layer by layer."""

from __future__ import annotations

from symconv.derivation.backpropagate import Derivation
from symconv.derivation.recognise import recognise
from symconv.derivation.rules.squeeze import squeeze_equation
from symconv.documents.compose.collapse import formula
from symconv.documents.compose.expanded import Limit, entries
from symconv.documents.compose.write import equation, filled, index, inline, join, name, row
from symconv.documents.nodes import Formula, Heading, Math, Node, Part, Prose
from symconv.model import Node as LayerNode
from symconv.notation.expand import count_terms
from symconv.notation.printing.printer import latex, text
from symconv.notation.rewrite import bind


def forward(derivation: Derivation, form: str, limit: Limit) -> tuple[Node, ...]:
    """Every layer's equations."""
    shown: list[Node] = [Heading(1, ("Forward",))]
    for node in derivation.model.nodes:
        shown += _layer(derivation, node, form, limit)
    return tuple(shown)


def _layer(derivation: Derivation, node: LayerNode, form: str, limit: Limit) -> list[Node]:
    shown: list[Node] = [Heading(2, (name(node.output), f" ({node.layer.kind})"))]
    for remark in node.fragment.remarks:
        shown.append(Prose(filled(remark.words, [name(node.tensors.get(t.name, t)) for t in remark.about])))
    equations = [derivation.forward(q.target.name) for q in node.equations]
    if form != "expanded":
        for q in equations:
            shown.append(equation(q))
        for q in equations:
            if (form_ := recognise(q)) is not None:
                shown.append(Prose(("With whole tensors: ", formula(form_), ".")))
        shown += _general(node)
        shown += _shorthands(node)
    if form != "index":
        for q in equations:
            if q.reduction == "argmax" or not q.target.shape or q.target.name in node.fragment.internal:
                continue
            if any(q.target.name == node.tensors[i].name for i in node.fragment.internal):
                continue
            written_out = entries(q, limit)
            count = count_terms(q)
            if len(written_out) == 1 and count > q.target.length:
                shown.append(Prose(("Entry by entry:",)))
            shown += written_out
    return shown


def _general(node: LayerNode) -> list[Node]:
    """The equation for any sizes, with the sizes that follow from others and what they are here."""
    if not node.fragment.definitions:
        return []
    general = [q for q in node.fragment.equations if q.reduction != "argmax"]
    rows = []
    for d in node.fragment.definitions:
        left, right = Formula(latex.index(d.symbol.name), text.index(d.symbol.name)), Formula(d.latex, d.text)
        rows.append(row(left, join(right, f" = {node.values[d.symbol]}")))
    before, after = index("p"), index("p_")
    words: list[Part] = ["For any sizes, where ", before, " and ", after, " are the padding before and after,"]
    for letter, meaning in dict.fromkeys(pair for d in node.fragment.definitions for pair in d.letters):
        words += [" ", index(letter), f" is the {meaning},"]
    shown = [equation(bind(q, {}, node.tensors)) for q in general]
    return [Prose((*words, " and here:")), *shown, Math(tuple(rows))]


def _shorthands(node: LayerNode) -> list[Node]:
    short = [squeeze_equation(bind(q, node.fragment.sizes, node.tensors)) for q in node.fragment.shorthands]
    if not short:
        return []
    parts: list[str | Formula] = ["Short names for what will occur again: "]
    for n, q in enumerate(short):
        parts += [", "] if n else []
        parts.append(join(inline(q)))
    return [Prose((*parts, "."))]
