"""Tests of compiled kernels: how many trials, what they catch, and when they say nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from symconv.backends.common.variants import Variant
from symconv.kernels.single import single_spec
from symconv.kernels.spec import KernelSpec
from symconv.layers.conv2d import Conv2d
from symconv.layers.linear import Linear
from symconv.layers.max_pool2d import MaxPool2d
from symconv.layers.softmax import Softmax
from symconv.proofs import binary
from symconv.proofs.exactly import read


def item(spec: KernelSpec, dtype: str = "float32") -> tuple[Variant, str, Any]:
    v = Variant(spec, "c", "loops", dtype)
    text = v.source("test")
    return v, text, read(text, "c", spec, "loops", dtype)


CONV = single_spec(Conv2d(1, 1, 3), (1, 1, 6, 6))


@pytest.mark.parametrize(("terms", "trials"), [(9, 5), (2304, 8), (50176, 12)])
def test_the_number_of_trials_follows_from_the_number_of_terms(terms: int, trials: int) -> None:
    p = binary.plan(single_spec(Linear(terms, 1), (1, terms)), "float32")
    assert p is not None and abs(p.trials - trials) <= 1 and p.miss <= 2**-50
    assert terms * p.reach**2 <= 2**24


def test_right_binaries_agree_at_every_level() -> None:
    specs = [CONV, single_spec(MaxPool2d(2), (1, 1, 4, 4)), single_spec(MaxPool2d(2), (1, 1, 4, 4), "input")]
    for dtype in ("float32", "float64"):
        for tried in binary.examine([item(s, dtype) for s in specs]):
            assert (tried.wrong, tried.mistrusted) == ("", "") and tried.miss is not None and tried.miss <= 2**-50
    (smooth,) = binary.examine([item(single_spec(Softmax(1), (1, 3)))])
    assert smooth == binary.Tried(None)  # no exact integers: the check within its rounding bound is all there is


@pytest.mark.parametrize("level", [0, 1, 2])
def test_one_wrong_product_at_one_level_is_found(level: int, monkeypatch: pytest.MonkeyPatch) -> None:
    load_many = binary.load_many

    def miscompiled(texts: Any, what: Any, *, flags: tuple[str, ...]) -> Any:
        functions = load_many(texts, what, flags=flags)
        if binary.LEVELS[level] not in flags:
            return functions

        def wrong(*arrays: Any) -> tuple[Any, ...]:
            (result,) = functions[0](*arrays)
            result[0, 0, 1, 2] += arrays[0][0, 0, 5, 5] * arrays[1][0, 0, 2, 1]
            return (result,)

        return [wrong]

    monkeypatch.setattr(binary, "load_many", miscompiled)
    (tried,) = binary.examine([item(CONV)])
    assert f"compiled with {binary.LEVELS[level]}: C is" in tried.wrong and "at place 6" in tried.wrong


def test_data_that_cannot_show_a_fault_are_mistrusted(monkeypatch: pytest.MonkeyPatch) -> None:
    (tried,) = binary.examine([item(single_spec(Linear(1, 1), (1, 1)))])
    assert not tried.mistrusted
    monkeypatch.setattr(binary, "plan", lambda spec, dtype: binary.Plan(0, 3, 2**-50))
    (tried,) = binary.examine([item(CONV)])
    assert "saw only 0 of 48 results that are not 0" in tried.mistrusted
    monkeypatch.setattr(binary, "plan", lambda spec, dtype: binary.Plan(2**20, 3, 2**-50))
    (tried,) = binary.examine([item(CONV)])
    assert "left what its type holds exactly" in tried.mistrusted


def test_without_a_compiler_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    from symconv.errors import CompilerError

    def none(*_: Any, **__: Any) -> Any:
        raise CompilerError("C compiler", "none answers", "install one")

    monkeypatch.setattr(binary, "load_many", none)
    assert binary.examine([item(CONV)]) == [binary.Tried(None)]


@pytest.mark.parametrize("level", binary.LEVELS)
def test_the_adjoint_identity_holds_in_integers_without_any_reference(level: str) -> None:
    """<G, conv(A, F)> = <A, dA> = <F, dF>: three kernels hold one another."""
    layer, shape = Conv2d(2, 3, (3, 2), stride=(2, 1), padding=((1, 0), 1), dilation=(1, 2)), (2, 2, 7, 6)
    specs = [single_spec(layer, shape, role) for role in (None, "input", "weight")]
    flags = tuple(level if f == "-O3" else f for f in binary.FLAGS)
    made = [item(s, "float64") for s in specs]
    what = [(v.spec, v.dtype, v.style) for v, _, _ in made]
    forward, by_a, by_f = binary.load_many([t for _, t, _ in made], what, flags=flags)
    rng = np.random.default_rng(3)
    for _ in range(5):
        data = {t.name: rng.integers(-999, 1000, t.sizes).astype(np.float64) for s in specs for t in s.inputs}

        def call(f: Any, spec: KernelSpec, data: dict[str, Any] = data) -> Any:
            return f(*(data[t.name] for t in spec.inputs))[0]

        error = data["dC"]
        one = int((error * call(forward, specs[0])).sum())
        assert one == int((data["A"] * call(by_a, specs[1])).sum()) == int((data["F"] * call(by_f, specs[2])).sum())
