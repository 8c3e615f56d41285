"""Every access of an equation stays inside its tensor, for all sizes: from ranges and guards alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy as sp

from symconv.notation.affine import quotient
from symconv.notation.guards import Divides, Equal, Range, is_data
from symconv.notation.tensor import base
from symconv.notation.term import Equation, Term
from symconv.proofs.sizes.solver import Statement


class _Integers:
    """SymPy forms as integers of z3; a quotient that a guard protects is an unknown of its own."""

    def __init__(self) -> None:
        self.known: dict[sp.Expr, Any] = {}
        self.facts: list[Any] = []

    def form(self, e: sp.Expr) -> Any:
        import z3

        e = sp.expand(sp.sympify(e))
        numerator, denominator = quotient(e)
        if denominator != 1:
            if e not in self.known:
                self.known[e] = z3.Int(f"q{len(self.known)}")
                self.facts.append(self.form(denominator) * self.known[e] == self.form(numerator))
            return self.known[e]
        if e.is_Integer:
            return z3.IntVal(int(e))
        if e.is_Symbol:
            if e not in self.known:
                self.known[e] = z3.Int(str(e))
                if e.is_positive:
                    self.facts.append(self.known[e] >= 1)
                elif e.is_nonnegative:
                    self.facts.append(self.known[e] >= 0)
            return self.known[e]
        if e.is_Add:
            return z3.Sum([self.form(a) for a in e.args])
        if e.is_Mul:
            return z3.Product([self.form(a) for a in e.args])
        if e.is_Pow and e.exp.is_Integer and 0 < e.exp < 4:
            return z3.Product([self.form(e.base)] * int(e.exp))
        raise TypeError(f"no integer form: {e}")


def statements(q: Equation, facts: Mapping[sp.Expr, sp.Expr] | None = None) -> list[Statement]:
    """One statement for each subscript; ``facts`` are lower bounds known of sizes."""
    tensors = {t.name: t for t in (*q.operands, q.target)}
    found: list[Statement] = []
    for term in q.terms:
        accesses = [(q.target, term.at)]
        accesses += [(tensors[base(e)], e.indices) for e in term.entries() if tensors[base(e)].shape]
        for tensor, at in accesses:
            for axis, (form, extent) in enumerate(zip(at, tensor.shape, strict=True)):
                found.append(_inside(term, f"{tensor.name} axis {axis}: {form}", form, extent, facts or {}))
    return found


def _inside(term: Term, name: str, form: sp.Expr, extent: sp.Expr, known: Mapping[sp.Expr, sp.Expr]) -> Statement:
    import z3

    integers = _Integers()
    assumptions: list[Any] = []
    for i in term.indices:
        z, n = integers.form(i.symbol), integers.form(i.extent)
        assumptions += [z >= 0, z < n, n >= 1]
    for guard in term.guards:
        if is_data(guard):
            continue
        match guard:
            case Range(value, low, high):
                v = integers.form(value)
                assumptions += [v >= integers.form(low), v < integers.form(high)]
            case Divides(divisor, value):
                q = integers.form(sp.sympify(value) / divisor)
                assumptions.append(integers.form(divisor) * q == integers.form(value))
            case Equal(value):
                assumptions.append(integers.form(value) == 0)
    for size, least in known.items():
        assumptions.append(integers.form(size) >= integers.form(least))
    where, wide = integers.form(form), integers.form(extent)
    # A product of two sizes with an index: the one step of algebra that z3 does not find by itself.
    for i in term.indices:
        for other in sorted(sp.sympify(form).free_symbols - {i.symbol}, key=str):
            if other.is_positive:
                s = integers.form(other)
                assumptions.append(s * integers.form(i.symbol) <= s * (integers.form(i.extent) - 1))
                assumptions.append(s * integers.form(i.symbol) >= 0)
    return Statement(name, tuple(assumptions + integers.facts), z3.And(where >= 0, where < wide))
