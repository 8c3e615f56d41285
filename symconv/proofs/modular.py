"""L1b: a source text that is too large for polynomials, run over the integers modulo 2^61 - 1 at random points.

Two different polynomials of degree d agree at a random point with probability at most d/p (Schwartz, Zippel). The
formula is multilinear in the worst case of its factors, so its degree is at most the number of factors of a product.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import sympy as sp

from symconv.kernels.properties import has_kinks, index_limit
from symconv.kernels.spec import KernelSpec
from symconv.notation.evaluate import evaluate
from symconv.notation.expand import count_terms
from symconv.notation.rings import GFP, P61
from symconv.proofs.exactly import Found
from symconv.proofs.fault import Fault, TooLarge, Unreadable
from symconv.proofs.source import nodes
from symconv.proofs.source.run import run

POINTS_TERMS = 12_000_000
"""Above this many products a formula is not evaluated at all."""


class Field:
    """The prime field as a domain for programs; numbers may grow between reductions."""

    name = "GF(p)"
    lowest = None

    def number(self, p: int, q: int) -> int:
        """The residue of p/q."""
        return p * pow(q, -1, P61) % P61

    fraction = number

    def total(self, values: Sequence[int]) -> int:
        """A sum."""
        return sum(values) % P61

    def divide(self, a: int, b: int) -> int:
        """A quotient."""
        if b % P61 == 0:
            raise Fault("division by 0")
        return a * pow(b, -1, P61) % P61

    def function(self, name: str, x: int) -> int:
        """A fixed unknown function."""
        return int(GFP.function(name, x % P61))

    def compare(self, op: str, a: Any, b: Any) -> bool:
        """Only integers that select something can be compared."""
        if op == "==":
            return bool(a == b)
        if op == "!=":
            return bool(a != b)
        raise TooLarge("reals have no order in a prime field")

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


def degree(spec: KernelSpec) -> int:
    """The degree of the results as polynomials in the inputs."""
    degrees: dict[str, int] = {}
    for q in spec.equations:
        degrees[q.target.name] = max((_degree(t.summand, degrees) for t in q.terms), default=0)
    return max(degrees[t.name] for t in spec.outputs)


def _degree(e: sp.Expr, degrees: dict[str, int]) -> int:
    if isinstance(e, sp.Indexed):
        return degrees.get(str(e.base.label), 1)
    if e.is_Add:
        return max(_degree(a, degrees) for a in e.args)
    if e.is_Mul:
        return sum(_degree(a, degrees) for a in e.args)
    if e.is_Pow:
        return abs(int(e.exp)) * _degree(e.base, degrees)
    return 0 if e.is_number else _degree(e.args[0], degrees)


def at_random_points(program: Any, spec: KernelSpec, found: Found, seed: int = 1) -> tuple[Found, float | None]:
    """Run a program at one random point of the field; returns what was found and the probability of an error."""
    count = sum(map(count_terms, spec.equations))
    functions = any(t.summand.atoms(sp.Function) for q in spec.equations for t in q.terms)
    # A selection by data (an argmax, a class) is no polynomial: one point says nothing about the other cases.
    selects = any(t.kind == "index" for t in spec.inputs)
    if selects or functions or has_kinks(spec.equations) or count > POINTS_TERMS:
        return Found("large", f"not shown: {found.complaint}", found.monomials), None
    if not isinstance(program, nodes.Program):
        return Found("large", f"not shown: {found.complaint}", found.monomials), None
    rng = random.Random(seed)
    inputs: dict[str, list[int]] = {}
    for t in spec.inputs:
        top = index_limit(spec.equations, t) if t.kind == "index" else P61
        inputs[t.name] = [rng.randrange(top) for _ in range(t.length)]
    values: dict[str, Sequence[Any]] = dict(inputs)
    for q in spec.equations:
        values[q.target.name] = evaluate(q, values, GFP)
    try:
        results = run(program, Field(), inputs, {t.name: t.length for t in spec.outputs})
    except Fault as fault:
        return Found("wrong", str(fault), count), None
    except (TooLarge, Unreadable) as reason:
        return Found("large", str(reason), count), None
    for t in spec.outputs:
        for n, (a, b) in enumerate(zip(results[t.name], values[t.name], strict=True)):
            if (_residue(a) - b) % P61:
                return Found("wrong", f"{t.name} differs at place {n} at a random point of a prime field", count), None
    return Found("points", "", count), degree(spec) / P61


def _residue(value: Any) -> int:
    if type(value) is Fraction:
        return value.numerator * pow(value.denominator, -1, P61) % P61
    return int(value) % P61
