"""A table of ONNX's node test cases: passed by the forward kernels, or not expressible and why.

``python -m tests.frameworks.onnx_table [OPERATOR ...]`` prints it, and fails when a case fails.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.frameworks import onnx_others as others
from tests.frameworks import onnx_windows as window
from tests.frameworks.onnx_cases import OPERATORS, Case, cases, elsewhere
from tests.frameworks.onnx_run import NotExpressible, Run, element_type

TARGETS = ("c", "numpy")

RECIPES: dict[str, Callable[..., tuple[Any, ...]]] = {
    "Conv": window.conv,
    "ConvTranspose": window.conv_transpose,
    "MaxPool": window.max_pool,
    "AveragePool": window.average_pool,
    "GlobalAveragePool": window.global_average_pool,
    "Gemm": others.gemm,
    "Relu": others.relu,
    "LeakyRelu": others.leaky_relu,
    "Sigmoid": others.sigmoid,
    "Tanh": others.tanh,
    "Softmax": others.softmax,
    "BatchNormalization": others.batch_norm,
    "Flatten": others.flatten,
    "SoftmaxCrossEntropyLoss": others.cross_entropy,
}


@dataclass(frozen=True, slots=True)
class Row:
    """One case: the layers that it takes and the largest error in each target, or why there is none."""

    operator: str
    name: str
    layers: str = ""
    errors: tuple[float, ...] = ()
    reason: str = ""
    failure: str = ""

    @property
    def result(self) -> str:
        """What stands in the table."""
        if self.failure:
            return f"FAILED: {self.failure}"
        return f"not expressible: {self.reason}" if self.reason else "passed"


def error(got: Any, want: Any, case: Case) -> float:
    """The largest difference, relative to the largest entry; raises AssertionError beyond ONNX's own tolerance."""
    assert got.shape == want.shape, f"shape {got.shape} instead of {want.shape}"
    assert got.dtype == want.dtype, f"element type {got.dtype} instead of {want.dtype}"
    if want.dtype.kind == "i":
        assert np.array_equal(got, want), "other indices"
        return 0.0
    finite = np.isfinite(want)
    assert np.array_equal(got[~finite], want[~finite], equal_nan=True), "other infinities or NaN"
    g, w = got[finite].astype(np.float64), want[finite].astype(np.float64)
    differences = np.abs(g - w)
    worst = float(differences.max(initial=0.0))
    assert (differences <= case.atol + case.rtol * np.abs(w)).all(), f"differs by {worst:.2g}"
    return worst / max(1e-30, float(np.abs(w).max(initial=1e-30)))


def judge(case: Case) -> Row:
    """The case in every target; whatever goes wrong is said in its row."""
    try:
        run = Run("", element_type(case.inputs), len(case.outputs))
        worst = []
        for run.target in TARGETS:
            run.used = []
            given = RECIPES[case.operator](run, *case.inputs, **case.attributes)
            assert len(given) >= len(case.outputs), f"{len(given)} results instead of {len(case.outputs)}"
            pairs = zip(given, case.outputs, strict=False)
            worst.append(max(error(np.asarray(got), want, case) for got, want in pairs if want is not None))
    except NotExpressible as reason:
        return Row(case.operator, case.name, reason=str(reason))
    except Exception as problem:  # the table says it, the test fails
        return Row(case.operator, case.name, failure=f"{type(problem).__name__}: {problem}")
    return Row(case.operator, case.name, " + ".join(dict.fromkeys(run.used)), tuple(worst))


def rows(operators: Sequence[str] = OPERATORS) -> list[Row]:
    """The rows of these operators."""
    return [judge(c) for c in cases() if c.operator in operators]


def table(found: Sequence[Row]) -> str:
    """The rows as text, with totals."""
    lines = [("operator", "case", "layers", *(f"{t} error" for t in TARGETS), "result")]
    for r in found:
        errors = (f"{e:.1e}" for e in r.errors) if r.errors else ("",) * len(TARGETS)
        lines.append((r.operator, r.name, r.layers, *errors, r.result))
    widths = [max(len(line[n]) for line in lines) for n in range(len(lines[0]))]
    text = ["  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)).rstrip() for line in lines]
    failed, refused = sum(bool(r.failure) for r in found), sum(bool(r.reason) for r in found)
    passed = len(found) - failed - refused
    text.append(f"{len(found)} cases: {passed} passed, {refused} not expressible, {failed} failed")
    return "\n".join(text)


def main(operators: Sequence[str]) -> int:
    """Print the table of these operators, or of all."""
    if unknown := [o for o in operators if o not in OPERATORS]:
        print(f"{unknown[0]} is none of {', '.join(OPERATORS)}", file=sys.stderr)
        return 2
    found = rows(operators or OPERATORS)
    print(table(found))
    print(f"{len(elsewhere())} cases of other operators have one of these inside their definition")
    return int(any(r.failure for r in found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
