"""Fragment: what a layer is – equations for general sizes, and the numbers for those sizes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Protocol, runtime_checkable

import sympy as sp

from symconv.notation.tensor import Tensor
from symconv.notation.term import Equation

Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Definition:
    """How a size that has a symbol of its own follows from others, as LaTeX and as text.

    ``letters`` are those in it that no equation has and their meaning, beside p and p' for the padding.
    """

    symbol: sp.Symbol
    latex: str
    text: str
    letters: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Remark:
    """A sentence about the equations in which ``{0}``, ``{1}`` … stand for tensors, to be written as mathematics."""

    words: str
    about: tuple[Tensor, ...] = ()


@dataclass(frozen=True)
class Fragment:
    """A layer's equations over role tensors (``input``, ``weight``, ``bias``, ``output`` …) with symbolic sizes.

    ``inputs`` come from other layers or from outside (a loss's target), ``parameters`` belong to the layer.
    ``data`` are inputs that are only given: targets, masks, running statistics; no gradient is taken by them.
    ``saved`` are outputs beside ``output`` that the backward pass takes (an argmax). ``constants`` are tensors
    through which nothing flows back. ``shorthands`` are names under which a result is written (p for softmax).
    ``sizes`` has the number of every size symbol, ``definitions`` how an output size follows from the others.
    ``padded`` is the shape of the input with its padding, where there is one; ``remarks`` are sentences for documents.
    ``names`` are names that tensors have already, by role: those that an author wrote.
    """

    inputs: tuple[Tensor, ...]
    parameters: tuple[Tensor, ...]
    equations: tuple[Equation, ...]
    sizes: Mapping[sp.Symbol, int]
    data: tuple[str, ...] = ()
    saved: tuple[str, ...] = ()
    constants: tuple[str, ...] = ()
    shorthands: tuple[Equation, ...] = ()
    definitions: tuple[Definition, ...] = ()
    padded: Shape = ()
    remarks: tuple[Remark, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def output(self) -> Tensor:
        """The tensor that the next layer reads."""
        return next(q.target for q in self.equations if q.target.name == "output")

    @property
    def internal(self) -> tuple[str, ...]:
        """Tensors that only the layer itself reads."""
        return tuple(q.target.name for q in self.equations if q.target.name not in ("output", *self.saved))

    def shape(self, tensor: Tensor) -> Shape:
        """The numeric shape of one of the fragment's tensors."""
        values = {z: sp.Integer(n) for z, n in self.sizes.items()}
        return tuple(int(sp.sympify(n).xreplace(values)) for n in tensor.shape)


@runtime_checkable
class Layer(Protocol):
    """A layer: hyper-parameters that become a Fragment once the shape of the input is known.

    ``kind`` is its name in TOML and in messages, ``loss`` says whether it ends a model. ``inferred`` names the
    hyper-parameters that follow from the input's shape, with the axis that they are: ``{"in_channels": 1}``.
    """

    kind: ClassVar[str]
    loss: ClassVar[bool]
    inferred: ClassVar[Mapping[str, int]]

    def fragment(self, shape: Shape) -> Fragment:
        """The equations and sizes for an input of this shape (batch first); raises SizeError."""
        ...

    def options(self) -> dict[str, object]:
        """The hyper-parameters that the reference needs, by PyTorch's names."""
        ...


@runtime_checkable
class Authored(Protocol):
    """A layer whose tensors have names of their own, so that it says by name what it reads."""

    def target(self) -> str:
        """The name of its output."""
        ...

    def wired(self, known: Mapping[str, Shape], inputs: Sequence[str] | None) -> tuple[Layer, tuple[str, ...]]:
        """The layer, and those of the known tensors that it reads, or of ``inputs``; raises ModelError."""
        ...

    def reading(self, *shapes: Shape) -> Layer:
        """The layer that knows which of its tensors the inputs of these shapes are."""
        ...

    @classmethod
    def example(cls) -> tuple[Layer, tuple[Shape, ...]]:
        """A small one, with the shapes of its inputs."""
        ...
