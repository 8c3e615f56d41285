"""Faults planted in right formulas are found, and the formula as it was comes back."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from symconv.claims.chains import judge_chain, path
from symconv.claims.data import (
    Chain,
    Convolution,
    Derivative,
    Formula,
    IndexSum,
    Mask,
    Maximum,
    Ref,
    Sum,
)
from symconv.claims.indexed import judge_convolution, judge_index_sum
from symconv.claims.maxima import judge_maximum
from symconv.claims.near import ordinal
from symconv.claims.slides import judge_formula, slides
from symconv.claims.sums import judge_sum
from symconv.claims.tables import judge_mask, judge_matrix, judge_parameters
from symconv.claims.world import World
from symconv.claims.write import Writers

FORMULAS = {f.id: f for f in slides().formulas}
FORWARD = [f for f in slides().formulas if f.id.startswith("forward")]
E = Ref("E")


def part(id: str, number: int = 0) -> object:
    return FORMULAS[id].parts[number]


# ------------------------------------------------------------------ sums


@pytest.mark.parametrize("formula", FORWARD, ids=lambda f: f.id)
def test_a_wrong_index_in_a_forward_sum_is_found(formula: Formula, world: World) -> None:
    (claim,) = formula.parts
    assert isinstance(claim, Sum)
    rng = random.Random(formula.id)
    for n, term in enumerate(claim.terms):
        m = rng.randrange(2)
        good = term[m]
        assert isinstance(good, Ref)
        bad = rng.choice([r for r in world.entries(good.name) if r != good])
        planted = replace(claim, terms=(*claim.terms[:n], (*term[:m], bad, *term[m + 1 :]), *claim.terms[n + 1 :]))
        found = judge_formula(replace(formula, parts=(planted,)), world)
        assert found.verdict == "wrong"
        assert found.corrected is not None and found.corrected.latex == formula.tex
        (cause,) = found.causes
        names = [f"{r.name}[{','.join(map(str, r.at))}]" for r in (bad, good)]
        assert f"In the {ordinal(n)} term, {names[0]} stands where {names[1]} belongs" in cause.text
        assert found.example is not None and found.example.left != found.example.right


def test_a_wrong_index_before_the_dots_is_found(world: World) -> None:
    formula = FORMULAS["gradient-F00"]
    (claim,) = formula.parts
    assert isinstance(claim, Sum)
    for n, (flows, image) in enumerate(claim.terms):
        assert isinstance(flows, Derivative) and isinstance(image, Ref)
        for term in ((flows, Ref("A", (5, 5))), (replace(flows, by=Ref("C", (3, 2))), image)):
            planted = replace(claim, terms=(*claim.terms[:n], term, *claim.terms[n + 1 :]))
            found = judge_formula(replace(formula, parts=(planted,)), world)
            assert found.corrected is not None and found.corrected.latex == formula.tex
            assert found.causes[0].text.startswith(f"In the {ordinal(n)} term, ")


def test_other_faults_of_sums(world: World, writers: Writers) -> None:
    claim = part("forward-C01")
    assert isinstance(claim, Sum)
    first, second, *rest = claim.terms

    def cause(planted: Sum) -> str:
        outcome = judge_sum(planted, world, writers)
        assert outcome.verdict == "wrong"
        assert outcome.corrected == replace(claim, left=planted.left, terms=world.expansion(planted.left))
        assert outcome.example is not None
        return outcome.causes[0].text

    assert cause(replace(claim, terms=(first, *rest))) == "The term A[0,2]*F[0,1] is missing."
    twice = (first, second, second, *rest)
    assert cause(replace(claim, terms=twice)) == "The second term, A[0,2]*F[0,1], is one too many."
    longer = (first, (*second, Ref("F", (0, 0))), *rest)
    assert cause(replace(claim, terms=longer)) == "In the second term, F[0,0] is one factor too many."
    assert cause(replace(claim, left=Ref("C", (2, 1)))) == "The right side is that of C[0,1], not of C[2,1]."
    two = (first[::-1], (first[0], second[1]), (Ref("A", (5, 5)), rest[0][1]), *rest[1:])
    assert cause(replace(claim, terms=two)).startswith("F[0,0]*A[0,1], A[0,1]*F[0,1], A[5,5]*F[0,2] does not")


def test_the_order_of_a_whole_sum_does_not_matter_but_that_of_the_first_terms_does(
    world: World, writers: Writers
) -> None:
    whole, shown = part("forward-C00"), part("gradient-F00")
    assert isinstance(whole, Sum) and isinstance(shown, Sum)
    assert judge_sum(replace(whole, terms=whole.terms[::-1]), world, writers).verdict == "right"
    turned = judge_sum(replace(shown, terms=shown.terms[::-1]), world, writers)
    assert turned.verdict == "wrong"
    assert turned.corrected == shown
    assert judge_sum(replace(shown, dots=False), world, writers).verdict == "wrong"


def test_a_wrong_entry_in_an_entry_s_chain_rule_is_found(world: World) -> None:
    formula = FORMULAS["chain-C00"]
    (claim,) = formula.parts
    assert isinstance(claim, Sum)
    ((slope, flows),) = claim.terms
    assert isinstance(flows, Derivative)
    planted = replace(claim, terms=((slope, replace(flows, by=Ref("P", (0, 1)))),))
    found = judge_formula(replace(formula, parts=(planted,)), world)
    assert found.corrected is not None and found.corrected.latex == formula.tex
    assert found.causes[0].text == (
        "dE/dP[0,1] stands where dE/dP[0,0] belongs: the second index of P must be 0."
    )


# ------------------------------------------------------------------ chains


@pytest.mark.parametrize("n", range(3))
@pytest.mark.parametrize("side", ["of", "by"])
def test_a_wrong_factor_of_the_chain_rule_is_found(n: int, side: str, world: World, writers: Writers) -> None:
    claim = part("chain")
    assert isinstance(claim, Chain)
    good = claim.factors[n]
    assert isinstance(good, Derivative)
    for name in world.names:
        bad = Derivative(Ref(name), good.by) if side == "of" else Derivative(good.of, Ref(name))
        if bad == good or (side == "by" and name == "E"):
            continue
        planted = replace(claim, factors=(*claim.factors[:n], bad, *claim.factors[n + 1 :]))
        outcome = judge_chain(planted, world, writers)
        assert outcome.verdict == "wrong"
        assert outcome.corrected == claim


def test_chains_may_stand_in_any_order_but_must_be_whole(world: World, writers: Writers) -> None:
    claim = part("chain")
    assert isinstance(claim, Chain)
    turned = replace(claim, factors=claim.factors[::-1])
    assert path(turned) == turned.factors == path(claim)
    outcome = judge_chain(turned, world, writers)
    assert outcome.verdict == "conditional"
    assert "matrix product" not in outcome.conditions[0].text
    above, below = claim.factors[:2], claim.factors[1:]
    short = judge_chain(replace(claim, factors=above), world, writers)
    assert short.corrected == replace(claim, factors=(above[0], Derivative(E, Ref("C"))))
    assert "no factor has E above" in short.causes[0].text
    short = judge_chain(replace(claim, factors=below), world, writers)
    assert short.corrected == replace(claim, factors=(Derivative(Ref("P"), Ref("F")), below[1]))
    assert "no factor has F below" in short.causes[0].text
    alone = judge_chain(replace(claim, factors=(Derivative(Ref("C"), Ref("A")),)), world, writers)
    assert (alone.verdict, alone.corrected) == ("wrong", None)


def test_a_chain_that_skips_a_tensor_is_right(world: World, writers: Writers) -> None:
    claim = Chain(
        Derivative(E, Ref("F")), (Derivative(E, Ref("P")), Derivative(Ref("P"), Ref("F")))
    )
    assert judge_chain(claim, world, writers).verdict == "conditional"


# ------------------------------------------------------------------ maxima


def test_faults_of_maxima(world: World, writers: Writers) -> None:
    zero, one = part("max-C00"), part("max-C01")
    assert isinstance(zero, Maximum) and isinstance(one, Maximum)
    window = judge_maximum(replace(zero, candidates=(*zero.candidates[:3], Ref("C", (1, 2)))), world, writers)
    assert (window.verdict, window.corrected) == ("wrong", zero)
    assert window.causes[0].text == "P[0,0] is the maximum of C[0,0], C[0,1], C[1,0], C[1,1]."
    through = replace(one.through, by=Ref("P", (0, 1)))
    assert judge_maximum(replace(zero, through=through, value=((through,),)), world, writers).verdict == "wrong"
    right = replace(one, value=((one.through,),))
    assert judge_maximum(right, world, writers).verdict == "conditional"
    wrong = judge_maximum(replace(one, value=((through,),)), world, writers)
    assert wrong.corrected == right
    assert "dE/dP[0,1] stands where dE/dP[0,0] belongs" in wrong.causes[0].text
    nothing = judge_maximum(replace(one, value=()), world, writers)
    assert nothing.corrected == right
    assert nothing.causes[0].text.startswith("The term dE/dP[0,0] is missing.") or "is 1" in nothing.causes[0].text


@pytest.mark.parametrize("winner", [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_whatever_wins_the_derivative_is_1_there_and_0_elsewhere(
    winner: tuple[int, int], world: World, writers: Writers
) -> None:
    claim = part("max-C00")
    assert isinstance(claim, Maximum)
    for candidate in claim.candidates:
        for value in ((), ((claim.through,),)):
            said = replace(
                claim, left=Derivative(E, candidate), by=candidate, value=value, winner=Ref("C", winner)
            )
            expected = "conditional" if bool(value) == (candidate.at == winner) else "wrong"
            assert judge_maximum(said, world, writers).verdict == expected


# ------------------------------------------------------------------ index form


def test_faults_of_index_sums(world: World, writers: Writers) -> None:
    claim = part("sum-over-C", 1)
    assert isinstance(claim, IndexSum)
    flows, slope = claim.factors
    assert isinstance(flows, Derivative) and isinstance(slope, Derivative)
    late = judge_index_sum(replace(claim, start=(("k", 1), ("l", 0))), world, writers)
    assert late.corrected == claim
    assert late.causes[0].text == "The sum over k must begin with 0, not with 1."
    turned = replace(claim, factors=(flows, replace(slope, by=Ref("F", ("j", "i")))))
    outcome = judge_index_sum(turned, world, writers)
    assert outcome.corrected == claim
    assert outcome.causes[0].text == "dC[k,l]/dF[j,i] stands where dC[k,l]/dF[i,j] belongs."
    twice = replace(claim, factors=(replace(flows, by=Ref("C", ("k", "k"))), slope))
    assert judge_index_sum(twice, world, writers).corrected == claim
    assert outcome.example is not None and outcome.example.left != outcome.example.right


def test_faults_of_convolutions(world: World, writers: Writers) -> None:
    claim = part("convolution")
    assert isinstance(claim, Convolution)
    assert judge_convolution(claim, world, writers).verdict == "conditional"
    for wrong in (
        replace(claim, left=Derivative(E, Ref("A"))),
        replace(claim, image=Ref("C")),
        replace(claim, kernel=Derivative(E, Ref("P"))),
        replace(claim, image=Ref("F")),
    ):
        outcome = judge_convolution(wrong, world, writers)
        assert (outcome.verdict, outcome.corrected) == ("wrong", None)
        assert "is no convolution of" in outcome.causes[0].text


# ------------------------------------------------------------------ tables


def test_a_mask_with_what_flows_back_is_right(world: World, writers: Writers) -> None:
    mask = slides().masks[3]
    flows = {(0, 1): (0, 0), (0, 3): (0, 1), (2, 0): (1, 0), (3, 2): (1, 1)}

    def derived(mask: Mask, at: dict[tuple[int, int], tuple[int, int]]) -> Mask:
        cells = tuple(
            tuple(((Derivative(E, Ref("P", at[r, c])),),) if (r, c) in at else () for c in range(4)) for r in range(4)
        )
        return replace(mask, cells=cells)

    assert judge_mask(derived(mask, flows), 1, world, writers).verdict == "conditional"
    wrong = judge_mask(derived(mask, flows | {(0, 1): (1, 1)}), 1, world, writers)
    assert [c.text for c in wrong.causes] == ["dE/dP[1,1] stands where dE/dP[0,0] belongs."]


def test_a_wrong_cell_of_a_matrix_is_found(world: World, writers: Writers) -> None:
    table = slides().matrices[0]
    first, *rows = table.cells
    wrong = judge_matrix(replace(table, cells=((first[1], *first[1:]), *rows)), world, writers)
    assert [c.text for c in wrong.causes] == ["dE/dF[0,1] stands where dE/dF[0,0] belongs."]
    assert tuple(tuple(m.latex for m in row) for row in wrong.corrected_cells) == table.tex
    small = judge_matrix(replace(table, cells=table.cells[:2]), world, writers)
    assert [c.text for c in small.causes] == ["dE/dF has 3 x 3 entries, the table 2 x 3."]


def test_a_parameter_too_few_or_too_many_is_found(world: World, writers: Writers) -> None:
    (statement,) = slides().statements
    few = judge_parameters(replace(statement, names=("F",)), world, writers)
    assert [c.text for c in few.causes] == ["W is a parameter too."]
    many = judge_parameters(replace(statement, names=("F", "W", "A")), world, writers)
    assert [c.text for c in many.causes] == ["A is not a parameter."]
    assert many.corrected is not None and many.corrected.text == "F, W"
