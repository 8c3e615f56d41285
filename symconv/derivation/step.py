"""Step: one rewrite of an Equation, with the reason, in a form that can be evaluated before and after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from symconv.notation.printing.show import bundle
from symconv.notation.tensor import Tensor
from symconv.notation.term import Equation

Relation = Literal["equal", "derivative", "adjoint"]


@dataclass(frozen=True, slots=True)
class Step:
    """``before`` becomes ``after`` by ``rule``.

    ``relation`` says what must hold: ``equal`` – both give the same array; ``derivative`` – ``after`` is the tensor of
    all partial derivatives of ``before`` by ``by``; ``adjoint`` – ``after`` carries the gradient of the target of
    ``before`` back to ``by``. ``given`` are the equations that define tensors which ``before`` or ``after`` reads.
    ``why`` is prose in which ``{0}``, ``{1}`` … stand for ``about`` and then ``indices``: tensors and the
    names of indices, to be written as mathematics.
    """

    rule: str
    before: Equation
    after: Equation
    why: str
    about: tuple[Tensor, ...] = ()
    given: tuple[Equation, ...] = ()
    relation: Relation = "equal"
    by: Tensor | None = None
    indices: tuple[str, ...] = ()

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return bundle([self.before, self.after])
