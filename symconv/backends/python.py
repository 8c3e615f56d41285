"""The python target: plain loops (or straight-line code) over flat lists; needs nothing but the interpreter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from symconv.backends.common.header import function_name
from symconv.backends.common.loop_printer import LoopPrinter
from symconv.backends.common.syntax import PYTHON
from symconv.kernels import loops as ir
from symconv.kernels.lower import lower
from symconv.kernels.spec import KernelSpec
from symconv.kernels.unroll import unroll
from symconv.notation.functions import FUNCTIONS
from symconv.templating import render

STYLES = ("loops", "unrolled")
DTYPES = ("float64",)
"""Python's floats are doubles: results for float32 are rounded when they are stored in an array."""
SUFFIX = ".py"


def source(spec: KernelSpec, dtype: str, style: str, context: Mapping[str, str]) -> str:
    """A module with one function: flat row-major lists in, flat lists out (a tuple when there are several)."""
    name = function_name(spec, dtype, style)
    kernel = unroll(spec, name) if style == "unrolled" else lower(spec, name)
    zero = {"index": "0", "real": "0.0"}
    body = [f"    {b.name} = [{zero[b.element]}] * {b.length}" for b in kernel.scratch + kernel.outputs]
    body += LoopPrinter(PYTHON).block(kernel.body)
    results = ", ".join(b.name for b in kernel.outputs)
    functions = [FUNCTIONS[f] for f in ir.functions_used(kernel) if f in FUNCTIONS]
    return render(
        "kernels/python.py.jinja",
        header=context["header"].splitlines(),
        needs_math=any("math." in f.source for f in functions) or any("math." in line for line in body),
        functions=[(f.name, f.source) for f in functions],
        name=name,
        arguments=", ".join(b.name for b in kernel.inputs),
        body=[*body, f"    return {results}"],
    )


def load(text: str, spec: KernelSpec, dtype: str, style: str) -> Callable[..., tuple[Any, ...]]:
    """The function on arrays: lists in between, results in the wanted type."""
    namespace: dict[str, Any] = {}
    name = function_name(spec, "float64", style)
    exec(compile(text, f"<{name}>", "exec"), namespace)  # our own generated text
    function = namespace[name]

    def call(*arrays: Any) -> tuple[Any, ...]:
        results = function(*(a.ravel().tolist() for a in arrays))
        several = results if len(spec.outputs) > 1 else (results,)
        with np.errstate(over="ignore"):
            return tuple(
                np.array(r, dtype=dtype if t.kind == "real" else np.int32).reshape(t.sizes)
                for r, t in zip(several, spec.outputs, strict=True)
            )

    return call
