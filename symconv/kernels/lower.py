"""lower: equations with numbers for sizes become plain loop nests.

A sum whose terms all gather becomes one nest with an accumulator; any other sum is accumulated from zero. Conditions
stand at the outermost loop where their indices are known; those that read data stay innermost, behind the ranges that
protect them. Only the order of factors is shared with notation.evaluate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import lcm

import sympy as sp

from symconv.errors import LimitError
from symconv.kernels import loops as ir
from symconv.kernels.spec import KernelSpec
from symconv.notation.affine import affine, flat, quotient
from symconv.notation.functions import function_of, is_gate, unstep
from symconv.notation.guards import Divides, Equal, Guard, Range, is_data
from symconv.notation.index import Index, symbol
from symconv.notation.injective import injective
from symconv.notation.rewrite import canonical, rename_axes, substitute
from symconv.notation.summand import data_guard, ordered_factors, ordered_terms
from symconv.notation.tensor import Tensor, base
from symconv.notation.term import Equation, Term

INT_MAX = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Scope:
    """The tensors that a term reads and its indices: what an access needs to become an offset."""

    tensors: dict[str, Tensor]
    term: Term

    def form(self, expression: sp.Expr) -> ir.Affine:
        """An affine form, or an exact quotient of one."""
        numerator, denominator = quotient(sp.sympify(expression))
        coefficients, constant = affine(numerator, tuple(self.term.extents))
        parts = tuple((z.name, int(a)) for z, a in coefficients.items())
        order = {i.name: n for n, i in enumerate(self.term.indices)}
        return ir.Affine(tuple(sorted(parts, key=lambda p: order[p[0]])), int(constant), int(denominator))

    def load(self, entry: sp.Indexed) -> ir.Load:
        """The element at the row-major offset of an entry."""
        tensor = self.tensors[base(entry)]
        return ir.Load(tensor.name, self.offset(entry.indices if tensor.shape else (), tensor))

    def offset(self, at: Sequence[sp.Expr], tensor: Tensor) -> ir.Affine:
        """The row-major offset of subscripts, over one common divisor."""
        total: dict[str, int] = {}
        constant, strides, stride = 0, [], 1
        for n in reversed(tensor.sizes):
            strides.append(stride)
            stride *= n
        forms = [self.form(a) for a in at]
        divisor = lcm(*(f.divisor for f in forms)) if forms else 1
        for form, step in zip(forms, reversed(strides), strict=True):
            scale = step * (divisor // form.divisor)
            constant += form.constant * scale
            for name, a in form.parts:
                total[name] = total.get(name, 0) + a * scale
        order = {i.name: n for n, i in enumerate(self.term.indices)}
        parts = tuple(sorted(((z, a) for z, a in total.items() if a), key=lambda p: order[p[0]]))
        self._fits(parts, constant, tensor)
        return ir.Affine(parts, constant, divisor)

    def _fits(self, parts: Sequence[tuple[str, int]], constant: int, tensor: Tensor) -> None:
        extents = {i.name: int(i.extent) for i in self.term.indices}
        reach = abs(constant) + sum(abs(a) * extents[z] for z, a in parts)
        if reach > INT_MAX:
            raise LimitError(
                f"kernel for {tensor.name}", f"offsets reach {reach}, an int holds {INT_MAX}", "use smaller sizes"
            )

    def value(self, e: sp.Expr) -> ir.Value:
        """A summand as a value, its factors in written order."""
        if isinstance(e, sp.Indexed):
            return self.load(e)
        if e.is_Rational:
            return ir.Const(int(e.p), int(e.q))
        if e.is_Add:
            return ir.Add(tuple(map(self.value, ordered_terms(e))))
        if e.is_Mul:
            return self._product(ordered_factors(e, self.tensors))
        if e.is_Pow and e.exp.is_Integer:
            one = self.value(e.base)
            power: ir.Value = ir.Mul((one,) * abs(int(e.exp))) if abs(e.exp) != 1 else one
            return ir.Div(ir.Const(1), power) if e.exp < 0 else power
        if e.is_Function:
            return ir.Call(function_of(e).name, self.value(e.args[0]))
        raise TypeError(f"no rule to lower {e}")

    def _product(self, factors: tuple[sp.Expr, ...]) -> ir.Value:
        """The factors multiplied; a step (ReLU') selects instead, so that 0 times infinity is 0."""
        gates = [f for f in factors if is_gate(f)]
        rest = tuple(f for f in factors if f not in gates)
        result = self._quotient(rest)
        for gate in gates:
            result = ir.Gate(self.value(gate.args[0]), result, isinstance(gate, unstep))
        return result

    def _quotient(self, factors: tuple[sp.Expr, ...]) -> ir.Value:
        above = [self.value(f) for f in factors if not (f.is_Pow and f.exp.is_negative)]
        below = [self.value(f.base**-f.exp) for f in factors if f.is_Pow and f.exp.is_negative]
        top: ir.Value = ir.Const(1) if not above else above[0] if len(above) == 1 else ir.Mul(tuple(above))
        if not below:
            return top
        return ir.Div(top, below[0] if len(below) == 1 else ir.Mul(tuple(below)))

    def condition(self, guard: Guard) -> ir.Condition:
        """A guard as a condition of an If."""
        match guard:
            case Range(value, low, high):
                return ir.Within(self.form(value), int(low), int(high))
            case Divides(divisor, value):
                return ir.Multiple(self.form(value), int(divisor))
            case Equal(value) if is_data(guard):
                entry, form = data_guard(value)
                return ir.Same(self.load(entry), self.form(form))
            case Equal(value):
                return ir.Same(self.form(value), ir.Affine())
        raise TypeError(guard)

    def nest(
        self, indices: Sequence[Index], known: set[str], body: tuple[ir.Statement, ...]
    ) -> tuple[ir.Statement, ...]:
        """Loops over the indices around the body; each guard at the outermost place where its indices are known."""
        todo = list(self.term.guards)
        names = {i.symbol: i.name for i in self.term.indices}
        places: list[list[Guard]] = []
        so_far = set(known)
        for level in range(len(indices) + 1):
            if level:
                so_far.add(indices[level - 1].name)
            last = level == len(indices)
            ready = [
                g for g in todo
                if last or (not is_data(g) and {names[z] for z in g.value.free_symbols if z in names} <= so_far)
            ]
            todo = [g for g in todo if g not in ready]
            places.append(ready)
        for level in range(len(indices), -1, -1):
            if places[level]:
                body = (ir.If(tuple(map(self.condition, places[level])), body),)
            if level:
                body = (ir.For(indices[level - 1].name, int(indices[level - 1].extent), body),)
        return body


def lower(spec: KernelSpec, name: str) -> ir.Kernel:
    """The whole spec as one function: equation after equation, intermediates in scratch buffers."""
    body: tuple[ir.Statement, ...] = ()
    done: set[str] = set()
    for q in spec.equations:
        if q.target.name in done:
            continue
        partner = partner_of(q, spec.equations)
        done |= {q.target.name} | ({partner.target.name} if partner else set())
        body += _sum(q) if q.reduction == "sum" else _extremum(q, partner)
    return ir.Kernel(name, *buffers(spec), body)


def buffers(spec: KernelSpec) -> tuple[tuple[ir.Buffer, ...], tuple[ir.Buffer, ...], tuple[ir.Buffer, ...]]:
    """Arguments, results and scratch space of a spec."""

    def buffer(t: Tensor) -> ir.Buffer:
        return ir.Buffer(t.name, t.length, t.kind, t.sizes)

    return tuple(map(buffer, spec.inputs)), tuple(map(buffer, spec.outputs)), tuple(map(buffer, spec.intermediates))


def partner_of(q: Equation, others: Sequence[Equation]) -> Equation | None:
    """The argmax of a max (or the other way round) over the very same term: one pass serves both."""
    wanted = {"max": "argmax", "argmax": "max"}.get(q.reduction)
    return next((p for p in others if p.reduction == wanted and p.terms == q.terms), None)


def _covers(term: Term, target: Tensor) -> bool:
    """Whether the free indices name every target entry exactly once."""
    points = 1
    for i in term.free:
        points *= int(i.extent)
    return points == target.length and injective(term)


def _named_alike(term: Term, target: Tensor) -> Term:
    """The term with the target's own index names; an axis of extent 1 without an index gets one."""
    missing = [axis for axis, a in enumerate(term.at) if not a.is_Symbol]
    at = list(term.at)
    indices = list(term.indices)
    for axis in missing:
        indices.insert(axis, Index(f"axis{axis}", sp.Integer(1)))
        at[axis] = symbol(f"axis{axis}")
    return canonical(rename_axes(replace(term, at=tuple(at), indices=tuple(indices)), target.axes))


def _constants_out(term: Term) -> Term:
    """Indices of extent 1 are the number 0: no loop is needed for them."""
    unit = {i.symbol: sp.Integer(0) for i in term.indices if i.extent == 1}
    kept = tuple(i for i in term.indices if i.extent != 1)
    return canonical(replace(substitute(term, unit), indices=kept))


def _sum(q: Equation) -> tuple[ir.Statement, ...]:
    tensors = {t.name: t for t in q.operands}
    terms = [_constants_out(_named_alike(t, q.target) if t.gathers else t) for t in q.terms]
    if terms and _covers(terms[0], q.target) and all((t.at, t.free) == (terms[0].at, terms[0].free) for t in terms):
        return _gathered(q.target, terms, tensors)
    body: tuple[ir.Statement, ...] = (
        ir.For("n", q.target.length, (ir.Set(ir.Load(q.target.name, ir.Affine((("n", 1),))), "=", ir.Const(0)),)),
    )
    for term in terms:
        scope = Scope(tensors, term)
        store = ir.Load(q.target.name, scope.offset(term.at, q.target))
        body += scope.nest(term.indices, set(), (ir.Set(store, "+=", scope.value(term.summand)),))
    return body


def _gathered(target: Tensor, terms: list[Term], tensors: dict[str, Tensor]) -> tuple[ir.Statement, ...]:
    """``for free: acc = 0; for bound: if guards: acc += summand; target = acc``."""
    first = terms[0]
    scope = Scope(tensors, first)
    store = ir.Load(target.name, scope.offset(first.at, target))
    known = {i.name for i in first.free}
    if len(terms) == 1 and not first.bound and not first.guards:
        return scope.nest(first.free, set(), (ir.Set(store, "=", scope.value(first.summand)),))
    inner: tuple[ir.Statement, ...] = (ir.Let("acc", ir.REAL, ir.Const(0)),)
    for term in terms:
        own = Scope(tensors, term)
        add = ir.Set(ir.Local("acc"), "+=", own.value(term.summand))
        inner += own.nest(term.bound, known, (add,))
    inner += (ir.Set(store, "=", ir.Local("acc")),)
    return _over(first.free, inner)


def _over(free: Sequence[Index], body: tuple[ir.Statement, ...]) -> tuple[ir.Statement, ...]:
    """Loops over the free indices; without any, a scope of its own for the variables of the body."""
    if not free:
        return (ir.Block(body),)
    for i in reversed(free):
        body = (ir.For(i.name, int(i.extent), body),)
    return body


def _extremum(q: Equation, partner: Equation | None) -> tuple[ir.Statement, ...]:
    """``best = -inf, place = -1; for bound: if guards: keep the first maximum; store what is asked for``."""
    (general,) = q.terms
    bound = general.bound
    term = _constants_out(_named_alike(general, q.target))
    scope = Scope({t.name: t for t in q.operands}, term)
    unit = {i.symbol: sp.Integer(0) for i in bound if i.extent == 1}
    place = scope.form(flat(bound).xreplace(unit))
    free = term.free
    inner: tuple[ir.Statement, ...] = (
        ir.Let("best", ir.REAL, ir.Lowest()),
        ir.Let("place", ir.INDEX, ir.Const(-1)),
    )
    loops = [i for i in term.indices if i not in free]
    inner += scope.nest(loops, {i.name for i in free}, (ir.Best("best", "place", scope.value(term.summand), place),))
    for wanted in (q, partner):
        if wanted is not None:
            store = ir.Load(wanted.target.name, scope.offset(term.at, wanted.target))
            if wanted.reduction == "max":
                inner += (ir.Set(store, "=", ir.Local("best")),)
            else:
                inner += (ir.Set(store, "=", ir.Local("place"), ir.INDEX),)
    return _over(free, inner)
