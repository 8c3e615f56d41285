"""Where does this one number come from: the chain rule at one entry, what is not zero in it, term by term."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import sympy as sp

from symconv.derivation.backpropagate import Gradient, full_index
from symconv.derivation.recognise import Correlation, recognise
from symconv.derivation.step import Step
from symconv.documents.compose.collapse import formula
from symconv.documents.compose.expanded import Limit, column, entry_rows, plural, row_keys, rows
from symconv.documents.compose.grids import grid, small, symbols
from symconv.documents.compose.jacobian import matrix
from symconv.documents.compose.ways import Mark, marked, marked_ways, opening, total, via
from symconv.documents.compose.write import NOTHING, entry, equation, join, listed, name, numbers, statement, written
from symconv.documents.nodes import Figure, Formula, Gallery, Grid, Heading, Math, Node, Part, Prose, Row
from symconv.notation.expand import expand
from symconv.notation.printing.printer import Printer
from symconv.notation.printing.style import LATEX, TEXT, Style
from symconv.notation.rewrite import substitute
from symconv.notation.tensor import partial
from symconv.notation.term import Equation
from symconv.notation.written import Bracket, Entry, Sum, subscripts, terms

Values = Mapping[str, Sequence[Any]]
NONZERO = 24
"""At most so many partial derivatives are listed."""


def entry_section(
    gradient: Gradient, at: tuple[int, ...], form: str, limit: Limit, values: Values | None
) -> tuple[Node, ...]:
    """One entry of one gradient, in index form, expanded, or both; raises UsageError when it does not exist."""
    whole = full_index(gradient.of, at)
    q = gradient.written
    place = tuple(n for n, extent in zip(whole, gradient.of.sizes, strict=True) if extent != 1)
    here = entry(q.target, place)
    shown: list[Node] = [Heading(1, ("Where does ", here, " come from?"))]
    parts = marked_ways(gradient)
    if len(parts) > 1:
        marks = [m for m, _ in parts]
        shown += [opening(gradient, marks), statement(total(here, marks))]
    chains = [(m, s) for m, w in parts for s in w.steps if s.rule == "chain"]
    if chains:
        shown.append(Prose(("The chain rule at this entry:",)))
        shown += [marked(at_entry(s.after, place), q.target, m) for m, s in chains]
    matrices = not any(s.rule == "select" for s in gradient.steps())
    for mark, way in parts if form != "index" or len(parts) > 1 else ():
        for step in way.steps:
            if step.rule == "partial":
                shown += _partials(step, place, mark if step.after.target.name == q.target.name else (), matrices)
    in_sum = form != "expanded" and any(t.bound for t in q.terms)
    both = form == "both" and in_sum
    shown.append(Prose(("So, in index form and written out:" if both else "So:",)))
    if in_sum:
        shown.append(equation(at_entry(q, place)))
    known = recognise(q)
    whole_form: list[Node] = [Prose(("It is one entry of ", formula(known), "."))] if known is not None else []
    if form == "index" and in_sum:
        return (*shown, *whole_form)
    count = len(terms(expand(q, at=place)[0]))
    elide = limit.elides(count)
    if elide:
        shown.append(Prose((f"These are {plural(count, 'term', 'terms')}:",)))
    shown.append(Gallery((entry_rows(q, place, elide=elide),)))
    shown += _numbers(q, place, values, elide)
    shown += whole_form
    if isinstance(known, Correlation) and known.plain:
        shown += _window(known, place, values)
    return tuple(shown)


def at_entry(q: Equation, place: tuple[int, ...]) -> Equation:
    """The index form with numbers for the target's indices, where the target is met at plain indices."""
    found = []
    for term in q.terms:
        fixed = {a: sp.Integer(n) for a, n in zip(term.at, place, strict=True) if a.is_Symbol}
        left = replace(term, indices=tuple(i for i in term.indices if i.symbol not in fixed))
        found.append(substitute(left, fixed))
    return replace(q, terms=tuple(found))


def _partials(step: Step, place: tuple[int, ...], mark: Mark, matrices: bool) -> list[Node]:
    """The partial derivatives that are not zero: as a matrix where they form one, listed otherwise."""
    jac = step.after.target
    assert jac.quotient is not None
    of, by = jac.quotient
    if matrices and len(of.shape) == 2 and small(of) and by.shape:
        drawn, _ = matrix(step, of, by, place)
        return [Prose(("The partial derivatives in it, over the entries of ", name(of), ":")), Figure((drawn,))]
    elements = column(step.after, len(of.shape), place)
    found = [(subscripts(of, n), e) for n, e in enumerate(elements) if e != Sum(())]
    lines = tuple(
        Math((Row(via(entry(partial(of, by), (*t, *place)), mark), join("= ", written(e))),))
        for t, e in found[:NONZERO]
    )
    if not lines:
        return []
    more = f" (the first {NONZERO} of {len(found)})" if len(found) > NONZERO else ""
    text = f"The partial derivatives in it that are not zero{more}:"
    return [Prose((text,)), Gallery(lines, 4)]


def _numbers(q: Equation, place: tuple[int, ...], values: Values | None, elide: bool) -> list[Node]:
    """The same sum with the numbers of the example."""
    if values is None or q.target.name not in values:
        return []
    flat = 0
    for extent, n in zip(q.target.sizes, place, strict=True):
        flat = flat * extent + n
    result = numbers(values[q.target.name])[flat]
    here = entry(q.target, place)
    if elide or any(t.name not in values for t in q.operands):
        return [Prose(("With the numbers of the example it is",)), Math((Row(here, join("= ", result)),))]
    element, keys = expand(q, at=place)[0], row_keys(q, place)[0]
    index = {t.name for t in q.operands if t.kind == "index"}

    given = {t.name: numbers(values[t.name]) for t in q.operands}

    def put_in(style: Style) -> Printer:
        def value(e: Entry, written_name: str) -> str:
            if e.tensor.name in index:
                return written_name
            shown = given[e.tensor.name][e.place]
            body = shown.latex if style is LATEX else shown.text
            return f"({body})" if body.startswith("-") else body

        return Printer(style, value)

    one, other = put_in(LATEX), put_in(TEXT)

    def write(e: Any) -> Formula:
        return Formula(one.written(e), other.written(e))

    chosen = _chosen(element, index, values)
    sentence: list[Part] = ["With the numbers of the example", *((", where ", *listed(chosen)) if chosen else ()), ":"]
    if isinstance(element, Entry):
        return [Prose(tuple(sentence)), Math((Row(here, join("= ", result)),))]
    math = rows(here, element, keys, elide=False, write=write)
    return [Prose(tuple(sentence)), Math((*math.rows, Row(NOTHING, join("= ", result))))]


def _chosen(element: Any, index: set[str], values: Values) -> list[Formula]:
    """``M_00 = 1`` for every index entry that a selection of this element looks at."""
    found: dict[str, Formula] = {}
    for term in terms(element):
        for factor in getattr(term, "factors", (term,)):
            if isinstance(factor, Bracket) and factor.entry.tensor.name in index:
                e = factor.entry
                found[repr(e)] = join(written(e), " = ", str(int(values[e.tensor.name][e.place])))
    return list(found.values())


def _window(form: Correlation, place: tuple[int, ...], values: Values | None) -> list[Node]:
    """The window of the image that this entry multiplies with the kernel."""
    if any(len(t.shape) != 2 or not small(t) for t in (form.image, form.kernel)):
        return []
    top = [0, 0]
    for s in form.slides:
        top[s.image] = s.step * place[s.target]
    height, width = (int(n) for n in form.kernel.shape)
    by_values = values is not None and form.image.name in values
    cells = symbols(form.image) if values is None or not by_values else numbers(values[form.image.name])
    image = grid(form.image, cells, windows=((top[0], top[1], height, width),))
    parts: list[Grid | Formula] = [image, Formula(r"\odot", " (.) "), grid(form.kernel, symbols(form.kernel))]
    sentence: list[Part] = ["The outlined window of ", name(form.image), ", entry by entry times ", name(form.kernel)]
    return [Prose((*sentence, ", and all of it added up:")), Figure(tuple(parts))]
