"""Chain: the kernels of a whole model, run forward and backward one after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symconv.backends.common.compiler import available
from symconv.backends.common.project import command
from symconv.backends.common.registry import backend
from symconv.backends.common.variants import Variant
from symconv.derivation.backpropagate import Derivation
from symconv.errors import ModelError, UsageError, show
from symconv.kernels.spec import KernelSpec, forward_spec, gradient_specs
from symconv.model import Model
from symconv.notation.tensor import Tensor

Array = NDArray[Any]

DTYPE = "float32"
TARGETS = ("c", "numpy")
"""The targets that take arrays as they are; C is the fast one."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One kernel of the chain: what it computes, and the function that does."""

    spec: KernelSpec
    function: Callable[..., tuple[Any, ...]]

    def __call__(self, values: Mapping[str, Array]) -> dict[str, Array]:
        """The results by name, from the arguments by name."""
        results = self.function(*(values[t.name] for t in self.spec.inputs))
        return {t.name: _as(t, r) for t, r in zip(self.spec.outputs, results, strict=True)}


@dataclass(frozen=True, slots=True)
class Chain:
    """A model's kernels in order: ``forward`` first layer first, ``backward`` last layer first.

    Arrays are contiguous, float32 (int32 for what selects), and go by the names of the model's tensors.
    """

    model: Model
    inputs: tuple[Tensor, ...]
    forward: tuple[Stage, ...]
    backward: tuple[Stage, ...]
    by: tuple[str, ...]
    target: str
    note: str = ""

    def values(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Every layer's output beside the inputs: ``inputs`` are the model's own, its parameters and its targets."""
        found = {t.name: prepared(t, inputs, self.model) for t in self.inputs}
        for stage in self.forward:
            found |= stage(found)
        return found

    def gradients(self, values: Mapping[str, Array]) -> dict[str, Array]:
        """``dE/dX`` by the name of X, for every X in ``by``; ``values`` are what the forward pass has returned.

        A tensor that several layers read gets the sum of what each of them sends back, last layer first.
        """
        found = dict(values)
        for stage in self.backward:
            for name, gradient in stage(found).items():
                found[name] = found[name] + gradient if name in found else gradient
        return {name: found[f"d{name}"] for name in self.by}


def chain(derivation: Derivation, target: str = "c", by: Sequence[str] | None = None) -> Chain:
    """The chain of a model whose gradients are derived; ``by`` are the tensors wanted (default: the parameters).

    All kernels of the target ``c`` are compiled together, once; without a C compiler the numpy target serves, and
    ``note`` says so. Raises UsageError for a target or tensor that does not exist, LimitError for a kernel that does
    not fit its target, CompilerError.
    """
    check_target(target)
    wanted = [t.name for t in derivation.model.parameters if t.name in derivation.gradients] if by is None else list(by)
    for name in wanted:
        derivation.gradient(name)
    note = ""
    if target == "c" and not available():
        target, note = "numpy", "no C compiler answers: the numpy target serves instead"
    forward, backward = plan(derivation, wanted)
    functions = _load(derivation.model, (*forward, *backward), target)
    stages = tuple(map(Stage, (*forward, *backward), functions))
    cut = len(forward)
    inputs = derivation.model.program.inputs
    return Chain(derivation.model, inputs, stages[:cut], stages[cut:], tuple(wanted), target, note)


def check_target(target: str) -> None:
    """Raises UsageError for a target that a chain cannot have."""
    if target not in TARGETS:
        raise UsageError("train", f"target {show(target)} does not exist", f"choose one of {', '.join(TARGETS)}")


def plan(derivation: Derivation, by: Sequence[str]) -> tuple[tuple[KernelSpec, ...], tuple[KernelSpec, ...]]:
    """The kernels forward, and those backward that lead from the error to the tensors named."""
    model = derivation.model
    needed = {f"d{name}" for name in by}
    backward: list[KernelSpec] = []
    for node in model.nodes:  # what a layer needs is made by the layers that read it, all of which come later
        own = [spec for spec in gradient_specs(derivation, node) if spec.outputs[0].name in needed]
        needed |= {t.name for spec in own for t in spec.inputs if t.quotient}
        backward = own + backward
    return tuple(forward_spec(model.name, node) for node in model.nodes), tuple(backward)


def _load(model: Model, specs: Sequence[KernelSpec], target: str) -> list[Callable[..., tuple[Any, ...]]]:
    """A function a kernel; those that a target can build together are."""
    module = backend(target)
    texts = []
    for spec in specs:
        variant = Variant(spec, target, "loops", DTYPE)
        texts.append(variant.source(command(model, variant)))
    many = getattr(module, "load_many", None)
    if many is not None:
        found: list[Callable[..., tuple[Any, ...]]] = many(texts, [(spec, DTYPE, "loops") for spec in specs])
        return found
    return [module.load(text, spec, DTYPE, "loops") for text, spec in zip(texts, specs, strict=True)]


def prepared(tensor: Tensor, inputs: Mapping[str, Array], model: Model) -> Array:
    """The array of an input as kernels take it; raises ModelError when it is missing or has another shape."""
    given = inputs.get(tensor.name)
    if given is None or np.shape(given) != tensor.sizes:
        found = "no array" if given is None else f"shape {np.shape(given)}"
        raise ModelError(f"model {model.name}", f"{tensor.name} has {found}", f"give one of shape {tensor.sizes}")
    return _as(tensor, given)


def _as(tensor: Tensor, array: Any) -> Array:
    kind = DTYPE if tensor.kind == "real" else "int32"
    return np.ascontiguousarray(array, dtype=kind).reshape(tensor.sizes)
