"""Names with their scripts, and the differentials that a quotient may be of."""

from __future__ import annotations

from symconv.claims.grammar import tree as t
from symconv.claims.tex.tokens import Token


def name_of(text: str, token: Token) -> t.Name:
    return t.Name(
        text, (), (), 0, False, False, token.bold, (token.start, token.end), word=token.kind in ("word", "command")
    )


def with_scripts(
    node: t.Node,
    end: int,
    *,
    subs: tuple[t.Node, ...] = (),
    sups: tuple[t.Node, ...] = (),
    primes: int = 0,
    transposed: bool = False,
    joined: bool = False,
    sub_span: t.Span | None = None,
    sup_span: t.Span | None = None,
    bracketed: bool = False,
) -> t.Node:
    span = (node.span[0], end)
    if isinstance(node, t.Name):
        if (subs and node.subs) or (sups and node.sups):
            return t.Script(node, subs, sups, primes, transposed, span)
        return t.Name(
            node.base,
            node.subs or subs,
            node.sups or sups,
            node.primes + primes,
            node.transposed or transposed,
            node.joined or joined,
            node.marked,
            span,
            node.sub_span or sub_span,
            node.sup_span or sup_span,
            node.word,
            node.bracketed or bracketed,
        )
    if isinstance(node, t.Script) and not (subs and node.subs) and not (sups and node.sups):
        return t.Script(
            node.body, node.subs or subs, node.sups or sups, node.primes + primes, node.transposed or transposed, span
        )
    return t.Script(node, subs, sups, primes, transposed, span)


def differential(node: t.Node) -> tuple[t.Node, tuple[t.Node, ...]] | None:
    """What a part of a fraction is the differential of, and the factors beside it."""
    if isinstance(node, t.Diff):
        return node.of, ()
    if isinstance(node, t.Group) and node.bracket == "":
        return differential(node.body)
    if isinstance(node, t.Product) and not any(node.operators):
        found = [n for n, f in enumerate(node.factors) if isinstance(f, t.Diff)]
        if len(found) == 1:
            n = found[0]
            diff = node.factors[n]
            assert isinstance(diff, t.Diff)
            if n == len(node.factors) - 1:
                return diff.of, node.factors[:n]
            if n == 0:  # ∂ of a product: ∂ x y
                rest = (diff.of, *node.factors[1:])
                span = (diff.of.span[0], node.span[1])
                return t.Product(rest, ("",) * (len(rest) - 1), span), ()
        first = node.factors[0]
        if not found and isinstance(first, t.Name) and first.base == "d" and not (first.subs or first.sups):
            # d f(x) with a space between: what stands below tells that it is no letter
            inner = node.factors[1:]
            of = inner[0] if len(inner) == 1 else t.Product(inner, ("",) * (len(inner) - 1), node.span)
            return of, ()
    return None
