"""Statements about integers, handed to z3: a statement holds when its negation has no solution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

SECONDS = 20

Answer = Literal["holds", "fails", "unknown"]


@dataclass(frozen=True, slots=True)
class Statement:
    """``assumptions`` imply ``conclusion``, for all integers."""

    name: str
    assumptions: tuple[Any, ...]
    conclusion: Any


def decide(statement: Statement, *, seconds: int = SECONDS) -> tuple[Answer, str]:
    """Whether it holds, and a counter-example where it does not."""
    import z3

    solver = z3.Solver()
    solver.set("timeout", 1000 * seconds)
    solver.set("random_seed", 1)
    solver.add(*statement.assumptions, z3.Not(statement.conclusion))
    answer = solver.check()
    if answer == z3.unsat:
        return "holds", ""
    if answer == z3.sat:
        model = solver.model()
        parts = sorted(f"{d.name()} = {model[d]}" for d in model.decls() if d.arity() == 0)
        return "fails", ", ".join(parts)
    return "unknown", solver.reason_unknown()
