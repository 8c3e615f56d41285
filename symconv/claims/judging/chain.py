"""The chain rule between names of which nothing else is known: do the derivatives join up?"""

from __future__ import annotations

from symconv.claims.grammar import tree as t
from symconv.claims.meaning.forms import affine, strip, text_of
from symconv.claims.meaning.survey import Survey, indices, is_loss


def _name(node: t.Node | None) -> str:
    node = strip(node) if node is not None else None
    if isinstance(node, t.Call):
        node = node.function
    return text_of(node) if node is not None else ""


def _links(node: t.Node, found: Survey) -> tuple[list[tuple[str, str]], set[str]] | None:
    """The derivatives that a product is of, above and below, and the indices that sums around it bind."""
    node = strip(node)
    if isinstance(node, t.Big) and node.operator == "sum":
        inner = _links(node.body, found)
        if inner is None:
            return None
        return inner[0], inner[1] | {text_of(b.name) for b in node.binders}
    if isinstance(node, t.Derivative) and node.of is not None:
        return [(_of(node.of, found), _name(node.by))], set()
    if isinstance(node, t.Name):
        for by in found.deltas.get(found.key(node), ()):
            other = strip(by)
            same = isinstance(other, t.Name) and [text_of(s) for s in other.sups] == [text_of(s) for s in node.sups]
            if same:
                return [("loss", _name(by))], set()
        return None
    if isinstance(node, t.Product) and all(o in ("", "cdot", "times", "*", "odot", "circ") for o in node.operators):
        links: list[tuple[str, str]] = []
        bound: set[str] = set()
        factors = list(node.factors)
        for n, factor in enumerate(factors):
            if isinstance(factor, t.Derivative) and factor.of is None and n == len(factors) - 2:
                links.append((_of(factors[n + 1], found), _name(factor.by)))
                return links, bound
            inner = _links(factor, found)
            if inner is None:
                return None
            links += inner[0]
            bound |= inner[1]
        return links, bound
    return None


def _of(node: t.Node, found: Survey) -> str:
    return "loss" if is_loss(found, node) else _name(node)


def chain_rule(tree: t.Relation, found: Survey) -> str | None:
    """Whether every equality of a statement is a chain rule whose derivatives join; None when one is not.

    The text is what it depends on: that nothing else leads from below to above.
    """
    if any(r not in ("=", ":=") for r in tree.relations) or len(tree.sides) < 2:
        return None
    sides = []
    for side in tree.sides:
        links = _links(side, found)
        if links is None:
            return None
        sides.append(links)
    goals = {_ends(links) for links, _ in sides}
    if len(goals) != 1 or None in goals:
        return None
    if max(len(links) for links, _ in sides) < 2:
        return None
    return "no other path leads from what is below to what is above"


def _ends(links: list[tuple[str, str]]) -> tuple[str, str] | None:
    """What a product of derivatives is of and by, when they join."""
    if not all(b for _, b in links) or len(set(links)) != len(links):
        return None
    aboves = [a for a, _ in links]
    belows = [b for _, b in links]
    starts = [a for a in aboves if a not in belows]
    ends = [b for b in belows if b not in aboves]
    if len(starts) != 1 or len(ends) != 1:
        return None
    at, used = starts[0], 0
    following = dict(links)
    while at in following and used <= len(links):
        at = following[at]
        used += 1
    return (starts[0], ends[0]) if used == len(links) and at == ends[0] else None


__all__ = ["affine", "chain_rule", "indices"]


def chain_pair(a: t.Node, b: t.Node, found: Survey) -> str | None:
    """The reading under which two sides are one derivative written as chains; None when they are not.

    Nothing but the derivatives themselves is looked at: they have to join, and an index in between has to be bound or
    stand on the other side too.
    """
    first, second = _links(a, found), _links(b, found)
    if first is None or second is None or max(len(first[0]), len(second[0])) < 2:
        return None
    ends = _ends(first[0])
    if ends is None or ends != _ends(second[0]):
        return None
    free, other = free_symbols(a), free_symbols(b)
    if not other <= free:
        return None
    return "the chain rule, if nothing else leads from what is below to what is above"


def free_symbols(node: t.Node) -> set[str]:
    """The letters in subscripts that no sum around them binds."""
    if isinstance(node, t.Big):
        return free_symbols(node.body) - {text_of(b.name) for b in node.binders}
    if isinstance(node, t.Name):
        out: set[str] = set()
        for piece in indices(node):
            form = affine(piece)
            out |= {s for s, _ in form.parts} if form else set()
        return out
    return {s for child in t.children(node) for s in free_symbols(child)}


def broken_chain(tree: t.Node | None, found: Survey) -> bool:
    """Whether some side of a statement is a product of derivatives that do not join up."""
    if not isinstance(tree, t.Relation):
        return False
    for side in tree.sides:
        links = _links(side, found)
        if links is not None and len(links[0]) > 1 and _ends(links[0]) is None:
            return True
    return False
