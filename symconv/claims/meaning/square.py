"""Entries in brackets: ``h[k] x[n-k]`` and ``(\\delta^l)_{uv}`` are about entries, as ``h_k x_{n-k}`` is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from symconv.claims.grammar import tree as t
from symconv.claims.meaning.forms import affine, strip
from symconv.claims.meaning.survey import label, survey

LETTERS = frozenset("ijklmnpqrstuvxyabcdhw") | {"tau", "mu", "nu"}
"""What an index in such brackets is called."""


def subscripted(node: t.Node, accessed: frozenset[str] = frozenset()) -> t.Node:
    """The tree with entries in or behind brackets as names with subscripts; ``accessed`` have them in round ones."""
    if isinstance(node, t.Call) and (_entry(node) or (label(node.function) in accessed and _round(node))):
        name = node.function
        return replace(name, subs=(*name.subs, *node.arguments), joined=False, span=node.span, sub_span=node.inner)

    def inside(part: t.Node) -> t.Node:
        return subscripted(part, accessed)

    if isinstance(node, t.Script) and node.subs and not (node.sups or node.primes or node.transposed):
        inner = strip(node.body)
        if isinstance(inner, t.Name) and not inner.subs and not inner.transposed:
            return replace(inner, subs=node.subs, joined=False, span=node.span)
        by = strip(inner.by) if isinstance(inner, t.Derivative) and inner.of is not None else None
        if isinstance(inner, t.Derivative) and isinstance(by, t.Name) and not by.subs and not by.transposed:
            return replace(inner, by=replace(by, subs=node.subs), span=node.span)
    if isinstance(node, t.Name | t.Num):
        return node
    if isinstance(node, t.Matrix):
        return replace(node, rows=tuple(tuple(c and inside(c) for c in row) for row in node.rows))
    if isinstance(node, t.Cases):
        return replace(node, rows=tuple((inside(v), c and inside(c)) for v, c in node.rows))
    return t.rebuild(node, inside)


def _round(call: t.Call) -> bool:
    name = call.function
    return call.bracket == "(" and not name.primes and not name.subs and not name.sups and bool(call.arguments)


def accessed(trees: Sequence[t.Node | None]) -> frozenset[str]:
    """The names whose entries are written as in ``I(i+m, j+n)``."""
    found = survey(trees)
    return frozenset(k for k, use in found.uses.items() if use.accessed > use.called and k not in found.functions)


def _entry(call: t.Call) -> bool:
    name = call.function
    if call.bracket != "[" or name.primes or name.subs or not call.arguments or name.base in ("sigma", "phi"):
        return False
    forms = [affine(a) for a in call.arguments]
    return all(f is not None and all(s.rstrip("'") in LETTERS and s != name.base for s, _ in f.parts) for f in forms)
