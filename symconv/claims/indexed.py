"""Claims in index form: sums over named indices, and convolutions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product as cartesian
from typing import Any

import sympy as sp

from symconv.claims.data import Convolution, Derivative, Factor, IndexSum, Product, Ref
from symconv.claims.outcome import Outcome
from symconv.claims.report import Example, Phrase, say
from symconv.claims.sample import Sample
from symconv.claims.world import World
from symconv.claims.write import Writers
from symconv.errors import UsageError
from symconv.notation.evaluate import evaluate
from symconv.notation.index import Index
from symconv.notation.tensor import Tensor
from symconv.notation.term import Equation, Term

# ------------------------------------------------------------------ sums over indices


def _refs(factors: Product) -> Iterator[Ref]:
    for f in factors:
        yield from (f,) if isinstance(f, Ref) else (f.of, f.by)


def extents(claim: IndexSum, world: World) -> dict[str, int]:
    """How far every index runs: to the end of the shortest axis that it stands for."""
    found: dict[str, int] = {}
    for ref in _refs((claim.left, *claim.factors)):
        sizes = world.tensor(ref.name).sizes
        if ref.at and len(ref.at) != len(sizes):
            raise UsageError("claims", f"{ref.name} has {len(sizes)} axes, not {len(ref.at)}", "correct the claim")
        for a, n in zip(ref.at, sizes, strict=False):
            if isinstance(a, str):
                found[a] = min(n, found.get(a, n))
    return found


def _put(factor: Factor, values: Mapping[str, int]) -> Factor:
    if isinstance(factor, Ref):
        return Ref(factor.name, tuple(values.get(a, a) if isinstance(a, str) else a for a in factor.at))
    of, by = _put(factor.of, values), _put(factor.by, values)
    assert isinstance(of, Ref) and isinstance(by, Ref)
    return Derivative(of, by)


def _entries(claim: IndexSum, sizes: Mapping[str, int]) -> Iterator[dict[str, int]]:
    bound = dict(claim.start)
    free = [z for z in sizes if z not in bound]
    for at in cartesian(*(range(sizes[z]) for z in free)):
        yield dict(zip(free, at, strict=True))


def _right(claim: IndexSum, at: Mapping[str, int], sizes: Mapping[str, int], sample: Sample) -> Any:
    bound = dict(claim.start)
    points = cartesian(*(range(n, sizes[z]) for z, n in bound.items()))
    products = [
        tuple(_put(f, {**at, **dict(zip(bound, point, strict=True))}) for f in claim.factors) for point in points
    ]
    return sample.total(tuple(products))


def _holds(claim: IndexSum, world: World, samples: tuple[Sample, ...]) -> bool:
    sizes = extents(claim, world)
    free = {a for r in _refs((claim.left,)) for a in r.at if isinstance(a, str)}
    if set(sizes) != free | {z for z, _ in claim.start}:
        return False
    return all(
        _right(claim, at, sizes, s) == s.factor(_put(claim.left, at)) for s in samples for at in _entries(claim, sizes)
    )


def judge_index_sum(claim: IndexSum, world: World, writers: Writers) -> Outcome:
    """Both sides evaluated at every entry; for a wrong sum the single index or bound that makes it right."""
    if _holds(claim, world, world.samples()):
        return Outcome("right", claim)
    for changed, why in _changes(claim, writers):
        if _holds(changed, world, world.samples()[:1]) and _holds(changed, world, world.samples()):
            return Outcome("wrong", changed, (why,), (), _index_example(claim, world, writers))
    why = say("The two sides differ, and no single change makes them equal.")
    return Outcome("wrong", None, (why,), (), _index_example(claim, world, writers))


def _changes(claim: IndexSum, writers: Writers) -> Iterator[tuple[IndexSum, Phrase]]:
    for n, (z, start) in enumerate(claim.start):
        for first in range(start):
            bounds = (*claim.start[:n], (z, first), *claim.start[n + 1 :])
            yield replace(claim, start=bounds), say(f"The sum over {z} must begin with {first}, not with {start}.")
    names = dict.fromkeys(a for r in _refs((claim.left, *claim.factors)) for a in r.at if isinstance(a, str))
    for n, factor in enumerate(claim.factors):
        for old, new_name in cartesian(names, names):
            if old == new_name:
                continue
            for new in _exchanged(factor, old, new_name):
                factors = (*claim.factors[:n], new, *claim.factors[n + 1 :])
                why = say("{} stands where {} belongs.", writers.factor(factor), writers.factor(new))
                yield replace(claim, factors=factors), why


def _exchanged(factor: Factor, old: str, new: str) -> Iterator[Factor]:
    """The factor with one index instead of another in one place, and with the two exchanged."""
    if isinstance(factor, Ref):
        for n, a in enumerate(factor.at):
            if a == old:
                yield Ref(factor.name, (*factor.at[:n], new, *factor.at[n + 1 :]))
        if old in factor.at and new in factor.at:
            trade = {old: new, new: old}
            yield Ref(factor.name, tuple(trade.get(a, a) if isinstance(a, str) else a for a in factor.at))
        return
    for of in _exchanged(factor.of, old, new):
        assert isinstance(of, Ref)
        yield replace(factor, of=of)
    for by in _exchanged(factor.by, old, new):
        assert isinstance(by, Ref)
        yield replace(factor, by=by)


def _index_example(claim: IndexSum, world: World, writers: Writers) -> Example | None:
    sizes = extents(claim, world)
    for seed in range(20):
        sample = world.small(seed)
        for at in _entries(claim, sizes):
            left = _put(claim.left, at)
            a, b = sample.factor(left), _right(claim, at, sizes, sample)
            if a != b:
                return Example(writers.factor(left), (), a, b)
    return None


# ------------------------------------------------------------------ convolution


def readings(image: Tensor, kernel: Tensor) -> dict[str, Equation]:
    """What ``Convolution(image, kernel)`` may mean, where the kernel lies inside the image: the kernel as it stands
    (``B_x = sum_z image[x+z] kernel[z]``), or rotated (``image[x+z] kernel[last-z]``), as mathematics has it."""
    sizes = list(zip(image.sizes, kernel.sizes, strict=True))
    axes = tuple(f"x{n}" for n in range(len(sizes)))
    free = tuple(Index(a, m - n + 1) for a, (m, n) in zip(axes, sizes, strict=True))
    bound = tuple(Index(f"z{n}", k) for n, (_, k) in enumerate(sizes))
    target = Tensor("result", tuple(i.extent for i in free), axes)
    at = tuple(i.symbol for i in free)
    place = tuple(i.symbol + z.symbol for i, z in zip(free, bound, strict=True))
    straight = tuple(z.symbol for z in bound)
    rotated = tuple(z.extent - 1 - z.symbol for z in bound)

    def reading(taps: tuple[sp.Expr, ...]) -> Equation:
        return Equation(target, (Term(at, image[place] * kernel[taps], free + bound),), (image, kernel))

    return {"cross-correlation": reading(straight), "convolution": reading(rotated)}


def judge_convolution(claim: Convolution, world: World, writers: Writers) -> Outcome:
    """The left side compared with every meaning of the word; right under the condition that a meaning is taken."""
    image, kernel = world.tensor(claim.image.name), world.gradient(claim.kernel.by.name)
    left = world.gradient(claim.left.by.name)
    same_rank = len(image.sizes) == len(kernel.sizes)
    possible = same_rank and all(m >= n for m, n in zip(image.sizes, kernel.sizes, strict=True))
    found = readings(image, kernel) if possible else {}
    right = [
        name
        for name, equation in found.items()
        if equation.target.sizes == left.sizes
        and all(_apply(equation, image, kernel, s) == list(s.values(left)) for s in world.samples())
    ]
    if len(right) == len(found) > 0:
        return Outcome("right", claim)
    if right == ["cross-correlation"]:
        condition = say(
            "Convolution means cross-correlation: {} is laid on {} as it stands, not rotated as in the convolution of "
            "mathematics",
            writers.factor(claim.kernel),
            writers.factor(claim.image),
        )
        return Outcome("conditional", claim, (), (condition,))
    if right == ["convolution"]:
        condition = say("Convolution is that of mathematics: {} is rotated", writers.factor(claim.kernel))
        return Outcome("conditional", claim, (), (condition,))
    about: tuple[Factor, ...] = (claim.left, claim.image, claim.kernel)
    why = say("{} is no convolution of {} with {} inside it.", *map(writers.factor, about))
    return Outcome("wrong", None, (why,))


def _apply(equation: Equation, image: Tensor, kernel: Tensor, sample: Sample) -> list[Any]:
    operands = {image.name: sample.values(image), kernel.name: sample.values(kernel)}
    return evaluate(equation, operands, sample.ring)
