"""equations: each Equation of a kernel printed by the first pattern that fits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from symconv.backends.vectorise import by_index, contraction, extremum, pointwise, product
from symconv.backends.vectorise.nest import build
from symconv.backends.vectorise.result import Result
from symconv.backends.vectorise.turn import scatter, unquotient
from symconv.backends.vectorise.writer import Writer
from symconv.notation.printing.printer import text
from symconv.notation.tensor import Tensor
from symconv.notation.term import Equation, Term


def print_equations(equations: Sequence[Equation], writer: Writer) -> None:
    """Every equation in order; a max and the argmax over the same entries are one."""
    done: set[str] = set()
    for n, q in enumerate(equations):
        if q.target.name in done:
            continue
        group = [q]
        if q.reduction != "sum":
            group += [p for p in equations[n + 1 :] if _paired(p, q)][:1]
        for p in group:
            done.add(p.target.name)
            writer.line(f"# {text.equation(p)}")
        if q.reduction == "sum":
            _sum(q, writer)
        else:
            _extremum(group, writer)


def _paired(p: Equation, q: Equation) -> bool:
    return {p.reduction, q.reduction} == {"max", "argmax"} and (p.terms, p.reads) == (q.terms, q.reads)


def _sum(q: Equation, writer: Writer) -> None:
    result = Result(writer, q.target)
    tensors = {t.name: t for t in q.operands}
    for term in q.terms:
        _term(term, q, writer, result, tensors)
    result.zeros()


def _term(term: Term, q: Equation, writer: Writer, result: Result, tensors: dict[str, Tensor]) -> None:
    taps = frozenset(i.name for i in term.bound)
    straight = unquotient(term, tensors, q.target)
    nest = straight and build(straight, tensors, q.target, taps)
    if straight and nest:
        readings = (straight, scatter(straight, tensors, q.target))
        nests = (build(t, tensors, q.target, frozenset()) for t in readings)
        plans = [p for p in (product.plan(n) for n in nests if n) if p]
        if plans:
            chosen = min(plans, key=lambda p: (not p.over_taps, p.cost))
            product.add(chosen, writer, result, tensors)
            return
        if contraction.add(nest, writer, result, tensors) or pointwise.add(nest, writer, result, tensors):
            return
    result.zeros()
    by_index.add(term, writer, q.target.name, tensors)


def _extremum(group: Sequence[Equation], writer: Writer) -> None:
    best = next((q.target for q in group if q.reduction == "max"), None)
    place = next((q.target for q in group if q.reduction == "argmax"), None)
    (term,), q = group[0].terms, group[0]
    tensors = {t.name: t for t in q.operands}
    nest = build(term, tensors, replace(q.target, kind="real"), frozenset(i.name for i in term.bound))
    if nest is None or not extremum.reduce(nest, writer, best, place, tensors):
        by_index.reduce(term, writer, best, place, tensors)
