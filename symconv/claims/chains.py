"""Chain rules between whole tensors: do the factors join up, and is their contraction the left side?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from symconv.claims.data import Chain, Derivative, Factor, Product, Ref
from symconv.claims.outcome import Outcome
from symconv.claims.report import Example, Math, Phrase, join, say
from symconv.claims.sample import Sample, depends
from symconv.claims.world import World
from symconv.claims.write import Writers


def path(claim: Chain) -> tuple[Derivative, ...] | None:
    """The factors in the order in which they join, from what is above on the left to what is below; None if they do
    not: each factor must be above what the last one is below, and all must be used."""
    left = [f for f in claim.factors if isinstance(f, Derivative)]
    if len(left) != len(claim.factors):
        return None
    found: list[Derivative] = []
    above = claim.left.of
    while left:
        following = next((f for f in left if f.of == above), None)
        if following is None:
            return None
        left.remove(following)
        found.append(following)
        above = following.by
    return tuple(found) if above == claim.left.by else None


def contraction(factors: tuple[Derivative, ...], sample: Sample) -> list[list[Any]]:
    """The sum over all entries of every tensor in between."""
    first, *others = factors
    product = sample.jacobian(first.of.name, first.by.name)
    for f in others:
        product = sample.multiply(product, sample.jacobian(f.of.name, f.by.name))
    return product


def holds(claim: Chain, world: World) -> bool:
    """Whether the factors join and their contraction equals the left side, for all samples."""
    joined = path(claim)
    return joined is not None and all(
        contraction(joined, s) == s.jacobian(claim.left.of.name, claim.left.by.name) for s in world.samples()
    )


def judge_chain(claim: Chain, world: World, writers: Writers) -> Outcome:
    """Both sides evaluated as contractions; for a wrong chain the single change that makes it right."""
    if holds(claim, world):
        return Outcome("conditional", claim, (), (_reading(claim, world, writers),))
    for n, new in _changes(claim, world):
        old = claim.factors[n]
        assert isinstance(old, Derivative)
        corrected = replace(claim, factors=(*claim.factors[:n], new, *claim.factors[n + 1 :]))
        if path(corrected) and holds(corrected, world):
            cause = say("{} stands where {} belongs: {}.", *map(writers.factor, (old, new)), _fault(claim, writers))
            example = _example(claim, corrected, world, writers)
            return Outcome("wrong", corrected, (cause,), (_reading(corrected, world, writers),), example)
    cause = say("The factors do not make the left side: {}.", _fault(claim, writers))
    return Outcome("wrong", None, (cause,), (), _example(claim, claim, world, writers))


def _changes(claim: Chain, world: World) -> Iterator[tuple[int, Derivative]]:
    """Each factor with another tensor above, or another one below (never the same one twice)."""
    names = tuple(dict.fromkeys((claim.left.of.name, *world.names)))
    for n, factor in enumerate(claim.factors):
        if isinstance(factor, Derivative):
            for name in names:
                if name not in (factor.of.name, factor.by.name):
                    yield n, replace(factor, of=Ref(name))
            for name in names:
                if name not in (factor.of.name, factor.by.name, world.error.name):
                    yield n, replace(factor, by=Ref(name))


def _reading(claim: Chain, world: World, writers: Writers) -> Phrase:
    """What the cross has to mean, and what it cannot mean."""
    joined = path(claim)
    assert joined is not None
    between = sorted((f.by for f in joined[:-1]), key=lambda r: world.names.index(r.name))
    names = join(" and ", [Phrase((writers.factor(r),)) for r in between])
    phrase = say("{} is a contraction, a sum over all entries of {}", Math(r"\times", "*"), names)
    if claim.factors != joined:
        return say(
            "{}: not a product entry by entry, nor a matrix product in this order ({} would be first)",
            phrase,
            writers.factor(joined[0]),
        )
    return say("{}: not a product entry by entry", phrase)


def _fault(claim: Chain, writers: Writers) -> Phrase:
    """Why the factors do not make the left side."""
    factors = [f for f in claim.factors if isinstance(f, Derivative)]
    if not any(f.of == claim.left.of for f in factors):
        return say("no factor has {} above", writers.factor(claim.left.of))
    if not any(f.by == claim.left.by for f in factors):
        return say("no factor has {} below", writers.factor(claim.left.by))
    if path(claim) is None:
        return say("what stands below one factor is not what stands above the next")
    return say("the factors join, but their contraction is not the left side")


def _example(claim: Chain, corrected: Chain, world: World, writers: Writers) -> Example | None:
    """An entry of the left side that is not 0 where the right side is 0, or has another value.

    Of what flows back into the chain a single entry is 1, so that few numbers matter.
    """
    left = claim.left
    start = next((f.by for f in path(corrected) or () if f.of == left.of), left.by)
    for seed, flows in enumerate(world.entries(start.name)):
        gradient = world.gradient(start.name)
        sample = world.small(seed, {gradient.name: [int(r == flows) for r in world.entries(start.name)]})
        for ref in world.entries(left.by.name):
            entry = Derivative(left.of, ref)
            value, (other, why) = sample.factor(entry), _right_side(claim, ref, sample, world, writers)
            if other is not None and value != other:
                terms = [t for t in world.expansion(entry) or () if sample.product(t)]
                used = dict.fromkeys((Derivative(left.of, flows), *(f for t in terms for f in t)))
                values = tuple((writers.factor(f), sample.factor(f)) for f in used)
                rest = say("every other entry of {} is 0{}", writers.factor(Derivative(left.of, start)), why)
                return Example(writers.factor(entry), values, value, other, rest)
    return None


def _right_side(
    claim: Chain, ref: Ref, sample: Sample, world: World, writers: Writers
) -> tuple[int | None, Phrase]:
    """The right side's entry, if it has one, and what has to be said about it."""
    joined = path(claim)
    if joined:
        return contraction(joined, sample)[0][world.place(ref)], Phrase(())
    zero = _independent(claim.factors, world)
    if zero is None:
        return None, Phrase(())
    factors: tuple[Factor, ...] = (zero, zero.of, zero.by)
    return 0, say("; {} is 0 because {} does not depend on {}", *map(writers.factor, factors))


def _independent(factors: Product, world: World) -> Derivative | None:
    """A factor that is 0 because nothing leads from below to above."""
    for f in factors:
        if isinstance(f, Derivative) and not depends(world, f.of.name, f.by.name):
            return f
    return None
