"""unroll: the expanded form of small equations as straight-line code."""

from __future__ import annotations

from typing import Any

from symconv.errors import LimitError
from symconv.kernels import loops as ir
from symconv.kernels.lower import buffers, partner_of
from symconv.kernels.spec import KernelSpec
from symconv.notation.expand import count_terms, expand
from symconv.notation.functions import GATES
from symconv.notation.written import Apply, Bracket, Choice, Entry, Inverse, Number, Product, Sum

UNROLL_TERMS = 4096
"""The most terms of a kernel in the unrolled style: compilers take minutes above some ten thousand."""


def unroll(spec: KernelSpec, name: str, *, limit: int = UNROLL_TERMS) -> ir.Kernel:
    """One assignment for each entry, printed from the same expanded form as the documents.

    Raises LimitError above the limit.
    """
    count = sum(map(count_terms, spec.equations))
    if count > limit:
        raise LimitError(
            f"kernel {name}", f"{count} terms exceed the limit {limit} of the unrolled style", "use the loops style"
        )
    body: list[ir.Statement] = []
    variables, done = 0, set[str]()
    for q in spec.equations:
        if q.target.name in done:
            continue
        partner = partner_of(q, spec.equations)
        done |= {q.target.name} | ({partner.target.name} if partner else set())
        for place, element in enumerate(expand(q)):
            if type(element) is Choice:
                number = variables
                variables += 1
                wanted = [p for p in (q, partner) if p is not None]
                stores = {str(p.reduction): _store(p.target.name, place) for p in wanted}
                body += _choice(element, stores, number)
            else:
                body.append(ir.Set(_store(q.target.name, place), "=", value(element)))
    return ir.Kernel(name, *buffers(spec), tuple(body))


def value(element: Any) -> ir.Value:
    """A written element as a value."""
    match element:
        case Number(p, q):
            return ir.Const(p, q)
        case Product(factors):
            return _product(factors)
        case Sum(terms):
            return ir.Add(tuple(map(value, terms))) if terms else ir.Const(0)
        case Inverse(of):
            return ir.Div(ir.Const(1), value(of))
        case Apply(function, of):
            return ir.Call(function, value(of))
        case Bracket(entry, equals):
            return ir.Pick(_load(entry), equals, ir.Const(1))
        case Entry():
            return _load(element)
    raise TypeError(type(element))


def _load(entry: Entry) -> ir.Load:
    return ir.Load(entry.tensor.name, ir.Affine(constant=entry.place))


def _product(factors: tuple[Any, ...]) -> ir.Value:
    brackets = [f for f in factors if type(f) is Bracket]
    gates = [f for f in factors if type(f) is Apply and f.function in GATES]
    above = [value(f) for f in factors if type(f) not in (Bracket, Inverse) and f not in gates]
    below = [value(f.of) for f in factors if type(f) is Inverse]
    result: ir.Value = ir.Const(1) if not above else above[0] if len(above) == 1 else ir.Mul(tuple(above))
    if below:
        result = ir.Div(result, below[0] if len(below) == 1 else ir.Mul(tuple(below)))
    for gate in gates:
        result = ir.Gate(value(gate.of), result, gate.function == "unstep")
    for b in reversed(brackets):
        result = ir.Pick(_load(b.entry), b.value, result)
    return result


def _store(buffer: str, place: int) -> ir.Load:
    return ir.Load(buffer, ir.Affine(constant=place))


def _choice(choice: Choice, stores: dict[str, ir.Load], number: int) -> list[ir.Statement]:
    """A running first maximum over the candidates; its value and its place go where they are wanted."""
    best, place = f"best{number}", f"place{number}"
    found: list[ir.Statement] = [
        ir.Let(best, ir.REAL, ir.Lowest()),
        ir.Let(place, ir.INDEX, ir.Const(-1)),
    ]
    for candidate, at in zip(choice.candidates, choice.places, strict=True):
        found.append(ir.Best(best, place, value(candidate), ir.Affine(constant=at)))
    if "max" in stores:
        found.append(ir.Set(stores["max"], "=", ir.Local(best)))
    if "argmax" in stores:
        found.append(ir.Set(stores["argmax"], "=", ir.Local(place), ir.INDEX))
    return found
