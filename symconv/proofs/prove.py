"""The proof of each kernel: its source text against the formula, the formula against the forward kernel."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from symconv.backends.common.variants import Variant
from symconv.kernels.properties import has_kinks
from symconv.kernels.spec import KernelSpec
from symconv.notation.expand import count_terms
from symconv.proofs.algebra.exact import Exact
from symconv.proofs.bound import bound
from symconv.proofs.exactly import Found, prove_text, read
from symconv.proofs.fault import Fault, TooLarge, Unreadable
from symconv.proofs.forward import prove_gradient
from symconv.proofs.modular import at_random_points
from symconv.proofs.report import Proof, Word
from symconv.proofs.sizes.windows import prove_windows
from symconv.proofs.source import nodes
from symconv.proofs.special import Case, prove_special, special_cases
from symconv.proofs.specification import Specification, specify

MONOMIALS = 2_000_000
"""Above this many monomials a kernel is run over a prime field instead of over polynomials."""
EXHAUSTIVE = 10
"""How many times more monomials there may be when nothing is to be left to chance."""
SELECTIONS = 4
"""How many times more there may be where entries are chosen, since a prime field has no order."""
TARGETS = ("c", "numpy", "python")
"""The targets whose texts can be read."""


@dataclass(frozen=True, slots=True)
class Judged:
    """The proof of one kernel, and what is wrong or was left open."""

    proof: Proof
    complaint: str = ""
    program: Any = None


class Prover:
    """Proves kernels; what several variants of one kernel share is computed once.

    With ``exhaustive`` polynomials may be larger, and maxima are also tried in every order by z3. A new kernel replaces
    what was kept of the one before, so that kernels should come spec by spec.
    """

    def __init__(self, *, limit: int = MONOMIALS, exhaustive: bool = False) -> None:
        self.limit = limit * (EXHAUSTIVE if exhaustive else 1)
        self.exhaustive = exhaustive
        self.spec: KernelSpec | None = None
        self.specification: Specification | Found | None = None
        self.forward: Found | None = None
        self.programs: dict[Any, Found] = {}
        self.cases: list[Case] | None = None

    def prove(self, v: Variant, text: str) -> Judged | None:
        """The verdict about a source text; None for a target that nothing here reads."""
        if v.target not in TARGETS:
            return None
        start = time.perf_counter()
        with _no_collection():
            found, miss, program = self._source(v, text)
            if found.state == "equal" and v.spec.kind == "gradient" and v.spec.node is not None:
                ahead = self._forward()
                if ahead.state == "wrong":
                    found = replace(ahead, monomials=found.monomials)
                elif ahead.state != "equal":
                    found = Found("forward", ahead.complaint, found.monomials)
        words: dict[str, Word] = {"equal": "PROVED", "wrong": "FAILED", "points": "TESTED"}
        word = words.get(found.state, "MISTRUSTED")
        proof = Proof(word, found.monomials, miss, bound(v.spec, v.dtype), time.perf_counter() - start)
        return Judged(proof, found.complaint, program)

    def _source(self, v: Variant, text: str) -> tuple[Found, float | None, Any]:
        """What the source text computes, the probability of an error where points were tried, and its program."""
        try:
            program = read(text, v.target, v.spec, v.style, v.dtype)
        except Unreadable as reason:
            return Found("wrong", f"cannot be read as a kernel: {reason}"), None, None
        key = _without_names(program) if isinstance(program, nodes.Program) else (v.target, v.dtype, text)
        if self.spec is not v.spec:
            self.spec, self.specification, self.forward, self.programs, self.cases = v.spec, None, None, {}, None
        if key in self.programs:
            return self.programs[key], None, program
        specification = self._specify()
        found = specification if isinstance(specification, Found) else prove_text(program, v.spec, specification)
        if found.state in ("large", "open"):
            if isinstance(specification, Specification):
                tried = prove_special(program, v.spec, found, self._cases())
                if tried.state == "wrong":
                    return tried, None, program
            return *at_random_points(program, v.spec, found), program
        if found.state == "equal" and isinstance(specification, Specification):
            found = prove_special(program, v.spec, found, self._cases())
            if self.exhaustive and found.state == "equal" and isinstance(program, nodes.Program):
                found = _every_order(program, v.spec, found)
        self.programs[key] = found
        return found, None, program

    def _cases(self) -> list[Case]:
        assert self.spec is not None and isinstance(self.specification, Specification)
        if self.cases is None:
            self.cases = special_cases(self.spec, self.specification)
        return self.cases

    def _specify(self) -> Specification | Found:
        assert self.spec is not None
        if self.specification is None:
            count = sum(map(count_terms, self.spec.equations))
            try:
                linear = any(t.kind == "index" for t in self.spec.inputs) or has_kinks(self.spec.equations)
                limit = self.limit * (SELECTIONS if linear else 1)
                if count > limit:
                    raise TooLarge(f"{count} products, exact up to {limit}")
                self.specification = specify(self.spec, Exact())
            except TooLarge as reason:
                self.specification = Found("large", str(reason), count)
            except (Fault, Unreadable) as reason:
                self.specification = Found("open", f"the formula cannot be evaluated exactly: {reason}", count)
        return self.specification

    def _forward(self) -> Found:
        assert self.spec is not None
        if self.forward is None:
            self.forward = prove_gradient(self.spec)
        return self.forward


def _every_order(program: nodes.Program, spec: KernelSpec, found: Found) -> Found:
    """Maxima over plain entries in every order of them, by z3; what z3 cannot do is left to the algebra alone."""
    if spec.kind != "forward" or any(q.reduction == "sum" for q in spec.equations):
        return found
    try:
        wrong = prove_windows(program, spec)
    except TooLarge:
        return found
    return Found("wrong", wrong, found.monomials) if wrong else found


def _without_names(program: nodes.Program) -> Any:
    """The program whatever its functions are called, so that float32 and float64 need one run where they are alike."""
    names = {h.name: f"h{n}" for n, h in enumerate(program.helpers)}

    def renamed(x: Any) -> Any:
        if isinstance(x, tuple):
            return tuple(map(renamed, x))
        if isinstance(x, nodes.Call) and x.own:
            return ("call", names[x.function], renamed(x.arguments))
        if hasattr(x, "__dataclass_fields__"):
            return (type(x).__name__, *(renamed(getattr(x, f)) for f in x.__dataclass_fields__ if f != "line"))
        return x

    helpers = tuple((names[h.name], h.known, renamed(h.parameters), renamed(h.body)) for h in program.helpers)
    kernel = program.kernel
    return renamed(kernel.parameters), renamed(kernel.body), helpers, program.results, program.wraps


@contextmanager
def _no_collection() -> Iterator[None]:
    """Millions of tuples without a cycle among them: looking for cycles would take most of the time."""
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if on:
            gc.enable()
