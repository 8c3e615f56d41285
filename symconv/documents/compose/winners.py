"""A maximum as people derive it by hand: its window, the winner in red, each partial derivative, the routing table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import sympy as sp

from symconv.derivation.backpropagate import Gradient
from symconv.derivation.step import Step
from symconv.documents.compose.grids import grid, small, symbols
from symconv.documents.compose.write import EQUALS, RED, TIMES, entry, join, listed, name, written
from symconv.documents.nodes import Figure, Formula, Gallery, Grid, Math, Node, Prose, Row
from symconv.notation.evaluate import evaluate
from symconv.notation.expand import expand
from symconv.notation.rings import EXACT
from symconv.notation.tensor import Tensor, base, partial
from symconv.notation.term import Equation
from symconv.notation.written import WRITTEN, Choice, Entries, Entry, terms

LISTED = 9
"""Windows of up to so many entries have each of their partial derivatives printed."""
DECIDED = replace(WRITTEN, name="written, decided", bracket=None)
"""The written ring with index tensors that hold numbers: selections are decided, the rest stays symbols."""


def selection(of: Tensor, steps: Sequence[Step]) -> Step | None:
    """The Step that fixes the winner of a maximum of entries of a tensor, which its gradient then goes to.

    A maximum of anything else, as of products, has no entry that wins.
    """
    return next((s for s in steps if s.rule == "select" and entries_of(s.before, of)), None)


def entries_of(maximum: Equation, source: Tensor) -> bool:
    """Whether a maximum is taken over entries of that tensor as they are."""
    summands = [t.summand for t in maximum.terms]
    return all(isinstance(e, sp.Indexed) and base(e) == source.name for e in summands)


def window_of(maximum: Equation, at: tuple[int, ...]) -> Choice | None:
    """The entries that one maximum is taken over, in their order."""
    (choice,) = expand(maximum, at=at)
    return choice if isinstance(choice, Choice) and choice.candidates else None


def box(entries: Sequence[Entry]) -> tuple[int, int, int, int]:
    """The rectangle around some entries in the last two axes: row, column, height, width."""
    where = [(0, 0, *e.at)[-2:] for e in entries]
    top, left = min(r for r, _ in where), min(c for _, c in where)
    return top, left, max(r for r, _ in where) - top + 1, max(c for _, c in where) - left + 1


def by_hand(gradient: Gradient, steps: Sequence[Step]) -> tuple[Node, ...]:
    """The first window: picture, maximum, and each partial derivative while one entry is the largest."""
    select = selection(gradient.of, steps)
    assert select is not None
    maximum = select.before
    jacobian = next(s.after for s in steps if s.rule == "partial" and s.before.target == maximum.target)
    first = (0,) * len(maximum.target.shape)
    choice = window_of(maximum, first)
    if choice is None:
        return ()
    candidates = choice.candidates
    chosen = min(1, len(candidates) - 1)
    winner, place = candidates[chosen], choice.places[chosen]
    source, pooled = winner.tensor, entry(maximum.target, first)
    won = written(winner)
    shown: list[Node] = [
        Prose((
            "The window of ", pooled, " holds ", *listed([written(c) for c in candidates[:LISTED]]),
            *((" and more",) if len(candidates) > LISTED else ()), ". Suppose that ", won,
            " is the largest of them (", RED, "):",
        )),
    ]
    if drawn := _window_picture(source, candidates, winner):
        shown.append(drawn)
    value = written(choice, winner)
    shown += [
        Math((Row(pooled, join("= ", value, EQUALS, won)),)),
        Prose(("Each entry of the window acts on the error through ", pooled, ":")),
    ]
    target = gradient.written.target
    lines: list[Math] = []
    picked = candidates if len(candidates) <= LISTED else (*candidates[:2], candidates[-1])
    for n, candidate in enumerate(picked):
        slope = _slope(jacobian, first, candidate, place)
        lines += _derivative_lines(gradient, target, maximum, first, candidate, value, slope, n == 0)
    shown.append(Gallery(tuple(lines), 1))
    shown.append(
        Prose((
            "These hold while ", won, " is the largest entry of its window: it passes the whole of ",
            entry(partial(_error(gradient), maximum.target), first),
            " on (a factor 1, not its own value), the others get 0 from it. Every other window does the same.",
        ))
    )
    return tuple(shown)


def _error(gradient: Gradient) -> Tensor:
    of = gradient.tensor.quotient
    assert of is not None
    return of[0]


def _slope(jacobian: Equation, at: tuple[int, ...], candidate: Entry, place: int) -> int:
    """One partial derivative of the maximum, evaluated with the winner of this window fixed."""
    data: dict[str, list[int]] = {}
    for t in jacobian.operands:
        data[t.name] = [-1] * t.length if t.kind == "index" else [0] * t.length
    for t in jacobian.operands:
        if t.kind == "index":
            data[t.name][_flat(t, at)] = place
    (value,) = evaluate(jacobian, data, EXACT, at=(*at, *candidate.at))
    return int(value)


def _flat(tensor: Tensor, at: tuple[int, ...]) -> int:
    place = 0
    for extent, n in zip(tensor.sizes, at, strict=True):
        place = place * extent + n
    return place


def _derivative_lines(
    gradient: Gradient, target: Tensor, maximum: Equation, at: tuple[int, ...], candidate: Entry,
    value: Formula, slope: int, chain: bool,
) -> list[Math]:
    """``dE/dC_00 = dP_00/dC_00 * dE/dP_00`` once, then ``= d/dC_00 max(...) dE/dP_00 = 0`` for the entry."""
    upstream = entry(partial(_error(gradient), maximum.target), at)
    by = written(candidate)
    left, jacobian = entry(target, candidate.at), entry(partial(maximum.target, candidate.tensor), (*at, *candidate.at))
    operator = Formula(rf"\frac{{\partial}}{{\partial {by.latex}}} ", f"d/d{by.text} ")
    alone = len(terms(expand(gradient.written, at=candidate.at)[0])) == 1
    if not alone:  # the entry lies in several windows: what this one says is the partial derivative alone
        return [Math((Row(jacobian, join("= ", operator, value, f" = {slope}")),))]
    end = Formula("0", "0") if slope == 0 else join(str(slope), TIMES, upstream)
    found = [Math((Row(left, join("= ", jacobian, TIMES, upstream)),))] if chain else []
    middle = join(operator, value, Formula(" ", " * "), upstream)
    found.append(Math((Row(left, join("= ", middle, EQUALS, end)),)))
    return found


def _window_picture(source: Tensor, candidates: Sequence[Entry], winner: Entry) -> Node | None:
    if not small(source) or len(source.shape) != 2:
        return None
    return Figure((
        grid(source, symbols(source), windows=(box(candidates),), winners=((winner.at[0], winner.at[1]),),
             heading=name(source)),
    ))


def routing(gradient: Gradient, select: Step, values: Mapping[str, Sequence[Any]]) -> tuple[Node, ...]:
    """The routing table for the winners of the worked example: each cell is 0 or what its window sends back."""
    q, maximum = gradient.written, select.before
    index = [t for t in q.operands if t.kind == "index"]
    if any(t.name not in values for t in index) or len(q.target.shape) != 2 or not small(q.target):
        return ()
    cells = routed(q, values)
    windows, winners = pool_windows(maximum, values)
    table = grid(q.target, [written(c) for c in cells], windows=windows, winners=winners)
    upstream = next((t for t in q.operands if t.quotient), None)
    parts: list[Grid | Formula] = [table]
    if upstream is not None and small(upstream):
        parts += [Formula(r"\quad\text{from}\quad", " from "), grid(upstream, symbols(upstream))]
    return (
        Prose(("The winners of the worked example send ", name(q.target), " to these places, and 0 to all others:")),
        Figure(tuple(parts)),
    )


def routed(q: Equation, values: Mapping[str, Sequence[Any]]) -> list[Any]:
    """The gradient's entries as written elements, with the selections decided by the numbers of the example."""
    operands: dict[str, Sequence[Any]] = {
        t.name: [int(v) for v in values[t.name]] if t.kind == "index" else Entries(t) for t in q.operands
    }
    return evaluate(q, operands, DECIDED)


def pool_windows(
    maximum: Equation, values: Mapping[str, Sequence[Any]]
) -> tuple[tuple[tuple[int, int, int, int], ...], tuple[tuple[int, int], ...]]:
    """The windows of a maximum over a matrix and, in each, the entry that wins with these numbers."""
    boxes: list[tuple[int, int, int, int]] = []
    winners: list[tuple[int, int]] = []
    decided = maximum.winner and values.get(maximum.winner.name)
    for n, choice in enumerate(expand(maximum)):
        if not isinstance(choice, Choice) or not choice.candidates:
            continue
        boxes.append(box(choice.candidates))
        if decided and int(decided[n]) in choice.places:
            at = (0, 0, *choice.candidates[choice.places.index(int(decided[n]))].at)[-2:]
            winners.append((at[0], at[1]))
    return tuple(boxes), tuple(dict.fromkeys(winners))
