"""Result: the target of an Equation while its Terms are added up."""

from __future__ import annotations

from symconv.backends.vectorise.nest import Nest
from symconv.backends.vectorise.region import Region
from symconv.backends.vectorise.text import reshaped, shape_text
from symconv.backends.vectorise.writer import Writer
from symconv.notation.tensor import Tensor


class Result:
    """Knows whether the target exists yet; the first Term may define it, the others add to it."""

    def __init__(self, writer: Writer, tensor: Tensor) -> None:
        self.writer, self.name, self.sizes = writer, tensor.name, tensor.sizes
        self.exists = False

    def zeros(self) -> None:
        """Make sure that the target exists, as zeros."""
        if not self.exists:
            self.writer.line(f"{self.name} = np.zeros({shape_text(self.sizes)}, np.{self.writer.dtype})")
            self.exists = True

    def define(self, text: str, shape: tuple[int, ...]) -> None:
        """The target is an expression of that shape that owns its memory, in row-major order."""
        assert not self.exists
        self.writer.line(f"{self.name} = {reshaped(text, shape, self.sizes)}")
        self.exists = True

    def covers(self, nest: Nest) -> bool:
        """Whether the nest's indices name each entry of the target just once."""
        return nest.at.whole(nest.extents)

    def store(self, text: str, region: Region, *, whole: bool) -> None:
        """Add a value over the region's domain; with ``whole`` it reaches every entry, so that a first one is set."""
        at = region.nest.at
        if whole and not self.exists:
            self.writer.line(f"{self.name} = np.empty({shape_text(self.sizes)}, np.{self.writer.dtype})")
            self.exists = True
            self.writer.line(f"{region.target(at, self.name)} = {text}")
            return
        self.zeros()
        target = region.target(at, self.name)
        self.writer.line(f"{self.name if target == f'{self.name}[...]' else target} += {text}")

