"""L3: compiled kernels, at -O0, -O2 and -O3, on integers for which every operation is exact.

The results must be those of the proved source text over the integers, bit for bit. A wrong form of degree d agrees on
values drawn from s integers with probability at most d/s (Schwartz, Zippel), so t trials miss it with (d/s)**t; where
entries are compared, the fault that is meant is another entry read or chosen, which shows in half of the trials, and
where an index tensor selects one of n cases, a fault in one of them, which shows in every n-th. The range of the values
follows from the number of terms, so that no sum leaves what the type holds exactly.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from symconv.backends.c import load_many
from symconv.backends.common.compiler import FLAGS
from symconv.backends.common.variants import Variant
from symconv.errors import CompilerError, PathError
from symconv.kernels.properties import has_kinks, index_limit, is_exact
from symconv.kernels.spec import KernelSpec
from symconv.notation.expand import count_terms
from symconv.proofs.bound import roundings
from symconv.proofs.modular import degree
from symconv.proofs.source import nodes
from symconv.proofs.source.run import prepare, run
from symconv.proofs.special import Doubles

LEVELS = ("-O0", "-O2", "-O3")
MISS = 2.0**-50
MANTISSA = {"float32": 24, "float64": 53}
WORK = 12_000_000
"""The most products of all trials of one kernel."""
NONZERO = 0.25
"""Fewer results than this share that are not 0 could hide a fault."""

Function = Callable[..., tuple[Any, ...]]


class Exactly(Doubles):
    """The numbers of Python as a domain: integers and quotients, exact."""

    def fraction(self, p: int, q: int) -> Any:
        """p/q itself."""
        return Fraction(p, q)

    def divide(self, a: Any, b: Any) -> Any:
        """A quotient of numbers that do not depend on data."""
        return Fraction(a) / b


@dataclass(frozen=True, slots=True)
class Plan:
    """How many trials with integers of which range."""

    reach: int
    trials: int
    miss: float


@dataclass(frozen=True, slots=True)
class Tried:
    """The outcome: the probability of a miss, and a complaint where a result is wrong or the data say nothing."""

    miss: float | None
    wrong: str = ""
    mistrusted: str = ""


def plan(spec: KernelSpec, dtype: str) -> Plan | None:
    """The range and the number of trials; None for a kernel whose results are not exact.

    Raises ValueError where the range is too small to say anything.
    """
    if not is_exact(spec.equations):
        return None
    d = max(1, degree(spec))
    terms = roundings(spec) + 2
    scale = _denominators(spec)
    reach = int((2 ** MANTISSA[dtype] / (terms * scale)) ** (1 / d))
    reach = min(reach, 2**20)
    values = 2 * reach + 1
    chance = 0.5 + 1 / values if has_kinks(spec.equations) else d / values
    cases = max((index_limit(spec.equations, t) for t in spec.inputs if t.kind == "index"), default=1)
    chance = 1 - (1 - chance) / cases
    if d >= values:
        raise ValueError(f"only {values} values stay exact")
    trials = math.ceil(math.log(MISS) / math.log(chance))
    work = sum(map(count_terms, spec.equations)) or 1
    trials = max(1, min(trials, WORK // work))
    return Plan(reach, trials, chance**trials)


def _denominators(spec: KernelSpec) -> int:
    """What integers are divided by in all, times what they are multiplied with: room that exactness needs."""
    import sympy as sp

    scale = 1
    for q in spec.equations:
        here = 1
        for term in q.terms:
            summand = term.summand.xreplace({e: sp.Dummy() for e in term.entries()})
            for n in summand.atoms(sp.Rational):
                here = max(here, int(n.q) * abs(int(n.p) or 1))
        scale *= here
    return scale


def examine(items: Sequence[tuple[Variant, str, nodes.Program]], seed: int = 1) -> list[Tried]:
    """The outcome for each kernel; source texts must have been proved before, since they are run."""
    found: list[Tried | Plan] = []
    for v, _, _ in items:
        try:
            found.append(plan(v.spec, v.dtype) or Tried(None))
        except ValueError as reason:
            found.append(Tried(None, mistrusted=f"a test of the binary says nothing: {reason}"))
    wanted = [n for n, p in enumerate(found) if isinstance(p, Plan)]
    levels = _compiled([items[n] for n in wanted]) if wanted else []
    outcomes: list[Tried] = [p if isinstance(p, Tried) else Tried(None) for p in found]
    for k, n in enumerate(wanted):
        p = found[n]
        assert isinstance(p, Plan)
        if levels:
            outcomes[n] = _try(items[n], p, [(name, functions[k]) for name, functions in levels], seed)
    return outcomes


def _compiled(items: Sequence[tuple[Variant, str, nodes.Program]]) -> list[tuple[str, list[Function]]]:
    """The functions at each level of optimisation; nothing without a compiler."""
    texts = [text for _, text, _ in items]
    what = [(v.spec, v.dtype, v.style) for v, _, _ in items]
    levels = []
    try:
        for level in LEVELS:
            flags = tuple(level if f == "-O3" else f for f in FLAGS)
            levels.append((level, load_many(texts, what, flags=flags)))
    except (CompilerError, PathError):
        return []
    return levels


def _try(
    item: tuple[Variant, str, nodes.Program], p: Plan, levels: Sequence[tuple[str, Function]], seed: int
) -> Tried:
    v, _, program = item
    rng = np.random.default_rng(seed)
    limit = 2 ** MANTISSA[v.dtype]
    code = None
    nonzero = total = 0
    for _ in range(p.trials):
        arrays = []
        for t in v.spec.inputs:
            if t.kind == "index":
                arrays.append(rng.integers(0, index_limit(v.spec.equations, t), t.sizes).astype(np.int32))
            else:
                arrays.append(rng.integers(-p.reach, p.reach + 1, t.sizes).astype(v.dtype))
        inputs = {t.name: [int(x) for x in a.ravel()] for t, a in zip(v.spec.inputs, arrays, strict=True)}
        lengths = {t.name: t.length for t in v.spec.outputs}
        code = code or prepare(program, inputs, lengths)
        expected = run(program, Exactly(), inputs, lengths, code=code)
        numbers = [x for t in v.spec.outputs for x in expected[t.name]]
        if any(abs(x) > limit for x in numbers if x != -math.inf):
            return Tried(None, mistrusted="a test of the binary left what its type holds exactly")
        nonzero += sum(x != 0 for x in numbers)
        total += len(numbers)
        for level, function in levels:
            for t, got in zip(v.spec.outputs, function(*arrays), strict=True):
                wanted = np.array([float(x) for x in expected[t.name]])
                off = np.flatnonzero(got.ravel().astype(np.float64) != wanted)
                if off.size:
                    n = int(off[0])
                    value = got.ravel()[n]
                    what = f"compiled with {level}: {t.name} is {value} instead of {wanted[n]} at place {n}"
                    return Tried(p.miss, wrong=what)
    if nonzero < NONZERO * _possible(v.spec) * total:
        return Tried(None, mistrusted=f"a test of the binary saw only {nonzero} of {total} results that are not 0")
    return Tried(p.miss)


def _possible(spec: KernelSpec) -> float:
    """Which share of the results can be other than 0 at all: those that some term reaches, chosen now and then."""
    share = 1.0
    for q in spec.equations:
        if q.target in spec.outputs and q.reduction == "sum":
            share = min(share, count_terms(q) / max(1, q.target.length), 1.0)
    chosen = any(t.kind == "index" for t in (*spec.inputs, *spec.outputs))
    return share * (0.05 if chosen else 0.5 if has_kinks(spec.equations) else 1.0)
