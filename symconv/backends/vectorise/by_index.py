"""by_index: any Term at all, by arrays of indices – the last resort where no pattern of slices fits."""

from __future__ import annotations

from collections.abc import Mapping

import sympy as sp

from symconv.backends.vectorise.scalar import Scalar
from symconv.backends.vectorise.text import grouped, reshape, reshaped, shape_text
from symconv.backends.vectorise.writer import Writer
from symconv.notation.affine import affine, quotient
from symconv.notation.guards import Divides, Equal, Guard, Range, is_data, order
from symconv.notation.summand import data_guard
from symconv.notation.tensor import Tensor, base
from symconv.notation.term import Term


class Points:
    """Every point of a Term's domain, free indices first: an array axis for each index."""

    def __init__(self, term: Term, writer: Writer, tensors: Mapping[str, Tensor]) -> None:
        self.term, self.writer, self.tensors = term, writer, tensors
        indices = (*term.free, *term.bound)
        self.sizes = tuple(int(i.extent) for i in indices)
        self.locals: dict[sp.Symbol, str] = {}
        for n, i in enumerate(indices):
            shape = (self.sizes[n],) + (1,) * (len(indices) - 1 - n)
            text = f"np.arange({self.sizes[n]})"
            self.locals[i.symbol] = writer.let(i.name, reshaped(text, (self.sizes[n],), shape))
        self.mask = ""
        for guard in sorted(term.guards, key=order):
            test = self._test(guard)
            if not self.mask:
                self.mask = writer.let("valid", f"np.broadcast_to({test}, {shape_text(self.sizes)})")
            else:
                writer.line(f"{self.mask} = {self.mask} & ({test})")

    def form(self, e: sp.Expr) -> str:
        """An affine form, or an exact quotient of one, at every point."""
        numerator, divisor = quotient(sp.sympify(e))
        coefficients, constant = affine(numerator, tuple(self.term.extents))
        parts = [f"{int(a)} * {self.locals[z]}" for z, a in coefficients.items()]
        text = " + ".join([*parts, str(int(constant))])
        return f"({text})" if divisor == 1 else f"(({text}) // {int(divisor)})"

    def entry(self, e: sp.Indexed) -> str:
        """A tensor's entry at every point, some entry where a guard says no."""
        tensor = self.tensors[base(e)]
        return f"{tensor.name}[{self.places(e.indices)}]" if tensor.shape else tensor.name

    def places(self, subscripts: tuple[sp.Expr, ...], *, whole: bool = False) -> str:
        """Subscripts as index arrays that stay inside where a guard says no."""
        texts = [self.form(a) for a in subscripts]
        if self.mask:
            texts = [f"np.where({self.mask}, {t}, 0)" for t in texts]
        elif whole:
            texts = [f"np.broadcast_to({t}, {shape_text(self.sizes)})" for t in texts]
        return ", ".join(texts) + ("," if len(texts) == 1 else "")

    def value(self) -> str:
        """The summand at every point."""
        text = Scalar(self.writer, self.tensors, self.entry).text(self.term.summand)
        return f"np.broadcast_to({text}, {shape_text(self.sizes)})"

    def _test(self, guard: Guard) -> str:
        match guard:
            case Range(value, low, high):
                v = self.form(value)
                return f"({int(low)} <= {v}) & ({v} < {int(high)})"
            case Divides(divisor, value):
                return f"{self.form(value)} % {int(divisor)} == 0"
            case Equal(value) if is_data(guard):
                entry, form = data_guard(value)
                return f"{self.entry(entry)} == {self.form(form)}"
            case Equal(value):
                return f"{self.form(value)} == 0"
        raise TypeError(f"no rule to test {guard}")


def add(term: Term, writer: Writer, target: str, tensors: Mapping[str, Tensor]) -> None:
    """Add the Term to a target that exists; guarded points choose between the value and 0."""
    points = Points(term, writer, tensors)
    text = points.value()
    if points.mask:
        text = f"np.where({points.mask}, {text}, {writer.real(0)})"
    if term.at:
        writer.line(f"np.add.at({target}, ({points.places(term.at, whole=True)}), {text})")
    else:
        writer.line(f"{target} += {grouped(text)}.sum()")


def reduce(
    term: Term, writer: Writer, best: Tensor | None, place: Tensor | None, tensors: Mapping[str, Tensor]
) -> None:
    """Maxima and their places; -inf and -1 where no point is valid."""
    assert term.gathers and [a for a in term.at if a.is_Symbol] == [i.symbol for i in term.free]
    points = Points(term, writer, tensors)
    free, rest = points.sizes[: len(term.free)], points.sizes[len(term.free) :]
    count = 1
    for n in rest:
        count *= n
    shape = (*free, count)
    values = writer.let("values", reshape(points.value(), shape))
    mask = reshape(points.mask, shape) if points.mask else f"np.ones({shape_text(shape)}, bool)"
    valid = writer.let("valid", mask)
    places = writer.let("places", f"{writer.use('_place_valid')}({values}, {valid})")
    if place is not None:
        writer.line(f"{place.name} = {reshape(places, place.sizes)}")
    if best is not None:
        picked = f"np.take_along_axis({values}, np.maximum({places}, 0)[..., None], -1)[..., 0]"
        chosen = f"np.where({places} < 0, {writer.real('-np.inf')}, {picked})"
        writer.line(f"{best.name} = {reshape(chosen, best.sizes)}")
