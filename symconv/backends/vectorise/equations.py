"""equations: each Equation of a kernel printed by the first pattern that fits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import sympy as sp

from symconv.backends.vectorise import by_index, clipped, contraction, extremum, pointwise, product
from symconv.backends.vectorise.nest import build
from symconv.backends.vectorise.result import Result
from symconv.backends.vectorise.turn import scatter, unquotient
from symconv.backends.vectorise.writer import Writer
from symconv.notation.printing.printer import text
from symconv.notation.tensor import Tensor, base
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
    gathering = unquotient(term, tensors, q.target)
    if gathering is None or not _patterns(gathering, term, q.target, writer, result, tensors):
        result.zeros()
        by_index.add(term, writer, q.target.name, tensors)


def _patterns(
    gathering: Term, term: Term, target: Tensor, writer: Writer, result: Result, tensors: dict[str, Tensor]
) -> bool:
    """A matrix product where there is one, read from the cheaper side; else a contraction, else entry by entry.

    Where Ranges cut the windows, the product is one of the other side, cut afterwards, or one for each tap.
    """
    apart, taps = frozenset[str](), frozenset(i.name for i in term.bound)
    nest = build(gathering, tensors, target, apart)
    if nest is None:
        return False
    turned = build(scatter(gathering, tensors, target), tensors, target, apart)
    plan, other = product.plan(nest), turned and product.plan(turned)
    cut = None if plan else clipped.plan(nest)
    if other and other.over_taps and (other.cost < plan.cost if plan else cut is None or other.in_runs):
        plan = other
    if plan:
        product.add(plan, writer, result, tensors)
        return True
    if cut:
        clipped.add(cut, writer, result, tensors)
        return True
    if contraction.add(nest, writer, result, tensors):
        return True
    if len({base(e) for e in term.summand.atoms(sp.Indexed)}) == 1:
        # One operand under a window: its taps are better looped over than made a short axis.
        nest = build(gathering, tensors, target, taps)
    return nest is not None and pointwise.add(nest, writer, result, tensors)


def _extremum(group: Sequence[Equation], writer: Writer) -> None:
    best = next((q.target for q in group if q.reduction == "max"), None)
    place = next((q.target for q in group if q.reduction == "argmax"), None)
    (term,), q = group[0].terms, group[0]
    tensors = {t.name: t for t in q.operands}
    nest = build(term, tensors, replace(q.target, kind="real"), frozenset(i.name for i in term.bound))
    if nest is None or not extremum.reduce(nest, writer, best, place, tensors):
        by_index.reduce(term, writer, best, place, tensors)
