"""NumPy kernels read and run on arrays of exact values."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from symconv.proofs.fault import UNSET, Fault, Unreadable
from symconv.proofs.source.array_functions import Machine
from symconv.proofs.source.array_values import Values
from symconv.proofs.source.interpreter import Interpreter
from symconv.proofs.source.python_reader import functions, module
from symconv.proofs.specification import Specification


@dataclass(frozen=True)
class ArrayProgram:
    """A NumPy kernel with its helpers, as syntax trees."""

    kernel: ast.FunctionDef
    helpers: dict[str, ast.FunctionDef]
    dtype: str
    text: str

    def run(self, specification: Specification) -> dict[str, list[Any]]:
        """The results on generators; raises Fault, Unreadable or TooLarge."""
        spec = specification.spec
        arrays = []
        for t in spec.inputs:
            data = np.empty(t.length, dtype=object)
            data[:] = specification.inputs[t.name]
            data = data.reshape(t.sizes)
            data.setflags(write=False)
            arrays.append(Values(data, "real" if t.kind == "real" else "int"))
        machine = Machine(specification.domain, self.dtype)
        try:
            made = Interpreter(machine, self.helpers, dict(specification.known)).call(self.kernel, arrays)
        except (AttributeError, IndexError, ValueError, TypeError, OverflowError, ZeroDivisionError) as error:
            raise Fault(f"NumPy refuses: {str(error)[:120]}") from None
        except RecursionError:
            raise Unreadable("nested too deep") from None
        several = made if isinstance(made, tuple) else (made,)
        if len(several) != len(spec.outputs):
            raise Fault(f"{len(several)} results, not {len(spec.outputs)}")
        results: dict[str, list[Any]] = {}
        for t, value in zip(spec.outputs, several, strict=True):
            kind = "real" if t.kind == "real" else "int"
            if not isinstance(value, Values) or value.data.shape != t.sizes or value.kind != kind:
                shape = value.data.shape if isinstance(value, Values) else type(value).__name__
                raise Fault(f"{t.name} is {shape}, not {t.sizes} of kind {kind}")
            flat = value.data.ravel().tolist()
            if any(v is UNSET for v in flat):
                raise Fault(f"an entry of {t.name} is never set")
            results[t.name] = flat
        return results


def read_arrays(text: str, name: str, inputs: Sequence[str], dtype: str) -> ArrayProgram:
    """The kernel of that name; its arguments must be those named."""
    found = functions(module(text), {"import math", "import numpy as np"})
    if name not in found:
        raise Unreadable(f"there is no function {name}")
    kernel = found.pop(name)
    if [a.arg for a in kernel.args.args] != list(inputs):
        raise Unreadable(f"the arguments are not {', '.join(inputs)}")
    return ArrayProgram(kernel, found, dtype, text)
