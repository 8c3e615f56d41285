"""Checks of the shapes of several inputs."""

from __future__ import annotations

from symconv.errors import SizeError
from symconv.layers.common.fragment import Shape


def same_shape(where: str, shapes: tuple[Shape, ...], *, but: int | None = None) -> None:
    """Raises SizeError unless all shapes are the same, except for the extent of the axis ``but``."""

    def rest(shape: Shape) -> Shape:
        return tuple(n for axis, n in enumerate(shape) if axis != but)

    for shape in shapes[1:]:
        if len(shape) != len(shapes[0]) or rest(shape) != rest(shapes[0]):
            along = "" if but is None else f" beside axis {but}"
            raise SizeError(where, f"input shapes {shapes[0]} and {shape} differ{along}", "give inputs that fit")
