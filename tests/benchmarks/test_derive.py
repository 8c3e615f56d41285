"""The benchmark of derivation and printing: what it reports, and the speed that is promised."""

from __future__ import annotations

import json
import sys

import pytest
import sympy as sp

from symconv.benchmarks import derive as bench
from symconv.cli import main
from symconv.derivation.backpropagate import backpropagate
from symconv.notation.expand import expand
from symconv.notation.printing.printer import latex
from symconv.notation.written import terms


def test_the_sizes_that_are_measured_by_default() -> None:
    assert [(image[0], kernel[0], bench.count(image, kernel)) for image, kernel in bench.SIZES] == [
        (6, 3, 144), (28, 5, 14_400), (64, 5, 90_000), (112, 7, 550_564), (224, 7, 2_328_676),
    ]  # fmt: skip
    assert all(bench.count(*size) <= bench.MOST_TERMS for size in bench.SIZES)


def test_the_rows_as_json(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "DIFF_TERMS", 200)
    assert main(["bench", "derive", "--sizes", "6:3,9x8:3x2", "--json"]) == 0
    shown = capsys.readouterr()
    rows = json.loads(shown.out)["rows"]
    assert [(row["input"], row["kernel_size"], row["terms"]) for row in rows] == [
        ([6, 6], [3, 3], 144), ([9, 8], [3, 2], 294),
    ]  # fmt: skip
    for row in rows:
        assert min(row["seconds"], row["print_seconds"], row["expression_seconds"]) > 0
        assert row["expression_terms"] == row["terms"]
        assert (row["sympy_seconds"] is None) == (row["terms"] > bench.DIFF_TERMS)
    assert shown.err.splitlines() == ["0/2 6x6 with 3x3", "1/2 9x8 with 3x2", "2/2 done"]


def test_the_rows_as_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "derive", "--sizes", "6:3"]) == 0
    machine, _, _, row = capsys.readouterr().out.splitlines()
    assert "processors, Python 3" in machine
    assert row.split()[:3] == ["6x6", "3x3", "144"]


def test_of_many_terms_only_some_become_expressions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "SAMPLED_TERMS", 100)
    row = bench.measure((7, 7), (3, 3))
    assert (row.terms, row.expression_terms) == (225, 100)


def test_sympy_s_own_diff_finds_the_same_gradient() -> None:
    derivation = backpropagate(bench.model((5, 4), (2, 3)))
    places = [(i, j) for i in range(2) for j in range(3)]
    for place, found in zip(places, bench.differentiate(derivation, places), strict=True):
        assert sp.expand(found - derivation.expression("F", place)) == 0


def test_28x28_with_5x5_is_derived_and_printed_whole() -> None:
    def whole() -> list[str]:
        written = backpropagate(bench.model((28, 28), (5, 5))).gradient("F").written
        return [latex.written(entry) for entry in expand(written)]

    seconds, printed = bench._best(whole)
    assert seconds > 0
    assert sum(entry.count(r"\times") for entry in printed) == 14_400


def calls(size: int) -> tuple[int, int]:
    """How many calls expanding and printing a gradient takes, and how many terms it has: the same on any machine."""
    written = backpropagate(bench.model((size, size), (5, 5))).gradient("F").written
    count = 0

    def count_call(_: object, event: str, __: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(count_call)
    try:
        elements = expand(written)
        for element in elements:
            latex.written(element)
    finally:
        sys.setprofile(None)
    return count, sum(len(terms(e)) for e in elements)


def test_the_work_for_a_term_does_not_grow() -> None:
    (few, small), (many, large) = calls(16), calls(48)
    assert large > 10 * small
    assert many / large < 1.1 * few / small


def test_expansion_does_not_change_whether_garbage_is_collected() -> None:
    import gc

    written = backpropagate(bench.model((5, 4), (2, 3))).gradient("F").written
    assert gc.isenabled()
    assert sum(len(terms(entry)) for entry in expand(written)) == 48
    assert gc.isenabled()
    gc.disable()
    try:
        expand(written)
        assert not gc.isenabled()
    finally:
        gc.enable()
