"""Equations as text, computed over whole grids of indices."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from symconv.reference._common import Array, as_floating
from symconv.reference._equation_text import Condition, Form, Node, Statement, statements
from symconv.reference.activation import relu, sigmoid

FUNCTIONS: dict[str, Callable[[Array], Array]] = {
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "tanh": np.tanh,
    "sigmoid": sigmoid,
    "relu": relu,
    "step": lambda x: np.where(x <= 0, 0.0, 1.0).astype(x.dtype),
    "unstep": lambda x: np.where(x <= 0, 1.0, 0.0).astype(x.dtype),
    "normal_cdf": lambda x: np.vectorize(lambda v: math.erfc(-v / math.sqrt(2)) / 2, otypes=[x.dtype])(x),
    "normal_pdf": lambda x: np.exp(-x * x / 2) / math.sqrt(2 * math.pi),
}


def equation(
    *arrays: npt.ArrayLike,
    text: str,
    operands: Sequence[str],
    shapes: Mapping[str, Sequence[int]] | None = None,
    undecided: int | None = None,
) -> Array | tuple[Array, npt.NDArray[np.int32]]:
    """The last target of equations such as ``C[k] = sum(i) A[k+i] * F[i] where k < 4``, tensors given by name.

    An index that only adds places runs as far as every subscript stays inside its tensor. A term whose conditions fail
    is absent. A maximum is the first one in row-major order, NaN beats numbers and the last NaN wins; its place among
    all values of the bound indices is returned too (-1, and -inf, where none is there).

    Shapes: those of the arrays, of which leading axes of extent 1 may be left unwritten; ``shapes`` may state that of
    the result. ``undecided`` is how far an index runs that no tensor has. Raises ValueError for text that it does not
    know, KeyError for a tensor that is not given.

    >>> equation([1.0, 2.0, 4.0], [1.0, -1.0], text="C[k] = sum(i) A[k+i] * F[i]", operands=("A", "F")).tolist()
    [-1.0, -2.0]
    """
    known = dict(zip(operands, as_floating(*arrays), strict=True))
    result: Any = None
    for statement in statements(text):
        stated = (shapes or {}).get(statement[0])
        result = _Grid(statement, known, undecided, stated).value()
        if stated is not None:
            parts = result if isinstance(result, tuple) else (result,)
            parts = tuple(part.reshape(tuple(stated)) for part in parts)
            result = parts if isinstance(result, tuple) else parts[0]
        known[statement[0]] = result[0] if isinstance(result, tuple) else result
    return result


class _Grid:
    """One equation over the grid of all its indices, an axis each."""

    def __init__(
        self, statement: Statement, known: Mapping[str, Array], undecided: int | None, stated: Sequence[int] | None
    ) -> None:
        self.target, self.free, self.right, conditions = statement
        self.known = known
        names = [*(f for f in self.free if f), *(i for node in _walk(self.right) for i in _bound(node))]
        self.axis = {name: n for n, name in enumerate(dict.fromkeys(names))}
        self.extents = {name: n for name, n in map(_range_of, conditions) if n}
        if stated is not None and self.free:
            sizes = zip(self.free, stated[-len(self.free):], strict=True)
            self.extents = {name: n for name, n in sizes if name} | self.extents
        # A range of a plain index from 0 is its extent, and 0 <= k says nothing.
        self.conditions = tuple(c for c in conditions if not _range_of(c)[0])
        while len(self.extents) < len(self.axis):
            if not self._plain(limited=False) and not self._reaching() and not self._plain(limited=True):
                missing = next(name for name in self.axis if name not in self.extents)
                if undecided is None:
                    raise ValueError(f"nothing says how far {missing} runs")
                self.extents[missing] = undecided

    # ------------------------------------------------------------ extents

    def _accesses(self) -> Iterator[tuple[int, Form, list[Condition]]]:
        """The extent of an axis, the form that stands there, and the conditions on its term."""
        terms = [part for _, part in self.right[1]] if self.right[0] == "add" else [self.right]
        for term in terms:
            nodes = list(_walk(term))
            conditions = [*self.conditions, *(c for n in nodes if n[0] == "under" for c in n[2])]
            for node in nodes:
                if node[0] == "entry" and node[2]:
                    shape = self._array(node[1], len(node[2])).shape
                    yield from ((n, form, conditions) for n, form in zip(shape, node[2], strict=True))

    def _array(self, name: str, rank: int) -> Array:
        array = self.known[name]
        return array.reshape(array.shape[array.ndim - rank :]) if array.ndim > rank else array

    def _plain(self, *, limited: bool) -> bool:
        """Indices that stand alone run over the axis; first those that no condition limits."""
        found: dict[str, int] = {}
        for extent, form, conditions in self._accesses():
            name = _plain_index(form)
            if name and name not in self.extents and any(_limits(c, form) for c in conditions) == limited:
                found[name] = min(extent, found.get(name, extent))
        self.extents |= found
        return bool(found)

    def _reaching(self) -> bool:
        """Indices that are the only unknown one of a subscript without a range: as far as it stays inside."""
        most: dict[str, int] = {}
        for extent, form, conditions in self._accesses():
            unknown = [i for i in form if i and i not in self.extents]
            if len(unknown) != 1 or any(_limits(c, form) for c in conditions):
                continue
            (name,) = unknown
            others = [(a, self.extents[i]) for i, a in form.items() if i and i != name]
            low = form.get("", 0) + sum(min(0, a * (n - 1)) for a, n in others)
            high = form.get("", 0) + sum(max(0, a * (n - 1)) for a, n in others)
            a = form[name]
            count = (extent - 1 - high) // a + 1 if a > 0 else low // -a + 1
            most[name] = min(count, most.get(name, count))
        self.extents |= most
        return bool(most)

    # ------------------------------------------------------------ values

    def value(self) -> Any:
        """The result, an axis a subscript; of a maximum its places too."""
        bound: tuple[str, ...] = ()
        node = self.right
        if node[0] == "max":
            _, bound, node = node
        with np.errstate(all="ignore"):  # where a condition fails anything may come out
            values, there = self._eval(node, {*self.free, *bound}, self.conditions)
        order = [*(f for f in self.free if f), *bound]
        shape = tuple(self.extents[f] if f else 1 for f in self.free)
        every = (shape if not bound else (*shape, *(self.extents[b] for b in bound)))
        values, there = (self._laid_out(a, order).reshape(every) for a in (values, there))
        if not bound:
            return np.where(there, values, 0)
        flat, kept = values.reshape(*shape, -1), there.reshape(*shape, -1)
        best, place = np.full(shape, -np.inf, dtype=flat.dtype), np.full(shape, -1, dtype=np.int32)
        for n in range(flat.shape[-1]):
            x, here = flat[..., n], kept[..., n]
            better = here & ((x > best) | (x != x) | (place < 0))
            best, place = np.where(better, x, best), np.where(better, np.int32(n), place)
        return best, place

    def _laid_out(self, array: Any, order: Sequence[str]) -> Any:
        """The array with the axes named, in that order; the others have extent 1 by now."""
        full = np.broadcast_to(array, [self.extents[i] if i in order else 1 for i in self.axis])
        others = [n for i, n in self.axis.items() if i not in order]
        return full.transpose([self.axis[i] for i in order] + others)

    def _eval(self, node: Node, scope: set[str], waiting: tuple[Condition, ...]) -> tuple[Any, Any]:
        """Values, and where they are there; conditions apply as soon as all of their indices are in scope."""
        there = np.ones([1] * len(self.axis), dtype=bool)
        ready = [c for c in waiting if (c[1].keys() | c[2].keys()) - {""} <= scope]
        for condition in ready:
            there = there & self._holds(condition)
        waiting = tuple(c for c in waiting if c not in ready)

        def inner(part: Node) -> Any:
            values, kept = self._eval(part, scope, waiting)
            return np.where(kept, values, 0)

        match node:
            case ("number", value):
                return np.full([1] * len(self.axis), value), there
            case ("entry", name, forms):
                return self._entry(name, forms), there
            case ("add", parts):
                return sum(sign * inner(part) for sign, part in parts), there
            case ("mul", factors):
                product: Any = 1.0
                for power, factor in factors:
                    product = product * inner(factor) if power > 0 else product / inner(factor)
                return product, there
            case ("pow", base, exponent):
                return inner(base) ** float(exponent), there
            case ("call", name, argument):
                return FUNCTIONS[name](np.asarray(inner(argument))), there
            case ("under", body, conditions):
                values, kept = self._eval(body, scope, (*waiting, *conditions))
                return values, there & kept
            case ("sum", names, body):
                values, kept = self._eval(body, scope | set(names), waiting)
                full = [max(n, self.extents[i] if i in names else 1) for n, i in zip(
                    np.broadcast_shapes(values.shape, kept.shape), self.axis, strict=True
                )]
                axes = tuple(self.axis[i] for i in names)
                return np.broadcast_to(np.where(kept, values, 0), full).sum(axis=axes, keepdims=True), there
        raise ValueError(f"{node[0]} cannot be computed")

    def _form(self, form: Form) -> Any:
        """The values of a form over the grid."""
        total: Any = np.full([1] * len(self.axis), form.get("", 0))
        for name, a in form.items():
            if name:
                shape = [1] * len(self.axis)
                shape[self.axis[name]] = self.extents[name]
                total = total + a * np.arange(self.extents[name]).reshape(shape)
        return total

    def _holds(self, condition: Condition) -> Any:
        sign, left, right = condition
        a, b = self._form(left), self._form(right)
        if sign == "|":
            return b % a == 0
        return a < b if sign == "<" else a <= b if sign == "<=" else a == b

    def _entry(self, name: str, forms: Sequence[Form]) -> Any:
        """Entries of a tensor over the grid; what lies outside is NaN, so that a missing condition shows."""
        array = self._array(name, len(forms))
        if not forms:
            return array.reshape([1] * len(self.axis))
        at = [self._form(form) for form in forms]
        outside: Any = False
        for place, extent in zip(at, array.shape, strict=True):
            outside = outside | (place < 0) | (place >= extent)
        clipped = tuple(np.clip(place, 0, extent - 1) for place, extent in zip(at, array.shape, strict=True))
        return np.where(outside, np.nan, array[clipped])


def _walk(node: Any) -> Iterator[Node]:
    """Every node of a tree."""
    if isinstance(node, tuple):
        if node and isinstance(node[0], str) and len(node) > 1:
            yield node
        for part in node:
            yield from _walk(part)


def _bound(node: Node) -> tuple[str, ...]:
    return node[1] if node[0] in ("sum", "max") else ()


def _plain_index(form: Form) -> str:
    """The index that the form is, ``""`` if it is more."""
    (name, a), *more = [(i, a) for i, a in form.items() if a] or [("", 0)]
    return name if a == 1 and not more else ""


def _range_of(condition: Condition) -> tuple[str, int]:
    """``("k", 4)`` for k < 4, ``("k", 0)`` for 0 <= k, ``("", 0)`` for any other condition."""
    sign, left, right = condition
    if sign in ("<", "<="):
        if _plain_index(left) and set(right) <= {""}:
            return _plain_index(left), right.get("", 0) + (sign == "<=")
        if _plain_index(right) and set(left) <= {""} and left.get("", 0) + (sign == "<") == 0:
            return _plain_index(right), 0
    return "", 0


def _limits(condition: Condition, form: Form) -> bool:
    """Whether a range limits the form, up to a constant and the sign."""
    sign, left, right = condition
    names = [i for i in {**left, **right, **form} if i]
    ends = [right.get(i, 0) - left.get(i, 0) for i in names]
    own = [form.get(i, 0) for i in names]
    return sign in ("<", "<=") and ends in (own, [-a for a in own])
