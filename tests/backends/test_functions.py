"""Every function of the table inside powers, quotients and differences, on every target: brackets where they belong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy as sp

from symconv.backends.common.registry import backend
from symconv.backends.common.variants import Variant
from symconv.notation.evaluate import evaluate
from symconv.notation.functions import (
    FUNCTIONS,
    normal_cdf,
    normal_pdf,
    psi,
    psi_curvature,
    psi_slope,
    relu,
    sigmoid,
    sqrt,
)
from symconv.notation.index import symbol
from symconv.notation.rings import FLOAT
from symconv.notation.tensor import Tensor
from symconv.notation.term import equation
from tests.backends.numpy_cases import spec_of

APPLIED: dict[str, Any] = {
    "exp": sp.exp, "log": sp.log, "sqrt": sqrt, "tanh": sp.tanh, "sigmoid": sigmoid, "normal_cdf": normal_cdf,
    "normal_pdf": normal_pdf, "relu": relu, "psi": psi, "psi_slope": psi_slope, "psi_curvature": psi_curvature,
}
FORMS: dict[str, Callable[[Any, Any, Any], sp.Expr]] = {
    "a power": lambda f, x, y: y * f(x) ** 2,
    "a cube beside a difference": lambda f, x, y: (1 - f(x)) * f(x) ** 3 * y,
    "a divisor": lambda f, x, y: y / f(x),
    "a divisor twice": lambda f, x, y: 1 / (f(x) ** 2 * f(y)),
    "what is subtracted": lambda f, x, y: y - f(x) * f(y),
}


def test_every_function_is_here() -> None:
    assert set(APPLIED) | {"step", "unstep"} == set(FUNCTIONS)


@pytest.mark.parametrize("target", ["numpy", "python"])
@pytest.mark.parametrize("name", APPLIED)
@pytest.mark.parametrize("form", FORMS)
def test_it_keeps_together(form: str, name: str, target: str) -> None:
    k = symbol("k")
    x, y, c = (Tensor(n, (sp.Integer(4),), ("k",)) for n in "XYC")
    q = equation(c, (k,), FORMS[form](APPLIED[name], x[k], y[k]), (x, y))
    spec = spec_of(q)
    given = {"X": [0.5, 1.75, 2.25, 0.875], "Y": [1.5, 0.625, 3.0, 2.5]}
    run = backend(target).load(Variant(spec, target, "loops", "float64").source("a test"), spec, "float64", "loops")
    (got,) = run(*(np.array(given[t.name]) for t in spec.inputs))
    np.testing.assert_allclose(np.asarray(got), evaluate(q, given, FLOAT), rtol=1e-13)
