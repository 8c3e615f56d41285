"""The c target: portable C99 that needs nothing but math.h, also clean as C++."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any

import numpy as np

from symconv.backends.common.cache import library
from symconv.backends.common.compiler import FLAGS
from symconv.backends.common.header import function_name
from symconv.backends.common.loop_printer import LoopPrinter
from symconv.backends.common.syntax import c_syntax
from symconv.kernels import loops as ir
from symconv.kernels.lower import buffers, lower
from symconv.kernels.spec import KernelSpec
from symconv.kernels.unroll import unroll
from symconv.notation.functions import FUNCTIONS
from symconv.templating import render

STYLES = ("loops", "unrolled")
DTYPES = ("float32", "float64")
SUFFIX = ".c"

REAL = {"float32": ("float", "f"), "float64": ("double", "")}
SIZE = {"float32": 4, "float64": 8}
SCRATCH_BYTES = 256 * 1024
"""The most memory that a kernel takes from the stack for its own intermediate arrays; beyond it the caller gives it."""


def workspace_bytes(scratch: Sequence[ir.Buffer], dtype: str) -> int:
    """The bytes of intermediate arrays that a caller has to give as the last argument; 0 where they fit the stack."""
    held = sum(prod(b.shape) * (SIZE[dtype] if b.element == "real" else 4) for b in scratch)
    return held if held > SCRATCH_BYTES else 0


def _scratch(scratch: Sequence[ir.Buffer], dtype: str) -> list[str]:
    """Declarations of the intermediate arrays: on the stack, or one after another in the workspace, reals first."""
    kinds = {"real": REAL[dtype][0], "index": "int"}
    if not workspace_bytes(scratch, dtype):
        return [f"    {kinds[b.element]} {b.name}[{b.length}];" for b in scratch]
    lines, offset = [], 0
    for b in sorted(scratch, key=lambda b: b.element == "index"):  # stable: every array is aligned for its type
        place = f"(void *)((char *)workspace + {offset})" if offset else "workspace"
        lines.append(f"    {kinds[b.element]} *SYMCONV_RESTRICT {b.name} = ({kinds[b.element]} *){place};")
        offset += b.length * (SIZE[dtype] if b.element == "real" else 4)
    return lines


def prototype(kernel: ir.Kernel, dtype: str) -> str:
    """The argument list: inputs const, all restrict, then the results, and last a workspace where one is needed."""
    real = REAL[dtype][0]
    kinds = {"real": real, "index": "int"}
    inputs = [f"const {kinds[b.element]} *SYMCONV_RESTRICT {b.name}" for b in kernel.inputs]
    results = [f"{kinds[b.element]} *SYMCONV_RESTRICT {b.name}" for b in kernel.outputs]
    workspace = ["void *SYMCONV_RESTRICT workspace"] if workspace_bytes(kernel.scratch, dtype) else []
    return ", ".join([*inputs, *results, *workspace])


def declaration(spec: KernelSpec, dtype: str, style: str) -> str:
    """The function's prototype, for a header."""
    name = function_name(spec, dtype, style)
    kernel = ir.Kernel(name, *buffers(spec), ())
    size = workspace_bytes(kernel.scratch, dtype)
    remark = f"/* workspace: {size} bytes */\n" if size else ""
    return f"{remark}void {name}({prototype(kernel, dtype)});"


def source(spec: KernelSpec, dtype: str, style: str, context: Mapping[str, str]) -> str:
    """A C file with one function.

    Intermediate arrays that do not fit the stack are in a workspace that the caller gives as the last argument.
    """
    real, suffix = REAL[dtype]
    name = function_name(spec, dtype, style)
    kernel = unroll(spec, name) if style == "unrolled" else lower(spec, name)
    body = _scratch(kernel.scratch, dtype)
    body += LoopPrinter(c_syntax(real, suffix)).block(kernel.body)
    text = "\n".join(body)
    unread = [b.name for b in kernel.inputs if not re.search(rf"\b{b.name}\b", text)]
    body = [*(f"    (void){name};" for name in unread), *body]  # an argument that no window meets
    used = ir.functions_used(kernel)
    functions = [(f, FUNCTIONS[f].c.replace("{f}", suffix)) for f in used if f in FUNCTIONS]
    return render(
        "kernels/kernel.c.jinja",
        header=[comment_safe(line) for line in context["header"].splitlines()],
        workspace=workspace_bytes(kernel.scratch, dtype),
        needs_math=bool(functions) or any("INFINITY" in line for line in body),
        functions=functions,
        gates="gate" in used,
        real=real,
        suffix=suffix,
        name=name,
        arguments=prototype(kernel, dtype),
        body=body,
    )


def companions(model: str, kernels: Sequence[tuple[KernelSpec, str, str, str]]) -> dict[str, str]:
    """Header, Makefile and self-test for kernels given as (spec, style, dtype, file)."""
    from symconv.backends.common import c_project

    made = [c_project.Made(spec, style, dtype, file) for spec, style, dtype, file in kernels]
    sizes = [workspace_bytes(buffers(m.spec)[2], m.dtype) for m in made]
    return c_project.companions(model, made, [declaration(m.spec, m.dtype, m.style) for m in made], sizes)


def comment_safe(line: str) -> str:
    """A line that cannot end the comment it stands in."""
    return line.replace("*/", "* /").replace("/*", "/ *")


def load(text: str, spec: KernelSpec, dtype: str, style: str) -> Callable[..., tuple[Any, ...]]:
    """The compiled function on arrays; see ``load_many``."""
    return load_many([text], [(spec, dtype, style)])[0]


def load_many(
    texts: Sequence[str], functions: Sequence[tuple[KernelSpec, str, str]], *, flags: tuple[str, ...] = FLAGS
) -> list[Callable[..., tuple[Any, ...]]]:
    """Many kernels compiled into one library: a text each, and what each text is.

    Raises CompilerError when there is no compiler, or when it fails.
    """
    loaded = library(tuple(texts), flags)
    return [
        _bind(getattr(loaded, function_name(spec, dtype, style)), spec, dtype) for spec, dtype, style in functions
    ]


def _bind(function: Any, spec: KernelSpec, dtype: str) -> Callable[..., tuple[Any, ...]]:
    held = workspace_bytes(buffers(spec)[2], dtype)
    function.restype = None
    function.argtypes = [ctypes.c_void_p] * (len(spec.inputs) + len(spec.outputs) + (held > 0))

    def call(*arrays: Any, out: Sequence[Any] | None = None) -> tuple[Any, ...]:
        results = tuple(out) if out is not None else tuple(
            np.empty(t.sizes, dtype=dtype if t.kind == "real" else np.int32) for t in spec.outputs
        )
        # of each call, so that calls side by side do not meet
        workspace = (np.empty(-(-held // 8), dtype=np.float64),) if held else ()
        function(*(a.ctypes.data for a in (*arrays, *results, *workspace)))
        return results

    return call
