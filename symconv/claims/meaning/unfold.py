"""Sums with dots in between: ``y_1 w_{1k} + y_2 w_{2k} + \\cdots + y_m w_{mk}`` is a sum over what changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from typing import Any

from symconv.claims.grammar import tree as t
from symconv.claims.meaning.forms import Affine, affine, strip, text_of

Path = tuple[int, ...]


def unfold(node: t.Node) -> t.Node:
    """The tree with every such sum as a big one; one whose terms follow no pattern stays as it is."""
    if isinstance(node, t.Name | t.Num):
        return node
    if not any(isinstance(n, t.Dots) for n in t.walk(node)):
        return node
    inner = _within(node)
    return (_unfolded(inner) or inner) if isinstance(inner, t.Sum) else inner


def _within(node: t.Node) -> t.Node:
    if isinstance(node, t.Matrix):
        return replace(node, rows=tuple(tuple(c and unfold(c) for c in row) for row in node.rows))
    if isinstance(node, t.Cases):
        return replace(node, rows=tuple((unfold(v), c) for v, c in node.rows))
    return t.rebuild(node, unfold)


@dataclass(frozen=True, slots=True)
class _Pattern:
    """A first term and the leaves in it that change, in groups that change together; a bound letter a group."""

    first: t.Node
    groups: tuple[tuple[Path, ...], ...]
    starts: Mapping[Path, int]

    def place(self, term: t.Node) -> list[Affine] | None:
        """What every group has in a term, counted from the first; None when the term does not follow the pattern."""
        found = _differences(self.first, term)
        if found is None or not set(found) <= {p for g in self.groups for p in g}:
            return None
        out = []
        for group in self.groups:
            steps = []
            for path in group:
                start = Fraction(self.starts[path])
                form = found.get(path, Affine((), start))
                steps.append(Affine(form.parts, form.constant - start))
            if any(s != steps[0] for s in steps):
                return None
            out.append(steps[0])
        return out


def _unfolded(node: t.Sum) -> t.Node | None:
    terms = [strip(x) for x in node.terms]
    gaps = [n for n, x in enumerate(terms) if isinstance(x, t.Dots)]
    if not gaps or gaps[0] == 0 or len(set(node.signs[: gaps[0] + 1])) != 1:
        return None
    begin = next((n for n in range(gaps[0]) if _follows(terms[n], terms[n + 1 : gaps[0]])), None)
    if begin is None:
        return None
    first = terms[begin]
    if any(isinstance(n, t.Big) for n in t.walk(first)):
        return None
    more = [x for x in terms[begin + 1 :] if not isinstance(x, t.Dots)]
    pattern = _pattern(first, [d for x in more if (d := _differences(first, x))])
    if pattern is None:
        return None
    rest: list[int] = [*range(begin)]
    last: list[Affine] | None = None
    symbolic = False
    for n in range(begin + 1, len(terms)):
        if isinstance(terms[n], t.Dots):
            continue
        if _differences(first, terms[n]) is None:
            rest.append(n)
            continue
        place = pattern.place(terms[n])
        if place is None or node.signs[n] != node.signs[begin]:
            return None
        final = n > gaps[-1]
        symbolic = symbolic or any(p.parts for p in place)
        last = place if final else last
    if last is None and not symbolic:
        return None
    big = _big(pattern, last)
    places = [begin, *rest]
    if not rest:
        return big if node.signs[begin] > 0 else t.Minus(big, node.span)
    return t.Sum((big, *(node.terms[n] for n in rest)), tuple(node.signs[n] for n in places), node.span)


def _follows(term: t.Node, others: list[t.Node]) -> bool:
    """Whether a term has numbers that may change, as all others up to the dots do."""
    return any(isinstance(n, t.Num) for n in _leaves(term)) and all(_differences(term, x) for x in others)


def _pattern(first: t.Node, found: list[dict[Path, Affine]]) -> _Pattern | None:
    """The leaves that change, grouped: by the letter that stands there, else by what the second term changes."""
    changed = list(dict.fromkeys(p for d in found for p in d))
    starts: dict[Path, int] = {}
    for path in changed:
        leaf = _at(first, path)
        if not isinstance(leaf, t.Num) or leaf.value.denominator != 1:
            return None
        starts[path] = int(leaf.value)
    if not changed:
        return None
    named = next((d for d in found if any(f.parts for f in d.values())), None)
    groups: dict[Any, list[Path]] = {}
    for path in changed:
        if named is not None:
            form = named.get(path)
            groups.setdefault(form.parts if form is not None else None, []).append(path)
        else:
            groups.setdefault(path in found[0], []).append(path)
    return _Pattern(first, tuple(tuple(g) for g in groups.values()), starts)


def _big(pattern: _Pattern, last: list[Affine] | None) -> t.Big:
    body = pattern.first
    binders = []
    span = body.span
    for n, group in enumerate(pattern.groups):
        name = t.Name(f"term~{n}", (), (), 0, False, False, False, span)
        low = pattern.starts[group[0]]
        for path in group:
            shift = pattern.starts[path] - low
            new: t.Node = name if not shift else t.Sum((name, _number(shift, span)), (1, 1), span)
            body = _replaced(body, path, new)
        high = None
        if last is not None:
            high = _written(last[n], low, span)
        binders.append(t.Binder(name, _number(low, span), high))
    return t.Big("sum", tuple(binders), (), (), body, span, span)


def _number(value: int, span: t.Span) -> t.Node:
    return t.Num(Fraction(value), str(value), span)


def _written(step: Affine, low: int, span: t.Span) -> t.Node:
    """``low`` + step, as a tree."""
    constant = int(step.constant) + low
    terms: list[t.Node] = []
    for name, _ in step.parts:
        terms.append(t.Name(name, (), (), 0, False, False, False, span))
    if constant or not terms:
        terms.append(_number(constant, span))
    return terms[0] if len(terms) == 1 else t.Sum(tuple(terms), (1,) * len(terms), span)


def _leaves(node: t.Node) -> Iterator[t.Node]:
    return (n for n in t.walk(node) if isinstance(n, t.Num))


def _index(node: t.Node) -> Affine | None:
    """An index form of whole multiples."""
    form = affine(node)
    return form if form is not None and all(v == 1 for _, v in form.parts) and len(form.parts) <= 1 else None


def _differences(a: t.Node, b: t.Node, path: Path = ()) -> dict[Path, Affine] | None:
    """Where a number of one tree is another index in the other; None when they differ in anything else."""
    a, b = strip(a), strip(b)
    if text_of(a) == text_of(b) and type(a) is type(b):
        return {}
    if isinstance(a, t.Num):
        form = _index(b)
        return None if form is None else {path: form}
    if type(a) is not type(b):
        return None
    if isinstance(a, t.Name) and isinstance(b, t.Name):
        if (a.base, a.primes, a.transposed) != (b.base, b.primes, b.transposed):
            return None
    elif isinstance(a, t.Product) and isinstance(b, t.Product) and len(a.factors) != len(b.factors):
        return None
    first, second = list(t.children(a)), list(t.children(b))
    if len(first) != len(second) or not first:
        return None
    out: dict[Path, Affine] = {}
    for n, (x, y) in enumerate(zip(first, second, strict=True)):
        inner = _differences(x, y, (*path, n))
        if inner is None:
            return None
        out |= inner
    return out


def _at(node: t.Node, path: Path) -> t.Node:
    node = strip(node)
    return _at(list(t.children(node))[path[0]], path[1:]) if path else node


def _replaced(node: t.Node, path: Path, new: t.Node) -> t.Node:
    node = strip(node)
    if not path:
        return new
    below = list(t.children(node))
    below[path[0]] = _replaced(below[path[0]], path[1:], new)
    parts = iter(below)

    def put(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(put(v) for v in value) if value and not isinstance(value[0], int) else value
        return next(parts) if hasattr(value, "span") else value

    made: Any = replace(node, **{f.name: put(getattr(node, f.name)) for f in fields(node)})
    return made
