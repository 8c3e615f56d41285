"""The prover itself: random programs read and run here, beside the same programs compiled."""

from __future__ import annotations

import ctypes
import random
from typing import Any

import numpy as np
import pytest

from symconv.backends.common.cache import library
from symconv.proofs.algebra.exact import Exact
from symconv.proofs.binary import Exactly
from symconv.proofs.fault import TooLarge
from symconv.proofs.source.c_reader import read_c
from symconv.proofs.source.run import prepare, run
from tests.proofs.programs import INDEX, INPUTS, RESULT, Program

BATCH = 100
FLAGS = ("-std=c99", "-O2", "-ffp-contract=off")


def compare(first: int, count: int) -> int:
    """Programs of consecutive numbers, a batch a library; returns how many gave other than zeros alone."""
    told = 0
    for start in range(first, first + count, BATCH):
        numbers = range(start, min(first + count, start + BATCH))
        texts = {n: Program(n, random.Random(n)).text() for n in numbers}
        made = library(("\n\n".join(texts.values()),), FLAGS)
        for n, text in texts.items():
            rng = np.random.default_rng(n)
            reals = {name: rng.integers(-3, 4, length).astype(np.float64) for name, length in INPUTS.items()}
            index = rng.integers(0, 4, INDEX["T"]).astype(np.int32)
            out = np.empty(RESULT[1])
            function = getattr(made, f"f{n}")
            function.restype = None
            function(*(ctypes.c_void_p(a.ctypes.data) for a in (*reals.values(), index, out)))
            program = read_c(text, f"f{n}")
            inputs = {name: [int(x) for x in a] for name, a in reals.items()} | {"T": index.tolist()}
            code = prepare(program, inputs, dict([RESULT]))
            got = run(program, Exactly(), inputs, dict([RESULT]), code=code)["R"]
            if max(map(abs, got), default=0) < 2**40:
                assert [float(x) for x in got] == out.tolist(), text
                told += any(got)
            if n % 4 == 0:
                symbols(program, inputs, got, text)
    return told


def symbols(program: Any, inputs: dict[str, list[int]], expected: list[Any], text: str) -> None:
    """The same program over polynomials, its generators replaced by the numbers afterwards."""
    domain = Exact()
    names = {n: domain.table.entries(n, length) for n, length in INPUTS.items()}
    names["T"] = domain.index_entries("T", INDEX["T"])
    try:
        results = run(program, domain, names, dict([RESULT]))["R"]
    except TooLarge:
        return
    value = Numbers(domain, inputs)
    assert [value(r) for r in results] == expected, text


class Numbers:
    """What a polynomial is where every entry is a number."""

    def __init__(self, domain: Exact, inputs: dict[str, list[int]]) -> None:
        self.domain, self.inputs = domain, inputs

    def __call__(self, v: Any) -> Any:
        from symconv.proofs.algebra.polynomial import terms_of

        total: Any = 0
        for m, c in terms_of(v).items():
            for g in m:
                c = c * self.generator(g)
            total += c
        return total

    def generator(self, g: int) -> Any:
        from symconv.proofs.algebra.polynomial import BOOLEAN

        table = self.domain.table
        if g >= BOOLEAN:
            group, member = table.member_keys[g]
            if group[0] == "is":
                return int(self.generator(group[1]) == member)
            a, b = table.kept[g]
            return int(self(a) <= self(b))
        key = table.key(g)
        if key[0] == "best":
            return max(map(self, table.arguments[g]))
        if key[0] == "arg":
            values = [self(v) for v in table.arguments[g]]
            return key[1][values.index(max(values))][1]
        return self.inputs[key[1]][key[2]]


def test_random_programs_against_the_compiler() -> None:
    assert compare(0, 100) > 50


@pytest.mark.marathon
def test_ten_thousand_random_programs_against_the_compiler() -> None:
    assert compare(1000, 10_000) > 5000
