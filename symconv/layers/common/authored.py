"""A Fragment from equations that somebody wrote: the last target becomes the output, the author's names stay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from symconv.layers.common.fragment import Fragment
from symconv.notation.parse.resolve import ARGMAX, Resolved
from symconv.notation.tensor import Tensor
from symconv.notation.term import Equation


def fragment_of(resolved: Resolved, inputs: Sequence[str]) -> Fragment:
    """The equations with the roles ``output`` and ``argmax`` for the last target and its winner."""
    last = resolved.equations[-1].target
    winner = resolved.equations[-1].winner
    roles = {last.name: "output"} | ({winner.name: "argmax"} if winner else {})
    equations = tuple(_renamed(q, roles) for q in resolved.equations)
    made = {q.target.name for q in resolved.equations}
    read = {name: t for name, t in resolved.tensors.items() if name not in made}
    return Fragment(
        tuple(_written(read[name], {}) for name in inputs),
        tuple(_written(t, {}) for name, t in read.items() if name not in inputs),
        equations,
        resolved.sizes,
        saved=("argmax",) if winner else (),
        names={roles.get(name, name): name for name in resolved.tensors},
    )


def _written(t: Tensor, roles: Mapping[str, str]) -> Tensor:
    """The tensor under the name of its role, written with the letter that the author chose; a hat for winners."""
    if t.kind == "index" and t.name not in roles:
        of = t.name.removesuffix(ARGMAX)
        return replace(t, latex=rf"\hat{{{_letter(of)}}}")
    return replace(t, name=roles.get(t.name, t.name), latex=t.latex or (t.name if len(t.name) == 1 else ""))


def _letter(name: str) -> str:
    return name if len(name) == 1 else r"\mathrm{" + name.replace("_", r"\_") + "}"


def _renamed(q: Equation, roles: Mapping[str, str]) -> Equation:
    """The equation with roles for its target and winner, which no equation reads."""
    operands = tuple(_written(t, {}) for t in q.operands)
    return replace(
        q, target=_written(q.target, roles), operands=operands, winner=q.winner and _written(q.winner, roles)
    )
