"""L0: the gradient is the derivative of the forward kernel that runs, so that only the forward equation is trusted.

The emitted forward kernel is traced over polynomials, what it computes is differentiated here, by other rules than
those of the derivation, and the result is held against the gradient's formula.
"""

from __future__ import annotations

from typing import Any

from symconv.backends.python import source
from symconv.kernels.spec import KernelSpec, forward_spec
from symconv.notation.tensor import Tensor
from symconv.proofs.algebra.derivative import pull_back
from symconv.proofs.algebra.exact import Exact
from symconv.proofs.algebra.polynomial import BOOLEAN, Polynomial, Value, constant, restrict, terms_of
from symconv.proofs.algebra.zero import equal, residue
from symconv.proofs.exactly import Found, compare, execute, read
from symconv.proofs.fault import Fault, TooLarge, Unreadable
from symconv.proofs.specification import Specification, Values, entries, specify
from symconv.proofs.write import difference


def prove_gradient(spec: KernelSpec) -> Found:
    """Whether a gradient's formula is the derivative of the traced forward kernel of its layer."""
    assert spec.kind == "gradient" and spec.node is not None
    names = [spec.node.tensors[t.name].name for t in (*spec.node.fragment.inputs, *spec.node.fragment.parameters)]
    if len(set(names)) != len(names):
        return Found("open", "a tensor enters the layer twice: its two shares are not told apart")
    found = Found("open")
    for cuts in (True, False):
        try:
            found = _attempt(spec, cuts)
        except (Fault, Unreadable) as reason:
            return Found("open", f"the forward kernel cannot be traced: {reason}")
        except TooLarge as reason:
            if cuts:
                continue
            return Found("large", str(reason))
        if found.state == "equal":
            return found
    return found


def _attempt(spec: KernelSpec, cuts: bool) -> Found:
    node = spec.node
    assert node is not None
    domain = Exact()
    ahead = forward_spec(spec.model, node)
    forward = specify(ahead, domain, cuts=cuts)
    text = source(ahead, "float64", "loops", {"header": ""})
    traced = execute(read(text, "python", ahead, "loops", "float64"), forward)
    same = compare(traced, forward)
    if same.state != "equal":
        return Found("open", f"the forward kernel is not its formula: {same.complaint}")
    tensors = {t.name: t for t in spec.inputs}
    weights = _weights(node.output, tensors, domain)
    if weights is None:
        return Found("open", "the gradient takes no gradient of the layer's output")
    winners = Winners(ahead, traced, forward, spec)
    saved = {t.name: forward.names.get(t.name, traced[t.name]) for t in ahead.outputs if t.kind == "real"}
    backward = specify(spec, domain, cuts=cuts, given=saved)
    of = node.tensors[spec.by]
    places = [next(iter(e.terms))[0] for e in domain.table.entries(of.name, of.length)]
    adjoints = pull_back(
        domain, zip(traced[node.output.name], weights, strict=True), set(places).__contains__, winners,
        lambda g, adjoint: _named(domain, backward, g, adjoint),
    )
    wanted = [adjoints.get(g, 0) for g in places]
    return _compare(domain, spec.outputs[0], backward, wanted, winners)


def _named(domain: Exact, backward: Specification, g: int, adjoint: Value) -> Value:
    """The gradient by an intermediate value, by its name where the gradient's kernel computes the very same."""
    key = domain.table.key(g)
    name = f"d{key[1]}"
    if key[0] == "cut" and name in backward.names and terms_of(adjoint) == terms_of(backward.values[name][key[2]]):
        return backward.names[name][key[2]]
    return adjoint


def _weights(output: Tensor, tensors: dict[str, Tensor], domain: Exact) -> Values | None:
    """The gradient of the error by the layer's output: 1 where that is the error itself."""
    name = f"d{output.name}"
    if name in tensors:
        return entries(domain, tensors[name])
    if any(t.quotient for t in tensors.values()):
        return None
    return [1] * output.length if not output.shape else None


class Winners:
    """Which candidate of a maximum wins, told by the place that the forward kernel leaves to the backward one."""

    def __init__(
        self, ahead: KernelSpec, traced: dict[str, list[Value]], forward: Specification, spec: KernelSpec
    ) -> None:
        self.domain = forward.domain
        self.by_best: dict[int, list[tuple[Value, Value]]] = {}
        self.fixed: list[tuple[Polynomial, int]] = []
        handed = {t.name for t in spec.inputs if t.kind == "index"}
        values = forward.values | traced
        for q in ahead.equations:
            if q.reduction == "max" and q.winner is not None and q.winner.name in values:
                places = values[q.winner.name]
                given = entries(self.domain, q.winner) if q.winner.name in handed else places
                for value, place, entry in zip(values[q.target.name], places, given, strict=True):
                    self._pair(value, place, entry)

    def _pair(self, value: Value, place: Value, entry: Value) -> None:
        number = constant(place)
        if number is not None:
            if type(entry) is Polynomial:
                self.fixed.append((entry, int(number)))
            return
        if type(value) is not Polynomial or len(value.terms) != 1 or type(place) is not Polynomial:
            return
        (m,), (p,) = value.terms, place.terms
        if len(m) != 1 or len(p) != 1 or m[0] >= BOOLEAN or self.domain.table.key(m[0])[0] != "best":
            return
        candidates = self.domain.table.arguments[p[0]]
        order = [n for _, n in self.domain.table.key(p[0])[1]]
        if terms_of(self.domain.maximum(candidates)) == value.terms:
            self.by_best[m[0]] = [
                (v, self.domain.compare("==", entry, n)) for v, n in zip(candidates, order, strict=True)
            ]

    def __call__(self, g: int) -> list[tuple[Value, Value]] | None:
        """For a maximum its candidates, each with the condition that it wins."""
        return self.by_best.get(g)

    def resolve(self, value: Value) -> Value:
        """The value where a window of one candidate says which one wins."""
        if type(value) is not Polynomial:
            return value
        for entry, place in self.fixed:
            (g,) = next(iter(entry.terms))
            group = self.domain.table.group_numbers.get(("is", g))
            if group is None:
                continue
            for (number, member), b in list(self.domain.table.members.items()):
                if number == group:
                    value = restrict(value, b, member == place)
        return value


def _compare(domain: Exact, target: Tensor, backward: Specification, wanted: Values, winners: Winners) -> Found:
    undecided: Any = ""
    for n, (a, b) in enumerate(zip(backward.values[target.name], wanted, strict=True)):
        if equal(domain, a, b):
            continue
        if winners.fixed and equal(domain, winners.resolve(a), winners.resolve(b)):
            continue
        text = difference(domain, target, n, a, b)
        if any(residue(domain, a - b, seed) for seed in (1, 2, 3)) and not winners.fixed:
            return Found("wrong", f"the formula is not the derivative of the forward kernel: {text}")
        undecided = undecided or text
    return Found("open", undecided) if undecided else Found("equal")


