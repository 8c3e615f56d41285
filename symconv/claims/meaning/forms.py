"""Small questions about trees: what is an index, how an index form is affine, what a name is called."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Generic, TypeVar

from symconv.claims.grammar import tree as t

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Affine:
    """``constant + Σ coefficient · index``, an index being its symbol."""

    parts: tuple[tuple[str, Fraction], ...]
    constant: Fraction

    @property
    def bare(self) -> str | None:
        """The index that this is and nothing else."""
        if len(self.parts) == 1 and not self.constant and self.parts[0][1] == 1:
            return self.parts[0][0]
        return None

    @property
    def numeric(self) -> int | None:
        """The number that this is."""
        return int(self.constant) if not self.parts and self.constant.denominator == 1 else None


def symbol(name: t.Name) -> str:
    """An index or a size as one string: letter, primes, subscripts and superscripts.

    ``m'`` and ``m^{\\prime}`` are the same.
    """
    parts = [name.base, "'" * name.primes]
    if name.subs:
        parts.append("_" + ",".join(text_of(s) for s in name.subs))
    if name.sups:
        parts.append("^" + ",".join(text_of(s) for s in name.sups))
    return "".join(parts)


def text_of(node: t.Node) -> str:
    """A short form of a tree that tells different ones apart."""
    match node:
        case t.Num():
            return node.digits
        case t.Name():
            return symbol(node) + ("^T" if node.transposed else "")
        case t.Script():
            marks = "'" * node.primes + ("^T" if node.transposed else "")
            scripts = ",".join(text_of(s) for s in (*node.subs, *node.sups))
            return f"[{text_of(node.body)}]{scripts}{marks}"
        case t.Words():
            return node.text
        case t.Group():
            return f"({text_of(node.body)})"
        case t.Sum():
            return "".join(("+" if s > 0 else "-") + text_of(x) for x, s in zip(node.terms, node.signs, strict=True))
        case t.Product():
            return "*".join(text_of(f) for f in node.factors) + ("/" if "/" in node.operators else "")
        case _:
            return "".join(f"{type(node).__name__}({','.join(text_of(c) for c in t.children(node))})")


_ZERO: Any = 0
_ONE: Any = 1


def _plain(v: Fraction) -> Any:
    """A whole number as such, which is quicker to count with."""
    return v.numerator if v.denominator == 1 else v


def affine(node: t.Node, known: Mapping[str, Fraction] | None = None) -> Affine | None:
    """A tree as an affine form of indices; None when it is none. ``known`` are numbers of sizes."""
    known = known or {}
    match node:
        case t.Num():
            return Affine((), _plain(node.value))
        case t.Name() if not node.transposed:
            name = symbol(node)
            return Affine((), known[name]) if name in known else Affine(((name, _ONE),), _ZERO)
        case t.Group():
            return affine(node.body, known)
        case t.Minus():
            inner = affine(node.body, known)
            return inner and _scale(inner, -_ONE)
        case t.Sum():
            total = Affine((), _ZERO)
            for term, sign in zip(node.terms, node.signs, strict=True):
                inner = affine(term, known)
                if inner is None:
                    return None
                total = _add(total, _scale(inner, _ONE if sign > 0 else -_ONE))
            return total
        case t.Call() if len(node.arguments) == 1 and node.bracket in "([":
            first, second = affine(node.function, known), affine(node.arguments[0], known)
            return _times(first, second)
        case t.Product() if all(o in ("", "cdot", "times", "*") for o in node.operators):
            found: Affine | None = Affine((), _ONE)
            for factor in node.factors:
                found = _times(found, affine(factor, known))
            return found
        case t.Script() if not node.subs and not node.sups and not node.primes:
            return affine(node.body, known)
        case _:
            return None


@dataclass(frozen=True, slots=True)
class Whole:
    """An affine form of whole numbers, for fast evaluation; ``whole`` is False where a number in it is a fraction."""

    parts: tuple[tuple[str, int], ...]
    constant: int
    whole: bool

    @property
    def numeric(self) -> int | None:
        """The number that this is."""
        return self.constant if not self.parts and self.whole else None


class Memo(Generic[Answer]):
    """A question about trees that is asked again and again, answered once for each; a tree is kept with its answer."""

    __slots__ = ("_ask", "_found")

    def __init__(self, ask: Callable[[Any], Answer]) -> None:
        self._ask = ask
        self._found: dict[int, tuple[t.Node, Answer]] = {}

    def __call__(self, node: t.Node) -> Answer:
        known = self._found.get(id(node))
        if known is not None and known[0] is node:
            return known[1]
        made = self._ask(node)
        self._found[id(node)] = (node, made)
        return made


def whole(node: t.Node) -> Whole | None:
    """The affine form of a tree; None when it is none."""
    form = affine(node)
    if form is None:
        return None
    good = all(v.denominator == 1 for _, v in form.parts) and form.constant.denominator == 1
    return Whole(tuple((n, int(v)) for n, v in form.parts), int(form.constant), good)


def _times(a: Affine | None, b: Affine | None) -> Affine | None:
    if a is None or b is None:
        return None
    if not a.parts:
        return _scale(b, a.constant)
    if not b.parts:
        return _scale(a, b.constant)
    return None


def _scale(a: Affine, c: Fraction) -> Affine:
    return Affine(tuple((n, v * c) for n, v in a.parts if v * c), a.constant * c)


def _add(a: Affine, b: Affine) -> Affine:
    parts = dict(a.parts)
    for name, v in b.parts:
        parts[name] = parts.get(name, _ZERO) + v
    return Affine(tuple((n, v) for n, v in parts.items() if v), a.constant + b.constant)


def names(node: t.Node) -> Iterator[t.Name]:
    """Every name in a tree that stands for a value: not those inside scripts or limits of sums."""
    stack = [node]
    while stack:
        top = stack.pop()
        match top:
            case t.Name():
                yield top
            case t.Script():
                stack.append(top.body)
            case t.Big():
                stack.append(top.body)
            case t.Call():
                stack.extend(reversed((top.function, *top.arguments)))
            case _:
                stack.extend(reversed(list(t.children(top))))


def strip(node: t.Node) -> t.Node:
    """What is inside of brackets that do nothing."""
    while isinstance(node, t.Group) and node.bracket in ("", "(", "[", "{") and not isinstance(node.body, t.Listing):
        node = node.body
    return node
