"""What a kernel is to compute, as exact values: the formula evaluated over polynomials, equation by equation."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from symconv.kernels.spec import KernelSpec
from symconv.notation.evaluate import evaluate
from symconv.notation.rings import Ring
from symconv.notation.tensor import Tensor
from symconv.proofs.algebra.exact import Exact
from symconv.proofs.algebra.generators import key_of
from symconv.proofs.algebra.polynomial import Polynomial, Value, add_all, generator

Values = list[Value]


def ring(domain: Exact) -> Ring:
    """The exact domain as a ring for ``evaluate``."""

    def product(factors: Sequence[Any]) -> Any:
        result = factors[0]
        for f in factors[1:]:
            result = result * f
        return result

    def bracket(entry: Any, value: int) -> Any:
        held = domain.compare("==", entry, value)
        return int(held) if isinstance(held, bool) else held

    return Ring(
        "polynomials", domain.number, add_all, product, domain.inverse, domain.function, bracket=bracket,
        gate=lambda step, rest: step * rest, best=domain.best, argbest=domain.argbest,
    )


@dataclass
class Specification:
    """The exact meaning of a kernel's formula.

    ``inputs`` are generators by tensor name, ``values`` what each equation makes of them. With cuts an intermediate
    tensor that later equations read is replaced by generators of its own (``names``), so that values stay short.
    """

    spec: KernelSpec
    domain: Exact
    inputs: dict[str, Values]
    values: dict[str, Values]
    names: dict[str, Values] = field(default_factory=dict)

    @property
    def known(self) -> dict[str, tuple[Values, Values]]:
        """The intermediate values with their names, for memory that recognises them."""
        return {name: (self.values[name], names) for name, names in self.names.items()}

    @property
    def monomials(self) -> int:
        """How many monomials the results have in all."""
        return sum(
            len(v.terms) if type(v) is Polynomial else 1 for t in self.spec.outputs for v in self.values[t.name]
        )


def entries(domain: Exact, t: Tensor) -> Values:
    """The generators of a tensor's entries."""
    return list(domain.table.entries(t.name, t.length) if t.kind == "real" else domain.index_entries(t.name, t.length))


def specify(
    spec: KernelSpec,
    domain: Exact,
    *,
    cuts: bool | Collection[str] = True,
    given: Mapping[str, Values] | None = None,
) -> Specification:
    """Evaluate the equations of a kernel; raises TooLarge.

    ``cuts`` says which intermediate tensors get names; ``given`` are values for inputs that are no free variables.
    """
    inputs = {t.name: (given or {}).get(t.name) or entries(domain, t) for t in spec.inputs}
    operands: dict[str, Values] = dict(inputs)
    values: dict[str, Values] = {}
    names: dict[str, Values] = {}
    over = ring(domain)
    for q in spec.equations:
        made = evaluate(q, operands, over)
        name = q.target.name
        values[name] = operands[name] = made
        wanted = cuts if isinstance(cuts, bool) else name in cuts
        if wanted and q.target.kind == "real" and any(q.target in r.reads for r in spec.equations):
            names[name] = operands[name] = [
                generator(domain.table.number(("cut", name, n, key_of(v)), (v,))) if worth(v) else v
                for n, v in enumerate(made)
            ]
    return Specification(spec, domain, inputs, values, names)


def worth(value: Value) -> bool:
    """Whether a value is long enough that a name for it is shorter."""
    return type(value) is Polynomial and (len(value.terms) > 1 or len(next(iter(value.terms), ())) > 1)
