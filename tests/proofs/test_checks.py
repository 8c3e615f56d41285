"""The checks catch wrong kernels, and say what they could not run."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from symconv import pipeline
from symconv.backends import python
from symconv.backends.common.header import header
from symconv.kernels.properties import has_kinks, index_limit, is_exact
from symconv.kernels.single import single_spec
from symconv.kernels.spec import KernelSpec
from symconv.layers.conv2d import Conv2d
from symconv.layers.max_pool2d import MaxPool2d
from symconv.layers.mse import MSELoss
from symconv.layers.relu import ReLU
from symconv.layers.softmax_cross_entropy import CrossEntropyLoss
from symconv.proofs.compare import check_kernel, difference
from symconv.proofs.oracle import expected
from symconv.proofs.report import Report
from tests.support import every_layer, slides


def text_of(spec: KernelSpec) -> str:
    return python.source(spec, "float64", "loops", {"header": "\n".join(header(spec, "float64", "test"))})


def verdict(spec: KernelSpec, text: str) -> Any:
    function = python.load(text, spec, "float64", "loops")
    return check_kernel(spec, "python", "loops", "float64", function, expected(spec, 3))


CASES = [
    (Conv2d(2, 2, (3, 2), stride=2, padding=1), (1, 2, 6, 5), "weight", r"10\*k", "9*k"),
    (Conv2d(2, 2, (3, 2), stride=2, padding=1), (1, 2, 6, 5), "input", r"% 2 == 0", "% 2 == 1"),
    (Conv2d(2, 2, (3, 2), bias=True), (1, 2, 6, 5), "bias", r"acc \+= ", "acc -= "),
    (MaxPool2d(2), (1, 1, 6, 6), "input", r"== 2\*i \+ j", "== i + 2*j"),
    (MaxPool2d(2), (1, 1, 6, 6), None, r"value > best", "value < best"),
    (ReLU(), (1, 2, 3, 3), "input", r"<= 0\.0", ">= 0.0"),
    (MSELoss(), (2, 3), "input", r"\(1\.0/3\.0\)", "(1.0/6.0)"),
    (CrossEntropyLoss(), (3, 4), "input", r"acc \+= \(-", "acc -= (-"),
]


@pytest.mark.parametrize(("layer", "shape", "gradient", "old", "new"), CASES)
def test_a_right_kernel_passes_and_a_wrong_one_fails(layer, shape, gradient, old: str, new: str) -> None:
    spec = single_spec(layer, shape, gradient)
    text = text_of(spec)
    right = verdict(spec, text)
    assert right.check == "PASSED", right
    wrong_text = re.sub(old, new, text)
    assert wrong_text != text, text
    wrong = verdict(spec, wrong_text)
    assert wrong.check == "FAILED" and wrong.reason.startswith(("differs from", "raises IndexError")), wrong
    assert wrong.max_error > wrong.bound


def test_a_single_wrong_entry_of_a_large_gradient_is_found() -> None:
    """Sampled entries miss one in ten thousand; the formula and the random directions do not."""
    spec = single_spec(Conv2d(1, 1, 3), (1, 1, 40, 40), "input")
    oracle = expected(spec, 1)
    function = python.load(text_of(spec), spec, "float64", "loops")

    def off_by_one(*arrays: Any) -> tuple[Any, ...]:
        (result,) = function(*arrays)
        result.ravel()[777] += 1
        return (result,)

    assert 777 not in oracle.where
    assert check_kernel(spec, "python", "loops", "float64", off_by_one, oracle).check == "FAILED"
    from dataclasses import replace

    blind = replace(oracle, formula=None)
    assert check_kernel(spec, "python", "loops", "float64", function, blind).check == "PASSED"
    assert check_kernel(spec, "python", "loops", "float64", off_by_one, blind).check == "FAILED"


def test_exact_where_integers_stay_exact() -> None:
    assert is_exact(single_spec(Conv2d(1, 1, 3, stride=2), (1, 1, 6, 6), "input").equations)
    assert is_exact(single_spec(MSELoss(), (2, 4), "input").equations)
    assert not is_exact(single_spec(MSELoss(), (2, 3), "input").equations)
    assert not is_exact(single_spec(CrossEntropyLoss(), (2, 4), "input").equations)
    assert has_kinks(single_spec(MaxPool2d(2), (1, 1, 4, 4)).equations)
    assert not has_kinks(single_spec(Conv2d(1, 1, 3), (1, 1, 4, 4)).equations)
    spec = single_spec(CrossEntropyLoss(), (2, 4), "input")
    assert index_limit(spec.equations, spec.inputs[1]) == 4


def test_nan_agrees_with_nan_only() -> None:
    nan, inf = np.nan, np.inf
    assert difference(np.array([nan, inf, -0.0]), np.array([nan, inf, 0.0])) == 0
    assert difference(np.array([nan]), np.array([1.0])) == inf
    assert difference(np.array([inf]), np.array([-inf])) == inf


@pytest.mark.parametrize("model", [slides(), every_layer()], ids=["slides", "every"])
def test_every_kernel_of_a_model_passes(model) -> None:
    calls = []
    report = pipeline.prove(model, progress=lambda done, total, what: calls.append((done, total)))
    assert report.ok and {c.check for c in report.checks} == {"PASSED"}
    assert {c.target for c in report.checks} == {"c", "numpy", "python"}
    assert calls[-1][0] == calls[-1][1] == len(report.checks)
    entry = report.to_dict()["kernels"][0]
    assert list(entry) == [
        "layer", "quantity", "target", "style", "dtype", "check", "reason", "max_error", "bound", "seconds", "against",
        "proof",
    ]


def test_without_a_compiler_c_is_skipped_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "no-such-compiler")
    report = pipeline.prove(slides())
    skipped = [c for c in report.checks if c.check == "SKIPPED"]
    assert {c.target for c in skipped} == {"c"} and report.ok
    assert all("none of no-such-compiler answers" in c.reason for c in skipped)
    assert len(report.notes) == 1
    assert {c.check for c in report.checks if c.target != "c"} == {"PASSED"}


def test_a_failed_check_makes_the_report_fail() -> None:
    report = pipeline.prove(slides(), targets=("python",))
    from dataclasses import replace

    assert report.ok
    assert not Report("m", (replace(report.checks[0], check="FAILED"),)).ok
