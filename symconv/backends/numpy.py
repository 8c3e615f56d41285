"""The numpy target: array operations chosen by the patterns of the equations, without a loop over pixels.

A term whose guard fails is absent: nothing is padded with zeros for a product to meet, so that an infinite or NaN
factor reaches only what it belongs to. Guards on data choose, and so does ReLU' (the step), which never multiplies by
its 0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from symconv.backends.common.header import function_name
from symconv.backends.vectorise.equations import print_equations
from symconv.backends.vectorise.writer import Writer
from symconv.kernels.spec import KernelSpec
from symconv.templating import render

STYLES = ("loops",)
DTYPES = ("float32", "float64")
SUFFIX = ".py"


def source(spec: KernelSpec, dtype: str, style: str, context: Mapping[str, str]) -> str:
    """A module with one function: contiguous arrays of the spec's shapes in, new arrays out (a tuple of several)."""
    name = function_name(spec, dtype, style)
    taken = {t.name for q in spec.equations for t in (q.target, *q.operands)}
    writer = Writer(dtype, taken | {name})
    print_equations(spec.equations, writer)
    return render(
        "kernels/numpy.py.jinja",
        header=context["header"].splitlines(),
        helpers=[text.splitlines() for text in writer.helpers],
        needs_math=any("math." in line for line in writer.lines),
        name=name,
        arguments=", ".join(t.name for t in spec.inputs),
        body=writer.lines,
        results=", ".join(t.name for t in spec.outputs),
    )


def load(text: str, spec: KernelSpec, dtype: str, style: str = "loops") -> Callable[..., tuple[Any, ...]]:
    """The function of a module printed by ``source``; it returns a tuple also for a single result."""
    namespace: dict[str, Any] = {}
    name = function_name(spec, dtype, style)
    exec(compile(text, f"<{name}>", "exec"), namespace)  # our own generated text
    function = namespace[name]
    if len(spec.outputs) > 1:
        several: Callable[..., tuple[Any, ...]] = function
        return several
    return lambda *arrays: (function(*arrays),)
