"""Checks of the shapes of several inputs."""

from __future__ import annotations

from symconv.errors import SizeError
from symconv.layers.common import sizes as check
from symconv.layers.common.fragment import Shape


def two_or_more(where: str, shapes: tuple[Shape, ...]) -> tuple[Shape, ...]:
    """The shapes, checked one by one; raises SizeError for a single one."""
    if len(shapes) < 2:
        problem = f"{where} has 2 or more inputs, {len(shapes)} given"
        raise SizeError(where, problem, "give it two or more")
    return tuple(check.shape(where, "input shape", s) for s in shapes)


def same_shape(where: str, shapes: tuple[Shape, ...], *, but: int | None = None) -> None:
    """Raises SizeError unless all shapes are the same, except for the extent of the axis ``but``."""

    def rest(shape: Shape) -> Shape:
        return tuple(n for axis, n in enumerate(shape) if axis != but)

    for shape in shapes[1:]:
        if len(shape) != len(shapes[0]) or rest(shape) != rest(shapes[0]):
            along = "" if but is None else f" beside axis {but}"
            raise SizeError(where, f"input shapes {shapes[0]} and {shape} differ{along}", "give inputs that fit")
