"""Run a program over a domain: exact values, residues, or floating-point numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import CodeType
from typing import Any

from symconv.proofs.algebra.polynomial import Polynomial
from symconv.proofs.fault import UNSET, Fault, TooLarge, Unreadable
from symconv.proofs.source import memory, nodes
from symconv.proofs.source.printer import INT_MAX, INT_MIN, Printer


def prepare(program: nodes.Program, inputs: Mapping[str, Sequence[Any]], lengths: Mapping[str, int]) -> CodeType:
    """The code of a program for inputs of those lengths; raises Unreadable."""
    printer = Printer(program, {n: len(v) for n, v in inputs.items()} | dict(lengths))
    return compile(printer.print(), "<kernel>", "exec")  # printed from checked nodes


def run(
    program: nodes.Program,
    domain: Any,
    inputs: Mapping[str, Sequence[Any]],
    lengths: Mapping[str, int],
    known: Mapping[str, tuple[Sequence[Any], Sequence[Any]]] | None = None,
    code: CodeType | None = None,
) -> dict[str, list[Any]]:
    """The results by name; ``lengths`` gives those of the result arrays that the caller provides.

    Raises Fault for what no kernel may do, Unreadable for what cannot be run, TooLarge beyond exact reach.
    """
    names: dict[str, Any] = {
        "D": domain, "UNSET": UNSET, "Memory": memory.Memory, "begin": memory.begin, "end": memory.end,
        "merge": memory.merge, "in_": _inside, "i_": _fits, "quot": _quotient, "rem": _remainder, "sh": _share,
        "Fraction": domain.fraction, "known": known or {}, "div0": _floor, "mod0": _modulo, "total": domain.total,
    }
    exec(code or prepare(program, inputs, lengths), names)
    arrays: dict[str, memory.Memory] = {}
    for p in program.kernel.parameters:
        if p.written:
            arrays[p.name] = memory.Memory(
                p.name, lengths[p.name], result=True, integer=p.kind == "int", known=(known or {}).get(p.name)
            )
    try:
        made = names["kernel"](*(arrays.get(p.name) or list(inputs[p.name]) for p in program.kernel.parameters))
    except RecursionError:
        raise TooLarge("the kernel is nested too deep") from None
    except NameError as error:
        raise Fault(f"a variable is read before it is set ({error.name})") from None
    except (TypeError, ZeroDivisionError, OverflowError, ValueError) as error:
        raise Unreadable(f"it computes with what is no number: {error}") from None
    results: dict[str, list[Any]] = {}
    for name in program.results:
        array = arrays.get(name) or made[name]
        for n, value in enumerate(array.cells):
            if value is UNSET:
                raise Fault(f"{name}[{n}] is never set")
        results[name] = array.cells
    return results


def _inside(n: Any, length: int, name: str) -> int:
    if type(n) is not int:
        raise Unreadable(f"a subscript of {name} depends on data")
    if not 0 <= n < length:
        raise Fault(f"{name}[{n}] is outside 0..{length - 1}")
    return n


def _fits(n: Any) -> Any:
    if type(n) is int and not INT_MIN <= n <= INT_MAX:
        raise Fault(f"an int overflows: {n}")
    return n


def _quotient(a: int, b: int) -> int:
    """a / b as C has it: towards 0."""
    if type(a) is not int or type(b) is not int:
        raise Unreadable("a quotient of integers depends on data")
    if b == 0:
        raise Fault("an int is divided by 0")
    q = abs(a) // abs(b)
    return q if (a < 0) == (b < 0) else -q


def _remainder(a: int, b: int) -> int:
    """a % b as C has it: with the sign of a."""
    return a - b * _quotient(a, b)


def _floor(a: int, b: int) -> int:
    if type(a) is not int or type(b) is not int:
        raise Unreadable("a quotient of integers depends on data")
    if b == 0:
        raise Fault("an int is divided by 0")
    return a // b


def _modulo(a: int, b: int) -> int:
    return a - b * _floor(a, b)


def _share(value: Any) -> Any:
    return value.share() if type(value) is Polynomial else value
