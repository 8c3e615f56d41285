"""Which kernels: every combination of what is computed, target, style and element type."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from symconv.backends.common.header import function_name, header
from symconv.backends.common.registry import backend, targets
from symconv.derivation.backpropagate import backpropagate
from symconv.errors import UsageError, show
from symconv.kernels.spec import KernelSpec, model_specs
from symconv.model import Model

DTYPES = ("float32", "float64")


@dataclass(frozen=True)
class Variant:
    """One kernel to be made: what, in which language, style and element type."""

    spec: KernelSpec
    target: str
    style: str
    dtype: str

    @property
    def function(self) -> str:
        """The name of the function."""
        return function_name(self.spec, self.dtype, self.style)

    def source(self, command: str) -> str:
        """The text of the kernel; ``command`` is what its header says makes it again."""
        module = backend(self.target)
        made = self.dtype if self.dtype in module.DTYPES else module.DTYPES[-1]
        context = {"header": "\n".join(header(self.spec, made, command))}
        return module.source(self.spec, made, self.style, context)


def check_choices(wanted: Iterable[str], styles: Iterable[str], dtypes: Iterable[str]) -> None:
    """Raises UsageError for a target, style or element type that does not exist."""
    for target in wanted:
        backend(target)
    known = sorted({s for t in targets() for s in backend(t).STYLES})
    for style in styles:
        if style not in known:
            raise UsageError("style", f"{show(style)} does not exist", f"choose one of {', '.join(known)}")
    for dtype in dtypes:
        if dtype not in DTYPES:
            raise UsageError("dtype", f"{show(dtype)} does not exist", f"choose one of {', '.join(DTYPES)}")


def check_style(target: str, style: str) -> None:
    """Raises UsageError for a style that the target does not have."""
    styles = backend(target).STYLES
    if style not in styles:
        raise UsageError(f"target {target}", f"there is no style {show(style)}", f"choose one of {', '.join(styles)}")


def variants(
    model: Model,
    *,
    layers: Sequence[str] = (),
    wanted: Sequence[str] = (),
    styles: Sequence[str] = ("loops",),
    dtypes: Sequence[str] = DTYPES,
) -> tuple[Variant, ...]:
    """Every combination that exists, kernels in the model's order; no layer and no target means all.

    Raises UsageError or ModelError for a choice that does not exist.
    """
    wanted = tuple(wanted) or targets()
    check_choices(wanted, styles, dtypes)
    for name in layers:
        model.node(name)
    found = []
    for spec in model_specs(backpropagate(model)):
        if layers and spec.layer not in layers:
            continue
        for target in wanted:
            module = backend(target)
            for style in styles:
                if style not in module.STYLES:
                    if len(wanted) == 1:
                        check_style(target, style)
                    continue
                own = [d for d in dtypes if d in module.DTYPES]
                if not own and len(wanted) == 1:
                    raise UsageError(
                        f"target {target}", f"there are no files for {', '.join(dtypes)}", f"choose {module.DTYPES[0]}"
                    )
                found += [Variant(spec, target, style, d) for d in own]
    return tuple(found)
