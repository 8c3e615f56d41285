"""What stands beside generated C kernels: one header, a Makefile, a self-test."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from symconv import __version__
from symconv.backends.common.header import function_name
from symconv.kernels.properties import index_limit, is_exact
from symconv.kernels.spec import KernelSpec
from symconv.notation.evaluate import evaluate
from symconv.notation.expand import count_terms
from symconv.notation.rings import EXACT, FLOAT
from symconv.notation.tensor import Tensor
from symconv.templating import render

SELFTEST_TERMS = 2_000_000
"""Kernels with more terms have no self-test: the exact sums to compare with would take too long."""


@dataclass(frozen=True)
class Made:
    """A generated kernel: what it is, and the file that it is in."""

    spec: KernelSpec
    style: str
    dtype: str
    file: str

    @property
    def function(self) -> str:
        """The name of the function."""
        return function_name(self.spec, self.dtype, self.style)


def pseudo_random(seed: int, count: int, low: int, high: int) -> list[int]:
    """The numbers that the self-test draws: a linear congruence modulo 2**32, its upper half into low..high."""
    state, numbers = seed & 0xFFFFFFFF, []
    for _ in range(count):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        numbers.append(low + (state >> 16) % (high - low + 1))
    return numbers


def limits(spec: KernelSpec, tensor: Tensor) -> tuple[int, int]:
    """The range of the numbers drawn for a tensor."""
    return (0, index_limit(spec.equations, tensor) - 1) if tensor.kind == "index" else (-3, 3)


def checksums(spec: KernelSpec) -> list[tuple[float, float]]:
    """For each result the weighted sum and the sum of sizes, from the equations evaluated over exact numbers.

    The weights 1, 2, 3, 4, 5, 1, … tell entries that changed places.
    """
    values: dict[str, list[Any]] = {}
    for n, t in enumerate(spec.inputs):
        values[t.name] = pseudo_random(n + 1, t.length, *limits(spec, t))
    try:
        for q in spec.equations:
            values[q.target.name] = evaluate(q, values, EXACT)
    except ArithmeticError:
        for q in spec.equations:
            values[q.target.name] = evaluate(q, values, FLOAT)
    sums = []
    for t in spec.outputs:
        entries = values[t.name]
        sums.append((float(sum(v * (n % 5 + 1) for n, v in enumerate(entries))), float(sum(map(abs, entries)))))
    return sums


def _tolerance(spec: KernelSpec, dtype: str) -> str:
    """None where small integers stay exact in every operation, else what the functions and quotients may lose."""
    if is_exact(spec.equations):
        return "0.0"
    return "1e-4" if dtype == "float32" else "1e-11"


def companions(
    model: str, made: Sequence[Made], declarations: Sequence[str], workspaces: Sequence[int]
) -> dict[str, str]:
    """Header, Makefile and self-test for the C kernels of a model, by file name; of each the bytes of its workspace."""
    cache: dict[str, list[tuple[float, float]]] = {}
    tests = []
    few = [sum(map(count_terms, m.spec.equations)) <= SELFTEST_TERMS for m in made]
    tested = [(m, held) for m, held, fits in zip(made, workspaces, few, strict=True) if fits]
    for m, held in tested:
        if m.spec.name not in cache:
            cache[m.spec.name] = checksums(m.spec)
        if not all(math.isfinite(x) for pair in cache[m.spec.name] for x in pair):
            continue  # an empty window's -inf, or the root of a number below 0: no sum to compare
        tests.append(
            {
                "function": m.function,
                "real": "float" if m.dtype == "float32" else "double",
                "workspace": -(-held // 8),
                "tolerance": _tolerance(m.spec, m.dtype),
                "inputs": [
                    {"name": t.name, "length": t.length, "real": t.kind == "real", "seed": n + 1,
                     "low": limits(m.spec, t)[0], "count": limits(m.spec, t)[1] - limits(m.spec, t)[0] + 1}
                    for n, t in enumerate(m.spec.inputs)
                ],
                "outputs": [
                    {"name": t.name, "length": t.length, "real": t.kind == "real", "sum": repr(s), "size": repr(a)}
                    for t, (s, a) in zip(m.spec.outputs, cache[m.spec.name], strict=True)
                ],
            }
        )
    sources = [m.file.rsplit("/", 1)[-1] for m in made]
    return {
        f"{model}.h": render(
            "kernels/kernels.h.jinja", model=model, guard=f"SYMCONV_{model.upper()}_H", version=__version__,
            declarations=list(declarations),
        ),
        "selftest.c": render(
            "kernels/selftest.c.jinja", model=model, tests=tests, version=__version__, left_out=len(made) - len(tests)
        ),
        "Makefile": render("kernels/Makefile.jinja", model=model, sources=sources),
    }
