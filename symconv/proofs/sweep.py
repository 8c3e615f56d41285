"""Sweep: thousands of kernels of random layers, each proved, in every target, style and element type."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

from symconv.backends.common.registry import backend
from symconv.backends.common.variants import Variant
from symconv.derivation.layer import roles
from symconv.errors import LimitError, SizeError
from symconv.kernels.single import single_spec
from symconv.kernels.spec import KernelSpec
from symconv.layers.common.fragment import Authored, Layer
from symconv.layers.common.registry import kinds
from symconv.notation.expand import count_terms
from symconv.proofs.draw import Shapes, draw
from symconv.proofs.prove import TARGETS, Judged, Prover

UNROLLED = 600
"""The most products of a kernel that is also proved in the unrolled style."""
SHRINKS = 300


@dataclass(frozen=True, slots=True)
class Failure:
    """The smallest kernel found that is not proved: its layer, the shapes of its inputs, and what is wrong."""

    layer: str
    shapes: Shapes
    gradient: str | None
    target: str
    style: str
    dtype: str
    verdict: str
    reason: str


@dataclass(frozen=True, slots=True)
class Part:
    """What one random layer gave: proofs by verdict, monomials, failures."""

    kind: str
    verdicts: tuple[tuple[str, int], ...]
    monomials: int
    failures: tuple[Failure, ...]


@dataclass(frozen=True, slots=True)
class Sweep:
    """The outcome of a sweep."""

    seed: int
    proofs: int
    verdicts: dict[str, int]
    by_kind: dict[str, int]
    monomials: int
    seconds: float
    failures: tuple[Failure, ...]

    @property
    def ok(self) -> bool:
        """Whether every kernel was proved, be it at random points."""
        return not self.failures


def sweep(
    count: int, seed: int = 1, *, jobs: int | None = None, progress: Callable[[int, int, str], None] | None = None
) -> Sweep:
    """At least ``count`` proofs of kernels; the layers drawn depend on the seed alone, not on the number of jobs."""
    from joblib import Parallel, delayed

    start = time.perf_counter()
    jobs = jobs or os.cpu_count() or 1
    names = kinds()
    verdicts: dict[str, int] = {}
    by_kind: dict[str, int] = {}
    failures: list[Failure] = []
    done = monomials = 0
    # No more layers than can be needed: each has a forward kernel in at least four forms.
    tasks = (delayed(one)(names[n % len(names)], f"{seed}:{n}") for n in range(count // 4 + 1))
    for part in Parallel(n_jobs=jobs, return_as="generator")(tasks):
        here = sum(n for _, n in part.verdicts)
        done += here
        monomials += part.monomials
        by_kind[part.kind] = by_kind.get(part.kind, 0) + here
        for word, n in part.verdicts:
            verdicts[word] = verdicts.get(word, 0) + n
        failures += part.failures
        if progress is not None:
            progress(min(done, count), count, part.kind)
        if done >= count:
            break
    seconds = time.perf_counter() - start
    return Sweep(seed, done, verdicts, dict(sorted(by_kind.items())), monomials, seconds, tuple(failures))


def one(kind: str, seed: str) -> Part:
    """Every kernel of one random layer."""
    rng = random.Random(seed)
    layer, shapes = draw(kind, rng)
    verdicts: dict[str, int] = {}
    failures = []
    monomials = 0
    prover = Prover()
    specs: dict[str | None, Any] = {}
    for gradient, target, style, dtype in _forms(layer, shapes):
        if gradient not in specs:
            specs = {gradient: _spec(layer, shapes, gradient)}
        judged = _prove(prover, specs[gradient], target, style, dtype)
        if judged is None:
            continue
        word = judged.proof.verdict
        verdicts[word] = verdicts.get(word, 0) + 1
        monomials += judged.proof.monomials
        if word not in ("PROVED", "TESTED"):
            failures.append(shrink(layer, shapes, gradient, target, style, dtype))
    return Part(kind, tuple(sorted(verdicts.items())), monomials, tuple(failures))


def _forms(layer: Layer, shapes: Shapes) -> Iterator[tuple[str | None, str, str, str]]:
    wanted = (None, *roles(layer.fragment(*shapes)))
    for gradient, target in product(wanted, TARGETS):
        module = backend(target)
        for style, dtype in product(module.STYLES, module.DTYPES):
            yield gradient, target, style, dtype


def _prove(prover: Prover, spec: KernelSpec, target: str, style: str, dtype: str) -> Judged | None:
    if style == "unrolled" and sum(map(count_terms, spec.equations)) > UNROLLED:
        return None
    v = Variant(spec, target, style, dtype)
    try:
        text = v.source("symconv prove --sweep")
    except LimitError:
        return None
    return prover.prove(v, text)


def _spec(layer: Layer, shapes: Shapes, gradient: str | None) -> KernelSpec:
    return single_spec(layer, shapes[0] if len(shapes) == 1 else shapes, gradient)


def shrink(
    layer: Layer, shapes: Shapes, gradient: str | None, target: str, style: str, dtype: str
) -> Failure:
    """The smallest input of that layer at which the kernel is not proved."""
    found = shapes
    if not isinstance(layer, Authored) and len(set(shapes)) == 1:
        smaller = sorted(product(*(range(1, n + 1) for n in shapes[0])), key=lambda s: (_size(s), s))
        for shape in smaller[:SHRINKS]:
            candidate = (tuple(shape),) * len(shapes)
            try:
                judged = _prove(Prover(), _spec(layer, candidate, gradient), target, style, dtype)
            except SizeError:
                continue
            if judged is not None and judged.proof.verdict not in ("PROVED", "TESTED"):
                found = candidate
                break
    judged = _prove(Prover(), _spec(layer, found, gradient), target, style, dtype)
    assert judged is not None
    return Failure(repr(layer), found, gradient, target, style, dtype, judged.proof.verdict, judged.complaint)


def _size(shape: tuple[int, ...]) -> int:
    size = 1
    for n in shape:
        size *= n
    return size
