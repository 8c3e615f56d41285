"""Second derivatives are held against differences of the reference, so that a wrong product is seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from symconv import pipeline
from symconv.backends.common.variants import variants
from symconv.commands import report as shown
from symconv.derivation.second import hessian_product
from symconv.layers.common.fragment import Fragment
from symconv.model import Model
from symconv.proofs.report import Report
from symconv.proofs.run import check_variants
from tests.support import slides


def proved(model: Model) -> Report:
    return check_variants(model, variants(model, wanted=("numpy",), dtypes=("float64",)), prove=False)


def mutated(name: str, change: Callable[[Fragment], Fragment]) -> Model:
    """The Hessian-vector product of the slides' network, with something changed in the program that S is."""
    model = hessian_product(pipeline.derive(slides()), name).model
    (node,) = model.nodes
    program = change(node.fragment)
    layer = replace(node.layer, program=program)  # type: ignore[type-var]
    return replace(model, nodes=(replace(node, layer=layer, fragment=program),))


def scaled(which: int) -> Callable[[Fragment], Fragment]:
    def change(program: Fragment) -> Fragment:
        equations = list(program.equations)
        q = equations[which]
        equations[which] = replace(q, terms=tuple(replace(t, summand=2 * t.summand) for t in q.terms))
        return replace(program, equations=tuple(equations))

    return change


@pytest.mark.parametrize("name", ["F", "W"])
def test_what_is_right_passes(name: str) -> None:
    checks = proved(mutated(name, lambda program: program)).checks
    assert [(c.quantity, c.check, c.against) for c in checks] == [
        ("S", "PASSED", "differences of the reference"), (f"d{name}", "PASSED", "differences of the reference"),
    ]


@pytest.mark.parametrize(("name", "which"), [("F", -1), ("F", -2), ("W", -1), ("W", -3)])
def test_a_wrong_product_fails(name: str, which: int) -> None:
    """S = 2 <V, dE/dX>, or a gradient of the first pass twice as large: the formula agrees with its kernel anyway."""
    checks = proved(mutated(name, scaled(which))).checks
    assert {c.check for c in checks} == {"FAILED"}
    assert all(c.reason.startswith("differs from differences of the reference") for c in checks)


def test_an_arbitrary_error_counts_as_linear() -> None:
    model, _ = pipeline.equation("C[k] = tanh(A[k])*F[k]")
    checks = proved(pipeline.hessian_product(model, "A").model).checks
    assert [(c.check, c.against) for c in checks] == [("PASSED", "differences of the reference")] * 2


def test_the_table_says_what_was_held_against_what(capsys: pytest.CaptureFixture[str]) -> None:
    shown.show(proved(mutated("F", lambda program: program)))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith("held against") and lines[2].endswith("differences of the reference")
    shown.show(proved(slides()))
    assert "held against" not in capsys.readouterr().out


def test_a_kink_between_two_steps_is_not_trusted() -> None:
    from symconv.proofs.second import STEPS, _trusted

    smooth: Any = np.array([[1 + h**2, 5.0] for h in STEPS])
    kinked = np.array([[1 / h, 5.0] for h in STEPS])
    noise = np.full(len(STEPS), 1e-12)
    assert np.isfinite(_trusted(smooth, noise)[0]).all()
    assert np.isnan(_trusted(kinked, noise)[0][0]) and _trusted(kinked, noise)[0][1] == 5
    assert np.isnan(_trusted(smooth, noise * 1e12)[0]).all()
