"""Numbers for every tensor of a program, by its equations on the tape, and every derivative of one by another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache, cached_property
from random import Random
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from symconv.claims.meaning.functions import KNOWN, apply
from symconv.claims.meaning.models import TAPE
from symconv.claims.meaning.section import Unresolved
from symconv.claims.meaning.tape import Value, Var
from symconv.notation.affine import interval
from symconv.notation.domain import positive_operands
from symconv.notation.evaluate import evaluate
from symconv.notation.functions import FUNCTIONS
from symconv.notation.guards import is_data
from symconv.notation.rings import Ring
from symconv.notation.summand import data_guard
from symconv.notation.tensor import Tensor, base
from symconv.notation.term import Equation

Array = NDArray[np.float64]
MAX_JACOBIAN = 400_000
"""The most entries that one tensor of derivatives may have."""


@cache
def _slope(name: str) -> Any:
    x = sp.Symbol("x", real=True)
    return sp.lambdify(x, FUNCTIONS[name].derivative(x), [{n: f.python for n, f in FUNCTIONS.items()}, "math"])


def _function(name: str, x: Value) -> Value:
    if name in KNOWN and name not in ("log", "ln", "sqrt"):
        return apply(KNOWN[name], x)
    slope = _slope(name)
    return apply((FUNCTIONS[name].python, lambda v: float(slope(float(v)))), x)  # type: ignore[arg-type]


RING: Ring = replace(TAPE, function=_function)


class Numbers:
    """One choice of numbers for what some equations only read; everything else follows from them.

    ``error`` is the scalar that is differentiated; where no equation makes it, it is an arbitrary smooth function of
    ``last``. Nothing flows through ``constants``.
    """

    def __init__(
        self, equations: Sequence[Equation], constants: Sequence[str], error: str, last: str, seed: int
    ) -> None:
        self.constants, self.error, self.last, self.seed = frozenset(constants), error, last, seed
        self.equations = {q.target.name: q for q in equations}
        self.tensors: dict[str, Tensor] = {x.name: x for q in equations for x in (*q.operands, q.target)}
        self._flat: dict[str, list[Any]] = {}
        self._arrays: dict[str, Array] = {}
        self._jacobians: dict[tuple[str, str, bool], Array] = {}
        self._positive = positive_operands(self.equations.values())

    # ------------------------------------------------------------------ values

    def flat(self, name: str) -> list[Any]:
        """Every entry of a tensor, row-major, on the tape."""
        if name not in self._flat:
            self._flat[name] = self._made(name)
        return self._flat[name]

    def _made(self, name: str) -> list[Any]:
        equation = self.equations.get(name)
        if equation is None:
            return self._free(self.tensors[name])
        found = list(evaluate(equation, {x.name: self.flat(x.name) for x in equation.operands}, RING))
        if equation.target.kind == "index":
            return [int(x.value) if isinstance(x, Var) else int(x) for x in found]
        if name in self.constants:
            return [Var(x.value if isinstance(x, Var) else x) for x in found]
        # An entry that is a copy of another (a maximum, a reshape) is a number of its own.
        return [x + 0 if isinstance(x, Var) else Var(x) for x in found]

    def _free(self, tensor: Tensor) -> list[Any]:
        rng = Random(f"{self.seed}:{tensor.name}")
        if tensor.kind == "index":
            low, high = self._selected(tensor.name)
            return [rng.randint(low, high) for _ in range(tensor.length)]
        if tensor.name in self._positive:
            return [Var(rng.uniform(0.3, 1.6)) for _ in range(tensor.length)]
        return [Var(rng.uniform(0.2, 1.3) * rng.choice((-1, 1))) for _ in range(tensor.length)]

    def _selected(self, name: str) -> tuple[int, int]:
        """The least and greatest number that an index tensor is compared with."""
        spans = [
            interval(data_guard(g.value)[1], term.extents)
            for q in self.equations.values()
            for term in q.terms
            for g in term.guards
            if is_data(g) and base(data_guard(g.value)[0]) == name
        ]
        bounds = [s for s in spans if s is not None]
        return (max(int(a) for a, _ in bounds), min(int(b) for _, b in bounds)) if bounds else (0, 0)

    def array(self, name: str) -> Array:
        """The numbers of a tensor."""
        if name == self.error and name not in self.equations:
            return np.array(self.loss.value, dtype=np.float64)
        if name not in self._arrays:
            data = [x.value if isinstance(x, Var) else x for x in self.flat(name)]
            self._arrays[name] = np.array(data, dtype=np.float64).reshape(self.tensors[name].sizes)
        return self._arrays[name]

    # ------------------------------------------------------------------ derivatives

    @cached_property
    def loss(self) -> Var:
        """The error."""
        if self.error in self.equations:
            (found,) = self.flat(self.error)
            assert isinstance(found, Var)
            return found
        total = Var(0.0)
        for n, x in enumerate(self.flat(self.last)):
            rng = Random(f"{self.seed}:loss:{n}")
            total = total + x * rng.uniform(0.5, 2) + x * x * rng.uniform(0.1, 0.5)
        return total

    @cached_property
    def _read(self) -> frozenset[int]:
        """All that the error was made of, of whatever slope."""
        seen: dict[int, None] = {}
        stack = [self.loss]
        while stack:
            top = stack.pop()
            if top.order not in seen:
                seen[top.order] = None
                stack.extend(p for p, _ in top.parents)
        return frozenset(seen)

    def gradient(self, name: str) -> Array:
        """The derivative of the error by a tensor."""
        key = ("", name, False)
        if key not in self._jacobians:
            entries = self.flat(name)
            adjoints = self.loss.adjoints()
            if not any(isinstance(x, Var) and x.order in self._read for x in entries):
                raise Unresolved(f"the error does not depend on {name}")
            data = [adjoints.get(x.order, 0) if isinstance(x, Var) else 0 for x in entries]
            self._jacobians[key] = np.array(data, dtype=np.float64).reshape(self.tensors[name].sizes)
        return self._jacobians[key]

    def jacobian(self, of: str, by: str, *, direct: bool) -> Array:
        """The derivative of one tensor by another, with the axes of the first before those of the second.

        ``direct`` is by the equation of the first alone, what lies between them held. Raises Unresolved where the one
        does not depend on the other, TooMuch never: too many entries are Unresolved too.
        """
        key = (of, by, direct)
        if key not in self._jacobians:
            self._jacobians[key] = self._jacobian(of, by, direct)
        return self._jacobians[key]

    def _jacobian(self, of: str, by: str, direct: bool) -> Array:
        if of not in self.equations or by not in self.tensors:
            raise Unresolved(f"{of} does not depend on {by} in the model")
        one, other = self.tensors[of], self.tensors[by]
        if one.length * other.length > MAX_JACOBIAN:
            raise Unresolved("a derivative has too many entries")
        above, below = self.flat(of), self.flat(by)
        if direct:
            equation = self.equations[of]
            if all(x.name != by for x in equation.operands):
                raise Unresolved(f"the equation of {of} does not read {by}")
            operands = {
                x.name: [Var(v.value) if isinstance(v, Var) else v for v in self.flat(x.name)]
                for x in equation.operands
            }
            above, below = list(evaluate(equation, operands, RING)), operands[by]
        orders = {x.order: n for n, x in enumerate(below) if isinstance(x, Var)}
        found = np.zeros((len(above), len(below)))
        seen = False
        for row, x in enumerate(above):
            if isinstance(x, Var):
                for order, slope in _down_to(x, orders).items():
                    found[row, orders[order]] = slope
                    seen = True
        if not seen:
            raise Unresolved(f"{of} does not depend on {by} in the model")
        return found.reshape((*one.sizes, *other.sizes))

    def through(self, name: str, way: str) -> Array:
        """The part of the error's gradient by a tensor that comes back through the equation of another."""
        own = self.tensors[name]
        if way == self.error and way in self.equations:
            return self.jacobian(way, name, direct=True).reshape(own.sizes)
        slopes = self.jacobian(way, name, direct=True).reshape(-1, own.length)
        return (self.gradient(way).reshape(-1) @ slopes).reshape(own.sizes)


def _down_to(x: Var, orders: Mapping[int, int]) -> dict[int, float]:
    """The derivatives of a number by some that were made before it."""
    adjoints = x.adjoints()
    if len(orders) < len(adjoints):
        return {o: float(adjoints[o]) for o in orders if o in adjoints}
    return {o: float(v) for o, v in adjoints.items() if o in orders}
