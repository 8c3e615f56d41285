"""One gradient: the chain rule, every Step with its reason, the general form, entry by entry, what it collapses to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sympy as sp

from symconv.derivation.backpropagate import Contribution, Gradient, show_step
from symconv.derivation.recognise import recognise
from symconv.derivation.rules.squeeze import squeeze_tensor
from symconv.derivation.step import Step
from symconv.documents.compose.chains import through
from symconv.documents.compose.collapse import collapsed
from symconv.documents.compose.expanded import Limit, entries
from symconv.documents.compose.jacobian import jacobian
from symconv.documents.compose.winners import by_hand, routing, selection
from symconv.documents.compose.write import NOTHING, equation, join, listed, name, size, statement, told
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
        for contribution in gradient.contributions:
            shown += _contribution(contribution)
        shown += _whole(gradient)
        shown += _general(gradient)
    if form != "index":
        shown += _expanded(gradient, steps, form, limit, values)
    if (known := recognise(gradient.written)) is not None:
        shown += collapsed(known, picture=form != "index")
    return tuple(shown)


# ------------------------------------------------------------ Steps


def _contribution(contribution: Contribution) -> list[Node]:
    """The Steps of one layer: each way from its equations back to the tensor, then what joins and simplifies them."""
    of = contribution.node.tensors[contribution.role]
    ways = contribution.layer.paths
    tensors = {role: squeeze_tensor(t) for role, t in contribution.node.tensors.items()}
    shown: list[Node] = []
    last: Equation | None = None
    if len(ways) > 1:
        throughs = listed([name(tensors[w.through.target.name]) for w in ways])
        shown.append(Prose((name(of), " is read by the equations of ", *throughs, "; each way is taken by itself.")))
    for way in ways:
        steps = _told(contribution, way.steps)
        if tensors[way.through.target.name].name == contribution.error.name:
            steps = [s for s in steps if not trivial(s, contribution.error)]
        shown += _steps(steps)
        last = steps[-1].after if steps else None
    joined = _told(contribution, (*contribution.layer.steps, *contribution.layer.folds))
    if len(ways) > 1:
        return shown + _steps(joined, "The ways add up. ")
    if joined and last is not None and _same(joined[0].after, last):
        joined = joined[1:]
    return shown + _steps(joined)


def _told(contribution: Contribution, steps: Sequence[Step]) -> list[Step]:
    """The Steps with the model's names and numbers, those that change nothing left out."""
    named = [show_step(contribution, s, numbers=True, squeezed=True) for s in steps]
    return [s for s in named if s.relation != "equal" or s.before != s.after]


def trivial(step: Step, error: Tensor) -> bool:
    """Whether a Step only carries the factor dE/dE = 1 along."""
    return any(t.quotient and t.quotient[1].name == error.name for t in step.after.operands)


def _steps(steps: Sequence[Step], opening: str = "") -> list[Node]:
    """Each Step's reason and result; neighbours with one rule share the sentence. ``opening`` comes first."""
    kept = without_detours(steps)
    shown: list[Node] = []
    n = 0
    while n < len(kept):
        run = [kept[n]]
        while n + len(run) < len(kept) and kept[n + len(run)].rule == run[0].rule == "eliminate":
            run.append(kept[n + len(run)])
        shown.append(Prose((*([opening] if opening and not n else []), *_reasons(run))))
        rows: list[Row] = []
        for step in run:
            (row,) = equation(step.after).rows
            rows.append(Row(NOTHING, row.right) if rows and row.left == rows[0].left else row)
        shown.append(Math(tuple(rows)))
        n += len(run)
    return shown


def _reasons(run: Sequence[Step]) -> Parts:
    """Why, for Steps of one rule: the first in full, of the others what differs from it."""
    first, *others = run
    sentence = list(told(first.why, first.about))
    if first.rule == "inline" and first.after.target.quotient and first.about[0].quotient:
        error, of = first.about[0].quotient
        if error.name == of.name:
            sentence += [" It is 1."]
    words = first.why.split()
    different = [
        next((mine.strip(",;.") for mine, its in zip(s.why.split(), words, strict=False) if mine != its), "")
        for s in others
    ]
    if different := [d for d in different if d]:
        sentence += [" Likewise for ", *listed(different), "."]
    return tuple(sentence)


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
    sentence = ("Several layers read ", name(gradient.of), "; their contributions add up:")
    return [Prose(sentence), equation(gradient.written)]


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
        shown.append(Prose(("For general sizes the same Steps give (here ", *given, "):")))
        shown.append(equation(general))
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
        shown += [equation(s.after) for s in chains]
    select = selection(steps)
    if select is not None:
        shown += by_hand(gradient, steps)
        if values is not None:
            shown += routing(gradient, select, values)
    elif len(chains) == 1:
        partial = next(s for s in steps if s.rule == "partial")
        shown += jacobian(partial, limit)
    written_out = entries(gradient.written, limit)
    if len(written_out) == 1:
        shown.append(Prose(("Entry by entry:",)))
    return [*shown, *written_out]

