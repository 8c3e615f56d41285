"""Maxima over the reals by z3: the source text run on unknown reals, every result compared in every order of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symconv.kernels.spec import KernelSpec
from symconv.proofs.fault import LOWEST, TooLarge
from symconv.proofs.sizes.solver import Statement, decide
from symconv.proofs.source import nodes
from symconv.proofs.source.run import run

WINDOW = 25
"""The most candidates of a maximum that are tried in every order."""


class Reals:
    """Unknown reals as a domain: conditions and choices are those of z3."""

    name = "reals"
    lowest = LOWEST

    def fraction(self, p: int, q: int) -> Any:
        """The rational p/q."""
        import z3

        return z3.Q(p, q)

    def total(self, values: Sequence[Any]) -> Any:
        """A sum."""
        return sum(values)

    def divide(self, a: Any, b: Any) -> Any:
        """A quotient."""
        return a / b

    def function(self, name: str, x: Any) -> Any:  # noqa: ARG002
        """No function has an order that z3 knows."""
        raise TooLarge(f"{name} of an unknown real")

    def compare(self, op: str, a: Any, b: Any) -> Any:
        """A condition, or its truth where numbers decide it."""
        if a is LOWEST or b is LOWEST:
            return op == "!=" or (op in ("<", "<=") and a is LOWEST) or (op in (">", ">=") and b is LOWEST)
        return {
            "<": lambda: a < b, "<=": lambda: a <= b, ">": lambda: a > b,
            ">=": lambda: a >= b, "==": lambda: a == b, "!=": lambda: a != b,
        }[op]()

    def negate(self, c: Any) -> Any:
        """not c."""
        import z3

        return not c if isinstance(c, bool) else z3.Not(c)

    def both(self, a: Any, b: Any) -> Any:
        """a and b."""
        import z3

        if isinstance(a, bool):
            return b if a else False
        return (a if b else False) if isinstance(b, bool) else z3.And(a, b)

    def either(self, a: Any, b: Any) -> Any:
        """a or b."""
        return self.negate(self.both(self.negate(a), self.negate(b)))

    def choose(self, c: Any, a: Any, b: Any, *, place: bool = False) -> Any:
        """a or b."""
        import z3

        if isinstance(c, bool):
            return a if c else b
        if a is LOWEST or b is LOWEST:
            raise TooLarge("a choice with minus infinity")
        kind = z3.IntVal if place else z3.RealVal
        return z3.If(c, *(x if z3.is_expr(x) else kind(x) for x in (a, b)))


def prove_windows(program: nodes.Program, spec: KernelSpec, *, seconds: int = 60) -> str:
    """What is wrong with the maxima of a forward pass over plain entries; nothing when all orders are right.

    Raises TooLarge for windows that are too large, or where z3 gives up.
    """
    import z3

    inputs = {t.name: [z3.Real(f"{t.name}{n}") for n in range(t.length)] for t in spec.inputs}
    results = run(program, Reals(), inputs, {t.name: t.length for t in spec.outputs})
    for best, where in _pairs(spec):
        (term,) = best.terms
        candidates: dict[int, list[tuple[int, Any]]] = {}
        for at, place, entry in _points(best):
            candidates.setdefault(at, []).append((place, inputs[entry[0]][entry[1]]))
        assert term is not None
        for n in range(best.target.length):
            values = candidates.get(n, [])
            if len(values) > WINDOW:
                raise TooLarge(f"a window of {len(values)} candidates")
            wrong = _one(n, values, results[best.target.name][n], where and results[where][n], seconds)
            if wrong:
                return f"{best.target.name} at place {n}: {wrong}"
    return ""


def _one(n: int, values: list[tuple[int, Any]], best: Any, place: Any, seconds: int) -> str:
    import z3

    if not values:
        return "" if best is LOWEST and place in (None, -1) else "an empty window has a maximum"
    conclusion = [best >= v for _, v in values] + [z3.Or([best == v for _, v in values])]
    if place is not None:
        first = [
            z3.Implies(z3.And(v == best, *(u < best for _, u in values[:k])), place == p)
            for k, (p, v) in enumerate(values)
        ]
        conclusion += first
    answer, why = decide(Statement(f"maximum {n}", (), z3.And(conclusion)), seconds=seconds)
    if answer == "unknown":
        raise TooLarge(f"z3 gives up: {why}")
    return "" if answer == "holds" else f"wrong where {why}"


def _pairs(spec: KernelSpec) -> list[tuple[Any, str | None]]:
    outputs = {t.name for t in spec.outputs}
    return [
        (q, q.winner.name if q.winner is not None and q.winner.name in outputs else None)
        for q in spec.equations if q.reduction == "max" and q.target.name in outputs
    ]


def _points(q: Any) -> list[tuple[int, int, tuple[str, int]]]:
    """Every candidate of a maximum: target, place in the window, entry; in the order of places."""
    from symconv.notation.evaluate import evaluate
    from symconv.notation.rings import Ring

    names = {t.name: [(t.name, n) for n in range(t.length)] for t in q.operands}
    keep = Ring(
        "candidates", lambda p, q: (p, q), tuple, lambda f: f[0], lambda x: x, lambda _, x: x,
        best=lambda values, places: list(zip(places, values, strict=True)),
    )
    found = evaluate(q, names, keep)
    return [(at, place, entry) for at, row in enumerate(found) for place, entry in row]
