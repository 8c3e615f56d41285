"""What a kernel does to NaN, infinities and -0.0: its source text run on doubles, beside the formula.

Over the reals a maximum is proved for every window; which of NaN and infinities wins is settled by trying every
combination of seven values in a window of up to four candidates, and many in a larger one. All other kernels are run
on entries of which a few are special, so that a term that should be absent, or a product in place of a selection,
shows.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np

from symconv.kernels.properties import index_limit, is_exact
from symconv.kernels.spec import KernelSpec
from symconv.notation.evaluate import evaluate
from symconv.notation.expand import count_terms
from symconv.notation.rings import FLOAT, first_maximum
from symconv.proofs.algebra.polynomial import Polynomial, terms_of
from symconv.proofs.exactly import Found
from symconv.proofs.fault import UNSET, Fault, TooLarge, Unreadable
from symconv.proofs.source import nodes
from symconv.proofs.source.run import prepare, run
from symconv.proofs.specification import Specification

SPECIAL = (math.nan, math.inf, -math.inf, -0.0, 0.0, 1.0, -1.0)
COMBINATIONS = 2401
"""All of a window of four; so many are drawn for a larger one."""
WORK = 600_000
"""The most products of all runs on sparse special values."""


class Doubles:
    """IEEE doubles as a domain for programs."""

    name = "doubles"
    lowest = -math.inf

    def fraction(self, p: int, q: int) -> float:
        """The double nearest to p/q."""
        return float(Fraction(p, q))

    def total(self, values: Sequence[float]) -> float:
        """A sum from left to right."""
        if any(v is UNSET for v in values):
            raise Fault("a value is read before it is set")
        return sum(values)

    def divide(self, a: float, b: float) -> float:
        """A quotient as IEEE has it."""
        if b:
            return a / b
        if not a or a != a:
            return math.nan
        return math.copysign(math.inf, a) * math.copysign(1.0, b)

    def function(self, name: str, x: float) -> float:
        """Only what is exact."""
        if name == "abs":
            return abs(x)
        raise TooLarge(f"{name} is not computed exactly")

    def irrational(self, name: str) -> float:
        """No exact kernel has one."""
        raise TooLarge(f"{name} is no double")

    def compare(self, op: str, a: Any, b: Any) -> bool:
        """As IEEE has it: NaN is unlike everything."""
        found: bool = COMPARE[op](a, b)
        return found

    def negate(self, c: bool) -> bool:
        """not c."""
        return not c

    def both(self, a: bool, b: bool) -> bool:
        """a and b."""
        return a and b

    def either(self, a: bool, b: bool) -> bool:
        """a or b."""
        return a or b

    def choose(self, c: bool, a: Any, b: Any, *, place: bool = False) -> Any:  # noqa: ARG002
        """a or b."""
        return a if c else b

    def maximum(self, values: Sequence[float]) -> float:
        """The maximum, NaN if there is one, as NumPy has it."""
        return next((v for v in values if v != v), max(values, default=-math.inf))

    def argbest(self, values: Sequence[float], places: Sequence[int]) -> int:
        """The place of the first maximum; of the first NaN, as NumPy has it."""
        nan = next((n for n, v in enumerate(values) if v != v), None)
        return places[first_maximum(values) if nan is None else nan] if values else -1


COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}


Case = tuple[dict[str, list[Any]], dict[str, list[Any]]]
"""Inputs with special values, and what the formula makes of them."""


def special_cases(spec: KernelSpec, specification: Specification) -> list[Case]:
    """The cases that every text of a kernel is run on; none where its results are not exact."""
    if not is_exact(spec.equations):
        return []
    rng = random.Random(1)
    cases = []
    for values in (*_windows(spec, specification, rng), *_sparse(spec, rng)):
        inputs: dict[str, list[Any]] = {t.name: list(values[t.name]) for t in spec.inputs}
        operands: dict[str, Sequence[Any]] = dict(inputs)
        for q in spec.equations:
            operands[q.target.name] = evaluate(q, operands, FLOAT)
        cases.append((inputs, {t.name: list(operands[t.name]) for t in spec.outputs}))
    return cases


def prove_special(program: Any, spec: KernelSpec, found: Found, cases: Sequence[Case]) -> Found:
    """The finding, or where a special value is treated otherwise than by the formula."""
    code = None
    with np.errstate(all="ignore"):
        for inputs, expected in cases:
            try:
                if isinstance(program, nodes.Program):
                    lengths = {t.name: t.length for t in spec.outputs}
                    code = code or prepare(program, inputs, lengths)
                    results = run(program, Doubles(), inputs, lengths, code=code)
                else:
                    results = program.run(Specification(spec, Doubles(), inputs, {}))  # type: ignore[arg-type]
            except TooLarge:
                return found
            except (Fault, Unreadable) as fault:
                return Found("wrong", f"on special values: {fault}", found.monomials)
            for t in spec.outputs:
                for n, (a, b) in enumerate(zip(results[t.name], expected[t.name], strict=True)):
                    if not (a == b or (a != a and b != b)):
                        what = f"on special values {t.name} is {a} instead of {b} at place {n}"
                        return Found("wrong", what, found.monomials)
    return found


def _plain(spec: KernelSpec, rng: random.Random) -> dict[str, list[Any]]:
    """Small integers for every input."""
    values: dict[str, list[Any]] = {}
    for t in spec.inputs:
        if t.kind == "index":
            top = index_limit(spec.equations, t)
            values[t.name] = [rng.randrange(top) for _ in range(t.length)]
        else:
            values[t.name] = [float(rng.randint(-3, 3)) for _ in range(t.length)]
    return values


def _sparse(spec: KernelSpec, rng: random.Random) -> Iterator[dict[str, list[Any]]]:
    """Small integers with some special values among them: one, a few, or many."""
    work = sum(map(count_terms, spec.equations)) + sum(t.length for t in spec.inputs)
    real = [t for t in spec.inputs if t.kind == "real"]
    for n in range(max(2, min(24, WORK // max(1, work)))):
        values = _plain(spec, rng)
        for t in real:
            count = (1, max(1, t.length // 8), t.length, 0)[n % 4]
            for place in rng.sample(range(t.length), count):
                values[t.name][place] = rng.choice(SPECIAL)
        yield values


def _windows(spec: KernelSpec, specification: Specification, rng: random.Random) -> Iterator[dict[str, list[Any]]]:
    """Every combination of special values in windows of maxima, in as many windows at once as do not overlap."""
    groups = _disjoint(specification)
    if not groups:
        return
    size = max(map(len, groups))
    groups = [g for g in groups if len(g) == size]
    if len(SPECIAL) ** size <= COMBINATIONS:
        combinations = list(product(SPECIAL, repeat=size))
    else:
        combinations = [tuple(rng.choice(SPECIAL) for _ in range(size)) for _ in range(COMBINATIONS)]
    values = _plain(spec, rng)
    for start in range(0, len(combinations), len(groups)):
        for group, chosen in zip(groups, combinations[start : start + len(groups)], strict=False):
            for (name, place), v in zip(group, chosen, strict=True):
                values[name][place] = v
        yield values


def _disjoint(specification: Specification) -> list[list[tuple[str, int]]]:
    """The entries that compete in maxima over plain inputs, of maxima that share none."""
    table = specification.domain.table
    taken: set[tuple[str, int]] = set()
    groups = []
    for q in specification.spec.equations:
        if q.reduction != "max":
            continue
        for value in specification.values[q.target.name]:
            if type(value) is not Polynomial or len(value.terms) != 1:
                continue
            ((m, _),) = value.terms.items()
            if len(m) != 1 or m[0] <= 0 or m[0] >= len(table.keys) or table.key(m[0])[0] != "best":
                continue
            entries = []
            for candidate in table.arguments[m[0]]:
                terms = list(terms_of(candidate))
                key = table.key(terms[0][0]) if len(terms) == 1 and len(terms[0]) == 1 and terms[0][0] > 0 else ("",)
                if key[0] == "entry":
                    entries.append((key[1], key[2]))
            if len(entries) == len(table.arguments[m[0]]) and not taken & set(entries):
                taken |= set(entries)
                groups.append(entries)
    return groups
