"""ONNX's own node test cases, run by the forward kernels; `pytest -s` prints the table."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.frameworks.onnx_cases import OPERATORS, Case, cases, elsewhere
from tests.frameworks.onnx_table import Row, judge, main, rows, table

pytestmark = pytest.mark.slow
pytest.importorskip("onnx")

COUNTS = {
    "Conv": 6,
    "ConvTranspose": 11,
    "MaxPool": 19,
    "AveragePool": 20,
    "GlobalAveragePool": 2,
    "Gemm": 11,
    "Relu": 2,
    "LeakyRelu": 6,
    "Sigmoid": 2,
    "Tanh": 2,
    "Softmax": 21,
    "BatchNormalization": 4,
    "Flatten": 9,
    "SoftmaxCrossEntropyLoss": 68,
}
"""How many cases the package holds: a new one is looked at before it counts."""

NOT_EXPRESSIBLE = {
    "maxpool_2d_uint8": "element type uint8: kernels have float32 and float64",
}
"""Exactly the cases that no kernel runs, and why."""


@pytest.mark.parametrize("operator", OPERATORS)
def test_each_case_passes_or_is_known_not_to_be_expressible(operator: str) -> None:
    found = rows([operator])
    text = "\n" + table(found)
    print(text)
    assert not [r for r in found if r.failure], text
    assert {r.name: r.reason for r in found if r.reason} == {
        c.name: NOT_EXPRESSIBLE[c.name] for c in cases() if c.operator == operator and c.name in NOT_EXPRESSIBLE
    }, text
    assert all(r.layers and len(r.errors) == 2 for r in found if not r.reason), text
    assert len(found) == COUNTS[operator], text


def test_the_data_names_cases_that_exist() -> None:
    names = [c.name for c in cases()]
    assert len(set(names)) == len(names) == sum(COUNTS.values())
    assert set(NOT_EXPRESSIBLE) <= set(names)
    assert not {f"test_{n}" for n in names} & set(elsewhere())


def first(operator: str) -> Case:
    return next(c for c in cases() if c.operator == operator and c.name not in NOT_EXPRESSIBLE)


def disturbed(array: Any) -> Any:
    """One entry changed a little, or an index by one."""
    changed = np.array(array)
    at = np.unravel_index(np.abs(changed).argmax(), changed.shape)
    changed[at] += 1 if changed.dtype.kind == "i" else 0.01 * changed[at] + 1e-3
    return changed


@pytest.mark.parametrize("operator", OPERATORS)
def test_a_wrong_entry_and_an_unknown_attribute_fail(operator: str) -> None:
    case = first(operator)
    for n, wanted in enumerate(case.outputs):
        wrong = (*case.outputs[:n], disturbed(wanted), *case.outputs[n + 1:])
        assert "differs by" in judge(replace(case, outputs=wrong)).failure
    unknown = judge(replace(case, attributes={**case.attributes, "future_attribute": 1}))
    assert "future_attribute" in unknown.failure
    more = judge(replace(case, inputs=(*case.inputs, *[case.inputs[0]] * 5)))
    assert "positional arguments" in more.failure


def test_wrong_indices_shapes_and_types_fail() -> None:
    case = next(c for c in cases() if c.name == "maxpool_with_argmax_2d_precomputed_strides")
    values, places = case.outputs
    assert judge(replace(case, outputs=(values, disturbed(places)))).failure.endswith("other indices")
    row_major = judge(replace(case, attributes={**case.attributes, "storage_order": 0}))
    assert row_major.failure.endswith("other indices")
    assert "shape" in judge(replace(case, outputs=(values[0], places))).failure
    assert "element type" in judge(replace(case, outputs=(values.astype(np.float64), places))).failure
    assert "results instead of" in judge(replace(case, outputs=(values, places, places))).failure


def test_float64_cases_would_run_and_half_precision_ones_would_not() -> None:
    case = first("Relu")
    for dtype, result in ((np.float64, "passed"), (np.float16, "not expressible: element type float16")):
        arrays = {"inputs": (case.inputs[0].astype(dtype),), "outputs": (case.outputs[0].astype(dtype),)}
        assert judge(replace(case, **arrays)).result.startswith(result)


def test_the_table_says_what_failed() -> None:
    text = table([Row("Relu", "relu", "relu", (0.0, 1e-8)), Row("Conv", "conv", failure="AssertionError: shape")])
    lines = [line.split(maxsplit=2) for line in text.splitlines()]
    assert lines[1] == ["Relu", "relu", lines[1][2]] and lines[1][2].split() == ["relu", "0.0e+00", "1.0e-08", "passed"]
    assert lines[2] == ["Conv", "conv", "FAILED: AssertionError: shape"]
    assert text.splitlines()[3] == "2 cases: 1 passed, 0 not expressible, 1 failed"


def test_the_command_prints_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["Relu"]) == 0
    shown = capsys.readouterr().out
    assert "relu_expanded_ver18" in shown and "2 cases: 2 passed, 0 not expressible, 0 failed" in shown
    assert f"{len(elsewhere())} cases of other operators" in shown
    assert main(["Selu"]) == 2
    assert capsys.readouterr().err.startswith("Selu is none of Conv, ")
