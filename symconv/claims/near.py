"""Near misses: the single change that makes a false sum true, which is the cause in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from symconv.claims.data import Derivative, Factor, Product, Ref, Sum
from symconv.claims.report import Phrase, say
from symconv.claims.world import World
from symconv.claims.write import Writers


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a sum: in its term number ``term`` (from 0), ``old`` becomes ``new``; None is nothing.

    ``what`` is ``factor``, ``term`` or ``left``.
    """

    what: str
    claim: Sum
    term: int = 0
    old: Product = ()
    new: Product = ()


def find(claim: Sum, world: World, holds: Callable[[Sum], bool]) -> Change | None:
    """The smallest single change after which the claim holds, or None when no single change is enough."""
    return next((change for change in changes(claim, world) if holds(change.claim)), None)


def changes(claim: Sum, world: World) -> Iterator[Change]:
    """Every single change, smallest first: an index of a factor, its entry, a factor or a term gone, the left side,
    another tensor, a term more."""
    for near in (_one_index, _same_tensor):
        yield from _factors(claim, lambda f, near=near: near(world, f))  # type: ignore[misc]
    for n, term in enumerate(claim.terms):
        for m, factor in enumerate(term):
            if len(term) > 1:
                yield _change(claim, n, term[:m] + term[m + 1 :], (factor,), ())
        yield Change("term", replace(claim, terms=claim.terms[:n] + claim.terms[n + 1 :]), n, term)
    for left in _same_tensor(world, claim.left):
        yield Change("left", replace(claim, left=left), 0, (claim.left,), (left,))
    yield from _factors(claim, lambda f: _other_tensor(world, f))
    known = world.expansion(claim.left) or ()
    for n, term in enumerate(known):
        if term not in claim.terms:
            more = (*claim.terms[:n], term, *claim.terms[n:])
            yield Change("term", replace(claim, terms=more), n, (), term)


def _factors(claim: Sum, near: Callable[[Factor], Iterator[Factor]]) -> Iterator[Change]:
    for n, term in enumerate(claim.terms):
        for m, factor in enumerate(term):
            for new in near(factor):
                yield _change(claim, n, (*term[:m], new, *term[m + 1 :]), (factor,), (new,))


def _change(claim: Sum, n: int, term: Product, old: Product, new: Product) -> Change:
    terms = (*claim.terms[:n], term, *claim.terms[n + 1 :])
    return Change("factor", replace(claim, terms=terms), n, old, new)


def _one_index(world: World, factor: Factor) -> Iterator[Factor]:
    return (f for f in _same_tensor(world, factor) if len(index_changes(factor, f)) == 1)


def _same_tensor(world: World, factor: Factor) -> Iterator[Factor]:
    if isinstance(factor, Ref):
        yield from (r for r in world.entries(factor.name) if r != factor)
    else:
        for of in world.entries(factor.of.name):
            for by in world.entries(factor.by.name):
                if (of, by) != (factor.of, factor.by):
                    yield Derivative(of, by)


def _other_tensor(world: World, factor: Factor) -> Iterator[Factor]:
    others = [n for n in world.names if n != world.error.name]
    for name in others:
        if not (isinstance(factor, Ref) and factor.name == name):
            yield from world.entries(name)
    for name in others:
        if not (world.is_gradient(factor) and isinstance(factor, Derivative) and factor.by.name == name):
            yield from (Derivative(Ref(world.error.name), r) for r in world.entries(name))


def index_changes(old: Factor, new: Factor) -> tuple[tuple[Ref, int, int | str], ...]:
    """Where the subscripts of two entries of the same tensors differ: the new entry, the axis, its new index."""
    pairs: list[tuple[Ref, Ref]] = []
    if isinstance(old, Ref) and isinstance(new, Ref):
        pairs = [(old, new)]
    elif isinstance(old, Derivative) and isinstance(new, Derivative):
        pairs = [(old.of, new.of), (old.by, new.by)]
    return tuple(
        (b, axis, y)
        for a, b in pairs
        if a.name == b.name
        for axis, (x, y) in enumerate(zip(a.at, b.at, strict=True))
        if x != y
    )


ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


def ordinal(n: int) -> str:
    """``first``, ``second`` … for 0, 1 …

    >>> ordinal(5), ordinal(41)
    ('sixth', '42nd')
    """
    if n < len(ORDINALS):
        return ORDINALS[n]
    count = n + 1
    ending = {1: "st", 2: "nd", 3: "rd"}.get(count % 10, "th") if count % 100 not in (11, 12, 13) else "th"
    return f"{count}{ending}"


def cause(change: Change, claim: Sum, writers: Writers) -> Phrase:
    """What was wrong, in words."""
    where = f"In the {ordinal(change.term)} term, " if len(claim.terms) > 1 else ""
    if change.what == "left":
        return say("The right side is that of {}, not of {}.", writers.product(change.new), writers.product(change.old))
    if change.what == "term":
        if change.old:
            return say("The " + ordinal(change.term) + " term, {}, is one too many.", writers.product(change.old))
        return say("The term {} is missing.", writers.product(change.new))
    if not change.new:
        return say(where + "{} is one factor too many.", writers.product(change.old))
    phrase = f"{where}{{}} stands where {{}} belongs"
    differing = index_changes(change.old[0], change.new[0])
    if len(differing) == 1:
        ref, axis, new = differing[0]
        of = "its" if isinstance(change.new[0], Ref) else "the"
        about = f"{of} {ordinal(axis)} index" + ("" if of == "its" else f" of {ref.name}")
        phrase += f": {about} must be {new}"
    return say(phrase + ".", writers.product(change.old), writers.product(change.new))
