"""What stands below and above a big operator: indices with their limits, conditions, sets."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from symconv.claims.grammar import tree as t
from symconv.claims.grammar.parser import Parser
from symconv.claims.grammar.scripts import split
from symconv.claims.grammar.signs import RELATIONS, refuse
from symconv.claims.meaning.forms import symbol
from symconv.claims.tex.tokens import Token


def binders(
    below: Sequence[Token], above: Sequence[Token], depth: int
) -> tuple[tuple[t.Binder, ...], tuple[t.Relation, ...], tuple[t.Relation, ...]]:
    """The bound indices, the conditions on them, and the sets that they run over where those are no ranges."""
    if below and below[0].kind == "command" and below[0].text == "substack":
        below = below[2:-1] if below[1:] and below[1].text == "{" and below[-1].text == "}" else below[1:]
    bound: list[t.Binder] = []
    conditions: list[t.Relation] = []
    sets: list[t.Relation] = []
    high = _parse(above, depth) if above else None
    if above and below and isinstance(high, t.Name | t.Listing) and _is_index(high) and not _has_relation(below):
        # \sum^{n}_i: the limit stands above, the index below; and the other way about
        pass
    lines: list[list[Token]] = [[]]
    for token in below:
        if token.kind == "newline" or (token.kind == "sign" and token.text == "&"):
            lines.append([])
        else:
            lines[-1].append(token)
    lines, told = _told(lines)
    parts = [p for line in lines for p in _pieces(line)]
    for part in parts:
        node = _parse(part, depth)
        items = node.items if isinstance(node, t.Listing) else (node,)
        for item in items:
            _add(item, bound, conditions, sets)
    conditions = _ranged(conditions, bound)
    for part in told:
        condition = _parse(part, depth)
        if not isinstance(condition, t.Relation):
            raise refuse("a condition is not understood", part[0])
        conditions.append(condition)
    if high is not None:
        if len(bound) == 1 and bound[0].high is None:
            bound = [t.Binder(bound[0].name, bound[0].low, high)]
        elif len(bound) > 1 and all(b.high is None for b in bound):
            highs = high.items if isinstance(high, t.Listing) else (high,) * len(bound)
            if len(highs) != len(bound):
                raise refuse("the limits do not go with the indices", above[0])
            bound = [t.Binder(b.name, b.low, h) for b, h in zip(bound, highs, strict=True)]
        elif not bound:
            raise refuse("a limit has no index", above[0])
    return tuple(bound), tuple(conditions), tuple(sets)


def _ranged(conditions: list[t.Relation], bound: list[t.Binder]) -> list[t.Relation]:
    """``0 \\le m, n < 2`` is read as two relations; they say how far both letters run."""
    kept: list[t.Relation] = []
    at = 0
    while at < len(conditions):
        first, second = conditions[at], conditions[at + 1] if at + 1 < len(conditions) else None
        names = [first.sides[-1], second.sides[0]] if second is not None else []
        known = {b.name.base for b in bound}
        if (
            second is not None
            and len(first.sides) == len(second.sides) == 2
            and first.relations == ("<=",)
            and second.relations[0] in ("<", "<=")
            and all(isinstance(n, t.Name) and _is_index(n) and n.base not in known for n in names)
        ):
            for n in names:
                assert isinstance(n, t.Name)
                bound.append(t.Binder(n, first.sides[0], second.sides[1], second.relations[0] == "<"))
            at += 2
            continue
        kept.append(first)
        at += 1
    return kept


def _told(lines: Sequence[list[Token]]) -> tuple[list[list[Token]], list[list[Token]]]:
    """The lines before a colon, which name indices, and those behind it, which say which of their values are meant."""
    before: list[list[Token]] = []
    behind: list[list[Token]] = []
    colon = False
    for line in lines:
        marks = [n for n, k in enumerate(line) if k.text in (":", "colon")]
        if marks and not colon and not _has_relation(line[: marks[0]]):
            before.append(line[: marks[0]])
            line, colon = line[marks[0] + 1 :], True
        if colon:
            behind += [p for p in split([k for k in line if k.kind != "quad"], ",", ";") if p]
        else:
            before.append(line)
    return before, behind


def _pieces(tokens: Sequence[Token]) -> list[list[Token]]:
    """Parts between commas; ``a, b \\in S`` stays together, and ``i, j = 0`` too."""
    parts = _between(split(tokens, ",", ";"))
    found: list[list[Token]] = []
    waiting: list[Token] = []
    for part in parts:
        if _has_relation(part) and waiting:
            found.append([*waiting, Token("sign", ",", part[0].start, part[0].start), *part])
            waiting = []
        elif not _has_relation(part) and any(_has_relation(p) for p in parts[len(found) + bool(waiting) :]):
            waiting = [*waiting, *([Token("sign", ",", part[0].start, part[0].start)] if waiting else []), *part]
        else:
            found.append(part)
    if waiting:
        found.append(waiting)
    return found


def _between(parts: list[list[Token]]) -> list[list[Token]]:
    """``0 \\le m, n < k`` as ``0 \\le m < k`` and ``0 \\le n < k``."""
    found: list[list[Token]] = []
    for part in parts:
        before = found[-1] if found else []
        if (
            len(before) >= 3
            and before[-1].kind == part[0].kind == "letter"
            and before[-2].text in ("le", "leq", "<=", "<", "lt", "leqslant")
            and len(part) >= 3
            and part[1].text in ("le", "leq", "<=", "<", "lt", "leqslant")
            and not _has_relation(before[:-2])
        ):
            found[-1] = [*before, *part[1:]]
            found.append([*before[:-1], *part])
        else:
            found.append(part)
    return found


def _has_relation(tokens: Sequence[Token]) -> bool:
    return any(k.kind in ("sign", "command") and k.text in RELATIONS for k in tokens)


def _parse(tokens: Sequence[Token], depth: int) -> t.Node:
    parser = Parser(tokens, inside=True)
    parser.depth = depth + 1
    return parser.relation() if parser.peek() is None else _whole(parser)


def _whole(parser: Parser) -> t.Node:
    node = parser.relation()
    if parser.sign(","):
        raise refuse("a condition is not understood", parser.peek())
    if parser.peek() is not None:
        raise refuse("a condition is not understood", parser.peek())
    return node


def _is_index(node: t.Node) -> bool:
    return isinstance(node, t.Name) and not node.subs and not node.sups and not node.word


def _add(node: t.Node, bound: list[t.Binder], conditions: list[t.Relation], sets: list[t.Relation]) -> None:
    if isinstance(node, t.Name):
        bound.append(t.Binder(node, None, None))
        return
    if isinstance(node, t.Group) and isinstance(node.body, t.Listing):
        for item in node.body.items:
            _add(item, bound, conditions, sets)
        return
    if isinstance(node, t.Product) and not any(node.operators) and all(isinstance(f, t.Name) for f in node.factors):
        for f in node.factors:  # \sum_{mn}
            assert isinstance(f, t.Name)
            bound.append(t.Binder(f, None, None))
        return
    if not isinstance(node, t.Relation):
        raise refuse("what a sum runs over is not understood", None)
    known = {b.name.base for b in bound}
    taken = {symbol(b.name) for b in bound}
    first = node.sides[0]
    names = list(first.items) if isinstance(first, t.Listing) else [first]
    if isinstance(first, t.Group) and isinstance(first.body, t.Listing):
        names = list(first.body.items)
    if node.relations == ("=",) and all(isinstance(n, t.Name) for n in names):
        side = node.sides[1]
        for n in names:
            assert isinstance(n, t.Name)
            if n.base in known and n.primes == 0:
                conditions.append(node)
            else:
                bound.append(t.Binder(n, side, None))
        return
    if node.relations == ("in",) and all(isinstance(n, t.Name) for n in names):
        interval = _interval(node.sides[1])
        for n in names:
            assert isinstance(n, t.Name)
            if interval is None:
                bound.append(t.Binder(n, None, None))
            else:
                bound.append(t.Binder(n, interval[0], interval[1], interval[2]))
        if interval is None:
            sets.append(node)
        return
    if len(node.sides) == 3 and set(node.relations) <= {"<=", "<"}:  # low <= m < high
        middle = node.sides[1]
        names = list(middle.items) if isinstance(middle, t.Listing) else [middle]
        if all(isinstance(n, t.Name) and symbol(n) not in taken for n in names) and node.relations[0] == "<=":
            for n in names:
                assert isinstance(n, t.Name)
                bound.append(t.Binder(n, node.sides[0], node.sides[2], node.relations[1] == "<"))
            return
    if len(node.sides) == 2 and isinstance(first, t.Name) and first.base not in known and node.relations == ("!=",):
        bound.append(t.Binder(first, None, None))
        conditions.append(node)
        return
    conditions.append(node)


def _interval(node: t.Node) -> tuple[t.Node, t.Node, bool] | None:
    """``[a, b]``, ``[a, b)``, ``\\{0, \\dots, n\\}``: first, last, whether the last is left out."""
    if isinstance(node, t.Group) and isinstance(node.body, t.Listing):
        items = node.body.items
        if node.bracket == "[" and len(items) == 2:
            return items[0], items[1], False
        if node.bracket == "{" and any(isinstance(i, t.Dots) for i in items):
            return items[0], items[-1], False
        numbers = [i.value for i in items if isinstance(i, t.Num)]
        counted = len(numbers) == len(items) and numbers == [numbers[0] + n for n in range(len(items))]
        if node.bracket == "{" and counted:
            return items[0], items[-1], False
    return None


ONE = t.Num(Fraction(1), "1", (0, 0))
