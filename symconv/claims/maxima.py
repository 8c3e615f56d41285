"""Derivatives of maxima, while one candidate is the largest."""

from __future__ import annotations

from dataclasses import replace

from symconv.claims.data import Factor, Maximum, Ref, Sum
from symconv.claims.near import cause, find
from symconv.claims.outcome import Outcome
from symconv.claims.report import Example, Math, Phrase, say
from symconv.claims.sample import Sample
from symconv.claims.world import World
from symconv.claims.write import Writers
from symconv.notation.rings import DUAL, Dual


def slope(claim: Maximum, sample: Sample) -> int:
    """The derivative of the maximum of the candidates by one of them, by dual numbers: no rule of ours is used."""
    assert DUAL.best is not None
    values = [Dual(sample.factor(c), int(c == claim.by)) for c in claim.candidates]
    return int(DUAL.best(values, range(len(values))).slope)


def _value(claim: Maximum) -> Sum:
    return Sum(claim.left, claim.value)


def _value_holds(value: Sum, samples: tuple[Sample, ...]) -> bool:
    return all(s.total(value.terms) == s.defined(value.left) for s in samples)


def _slope_holds(claim: Maximum, samples: tuple[Sample, ...]) -> bool:
    return all(
        s.ring.product([slope(claim, s), s.factor(claim.through)]) == s.defined(claim.left) for s in samples
    )


def _window(claim: Maximum, world: World) -> tuple[Ref, ...]:
    """The candidates of the maximum that the error flows through."""
    which = (claim.through.by.name, world.place(claim.through.by))
    return next((w for name, place, w in world.windows(claim.by.name) if (name, place) == which), ())


def _is_window(claim: Maximum, world: World) -> bool:
    return sorted(r.at for r in claim.candidates) == sorted(r.at for r in _window(claim, world))


def judge_maximum(claim: Maximum, world: World, writers: Writers) -> Outcome:
    """The left side, the derivative of the maximum and the value compared, whoever wins and while the winner wins.

    True whoever wins is right; true only while the stated winner wins is right under that condition.
    """
    if not _is_window(claim, world):
        return _wrong_window(claim, world, writers)
    if _slope_holds(claim, world.samples()) and _value_holds(_value(claim), world.samples()):
        return Outcome("right", claim)
    samples = world.samples((claim.winner,))
    condition = say("{} is the maximum", writers.factor(claim.winner))
    others = [c for c in claim.candidates if c != claim.winner]
    if not _slope_holds(claim, samples):
        return _wrong_window(claim, world, writers)
    if _value_holds(_value(claim), samples):
        elsewhere = [c for c in others if not _value_holds(_value(claim), world.samples((c,)))]
        if elsewhere:
            condition = say("{} (not so when {} is)", condition, writers.factor(elsewhere[0]))
        return Outcome("conditional", claim, (), (condition,))
    change = find(_value(claim), world, lambda c: c.left == claim.left and _value_holds(c, samples))
    derived = world.expansion(claim.left, samples[0].winners())
    value = derived if derived is not None else change.claim.terms if change else None
    corrected = None if value is None else replace(claim, value=value)
    because = _because(claim, samples, writers)
    why = say("{} {}", cause(change, _value(claim), writers), because) if change else because
    return Outcome("wrong", corrected, (why,), (condition,), _example(claim, world, writers))


def _because(claim: Maximum, samples: tuple[Sample, ...], writers: Writers) -> Phrase:
    slopes = {slope(claim, s) for s in samples}
    assert len(slopes) == 1
    number = str(slopes.pop())
    return say("While {} is the maximum, {} is {}.", writers.factor(claim.winner), writers.math(
        lambda w: w.slope_alone(claim)
    ), Math(number, number))


def _wrong_window(claim: Maximum, world: World, writers: Writers) -> Outcome:
    """The candidates are not the window of the maximum that the error flows through."""
    through = claim.through.by
    window = _window(claim, world)
    corrected = None
    cause = say("{} is not a maximum.", writers.factor(through))
    if window:
        corrected = replace(claim, candidates=window)
        names = writers.math(lambda w: ", ".join(map(w.factor, window)))
        cause = say("{} is the maximum of {}.", writers.factor(through), names)
        if not _slope_holds(corrected, world.samples((claim.winner,))):
            corrected = None
            about = (writers.factor(claim.by), writers.factor(through))
            cause = say("{} does not act on the error through {} alone.", *about)
    return Outcome("wrong", corrected, (cause,))


def _example(claim: Maximum, world: World, writers: Writers) -> Example | None:
    for seed in range(20):
        sample = world.small(seed, winners=(claim.winner,))
        left, right = sample.defined(claim.left), sample.total(claim.value)
        if left != right:
            involved: dict[Factor, None] = dict.fromkeys((*claim.candidates, claim.through))
            values = tuple((writers.factor(f), sample.factor(f)) for f in involved)
            return Example(writers.factor(claim.left), values, left, right)
    return None
