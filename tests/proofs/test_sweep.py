"""Random layers of every kind: every kernel is proved, every mutant of one is caught."""

from __future__ import annotations

import json
import random
from collections import Counter
from typing import Any

import pytest

from symconv import pipeline
from symconv.backends.common.variants import Variant
from symconv.cli import main
from symconv.kernels.single import single_spec
from symconv.layers.common.registry import kinds
from symconv.layers.conv2d import Conv2d
from symconv.notation.expand import count_terms
from symconv.proofs.draw import draw
from symconv.proofs.prove import Prover
from symconv.proofs.sweep import _forms, _spec, one, shrink
from tests.proofs.mutate import mutant

MUTANTS_EACH = 6


LONG = ("conv3d", "avg_pool3d", "max_pool3d", "batch_norm2d", "conv_transpose2d", "softmax")


@pytest.mark.parametrize("kind", [pytest.param(k, marks=pytest.mark.marathon if k in LONG else ()) for k in kinds()])
def test_a_random_layer_of_every_kind_is_proved(kind: str) -> None:
    part = one(kind, "1:fast")
    assert not part.failures and {word for word, _ in part.verdicts} == {"PROVED"}


@pytest.mark.marathon
def test_ten_thousand_proofs() -> None:
    found = pipeline.sweep(10_000, seed=1)
    assert found.ok, found.failures[:3]
    assert found.proofs >= 10_000 and set(found.verdicts) == {"PROVED"} and set(found.by_kind) == set(kinds())


def test_the_command_sweeps(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prove", "--sweep", "60", "--seed", "3", "--jobs", "1", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["ok"] and found["seed"] == 3 and found["proofs"] >= 60 and found["failures"] == []
    assert main(["prove", "slides", "--sweep", "20"]) == 2


def test_a_failure_is_shrunk(monkeypatch: pytest.MonkeyPatch) -> None:
    source = Variant.source
    monkeypatch.setattr(Variant, "source", lambda v, c: source(v, c).replace("0 <= ", "1 <= "))
    layer = Conv2d(1, 1, (2, 1), padding=((1, 0), 0))
    found = shrink(layer, ((2, 1, 5, 4),), None, "c", "loops", "float32")
    assert found.verdict == "FAILED" and found.shapes == ((1, 1, 1, 1),) and "lacks" in found.reason


def kill(count: int, seed: int) -> tuple[Counter[str], list[Any]]:
    """Verdicts on mutants of random kernels; the mutants that were not refused as FAILED."""
    rng = random.Random(seed)
    verdicts: Counter[str] = Counter()
    alive = []
    names = kinds()
    n = 0
    while sum(verdicts.values()) < count:
        kind = names[n % len(names)]
        n += 1
        layer, shapes = draw(kind, rng)
        gradient, target, style, dtype = rng.choice(list(_forms(layer, shapes)))
        spec = _spec(layer, shapes, gradient)
        if sum(map(count_terms, spec.equations)) > (200 if style == "unrolled" else 2000):
            continue
        v = Variant(spec, target, style, dtype)
        text = v.source("test")
        prover = Prover()
        for _ in range(MUTANTS_EACH):
            changed, what = mutant(text, v, rng)
            judged = prover.prove(v, changed)
            assert judged is not None
            verdicts[judged.proof.verdict] += 1
            if judged.proof.verdict != "FAILED":
                alive.append((v, text, changed, what, judged.proof.verdict))
    return verdicts, alive


def agrees(v: Variant, text: str, changed: str) -> bool:
    """Whether a mutant computes what the kernel does, on random integers; run only for what has been proved."""
    import numpy as np

    from symconv.backends.common.registry import backend
    from symconv.kernels.properties import index_limit
    from symconv.notation.domain import positive_operands

    module = backend(v.target)
    positive = {t.name for t in v.spec.inputs if "variance" in t.name} | positive_operands(v.spec.equations)
    for seed in range(4):
        rng = np.random.default_rng(seed)
        arrays = []
        for t in v.spec.inputs:
            if t.kind == "index":
                arrays.append(rng.integers(0, index_limit(v.spec.equations, t), t.sizes).astype(np.int32))
            else:
                low = 1 if t.name in positive else -4
                arrays.append(rng.integers(low, 5, t.sizes).astype(v.dtype))
        right = module.load(text, v.spec, v.dtype, v.style)(*arrays)
        got = module.load(changed, v.spec, v.dtype, v.style)(*arrays)
        for a, b in zip(right, got, strict=True):
            if not np.allclose(a, b, rtol=1e-3, atol=1e-4, equal_nan=True):
                return False
    return True


def hold(count: int, seed: int) -> None:
    verdicts, alive = kill(count, seed)
    # What is called PROVED must compute the same; what is neither proved nor refused must be rare.
    for v, text, changed, what, verdict in alive:
        if verdict == "PROVED" and v.target != "c":
            assert agrees(v, text, changed), (v.spec.name, v.target, v.style, what)
    equal = verdicts["PROVED"]
    undecided = sum(n for word, n in verdicts.items() if word not in ("PROVED", "FAILED"))
    assert verdicts["FAILED"] >= 0.99 * (sum(verdicts.values()) - equal), verdicts
    assert undecided <= 0.01 * sum(verdicts.values()), verdicts


def test_mutants_are_killed() -> None:
    hold(150, 11)


@pytest.mark.marathon
@pytest.mark.parametrize("seed", range(4))
def test_thousands_of_mutants_are_killed(seed: int) -> None:
    hold(1500, 100 + seed)


def test_the_prover_would_not_accept_a_constant() -> None:
    spec = single_spec(Conv2d(1, 1, 1), (1, 1, 2, 2))
    v = Variant(spec, "python", "loops", "float64")
    judged = Prover().prove(v, "def conv2d_C_forward_f64(A, F):\n    C = [0.0] * 4\n    return C\n")
    assert judged is not None and judged.proof.verdict == "FAILED"
