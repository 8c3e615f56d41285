"""equation: a layer that is nothing but equations as text, ``C[k,l] = sum(i,j) A[k+i, l+j] * F[i,j]``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, ClassVar

from symconv.errors import ModelError, show
from symconv.layers.common import sizes as check
from symconv.layers.common.authored import fragment_of
from symconv.layers.common.fragment import Fragment, Layer, Shape
from symconv.notation.parse.resolve import read, resolve


@dataclass(frozen=True, repr=False)
class EquationLayer:
    """The last target of equations as text; the targets before it are inside the layer.

    ``C[k,l] = sum(i,j) A[k+i, l+j] * F[i,j] where 0 <= k < 4``; ``max(i,j)`` in place of the sum takes the first
    maximum and returns its place too. Equations are separated by ``;`` or line ends. A range of an index from 0 is its
    extent, any other condition says where a term is there: ``0 <= k+i-1 < 6``, ``i <= k``, ``i = j``, ``2 | k``.
    ``inputs`` names the tensors that come from other layers: in a model those that exist, otherwise the first ones that
    fit and that ``shapes`` does not name. All others are parameters; ``shapes`` has the shapes that do not follow from
    the equations. Leading axes of extent 1 may be left unwritten.

    >>> fragment = EquationLayer("C[k] = sum(i) A[k+i] * F[i]", shapes={"F": (3,)}).fragment((6,))
    >>> fragment.output.shape, fragment.shape(fragment.output)
    ((n_k,), (4,))

    Raises SymconvError, with line and column, for a text that is no equation and for sizes that cannot be.
    """

    equation: str = field(repr=False)
    shapes: Mapping[str, Sequence[int]] | tuple[tuple[str, Shape], ...] = field(default=(), repr=False)
    inputs: tuple[str, ...] = field(default=(), repr=False)

    kind: ClassVar[str] = "equation"
    loss: ClassVar[bool] = False
    inferred: ClassVar[Mapping[str, int]] = MappingProxyType({})
    undecided: ClassVar[int | None] = None
    """What an extent is that nothing decides; None refuses it."""

    def __post_init__(self) -> None:
        written = read(self.equation)
        object.__setattr__(self, "shapes", self._checked(written.reads, written.makes))
        object.__setattr__(self, "inputs", self._named(self.inputs))

    def _checked(self, reads: tuple[str, ...], makes: tuple[str, ...]) -> tuple[tuple[str, Shape], ...]:
        """The shapes as pairs, in the order given."""
        shapes: Any = self.shapes
        if not isinstance(shapes, Mapping):
            pairs = isinstance(shapes, tuple) and all(isinstance(p, tuple) and len(p) == 2 for p in shapes)
            if not pairs or not all(isinstance(name, str) for name, _ in shapes):
                raise ModelError(self.kind, f"shapes {show(shapes)} is not a table", "give them by name, as F = [3, 3]")
            shapes = dict(shapes)
        given: dict[str, Sequence[int]] = dict(shapes)
        known = (*reads, *makes)
        for name in given:
            if name not in known:
                choice = f"choose one of {', '.join(known)}"
                raise ModelError(self.kind, f"shapes names {show(name)}, which the equations do not have", choice)
        return tuple((name, check.shape(self.kind, f"shape of {name}", shape)) for name, shape in given.items())

    def _named(self, inputs: object) -> tuple[str, ...]:
        reads = read(self.equation).reads
        if not isinstance(inputs, Sequence) or isinstance(inputs, (str, bytes)):
            problem = f"inputs {show(inputs)} is not a list of names"
            raise ModelError(self.kind, problem, 'give names, as inputs = ["A"]')
        for n, name in enumerate(inputs):
            if name not in reads or name in inputs[:n]:
                problem = f"inputs names {show(name)}" + (" twice" if name in reads else ", which no equation reads")
                raise ModelError(self.kind, problem, f"choose of {', '.join(reads)}")
        return tuple(inputs)

    @property
    def given(self) -> dict[str, Shape]:
        """The shapes that are given, by name."""
        return {name: tuple(shape) for name, shape in dict(self.shapes).items()}

    def __repr__(self) -> str:
        """What makes it again."""
        parts = [repr(self.equation)]
        parts += [f"shapes={self.given!r}"] if self.shapes else []
        parts += [f"inputs={self.inputs!r}"] if self.inputs else []
        return f"{type(self).__name__}({', '.join(parts)})"

    def options(self) -> dict[str, object]:
        """The text, and the names of the arrays in the order of the fragment's tensors."""
        others = (name for name in read(self.equation).reads if name not in self.inputs)
        return {
            "text": self.equation,
            "operands": (*self.inputs, *others),
            "shapes": self.given,
            "undecided": self.undecided,
        }

    def target(self) -> str:
        """The name of the result."""
        return read(self.equation).makes[-1]

    def wired(self, known: Mapping[str, Shape], inputs: Sequence[str] | None) -> tuple[Layer, tuple[str, ...]]:
        """The layer with its inputs: those named, or every known tensor that it reads."""
        reads = read(self.equation).reads
        chosen = tuple(inputs or self.inputs) or tuple(name for name in reads if name in known)
        if not chosen:
            problem = f"its equations read {', '.join(reads)}, none of which is made so far"
            raise ModelError(self.kind, problem, f"read one of {', '.join(known)}")
        return replace(self, inputs=chosen), chosen

    def reading(self, *shapes: Shape) -> Layer:
        """The layer with its inputs named: the first tensors that fit these shapes where none are."""
        return self if self.inputs else replace(self, inputs=self._fitting(shapes))

    @classmethod
    def example(cls) -> tuple[Layer, tuple[Shape, ...]]:
        """A correlation."""
        return cls("C[k,l] = sum(i,j) A[k+i,l+j] * F[i,j]", shapes={"F": (3, 3)}), ((6, 6),)

    def fragment(self, shape: Shape, *others: Shape) -> Fragment:
        """The equations for inputs of these shapes."""
        written = read(self.equation)
        given = tuple(check.shape(self.kind, "input shape", s) for s in (shape, *others))
        inputs = self.inputs or self._fitting(given)
        if len(inputs) != len(given):
            problem = f"{len(given)} shapes are given for the inputs {', '.join(inputs)}"
            raise ModelError(self.kind, problem, "give one an input")
        shapes = self.given
        for name, own in zip(inputs, given, strict=True):
            if shapes.setdefault(name, own) != own:
                raise ModelError(self.kind, f"{name} has the shape {own}, shapes says {shapes[name]}", "correct one")
        return fragment_of(resolve(written, shapes, self.undecided), inputs)

    def _fitting(self, given: tuple[Shape, ...]) -> tuple[str, ...]:
        """For each shape the next tensor that ``shapes`` does not name and whose subscripts fit, else just the next."""
        written = read(self.equation)
        reads = written.reads
        ranks = {name: rank for m in written.meanings for name, rank in m.ranks.items() if name in reads}
        left = [name for name in reads if name not in self.given]
        found = []
        for shape in given:
            fits = (n for n in left if ranks[n] <= len(shape) and all(e == 1 for e in shape[: len(shape) - ranks[n]]))
            if (name := next(fits, None)) is None:
                return reads[: len(given)]
            found.append(name)
            left.remove(name)
        return tuple(found)
