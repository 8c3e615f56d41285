"""The functions and methods of NumPy that kernels use, over arrays of exact values."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from symconv.proofs.algebra.polynomial import (
    booleans,
    constant,
    generator,
    restrict,
)
from symconv.proofs.fault import LOWEST, UNSET, Fault, Unreadable
from symconv.proofs.source import array_values as av
from symconv.proofs.source.array_values import Element, Values, as_values, map_values

SIZES = {"float32": 4, "float64": 8, "int32": 4, "int64": 8}
EXACT = {"float32": 2**24, "float64": 2**53}
"""Integers up to here are held exactly."""


class Machine:
    """The domain that the entries belong to, and the element type of the kernel."""

    def __init__(self, domain: Any, dtype: str) -> None:
        self.domain, self.dtype = domain, dtype

    def function(self, name: str, x: Values) -> Values:
        """A function of mathematics, entry by entry."""
        return map_values(lambda v: self.domain.function(name, v), "real", x)

    def convert(self, element: Element, value: Any) -> Values:
        """``np.float32(value)``: never a rounded number."""
        if element.dtype == "bool_":
            raise Unreadable("a conversion to truth values")
        found = as_values(value)
        if element.kind == "real" and element.dtype != self.dtype:
            raise Unreadable(f"a number of {element.dtype} in a kernel of {self.dtype}")
        if element.kind == "int" and found.kind != "int":
            raise Unreadable("reals are made integers")
        for v in found.data.ravel().tolist():
            number = v if type(v) in (int, Fraction) else None
            if element.kind == "real" and number is not None and found.kind == "int" and abs(v) > EXACT[element.dtype]:
                raise Unreadable(f"{v} is rounded in {element.dtype}")
            if element.kind == "real" and type(number) is Fraction and Fraction(
                float(np.dtype(element.dtype).type(float(number)))
            ) != number:
                raise Unreadable(f"{number} is rounded in {element.dtype}")
        return Values(found.data, element.kind)

    def matmul(self, a: Values, b: Values) -> Values:
        """``a @ b``."""
        return av.matmul(a, b, self.domain.total)

    def larger(self, a: Any, b: Any) -> Any:
        """The larger of two reals, NaN if there is one."""
        if type(a) is float or type(b) is float:
            return a if a != a or a > b else b
        if a is LOWEST or b is LOWEST:
            return b if a is LOWEST else a
        return self.domain.choose(self.domain.compare(">", a, b), a, b)

    def larger_integer(self, a: Any, b: Any) -> Any:
        """The larger of two integers, case by case where conditions decide them."""
        found = sorted({*booleans(a), *booleans(b)})
        if found:
            g = found[0]
            yes, no = (self.larger_integer(restrict(a, g, held), restrict(b, g, held)) for held in (True, False))
            return self.domain.choose(generator(g), _number(yes), _number(no), place=True)
        a, b = _number(a), _number(b)
        return self.domain.choose(self.domain.compare(">", a, b), a, b, place=True)

    def place_valid(self, values: Values, valid: Values) -> Values:
        """What the helper of that name computes: the place of the first maximum among valid entries, else -1."""
        shape = values.data.shape[:-1]
        made = np.empty(shape, dtype=object)
        mask = np.broadcast_to(valid.data, values.data.shape)
        for at in np.ndindex(*shape):
            kept = [n for n, ok in enumerate(mask[at].tolist()) if _known(ok)]
            made[at] = self.domain.argbest([values.data[(*at, n)] for n in kept], kept)
        return Values(made, "int")


def _number(value: Any) -> Any:
    found = constant(value)
    return value if found is None else found


def _known(ok: Any) -> bool:
    if type(ok) is not bool:
        raise Unreadable("which entries are valid depends on data")
    return ok


def _shape(value: Any) -> tuple[int, ...]:
    shape = (value,) if type(value) is int else value
    if not isinstance(shape, tuple) or not all(type(n) is int for n in shape):
        raise Unreadable("a shape depends on data")
    return shape


def _element(m: Machine, element: Any) -> Any:
    if element is None:
        return "real"
    if not isinstance(element, Element):
        raise Unreadable("an element type that is none")
    if element.kind == "real" and element.dtype != m.dtype:
        raise Unreadable(f"an array of {element.dtype} in a kernel of {m.dtype}")
    return element.kind


def _empty(m: Machine, shape: Any, element: Any) -> Values:
    return av.filled(_shape(shape), UNSET, _element(m, element))


def _zeros(m: Machine, shape: Any, element: Any) -> Values:
    return av.filled(_shape(shape), 0, _element(m, element))


def _full(m: Machine, shape: Any, value: Any, element: Any) -> Values:
    (one,) = as_values(value).data.ravel().tolist()
    return av.filled(_shape(shape), one, _element(m, element))


def _arange(_: Machine, *ends: Any) -> Values:
    if not all(type(n) is int for n in ends):
        raise Unreadable("a range depends on data")
    numbers = list(range(*ends))
    data = np.empty(len(numbers), dtype=object)
    data[:] = numbers
    return Values(data, "int")


def _ones(_: Machine, shape: Any, kind: Any) -> Values:
    if not isinstance(kind, Element) or kind.kind != "bool":
        raise Unreadable("ones that are no truth values")
    return av.filled(_shape(shape), True, "bool")


def _where(m: Machine, test: Any, yes: Any, no: Any) -> Values:
    c, a, b = as_values(test), as_values(yes), as_values(no)
    if c.kind != "bool":
        raise Unreadable("a choice by what is no condition")
    kind = av.joined(a, b)
    place = kind == "int"
    return map_values(lambda t, x, y: m.domain.choose(t, x, y, place=place), kind, c, a, b)


def _maximum(m: Machine, a: Any, b: Any, out: Any = None) -> Values:
    x, y = as_values(a), as_values(b)
    kind = av.joined(x, y)
    for v in (*x.data.ravel().tolist(), *y.data.ravel().tolist()):
        if v is UNSET:
            raise Fault("an entry is read before it is set")
    made = map_values(m.larger if kind == "real" else m.larger_integer, kind, x, y)
    if out is None:
        return made
    if not isinstance(out, Values) or not out.data.flags.writeable or out.kind != kind:
        raise Fault("a result is stored where it does not belong")
    out.data[...] = made.data
    return out


def _strided(m: Machine, array: Any, shape: Any, strides: Any) -> Values:
    values = as_values(array)
    size = SIZES[m.dtype if values.kind == "real" else "int32"]
    return av.strided(values, _shape(shape), _shape(strides), size)


def _take(m: Machine, values: Any, places: Any, axis: Any) -> Values:
    """Entries along the last axis at places that may be those of maxima."""
    x, at = as_values(values), as_values(places)
    if axis != -1 or x.data.ndim != at.data.ndim or x.data.shape[:-1] != at.data.shape[:-1]:
        raise Unreadable("entries are taken along another axis")
    made = np.empty(at.data.shape, dtype=object)
    for n in np.ndindex(*at.data.shape):
        made[n] = _picked(m, x.data[n[:-1]].tolist(), _number(at.data[n]))
    return Values(made, x.kind)


def _picked(m: Machine, row: list[Any], place: Any) -> Any:
    if type(place) is int:
        return row[place]
    terms = place.terms
    table = m.domain.table
    if len(terms) == 1:
        ((mono, c),) = terms.items()
        key: Any = table.key(mono[0]) if c == 1 and len(mono) == 1 and 0 < mono[0] < 1 << 40 else ("",)
        if key[0] == "arg":
            candidates = zip(table.arguments[mono[0]], (p for _, p in key[1]), strict=True)
            if {p for _, p in key[1]} <= set(range(len(row))) and all(_same(row[p], v) for v, p in candidates):
                return m.domain.maximum(list(table.arguments[mono[0]]))
    raise Unreadable("an entry is taken at a place that depends on data")


def _same(a: Any, b: Any) -> bool:
    return bool(a == b) if not isinstance(a, type(UNSET)) else False


def _add_at(_: Machine, target: Any, at: Any, values: Any) -> None:
    if not isinstance(target, Values) or not target.data.flags.writeable:
        raise Fault("what is only to be read is changed")
    where = at if isinstance(at, tuple) else (at,)
    av.add_at(target, tuple(av.indices(as_values(p)) for p in where), as_values(values))


def _broadcast(_: Machine, array: Any, shape: Any) -> Values:
    values = as_values(array)
    return Values(np.broadcast_to(values.data, _shape(shape)), values.kind)


def _contiguous(_: Machine, array: Any) -> Values:
    values = as_values(array)
    return Values(np.ascontiguousarray(values.data).reshape(values.data.shape), values.kind)


def _einsum(m: Machine, formula: Any, *arrays: Any, optimize: Any = False) -> Values:
    if type(formula) is not str or type(optimize) is not bool:
        raise Unreadable("einsum of what is no formula")
    return av.einsum(formula, [as_values(a) for a in arrays], m.domain.total)


def _math(name: str) -> Callable[..., Values]:
    return lambda m, x: m.function(name, as_values(x))


FUNCTION: dict[str, Callable[..., Any]] = {
    "np.empty": _empty,
    "np.zeros": _zeros,
    "np.full": _full,
    "np.arange": _arange,
    "np.ones": _ones,
    "np.where": _where,
    "np.maximum": _maximum,
    "np.lib.stride_tricks.as_strided": _strided,
    "np.take_along_axis": _take,
    "np.add.at": _add_at,
    "np.broadcast_to": _broadcast,
    "np.ascontiguousarray": _contiguous,
    "np.einsum": _einsum,
    "np.abs": _math("abs"),
    **{f"np.{name}": _math(name) for name in ("exp", "log", "sqrt", "tanh")},
}


def _reshape(_: Machine, x: Values, *shape: Any) -> Values:
    wanted = shape[0] if len(shape) == 1 and isinstance(shape[0], tuple) else shape
    return Values(x.data.reshape(_shape(tuple(wanted))), x.kind)


def _transpose(_: Machine, x: Values, *axes: Any) -> Values:
    return Values(x.data.transpose(*_shape(tuple(axes))), x.kind)


def _swapaxes(_: Machine, x: Values, a: Any, b: Any) -> Values:
    return Values(x.data.swapaxes(*_shape((a, b))), x.kind)


def _axes(x: Values, axis: Any) -> tuple[int, ...]:
    return tuple(range(x.data.ndim)) if axis is None else _shape(axis)


def _sum(m: Machine, x: Values, axis: Any = None, *, keepdims: Any = False) -> Values:
    if x.kind == "bool":
        raise Unreadable("truth values are added")
    return av.reduced(x, _axes(x, axis), bool(keepdims), m.domain.total, x.kind)


def _max(m: Machine, x: Values, axis: Any = None, *, keepdims: Any = False) -> Values:
    if x.kind != "real":
        raise Unreadable("the maximum of integers")
    return av.reduced(x, _axes(x, axis), bool(keepdims), m.domain.maximum, "real")


def _argmax(m: Machine, x: Values, axis: Any = None) -> Values:
    def first(row: list[Any]) -> Any:
        if x.kind == "bool":
            return next((n for n, v in enumerate(row) if _known(v)), 0)
        return m.domain.argbest(row, range(len(row)))

    return av.reduced(x, _axes(x, axis), False, first, "int")


def _any(m: Machine, x: Values, axis: Any = None) -> Values:
    def some(row: list[Any]) -> Any:
        held: Any = False
        for v in row:
            held = m.domain.either(held, v)
        return held

    return av.reduced(x, _axes(x, axis), False, some, "bool")


def _copy(_: Machine, x: Values) -> Values:
    return av.shared(x)


def _astype(m: Machine, x: Values, element: Any) -> Values:
    if not isinstance(element, Element):
        raise Unreadable("an element type that is none")
    return m.convert(element, x)


METHODS: dict[str, Callable[..., Any]] = {
    "reshape": _reshape,
    "transpose": _transpose,
    "swapaxes": _swapaxes,
    "sum": _sum,
    "max": _max,
    "argmax": _argmax,
    "any": _any,
    "copy": _copy,
    "astype": _astype,
}
