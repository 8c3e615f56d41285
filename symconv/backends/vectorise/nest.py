"""Nest: a Term with numbers – affine forms as integers, axes of digits taken apart, unit indices gone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import prod

import sympy as sp

from symconv.backends.vectorise.text import reshaped
from symconv.notation.affine import affine, digits
from symconv.notation.guards import Equal, Range, is_data
from symconv.notation.rewrite import canonical, substitute
from symconv.notation.summand import data_guard
from symconv.notation.tensor import Tensor, base
from symconv.notation.term import Term

SHORT = 8
"""Up to this extent the digits of a window inside an axis are looped over; longer ones become an axis."""


@dataclass(frozen=True, slots=True)
class Form:
    """``sum a*z + constant`` with integers: a subscript or what a guard compares."""

    coefficients: tuple[tuple[str, int], ...]
    constant: int

    @property
    def names(self) -> tuple[str, ...]:
        """The indices that occur."""
        return tuple(z for z, _ in self.coefficients)

    @property
    def plain(self) -> str | None:
        """The index that the form is, if it is one."""
        return self.names[0] if len(self.coefficients) == 1 and self == Form(((self.names[0], 1),), 0) else None

    def plus(self, number: int) -> Form:
        """The form with a number added."""
        return Form(self.coefficients, self.constant + number)

    def part(self, names: frozenset[str]) -> Form:
        """What these indices and the constant make of it."""
        return Form(tuple((z, a) for z, a in self.coefficients if z in names), self.constant)

    def without(self, names: frozenset[str]) -> tuple[tuple[str, int], ...]:
        """The other indices with their coefficients."""
        return tuple((z, a) for z, a in self.coefficients if z not in names)

    def interval(self, extents: Mapping[str, int]) -> tuple[int, int]:
        """The least and the greatest value."""
        tops = [a * (extents[z] - 1) for z, a in self.coefficients]
        return self.constant + sum(min(0, t) for t in tops), self.constant + sum(max(0, t) for t in tops)

    def text(self, write: Mapping[str, str]) -> str:
        """As Python, each index written as ``write`` says."""
        signed = [(a, write[z] if abs(a) == 1 else f"{abs(a)} * {write[z]}") for z, a in self.coefficients]
        signed.sort(key=lambda pair: pair[0] < 0)
        if self.constant or not signed:
            signed.append((self.constant, str(abs(self.constant))))
        first, *rest = signed
        head = f"-{first[1]}" if first[0] < 0 else first[1]
        return head + "".join(f" {'-' if a < 0 else '+'} {t}" for a, t in rest)


@dataclass(frozen=True, slots=True)
class Access:
    """An entry of a tensor seen through a shape of the same length: one Form for each of its axes."""

    tensor: str
    sizes: tuple[int, ...]
    shape: tuple[int, ...]
    forms: tuple[Form, ...]

    def array(self, name: str) -> str:
        """The array of that name, in the shape of this access."""
        return reshaped(name, self.sizes, self.shape)

    @property
    def names(self) -> tuple[str, ...]:
        """The indices that occur, axis by axis."""
        return tuple(dict.fromkeys(z for f in self.forms for z in f.names))

    def whole(self, extents: Mapping[str, int]) -> bool:
        """Whether each axis is one index of its own that runs over all of it."""
        plain = [f.plain for f in self.forms]
        return len(set(plain)) == len(plain) and all(
            z is not None and extents[z] == n for z, n in zip(plain, self.shape, strict=True)
        )


@dataclass(frozen=True, slots=True)
class Nest:
    """A Term ready to be printed.

    ``extents`` are in the Term's order and all greater than 1. ``ranges`` are (form, low, high), ``selections`` pairs
    of an index tensor's access and the form that it must equal. ``bound`` are the indices that are reduced.
    """

    at: Access
    summand: sp.Expr
    extents: Mapping[str, int]
    reads: Mapping[sp.Indexed, Access]
    ranges: tuple[tuple[Form, int, int], ...]
    selections: tuple[tuple[Access, Form], ...]
    bound: tuple[str, ...]

    @property
    def free(self) -> tuple[str, ...]:
        """The indices that name the target's entry, in the order of its axes."""
        return self.at.names

    def holds(self, form: Form, low: int, high: int) -> bool:
        """Whether a form lies in a range whatever the indices are."""
        least, greatest = form.interval(self.extents)
        return low <= least and greatest < high

    def size(self, names: tuple[str, ...]) -> int:
        """How many values some indices take together."""
        return prod(self.extents[z] for z in names)


def build(term: Term, tensors: Mapping[str, Tensor], target: Tensor, taps: frozenset[str]) -> Nest | None:
    """The Nest of a Term; None when it has a quotient or a guard that is neither a Range nor a selection.

    ``taps`` are the indices that the gathering Term summed over: an axis whose digits mix them with others is a window.
    """
    unit = {i.symbol: sp.Integer(0) for i in term.indices if i.extent == 1}
    left = tuple(i for i in term.indices if i.symbol not in unit)
    term = canonical(replace(substitute(term, unit), indices=left))
    symbols = tuple(term.extents)
    extents = {i.name: int(i.extent) for i in term.indices}

    def form(e: sp.Expr) -> Form | None:
        coefficients, constant = affine(e, symbols)
        numbers = (*coefficients.values(), constant)
        if not all(n.is_Integer for n in numbers):
            return None
        return Form(tuple((str(z), int(a)) for z, a in coefficients.items()), int(constant))

    def access(subscripts: tuple[sp.Expr, ...], tensor: Tensor) -> Access | None:
        shape: list[int] = []
        forms: list[Form] = []
        for e, n in zip(subscripts if tensor.shape else (), tensor.sizes, strict=True):
            one = form(e)
            if one is None:
                return None
            if n == 1 and one == Form((), 0):
                continue
            found = tuple(map(str, digits(e, term.extents, sp.Integer(n)) or ()))
            if len(found) > 1 and not _window(found, taps, extents):
                shape += [extents[z] for z in found]
                forms += [Form(((z, 1),), 0) for z in found]
            else:
                shape.append(n)
                forms.append(one)
        return Access(tensor.name, tensor.sizes, tuple(shape), tuple(forms))

    reads: dict[sp.Indexed, Access] = {}
    for e in term.entries():
        found = access(e.indices, tensors[base(e)])
        if found is None:
            return None
        reads[e] = found
    ranges: list[tuple[Form, int, int]] = []
    selections: list[tuple[Access, Form]] = []
    for guard in term.guards:
        compared = form(data_guard(guard.value)[1]) if is_data(guard) else form(guard.value)
        if compared is None:
            return None
        match guard:
            case Range(_, low, high):
                ranges.append((compared, int(low), int(high)))
            case Equal(value) if is_data(guard):
                selections.append((reads[data_guard(value)[0]], compared))
            case _:
                return None
    at = access(term.at, target)
    if at is None:
        return None
    return Nest(
        at, term.summand, extents, reads, tuple(ranges), tuple(selections), tuple(i.name for i in term.bound)
    )


def _window(found: tuple[str, ...], taps: frozenset[str], extents: Mapping[str, int]) -> bool:
    inside = [z for z in found if z in taps]
    return 0 < len(inside) < len(found) and prod(extents[z] for z in inside) <= SHORT
