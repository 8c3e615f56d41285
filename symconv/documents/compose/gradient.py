"""One gradient: the chain rule, every Step with its reason, the general form, entry by entry, what it collapses to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import sympy as sp

from symconv.derivation.backpropagate import Contribution, Gradient
from symconv.derivation.layer import LayerGradient
from symconv.derivation.recognise import recognise
from symconv.derivation.rules.squeeze import squeeze_equation
from symconv.derivation.step import Step
from symconv.documents.compose.chains import through
from symconv.documents.compose.collapse import collapsed
from symconv.documents.compose.expanded import Limit, entries
from symconv.documents.compose.jacobian import jacobian
from symconv.documents.compose.ways import (
    Mark,
    added_up,
    mark_of,
    marked,
    marked_ways,
    opening,
    told,
    total,
    via,
    ways,
)
from symconv.documents.compose.winners import by_hand, routing, selection
from symconv.documents.compose.write import NOTHING, equation, index, join, listed, name, reason, size, statement
from symconv.documents.nodes import Formula, Heading, Math, Node, Part, Parts, Prose, Row
from symconv.notation.tensor import Tensor
from symconv.notation.term import Equation

Values = Mapping[str, Sequence[Any]]


def section(
    gradient: Gradient, form: str, limit: Limit, values: Values | None
) -> tuple[Node, ...]:
    """Everything about one gradient."""
    shown: list[Node] = [Heading(2, (name(gradient.tensor),))]
    if any(c.node.output.name != c.error.name for c in gradient.contributions):
        shown.append(statement(through(gradient)))
    steps = gradient.steps()
    if form != "expanded":
        if len(gradient.contributions) > 1:
            shown.append(opening(gradient, [mark_of(gradient, c) for c in gradient.contributions]))
        for contribution in gradient.contributions:
            shown += _contribution(gradient, contribution)
        shown += _whole(gradient)
        shown += _general(gradient)
    if form != "index":
        shown += _expanded(gradient, steps, form, limit, values)
    if (known := recognise(gradient.written)) is not None:
        shown += collapsed(known, picture=form != "index")
    return tuple(shown)


# ------------------------------------------------------------ Steps


def _contribution(gradient: Gradient, contribution: Contribution) -> list[Node]:
    """The Steps of one layer: each way from its equations back to the tensor, then what joins and simplifies them."""
    of, mark = gradient.tensor, mark_of(gradient, contribution)
    found = ways(contribution)
    inside = [n for d in contribution.layer.inside for n in _inside(contribution, d)]
    joined = told(contribution, (*contribution.layer.steps, *contribution.layer.folds))
    if len(found) == 1:
        (way,) = found
        if joined and way.steps and _same(joined[0].after, way.steps[-1].after):
            joined = joined[1:]
        return [*inside, *_steps(way.steps, of, mark), *_steps(joined, of, mark)]
    shown: list[Node] = [*inside, opening(gradient, [(w.through,) for w in found])]
    for way in found:
        shown += _steps(way.steps, of, (way.through,))
    # Where a way starts at the error itself, its factor dE/dE = 1 has been left out all along.
    sum_ = joined[0].before if joined else squeeze_equation(contribution.written)
    if joined and _puts_in_one(joined[0]):
        sum_, joined = joined[0].after, joined[1:]
    return [*shown, *_sum(sum_, mark, [(w.through,) for w in found]), *_steps(joined, of, mark)]


def _inside(contribution: Contribution, layer: LayerGradient) -> list[Node]:
    """The gradient by a tensor of the layer's own that lies on the way: its Steps, as those of any other."""
    of = squeeze_equation(contribution.bind(layer.result)).target
    found, joined = ways(contribution, layer), told(contribution, layer.steps)
    assert of.quotient is not None
    shown: list[Node] = [Prose(("Inside the layer, first ", name(of), "."))]
    for way in found:
        mark = (way.through,) if len(found) > 1 else ()
        shown += _steps(way.steps, of, mark)
    if len(found) == 1 and joined and found[0].steps and _same_right(joined[0].after, found[0].steps[-1].after):
        joined = joined[1:]
    return [*shown, *_steps(joined, of, ())]


def _same_right(one: Equation, other: Equation) -> bool:
    """Whether two equations say the same of one entry, whatever their left sides are called."""
    return _same(one, replace(other, target=one.target)) if len(one.target.shape) == len(other.target.shape) else False


def _sum(q: Equation, mark: Mark, parts: Sequence[Mark]) -> list[Node]:
    """``dE/dZ_o = dE/dZ_o|_E + dE/dZ_o|_e``, and what that is."""
    (row,) = equation(q).rows
    first = Row(via(row.left, mark), join("= ", added_up(row.left, parts)))
    return [Prose(("The ways add up:",)), Math((first, Row(NOTHING, row.right)))]


def _steps(steps: Sequence[Step], of: Tensor, mark: Mark) -> list[Node]:
    """Each Step's reason and result; neighbours with one rule share the sentence. ``mark`` is that of a part."""
    kept = without_detours(steps)
    shown: list[Node] = []
    n = 0
    while n < len(kept):
        run = [kept[n]]
        while n + len(run) < len(kept) and kept[n + len(run)].rule == run[0].rule == "eliminate":
            run.append(kept[n + len(run)])
        shown.append(Prose(_reasons(run)))
        rows: list[Row] = []
        for step in run:
            for row in marked(step.after, of, mark).rows:
                rows.append(Row(NOTHING, row.right) if rows and row.left == rows[0].left else row)
        shown.append(Math(tuple(rows)))
        n += len(run)
    return shown


def _reasons(run: Sequence[Step]) -> Parts:
    """Why, for Steps of one rule: the first in full, of the others the indices that they are about."""
    first, *others = run
    sentence: list[Part] = list(reason(first))
    if _puts_in_one(first):
        sentence += [" It is 1."]
    decided = dict.fromkeys(i for s in others for i in s.indices)
    if different := [index(i) for i in decided if i not in first.indices]:
        sentence += [" Likewise for ", *listed(different), "."]
    elif decided:
        sentence += [" Likewise in the other terms."]
    return tuple(sentence)


def _puts_in_one(step: Step) -> bool:
    """Whether a Step puts dE/dE = 1 in."""
    if step.rule != "inline" or not step.after.target.quotient or not step.about[0].quotient:
        return False
    error, of = step.about[0].quotient
    return error.name == of.name


def without_detours(steps: Sequence[Step]) -> tuple[Step, ...]:
    """The Steps without a stretch that ends at the equation it began with: a scatter that gathers already."""
    kept: list[Step] = []
    for step in steps:
        same = next((n for n, k in enumerate(kept) if _same(k.after, step.after)), None)
        if same is None:
            kept.append(step)
        else:
            del kept[same + 1:]
    return tuple(kept)


def _same(one: Equation, other: Equation) -> bool:
    """The same terms, whatever the order of their indices and guards."""

    def key(q: Equation) -> list[tuple[Any, ...]]:
        return [(t.at, sp.expand(t.summand), frozenset(t.indices), frozenset(t.guards)) for t in q.terms]

    return one.target == other.target and one.reduction == other.reduction and key(one) == key(other)


def _whole(gradient: Gradient) -> list[Node]:
    """The sum of the contributions where several layers read the tensor."""
    if len(gradient.contributions) == 1:
        return []
    return _sum(gradient.written, (), [mark_of(gradient, c) for c in gradient.contributions])


def _general(gradient: Gradient) -> list[Node]:
    """The result for general sizes, with the numbers that its symbols have here."""
    shown: list[Node] = []
    for c in gradient.contributions:
        general = c.bind(c.layer.written, numbers=False)
        if _shape(general) == _shape(c.written):
            continue
        symbols = sorted(_sizes(general), key=str)
        numbers = c.node.values
        given = _grouped([(size(z), numbers[z]) for z in symbols if z in numbers])
        shown.append(Prose(("For general sizes the same steps give (here ", *given, "):")))
        shown.append(marked(general, gradient.tensor, mark_of(gradient, c)))
    return shown


def _grouped(pairs: Sequence[tuple[Formula, int]]) -> list[Part]:
    """``a = b = 1, c = 2``: sizes with equal numbers together."""
    by_number: dict[int, list[Formula]] = {}
    for symbol, n in pairs:
        by_number.setdefault(n, []).append(symbol)
    parts: list[Part] = []
    for n, symbols in by_number.items():
        parts += [", "] if parts else []
        chained = join(*(p for s in symbols for p in (s, " = ")), str(n))
        parts.append(chained)
    return parts


def _shape(q: Equation) -> tuple[Any, ...]:
    """What is left of an equation without its sizes: how it would look with other numbers."""
    return tuple((len(t.indices), len(t.guards), len(t.at), len(sp.Add.make_args(t.summand))) for t in q.terms)


def _sizes(q: Equation) -> set[sp.Symbol]:
    found: set[sp.Symbol] = set()
    for term in q.terms:
        own = set(term.extents)
        forms = [*term.at, *(i.extent for i in term.indices), *(a for e in term.entries() for a in e.indices)]
        for g in term.guards:
            forms += [getattr(g, part) for part in ("value", "low", "high", "divisor") if hasattr(g, part)]
        forms.append(term.summand)
        found |= {z for f in forms for z in f.free_symbols if z not in own and z.is_integer}
    return found


# ------------------------------------------------------------ entry by entry


def _expanded(
    gradient: Gradient, steps: Sequence[Step], form: str, limit: Limit, values: Values | None
) -> list[Node]:
    shown: list[Node] = []
    chains = [s for s in steps if s.rule == "chain"]
    if form == "expanded":
        parts = marked_ways(gradient)
        if len(parts) > 1:
            marks = [m for m, _ in parts]
            shown += [opening(gradient, marks), statement(total(name(gradient.tensor), marks))]
        shown += [marked(s.after, gradient.tensor, m) for m, w in parts for s in w.steps if s.rule == "chain"]
    select = selection(gradient.of, steps)
    if select is not None:
        shown += by_hand(gradient, steps)
        if values is not None:
            shown += routing(gradient, select, values)
    elif len(chains) == 1 and not any(s.rule == "select" for s in steps):
        partial = next(s for s in steps if s.rule == "partial")
        shown += jacobian(partial, limit)
    written_out = entries(gradient.written, limit)
    if len(written_out) == 1:
        shown.append(Prose(("Entry by entry:",)))
    return [*shown, *written_out]

