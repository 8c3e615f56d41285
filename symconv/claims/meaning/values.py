"""Values with their readings, and what is done to them entry by entry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from symconv.claims.grammar import tree as t
from symconv.claims.meaning.arrays import Operand, Tensor, add
from symconv.claims.meaning.section import Unresolved
from symconv.claims.meaning.tape import Value, Var, divide, long, number
from symconv.claims.meaning.work import TooMuch

if TYPE_CHECKING:
    from symconv.claims.meaning.evaluate import Evaluator

Readings = tuple[str, ...]
Values = list[tuple[Operand, Readings]]
ROLES = {
    "input": "input",
    "image": "input",
    "filter": "weight",
    "kernel": "weight",
    "weights": "weight",
    "output": "output",
}
"""Words that name a role."""
MAX_VALUES = 24
MAX_POWER = 16
SCALARS = frozenset(
    [
        "eta",
        "alpha",
        "lambda",
        "mu",
        "epsilon",
        "gamma",
        "beta",
        "tau",
        "rho",
        "N",
        "n",
        "m",
        "pi",
        "M",
        "B",
        "T",
        "Q",
        "q",
        "p",
    ]
)


@dataclass(frozen=True, slots=True)
class Environment:
    """Numbers of indices, and of the letters that stand for layers."""

    indices: Mapping[str, int]
    layers: Mapping[str, int]

    def bind(self, more: Mapping[str, int]) -> Environment:
        """With more indices bound."""
        return Environment({**self.indices, **more}, self.layers)


class Norm(Var):
    """The square of a norm, waiting for the square that is written behind it."""

    __slots__ = ()

    def __init__(self, value: Value) -> None:
        made = value if isinstance(value, Var) else Var(value)
        super().__init__(made.value, ((made, 1),))


def otherwise(text: str) -> bool:
    return text.lower().strip(" .,:") in (
        "otherwise",
        "else",
        "sonst",
        "sinon",
        "иначе",
        "在其他情况下",
        "其他",
        "其它",
        "その他",
        "それ以外",
        "autrement",
        "en otro caso",
        "altrimenti",
        "caso contrário",
        "other",
        "others",
        "elsewhere",
    )


def without_dots(node: t.Node) -> t.Node:
    """A sum without its dots: what is not shown is taken not to depend on what the derivative is by."""
    if not isinstance(node, t.Sum):
        return node
    kept = [n for n, x in enumerate(node.terms) if not isinstance(x, t.Dots)]
    if not kept or len(kept) == len(node.terms):
        return node
    return replace(
        node,
        terms=tuple(node.terms[n] for n in kept),
        signs=tuple(node.signs[n] for n in kept),
        places=tuple(node.places[n] for n in kept),
    )


def flat(x: Operand) -> list[Value]:
    return list(x.data.reshape(-1)) if isinstance(x, Tensor) else [x]


def negative(x: Operand) -> Operand:
    return mapped(x, lambda v: -v)


def mapped(x: Operand, f: Any) -> Operand:
    if isinstance(x, Tensor):
        return Tensor(each(x.data, f), x.of, x.by, x.above)
    return f(x)


def each(data: Any, f: Any) -> Any:
    out = np.empty(data.shape, dtype=object)
    for place in np.ndindex(*data.shape):
        out[place] = f(data[place])
    return out


def power_of(x: Operand, n: int) -> Operand:
    if isinstance(x, Norm) and n == 2:
        return x * 1
    if abs(n) > MAX_POWER:
        raise Unresolved("a power is too high")

    def power(v: Value) -> Value:
        out: Value = 1
        for _ in range(abs(n)):
            out = out * v
            if isinstance(out, int) and long(out):
                raise TooMuch
        return out if n >= 0 else divide(1, out)

    return mapped(x, power)


def fold(operator: str, values: list[Operand]) -> Operand:
    total = values[0]
    for v in values[1:]:
        if operator == "sum":
            found = add(total, v, 1)
            if found is None:
                raise Unresolved("terms of different shapes are added")
            total = found
        elif isinstance(total, Tensor) or isinstance(v, Tensor):
            raise Unresolved(f"{operator} of tensors")
        elif operator == "prod":
            total = total * v
        elif operator == "max":
            total = v if number(v) > number(total) else total
        else:
            total = v if number(v) < number(total) else total
    return total


def join(*readings: Readings) -> Readings:
    return tuple(dict.fromkeys(r for rs in readings for r in rs))


def identical(a: Operand, b: Operand) -> bool:
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        return (
            a.data.shape == b.data.shape
            and (a.of, a.by) == (b.of, b.by)
            and all(number(x) == number(y) for x, y in zip(a.data.reshape(-1), b.data.reshape(-1), strict=True))
        )
    return not isinstance(a, Tensor) and not isinstance(b, Tensor) and number(a) == number(b)


def tag(node: t.Node, evaluator: Evaluator, env: Environment) -> str:
    """A name for a whole tensor at its layer, by which derivatives join."""
    if not isinstance(node, t.Name):
        return ""
    layer, _ = evaluator.layer(node, env)
    return f"{evaluator.survey.key(node)}@{layer}"
