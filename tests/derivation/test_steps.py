"""Every Step of every derivation keeps its promise, and no Step that is wrong does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from typing import Any

import pytest
import sympy as sp

from symconv.derivation import local
from symconv.derivation.check import broken, holds
from symconv.derivation.layer import layer_gradient, roles
from symconv.derivation.local import local_gradient
from symconv.derivation.rules import eliminate, gather, partial, rename, select, swap
from symconv.derivation.rules.merge import split
from symconv.derivation.step import Step
from symconv.notation.affine import affine
from symconv.notation.guards import Equal, Range
from symconv.notation.rewrite import canonical, substitute
from symconv.notation.tensor import Tensor
from symconv.notation.term import Term
from tests.derivation.cases import MODELS, derivation
from tests.derivation.mutations import mutants

RULES = {"swap", "gather", "eliminate", "rename", "select", "inline", "fold", "merge", "partial", "chain"}


@lru_cache(maxsize=1)
def general_steps() -> tuple[Step, ...]:
    """The Steps of all layers before names and numbers are put in, each once."""
    found: dict[Step, None] = {}
    for name in MODELS:
        for node in derivation(name).model.nodes:
            for role in roles(node.fragment):
                found |= dict.fromkeys(layer_gradient(node.fragment, role).all_steps)
    return tuple(found)


def test_every_rule_is_met() -> None:
    assert {s.rule for s in general_steps()} == RULES


def test_general_steps_hold_at_three_shapes() -> None:
    for n, step in enumerate(general_steps()):
        assert holds(step, n), (step.rule, step.before.target.name)


@pytest.mark.parametrize("numbers", [True, False], ids=["numbers", "symbols"])
@pytest.mark.parametrize("name", MODELS)
def test_steps_with_the_names_of_a_model_hold(name: str, numbers: bool) -> None:
    derived = derivation(name)
    for of in derived.gradients:
        for n, step in enumerate(derived.steps(of, numbers=numbers)):
            # Sizes that are numbers do not shrink: the delta forms of a gather may have a large domain.
            assert holds(step, n, shapes=1, points=200_000), (of, step.rule)


@pytest.mark.slow
@pytest.mark.parametrize("numbers", [True, False], ids=["numbers", "symbols"])
@pytest.mark.parametrize("name", MODELS)
def test_steps_hold_with_unit_axes_unsqueezed_and_more_shapes(name: str, numbers: bool) -> None:
    derived = derivation(name)
    for of, gradient in derived.gradients.items():
        for n, step in enumerate(gradient.steps(numbers=numbers, squeezed=False)):
            assert holds(step, 100 + n, shapes=5, points=200_000), (of, step.rule)


# ------------------------------------------------------------ wrong Steps


def fails(step: Step, seeds: int = 12) -> bool:
    """Whether the check sees, at some of a few seeds, that a step is wrong."""
    return any(not holds(step, seed, shapes=2) for seed in range(seeds))


def implied(before: Term, after: Term) -> bool:
    """Whether the guard that ``after`` lacks says what a delta says too: ``[u = e]`` with ``0 <= e < extent of u``."""
    (guard,) = [g for g in before.guards if g not in after.guards]
    deltas = [g.value for g in before.guards if isinstance(g, Equal)]
    return isinstance(guard, Range) and any(
        sp.expand(d + sign * guard.value).is_Symbol or sp.expand(-d - sign * guard.value).is_Symbol
        for d in deltas for sign in (1, -1)
    )


def wrong_steps() -> Iterator[tuple[str, Step]]:
    for step in general_steps():
        for name, mutant in mutants(step):
            if name == "guard_dropped":
                # An argmax always lies inside the input, so below a selection the ranges of the window are implied.
                if step.rule == "select" and isinstance(mutant.after.terms[0].guards[-1], Equal):
                    continue
                pairs = zip(step.after.terms, mutant.after.terms, strict=True)
                if any(a != b and implied(a, b) for a, b in pairs):
                    continue
            yield name, mutant


WRONG = [
    (rule, mutation)
    for rule, mutations in {
        "select": "doubled guard_dropped index_shifted delta_shifted bound_moved axes_exchanged",
        "partial": "doubled guard_dropped index_shifted delta_shifted bound_moved axes_exchanged",
        "chain": "doubled index_shifted axes_exchanged",
        "swap": "doubled guard_dropped index_shifted delta_shifted bound_moved axes_exchanged",
        "gather": "doubled guard_dropped index_shifted delta_shifted bound_moved axes_exchanged",
        "eliminate": "doubled guard_dropped index_shifted delta_shifted bound_moved axes_exchanged",
        "rename": "doubled guard_dropped index_shifted delta_shifted bound_moved axes_exchanged",
        "inline": "doubled guard_dropped index_shifted delta_shifted axes_exchanged term_dropped",
        "fold": "doubled guard_dropped index_shifted delta_shifted axes_exchanged term_dropped",
        "merge": "doubled index_shifted axes_exchanged",
    }.items()
    for mutation in mutations.split()
]


@lru_cache(maxsize=1)
def by_kind() -> dict[tuple[str, str], list[Step]]:
    found: dict[tuple[str, str], list[Step]] = {}
    for name, mutant in wrong_steps():
        found.setdefault((mutant.rule, name), []).append(mutant)
    return found


def test_every_kind_of_wrong_step_is_tried() -> None:
    assert sorted(by_kind()) == sorted(WRONG)


@pytest.mark.parametrize(("rule", "mutation"), WRONG)
def test_a_wrong_step_fails(rule: str, mutation: str) -> None:
    steps = by_kind()[rule, mutation]
    for step in islice(steps, 0, None, max(1, len(steps) // 3)):
        assert fails(step), step.after


@pytest.mark.slow
def test_every_wrong_step_fails() -> None:
    for steps in by_kind().values():
        for step in steps:
            assert fails(step, 60), (step.rule, step.after)


@pytest.mark.parametrize("rule", sorted(RULES))
def test_broken_makes_a_step_fail(rule: str) -> None:
    assert fails(broken(next(s for s in general_steps() if s.rule == rule)))


# ------------------------------------------------------------ wrong rules


def rules_of(fragment_of: str, kind: str, role: str, seeds: int = 2) -> list[str]:
    """The rules whose Steps fail when the gradient of one layer of a model is derived anew."""
    (node,) = [n for n in derivation(fragment_of).model.nodes if n.layer.kind == kind]
    fragment = node.fragment
    q = next(q for q in fragment.equations if q.target.name == "output")
    winner = next((a for a in fragment.equations if q.winner and a.target.name == q.winner.name), None)
    return sorted({s.rule for s in local_gradient.__wrapped__(q, q.operand(role), winner) if fails(s, seeds)})


def conv(role: str = "input", seeds: int = 2) -> list[str]:
    return rules_of("strided", "conv2d", role, seeds)


def test_the_rules_as_they_are() -> None:
    assert conv("input") == conv("weight") == rules_of("overlapping", "max_pool2d", "input") == []


def eliminated_with(term: Term, place: int, z: sp.Symbol, *, range_of: bool, divides: bool) -> Term:
    guard = term.guards[place]
    assert isinstance(guard, Equal)
    a = affine(guard.value, tuple(term.extents))[0][z]
    r = sp.expand(a * z - guard.value)
    if a.is_negative:
        a, r = -a, -r
    left = replace(
        term,
        guards=term.guards[:place] + term.guards[place + 1 :],
        indices=tuple(i for i in term.indices if i.symbol != z),
    )
    left = substitute(left, {z: r / a if divides else r})
    high = term.extents[z] * (a if divides else 1)
    extra = (Range(r, sp.Integer(0), sp.expand(high)),) if range_of else ()
    return canonical(replace(left, guards=(*extra, *left.guards)))


def test_elimination_without_its_range_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        eliminate, "eliminate_term", lambda t, n, z: eliminated_with(t, n, z, range_of=False, divides=True)
    )
    assert "eliminate" in conv()


def test_elimination_without_divisibility_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        eliminate, "eliminate_term", lambda t, n, z: eliminated_with(t, n, z, range_of=True, divides=True)
    )
    assert "eliminate" in conv()


def test_elimination_that_forgets_the_coefficient_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        eliminate, "eliminate_term", lambda t, n, z: eliminated_with(t, n, z, range_of=True, divides=False)
    )
    assert "eliminate" in conv(seeds=8)  # seen only where some stride is not 1


def test_a_gather_off_by_one_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    right = gather.gather_term

    def wrong(term: Term, target: Tensor) -> Term:
        t = right(term, target)
        return replace(t, guards=(Equal(t.guards[0].value - 1), *t.guards[1:]))

    monkeypatch.setattr(gather, "gather_term", wrong)
    assert "gather" in conv()


def test_a_partial_derivative_without_the_factor_of_a_power_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partial, "slope", lambda summand, entry: summand / entry)
    assert rules_of("dilated", "mse", "input") == ["partial"]


def test_a_swap_that_forgets_the_upstream_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    right = swap.swap

    def wrong(chained: Any, jacobian: Any) -> Step:
        step = right(chained, jacobian)
        terms = tuple(replace(t, summand=j.summand) for t, j in zip(step.after.terms, jacobian.terms, strict=True))
        return replace(step, after=replace(step.after, terms=terms))

    monkeypatch.setattr(local, "swap", wrong)
    assert "swap" in conv()


def test_a_rename_that_exchanges_two_axes_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(term: Term, axes: tuple[str, ...]) -> Term:
        return replace(term, at=(*term.at[:-2], term.at[-1], term.at[-2]))

    monkeypatch.setattr(rename, "rename_axes", wrong)
    assert "rename" in conv("weight")


def test_a_selection_of_the_wrong_place_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(select, "flat", lambda indices: sum(i.symbol for i in indices))
    assert "select" in rules_of("overlapping", "max_pool2d", "input")


def test_split_holds_and_fails_when_broken() -> None:
    seen = 0
    for step in general_steps():
        done = split(step.before)
        if done is not None:
            seen += 1
            assert holds(done, 5)
            assert fails(broken(done))
            *_, last = done.after.terms
            assert fails(replace(done, after=replace(done.after, terms=(last,))))
    assert seen
