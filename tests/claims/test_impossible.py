"""Patterns of winners: possible ones have a filter that makes them, impossible ones a contradiction."""

from __future__ import annotations

import random
from collections.abc import Sequence
from fractions import Fraction
from itertools import product

import pytest

from symconv.claims.impossible import decide
from symconv.claims.report import PatternResult
from symconv.claims.slides import slides
from symconv.derivation.backpropagate import Derivation, backpropagate
from symconv.errors import UsageError
from symconv.layers.common.registry import layer_class
from symconv.model import Wiring

Image = Sequence[Sequence[int]]
Entry = tuple[int, int]
PRINTED = slides().images[0].rows


def convolved(image: Image, kernel: Sequence[int], size: int) -> list[list[int]]:
    """Cross-correlation by hand: the test's own."""
    n = len(image) - size + 1
    return [
        [
            sum(image[k + i][l + j] * kernel[size * i + j] for i in range(size) for j in range(size))
            for l in range(n)
        ]
        for k in range(n)
    ]


def first_winners(c: Image) -> list[Entry]:
    """The first maximum of every 2 x 2 window, by hand."""
    found = []
    for p in range(0, len(c), 2):
        for q in range(0, len(c), 2):
            window = [(p + i, q + j) for i in range(2) for j in range(2)]
            found.append(max(window, key=lambda at: c[at[0]][at[1]]))
    return found


def decided(derivation: Derivation, image: Image, winners: Sequence[Entry | None]) -> PatternResult:
    """The decision, with its proof looked at."""
    result = decide(derivation, winners, {"A": [v for row in image for v in row]}, pooled="C")
    if result.possible:
        ((name, kernel),) = result.witness
        size = int(len(kernel) ** 0.5)
        made = first_winners(convolved(image, kernel, size))
        assert name == "F"
        assert all(w is None or w == m for w, m in zip(winners, made, strict=True))
        assert result.contradiction == ()
    else:
        assert result.witness == ()
        assert any(i.strict for i in result.contradiction)
        assert all(m > 0 for m in result.multipliers)
        for column in zip(*(i.coefficients for i in result.contradiction), strict=True):
            assert sum(m * v for m, v in zip(result.multipliers, column, strict=True)) == 0
        for i in result.contradiction:
            # A winner must be strictly larger exactly where the other comes first.
            assert i.strict == (i.other < i.winner)
    return result


def test_the_printed_pattern_is_impossible(derivation: Derivation) -> None:
    result = decided(derivation, PRINTED, [(0, 1), (0, 3), (2, 0), (3, 2)])
    assert not result.possible
    assert [(i.window, i.winner, i.other, i.strict) for i in result.contradiction] == [
        ((0, 0), (0, 1), (0, 0), True),
        ((1, 0), (2, 0), (2, 1), False),
    ]
    assert result.contradiction[0].coefficients == (1, 1, -2) * 3
    assert result.cause.text.endswith("no F does both.")


@pytest.mark.parametrize("window", [(0, 0), (1, 0)])
def test_the_two_windows_alone_are_possible(derivation: Derivation, window: Entry) -> None:
    """Each half of the contradiction can be had; only together they cannot."""
    winners: list[Entry | None] = [None] * 4
    winners[2 * window[0] + window[1]] = {(0, 0): (0, 1), (1, 0): (2, 0)}[window]
    assert decided(derivation, PRINTED, winners).possible


def test_the_first_entry_everywhere_is_possible(derivation: Derivation) -> None:
    """The filter 0 makes every entry equal, and then the first one wins."""
    result = decided(derivation, PRINTED, [(0, 0), (0, 2), (2, 0), (2, 2)])
    assert result.possible
    assert result.witness == (("F", (0,) * 9),)


def test_ties_go_to_the_first(derivation: Derivation) -> None:
    """In a constant image all entries of C are equal, so no other pattern is possible, for one reason."""
    flat = [[3] * 6] * 6
    assert decided(derivation, flat, [(0, 0), (0, 2), (2, 0), (2, 2)]).possible
    for other in ((0, 1), (1, 0), (1, 1)):
        result = decided(derivation, flat, [other, (0, 2), (2, 0), (2, 2)])
        assert not result.possible
        assert len(result.contradiction) == 1
        assert result.contradiction[0].parameters.text == "0 > 0"


@pytest.mark.parametrize("seed", range(6))
def test_what_a_filter_does_is_possible(derivation: Derivation, seed: int) -> None:
    rng = random.Random(seed)
    image = [[rng.randint(0, 3) for _ in range(6)] for _ in range(6)] if seed % 2 else PRINTED
    kernel = [rng.randint(-2, 2) for _ in range(9)]
    assert decided(derivation, image, first_winners(convolved(image, kernel, 3))).possible


@pytest.fixture(scope="module")
def small() -> Derivation:
    """A 3 x 3 image, a 2 x 2 filter, one window."""
    wiring = Wiring("small", (1, 1, 3, 3))
    wiring.add("C", layer_class("conv2d")(1, 1, 2), names={"weight": "F"})
    wiring.add("P", layer_class("max_pool2d")(2))
    wiring.add("E", layer_class("mse")(), names={"target": "T"})
    return backpropagate(wiring.finish())


def test_every_pattern_of_a_small_model_agrees_with_all_filters(small: Derivation) -> None:
    """What some filter with entries -2 … 2 makes is possible, nothing else is; every decision carries its proof."""
    rng = random.Random(7)
    kernels = list(product(range(-2, 3), repeat=4))
    impossible = 0
    for n in range(12):
        rows, columns = ([rng.randint(0, 1) for _ in range(3)] for _ in range(2))
        # Sums of a row's and a column's number leave little choice; random images leave much.
        image = [[rng.randint(0, 1) if n % 2 else r + c for c in columns] for r in rows]
        made = {first_winners(convolved(image, kernel, 2))[0] for kernel in kernels}
        for winner in ((0, 0), (0, 1), (1, 0), (1, 1)):
            result = decided(small, image, [winner])
            assert result.possible == (winner in made), (image, winner)
            impossible += not result.possible
    assert 5 < impossible < 43


def test_a_contradiction_of_three_inequalities_is_found(small: Derivation) -> None:
    """C_01 > C_00 and C_01 >= C_10 and C_01 >= C_11 where the three differences add up to 0, no two being opposite."""
    image = next(i for i in _images() if _adds_up(i))
    result = decided(small, image, [(0, 1)])
    assert not result.possible
    assert len(result.contradiction) == 3
    assert result.cause.text.endswith("no F does all of this.")


def _images() -> list[Image]:
    return [[[n // 3**(3 * r + c) % 3 for c in range(3)] for r in range(3)] for n in range(3**9)]


def _window(image: Image) -> list[tuple[int, ...]]:
    patches = [[image[k + i][l + j] for i in range(2) for j in range(2)] for k in range(2) for l in range(2)]
    return [tuple(x - y for x, y in zip(patches[1], patches[n], strict=True)) for n in (0, 2, 3)]


def _adds_up(image: Image) -> bool:
    a, b, c = _window(image)
    parallel = any(_parallel(x, y) for x, y in ((a, b), (a, c), (b, c)))
    return all(x + y + z == 0 for x, y, z in zip(a, b, c, strict=True)) and not parallel and any(a)


def _parallel(x: tuple[int, ...], y: tuple[int, ...]) -> bool:
    return all(x[i] * y[j] == x[j] * y[i] for i in range(4) for j in range(4))


def test_fractions_and_biases(small: Derivation) -> None:
    wiring = Wiring("biased", (1, 1, 3, 3))
    wiring.add("C", layer_class("conv2d")(1, 1, 2, bias=True), names={"weight": "F", "bias": "B"})
    wiring.add("P", layer_class("max_pool2d")(2))
    wiring.add("E", layer_class("mse")(), names={"target": "T"})
    biased = backpropagate(wiring.finish())
    image = [Fraction(n, 3) for n in range(9)]
    for winner in ((0, 0), (0, 1), (1, 0), (1, 1)):
        one = decide(small, [winner], {"A": image}, pooled="C")
        other = decide(biased, [winner], {"A": image}, pooled="C")
        assert one.possible == other.possible  # a bias moves all candidates alike
    assert [name for name, _ in decide(biased, [(1, 1)], {"A": image}, pooled="C").witness] == ["F", "B"]


@pytest.mark.parametrize(
    ("winners", "images", "pooled", "problem"),
    [
        ([(0, 0)] * 3, {"A": [0] * 36}, "C", "3 winners for 4 windows"),
        ([(1, 2), (0, 2), (2, 0), (2, 2)], {"A": [0] * 36}, "C", "is not in window 0"),
        ([None] * 4, {"A": [0] * 35}, "C", "A has 36 entries, 35 were given"),
        ([None] * 4, {}, "C", "C is not linear in A"),
        ([None] * 4, {"A": [0] * 36}, "P", "no maximum is taken over P"),
        ([None] * 4, {"A": [0] * 36}, "Q", "no equation defines 'Q'"),
    ],
)
def test_what_cannot_be_decided_is_refused(
    derivation: Derivation,
    winners: list[Entry | None],
    images: dict[str, list[int]],
    pooled: str,
    problem: str,
) -> None:
    with pytest.raises(UsageError, match=problem) as error:
        decide(derivation, winners, images, pooled=pooled)
    assert "\n" not in str(error.value)
