"""Sums of products of entries: whole ones, and the first terms of longer ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from symconv.claims.data import Derivative, Factor, Product, Products, Ref, Sum
from symconv.claims.near import Change, cause, find
from symconv.claims.outcome import Outcome
from symconv.claims.report import Example, Phrase, join, say
from symconv.claims.sample import Sample
from symconv.claims.world import World
from symconv.claims.write import Writers


def holds(claim: Sum, world: World, samples: Sequence[Sample]) -> bool:
    """Whether both sides are equal for all samples; with dots, whether term by term the shown ones are the first."""
    if not claim.dots:
        return all(s.total(claim.terms) == s.defined(claim.left) for s in samples)
    true = world.expansion(claim.left)
    if true is None or len(claim.terms) > len(true):
        return False
    return all(s.product(a) == s.product(b) for a, b in zip(claim.terms, true, strict=False) for s in samples)


def judge_sum(claim: Sum, world: World, writers: Writers) -> Outcome:
    """Both sides evaluated; for a wrong sum the single change that makes it true, the derivation's sum, an example."""
    samples = world.samples()
    if holds(claim, world, samples):
        return Outcome("right", claim)
    change = find(claim, world, lambda c: holds(c, world, samples[:1]) and holds(c, world, samples))
    corrected = _corrected(claim, change, world)
    causes = cause(change, claim, writers) if change else _differences(claim, world, writers)
    return Outcome("wrong", corrected, (causes,), (), example(claim, corrected, world, writers))


def _corrected(claim: Sum, change: Change | None, world: World) -> Sum | None:
    """The derivation's own sum when it speaks of the same quantities, in its order, as many terms as were shown;
    otherwise the claim with its one change."""
    true = world.expansion(claim.left)
    if true is not None and (change is None or _quantities(true) == _quantities(change.claim.terms)):
        shown = true[: len(claim.terms)] if claim.dots else true
        return replace(claim, terms=shown, dots=len(shown) < len(true))
    if change and change.what == "left":
        return None
    return change.claim if change else None


def _quantities(products: Products) -> set[tuple[str, ...]]:
    return {_names(f) for product in products for f in product}


def _names(factor: Factor) -> tuple[str, ...]:
    return (factor.name,) if isinstance(factor, Ref) else (factor.of.name, factor.by.name)


def _differences(claim: Sum, world: World, writers: Writers) -> Phrase:
    true = world.expansion(claim.left)
    if true is None:
        return say("The two sides differ, and no single change makes them equal.")
    true = true[: len(claim.terms)] if claim.dots else true
    surplus = [Phrase((writers.product(t),)) for t in claim.terms if t not in true]
    missing = [Phrase((writers.product(t),)) for t in true if t not in claim.terms]
    if not surplus and not missing:
        return say("The terms are not the first ones, or not in order.")
    parts = [say("{} does not belong there", join(", ", surplus))] if surplus else []
    parts += [say("{} is missing", join(", ", missing))] if missing else []
    return say("{}.", join("; ", parts))


# ------------------------------------------------------------------ counter-examples


def example(claim: Sum, corrected: Sum | None, world: World, writers: Writers) -> Example | None:
    """Small numbers for which the sides differ; the dots stand for the terms that are really left.

    First in the images that the source prints and with a single 1 among the entries of another tensor, so that what is
    not shown vanishes; then with any small numbers.
    """
    true = world.expansion(claim.left) or ()
    kept = corrected.terms if corrected else ()
    changed = [t for t in (*claim.terms, *kept) if (t in claim.terms) != (t in kept)]
    tail = true[len(claim.terms) :] if claim.dots else ()
    tries = [(u, g, p) for p in (True, False) for u, g in _units(changed, world, printed=p)]
    for unit, given, printed in tries:
        for seed in range(3 if unit else 20):
            sample = world.small(seed, given, printed=printed)
            left, other = sample.defined(claim.left), sample.total((*claim.terms, *tail))
            if left != other:
                involved = [t for t in (*claim.terms, *true, *kept) if sample.product(t) != 0]
                factors = dict.fromkeys(f for t in involved for f in t)
                values = tuple((writers.factor(f), sample.factor(f)) for f in factors)
                rest = say("every other entry of {} is 0", writers.factor(unit)) if unit else Phrase(())
                return Example(writers.factor(claim.left), values, left, other, rest)
    return None


def _units(
    changed: Sequence[Product], world: World, *, printed: bool
) -> Iterator[tuple[Factor | None, dict[str, list[int]]]]:
    """What to set before numbers are drawn: derivatives of the error first, then other entries, then nothing."""
    factors = dict.fromkeys(f for t in changed for f in t)
    whole: Factor
    for factor in sorted(factors, key=lambda f: isinstance(f, Ref)):
        if isinstance(factor, Ref):
            entry, tensor, whole = factor, world.tensor(factor.name), Ref(factor.name)
        elif world.is_gradient(factor):
            entry, tensor = factor.by, world.gradient(factor.by.name)
            whole = Derivative(Ref(factor.of.name), Ref(entry.name))
        else:
            continue
        if not (printed and tensor.name in world.images):
            unit = [0] * tensor.length
            unit[world.place(entry)] = 1
            yield whole, {tensor.name: unit}
    yield None, {}
