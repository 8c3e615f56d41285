"""operand: one factor of a product as a matrix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import sympy as sp

from symconv.backends.vectorise.nest import Access, Form, Nest
from symconv.backends.vectorise.scalar import Scalar
from symconv.backends.vectorise.text import grouped, reshaped, shape_text, transposed
from symconv.backends.vectorise.writer import Writer
from symconv.notation.tensor import Tensor, base


@dataclass(frozen=True)
class Operand:
    """An expression of whole tensors of one shape, read through one access."""

    expression: sp.Expr
    access: Access

    def slides(self, nest: Nest) -> bool:
        """Whether the access is more than one index an axis, so that it has to be laid out."""
        return not self.access.whole(nest.extents)

    def contained(self, nest: Nest) -> bool:
        """Whether each subscript stays inside by itself, without a Range that says so."""
        return all(nest.holds(f, 0, n) for f, n in zip(self.access.forms, self.access.shape, strict=True))


def matrix(
    o: Operand,
    nest: Nest,
    writer: Writer,
    tensors: dict[str, Tensor],
    batch: Sequence[str],
    own: Sequence[str],
    inner: Sequence[str],
    *,
    own_first: bool,
) -> str:
    """The operand with the axes (batch, own, inner), or (batch, inner, own), each group flattened.

    The group with the operand's shortest stride comes last in memory, so that a copy moves runs; the other order is
    a transposed view, which a matrix product takes as it is.
    """
    access = o.access
    own = [z for z in own if z in access.names]
    moves = steps(access.forms, access.shape)
    if o.slides(nest):  # a copy moves the longest run, counted in cache lines
        nearest = max((*own, *inner), key=lambda z: nest.extents[z] / max(1, abs(moves[z])))
    else:
        nearest = min((*own, *inner), key=lambda z: abs(moves[z]))
    first, last = (own, list(inner)) if nearest in inner else (list(inner), own)
    present = [z for z in batch if z in access.names]
    order = [*present, *first, *last]
    flat = tuple(nest.extents[z] if z in present else 1 for z in batch)
    flat += (nest.size(tuple(first)), nest.size(tuple(last)))
    split = tuple(nest.extents[z] for z in order)
    if o.slides(nest):
        view = _slid(o, whole(o, writer, tensors, access.shape), nest, writer, order)
        windows = writer.let("windows", f"{view}  # {' '.join(order)}")
        text = writer.let("matrix", reshaped(windows, split, flat))
    else:
        turn = [access.names.index(z) for z in order]
        if turn == sorted(turn):
            text = whole(o, writer, tensors, flat)
        else:
            text = reshaped(transposed(whole(o, writer, tensors, access.shape), turn), split, flat)
    if own_first == (nearest in inner):
        return grouped(text)
    return f"{grouped(text)}.T" if not batch else f"{grouped(text)}.swapaxes(-1, -2)"


def view(o: Operand, nest: Nest, writer: Writer, tensors: dict[str, Tensor]) -> str:
    """The operand with one axis for each of its indices, in the order in which they occur."""
    text = whole(o, writer, tensors, o.access.shape)
    return _slid(o, text, nest, writer, o.access.names) if o.slides(nest) else text


def whole(o: Operand, writer: Writer, tensors: dict[str, Tensor], shape: tuple[int, ...]) -> str:
    """The expression on whole tensors, in a shape of the same length."""

    def read(e: sp.Indexed) -> str:
        name = base(e)
        return reshaped(name, tensors[name].sizes, shape)

    return Scalar(writer, tensors, read).text(o.expression)


def steps(forms: Sequence[Form], shape: Sequence[int]) -> dict[str, int]:
    """By how many entries of an array of that shape each index moves."""
    found: dict[str, int] = {}
    for n, form in enumerate(forms):
        stride = prod(shape[n + 1 :])
        for z, a in form.coefficients:
            found[z] = found.get(z, 0) + a * stride
    return found


def _slid(o: Operand, text: str, nest: Nest, writer: Writer, order: Sequence[str]) -> str:
    """A strided view of the array, which the access never leaves: its axes are the indices in order."""
    access = o.access
    starts = [f.constant for f in access.forms]
    if any(starts):
        text = f"{grouped(text)}[{', '.join(f'{s}:' if s else ':' for s in starts)}]"
    moves = steps(access.forms, access.shape)
    extents = shape_text(tuple(nest.extents[z] for z in order))
    strides = shape_text(tuple(moves[z] * writer.itemsize for z in order))
    return f"np.lib.stride_tricks.as_strided({text}, {extents}, {strides})"
