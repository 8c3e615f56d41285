"""L1: one source text, run over polynomials, computes exactly the formula; or where it does not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from symconv.backends.c import workspace_bytes
from symconv.backends.common.header import function_name
from symconv.kernels.lower import buffers
from symconv.kernels.spec import KernelSpec
from symconv.proofs.algebra.exact import Exact
from symconv.proofs.algebra.polynomial import Polynomial, Value, booleans
from symconv.proofs.algebra.zero import equal, residue
from symconv.proofs.fault import LOWEST, Fault, TooLarge, Unreadable
from symconv.proofs.source import nodes
from symconv.proofs.source.array_reader import read_arrays
from symconv.proofs.source.c_reader import read_c
from symconv.proofs.source.python_reader import read_python
from symconv.proofs.source.run import run
from symconv.proofs.specification import Specification, specify
from symconv.proofs.write import difference


@dataclass(frozen=True, slots=True)
class Found:
    """``state`` is "equal" (shown), "open" (no difference found, nor shown equal), "large" or "wrong"."""

    state: str
    complaint: str = ""
    monomials: int = 0


def read(text: str, target: str, spec: KernelSpec, style: str, dtype: str) -> Any:
    """The program of a source text; its arguments must be those of the formula."""
    name = function_name(spec, dtype, style)
    kinds: dict[str, nodes.Kind] = {
        t.name: "real" if t.kind == "real" else "int" for t in (*spec.inputs, *spec.outputs)
    }
    if target == "numpy":
        return read_arrays(text, name, [t.name for t in spec.inputs], dtype)
    if target == "c":
        program = read_c(text, name, dtype, workspace_bytes(buffers(spec)[2], dtype))
        expected = [(t.name, kinds[t.name], False) for t in spec.inputs]
        expected += [(t.name, kinds[t.name], True) for t in spec.outputs]
        got = [(p.name, p.kind, p.written) for p in program.kernel.parameters]
    else:
        inputs = {t.name: kinds[t.name] for t in spec.inputs}
        results = {t.name: kinds[t.name] for t in spec.outputs}
        program = read_python(text, name, inputs, results)
        expected = [(t.name, kinds[t.name], False) for t in spec.inputs]
        got = [(p.name, p.kind, p.written) for p in program.kernel.parameters]
    if got != expected or program.results != tuple(t.name for t in spec.outputs):
        raise Unreadable(f"the arguments are not {', '.join(n for n, _, _ in expected)}")
    return program


def execute(program: Any, specification: Specification) -> dict[str, list[Value]]:
    """The results of a program on generators."""
    spec = specification.spec
    if isinstance(program, nodes.Program):
        lengths = {t.name: t.length for t in spec.outputs}
        return run(program, specification.domain, specification.inputs, lengths, specification.known)
    found: dict[str, list[Value]] = program.run(specification)
    return found


def compare(results: dict[str, list[Value]], specification: Specification) -> Found:
    """Every entry of every result against the formula."""
    domain = specification.domain
    undecided = ""
    wrong: list[tuple[int, str]] = []
    for t in specification.spec.outputs:
        wanted, got = specification.values[t.name], results[t.name]
        if len(wanted) != len(got):
            return Found("wrong", f"{t.name} has {len(got)} entries, not {len(wanted)}")
        names = specification.names.get(t.name)
        for n, (a, b) in enumerate(zip(got, wanted, strict=True)):
            if equal(domain, a, b) or (names and equal(domain, a, names[n])):
                continue
            if a is LOWEST or b is LOWEST:
                return Found("wrong", difference(domain, t, n, a, b))
            gap = a - b
            # Conditions hold or not by chance, so that more points are tried where there are some.
            if any(residue(domain, gap, seed) for seed in range(60 if booleans(gap) else 3)):
                size = len(gap.terms) if type(gap) is Polynomial else 1
                if len(wrong) < 64:
                    wrong.append((size, difference(domain, t, n, a, b)))
            else:
                undecided = f"{t.name}: the entry at place {n} could not be shown equal"
    if wrong:
        return Found("wrong", min(wrong)[1])
    return Found("open", undecided) if undecided else Found("equal")


def prove_text(program: Any, spec: KernelSpec, specification: Specification) -> Found:
    """Run a program and compare; where cuts hide that it is right, once more without them."""
    try:
        found = compare(execute(program, specification), specification)
        if found.state == "equal" or not specification.names:
            return Found(found.state, found.complaint, specification.monomials)
        plain = specify(spec, Exact(), cuts=False)
        found = compare(execute(program, plain), plain)
        return Found(found.state, found.complaint, specification.monomials)
    except Fault as fault:
        return Found("wrong", str(fault))
    except Unreadable as reason:
        return Found("wrong", f"cannot be read as a kernel: {reason}")
    except TooLarge as reason:
        return Found("large", str(reason))
