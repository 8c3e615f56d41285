"""Kernel: a generated function that takes and returns NumPy arrays, with its arguments checked before the call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symconv.backends.common.header import describe
from symconv.errors import ArrayError, UsageError, show
from symconv.kernels.flops import flops
from symconv.kernels.properties import index_limit
from symconv.kernels.spec import KernelSpec
from symconv.notation.printing.printer import text
from symconv.notation.tensor import Tensor

Array = NDArray[Any]


class Kernel:
    """A generated function.

    Call it with arrays in the order of ``arguments``, or by name or role (``A=…``, ``input=…``); ``out`` takes the
    array (or tuple of arrays) to write to. It returns one array, or a tuple: the forward pass of a max returns values
    and argmax (the winner's row-major place in its window, int32), which its gradient takes back.

    Raises ArrayError for an array of another dtype, shape, order or byte order, and for results that overlap inputs.
    """

    def __init__(
        self,
        spec: KernelSpec,
        target: str,
        style: str,
        dtype: str,
        source: str,
        function: Callable[..., tuple[Any, ...]],
        note: str = "",
    ) -> None:
        self.spec, self.target, self.style, self.dtype, self.source = spec, target, style, dtype, source
        self.note = note
        self._function = function

    @property
    def equation(self) -> str:
        """What the kernel computes, as text."""
        return "\n".join(text.equation(q) for q in self.spec.equations)

    @property
    def flops(self) -> int:
        """Floating-point operations of one call, guards not counted."""
        return flops(self.spec.equations)

    @property
    def arguments(self) -> tuple[str, ...]:
        """The arguments in order, with their axes and sizes."""
        return tuple(describe(t, self.dtype) for t in self.spec.inputs)

    @property
    def results(self) -> tuple[str, ...]:
        """The results in order, with their axes and sizes."""
        return tuple(describe(t, self.dtype) for t in self.spec.outputs)

    def __repr__(self) -> str:
        inside = ", ".join(self.arguments)
        return f"<{self.target} kernel {self.spec.name}({inside}) -> {', '.join(self.results)}>"

    def __call__(self, *arrays: Any, out: Any = None, **named: Any) -> Any:
        """Compute; see the class."""
        ordered = self._ordered(arrays, named)
        for tensor, array in zip(self.spec.inputs, ordered, strict=True):
            self._check(tensor, array)
        results: tuple[Any, ...]
        if out is None:
            results = self._function(*ordered)
        else:
            wanted = self._outputs(out, ordered)
            if self.target == "c":
                results = self._function(*ordered, out=wanted)
            else:
                results = self._function(*ordered)
                for mine, given in zip(results, wanted, strict=True):
                    np.copyto(given, mine)
                results = wanted
        return results[0] if len(results) == 1 else results

    def _ordered(self, arrays: Sequence[Any], named: dict[str, Any]) -> list[Any]:
        where = f"kernel {self.spec.name}"
        roles = dict(self.spec.roles)
        ordered = list(arrays)
        expected = "give " + ", ".join(self.arguments)
        known = {name for t in self.spec.inputs for name in (t.name, roles.get(t.name))}
        for name in named:
            if name not in known:
                raise UsageError(where, f"there is no argument {show(name)}", expected)
        if len(ordered) > len(self.spec.inputs):
            raise ArrayError(where, f"{len(ordered)} arrays given, {len(self.spec.inputs)} expected", expected)
        left = dict(named)
        for tensor in self.spec.inputs[len(ordered):]:
            keys = [k for k in (tensor.name, roles.get(tensor.name)) if k in left]
            if not keys:
                raise ArrayError(where, f"argument {tensor.name} is missing", expected)
            ordered.append(left.pop(keys[0]))
        if left:
            raise UsageError(where, f"argument {show(next(iter(left)))} is given twice", expected)
        return ordered

    def _check(self, tensor: Tensor, array: Any, *, output: bool = False) -> None:
        where = f"kernel {self.spec.name}: {tensor.name}"
        kind = self.dtype if tensor.kind == "real" else "int32"
        if not isinstance(array, np.ndarray):
            raise ArrayError(where, f"a {type(array).__name__} is not an array", f"give a NumPy array of {kind}")
        if array.dtype != np.dtype(kind) or not array.dtype.isnative:
            raise ArrayError(where, f"dtype {array.dtype.str} is not {kind}", f"convert it with .astype(np.{kind})")
        if array.shape != tensor.sizes:
            raise ArrayError(where, f"shape {array.shape} is not {tensor.sizes}", "give the kernel's own shape")
        if not array.flags.c_contiguous:
            raise ArrayError(where, "the array is not contiguous row-major", "use np.ascontiguousarray")
        if not array.flags.aligned:
            raise ArrayError(where, "the array is not aligned", "use a copy")
        if not output and tensor.kind == "index" and array.size:
            # A place or class that does not exist would select nothing, silently; -1 marks a window without input.
            limit = index_limit(self.spec.equations, tensor)
            low = -1 if dict(self.spec.roles).get(tensor.name) == "argmax" else 0
            if int(array.min()) < low or int(array.max()) >= limit:
                bad = int(array.max()) if int(array.max()) >= limit else int(array.min())
                raise ArrayError(where, f"{bad} selects nothing", f"give integers from {low} to {limit - 1}")
        if output and not array.flags.writeable:
            raise ArrayError(where, "the array is read-only", "give a writeable array")

    def _outputs(self, out: Any, inputs: Sequence[Any]) -> tuple[Any, ...]:
        where = f"kernel {self.spec.name}"
        wanted = tuple(out) if isinstance(out, (tuple, list)) else (out,)
        if len(wanted) != len(self.spec.outputs):
            raise ArrayError(
                where,
                f"out has {len(wanted)} arrays, {len(self.spec.outputs)} expected",
                "give " + ", ".join(self.results),
            )
        for tensor, array in zip(self.spec.outputs, wanted, strict=True):
            self._check(tensor, array, output=True)
        for n, array in enumerate(wanted):
            if any(np.shares_memory(array, other) for other in (*inputs, *wanted[:n])):
                name = self.spec.outputs[n].name
                raise ArrayError(f"{where}: {name}", "the result overlaps another argument", "give it its own memory")
        return wanted
