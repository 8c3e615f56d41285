"""What a model's tensors, sizes and functions are called in print, so that written names find them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from symconv.claims.grammar import tree as t
from symconv.claims.grammar.statements import statements
from symconv.claims.meaning.forms import symbol, text_of
from symconv.claims.meaning.survey import indices
from symconv.notation.functions import FUNCTIONS
from symconv.notation.printing.printer import latex
from symconv.notation.tensor import Tensor

Spelling = tuple[str, int, tuple[str, ...], tuple[str, ...]]
"""A letter, its primes, its superscripts and the words among its subscripts."""


@dataclass(frozen=True, slots=True)
class Written:
    """A tensor as a name writes it, and the power that a superscript is which belongs to no name."""

    tensor: str
    power: int = 1


@dataclass(frozen=True)
class Names:
    """The spellings of a model's tensors."""

    tensors: dict[Spelling, str]

    @classmethod
    def of(cls, tensors: Iterable[Tensor]) -> Names:
        """How some tensors are written."""
        found: dict[Spelling, str] = {}
        for tensor in tensors:
            name = _tree(latex.name(tensor))
            if isinstance(name, t.Name):
                found.setdefault(_spelling(name), tensor.name)
            found.setdefault((tensor.name, 0, (), ()), tensor.name)
        return cls(found)

    def find(self, name: t.Name) -> Written | None:
        """The tensor that a name writes; None when the model has none that is called so."""
        own = self.tensors.get(_spelling(name))
        if own is not None:
            return Written(own)
        base, primes, sups, words = _spelling(name)
        own = self.tensors.get((base, primes, (), words))
        power = name.sups[0] if len(name.sups) == 1 and not name.bracketed else None
        if own is None or not isinstance(power, t.Num) or power.value.denominator != 1:
            return None
        del sups
        return Written(own, int(power.value))


def _spelling(name: t.Name) -> Spelling:
    words = tuple(text_of(s) for s in name.subs if isinstance(s, t.Words))
    return name.base, name.primes, tuple(text_of(s) for s in name.sups), words


@cache
def _tree(text: str) -> t.Node | None:
    found = statements(text)
    return found[0].tree if len(found) == 1 else None


@cache
def size_name(name: str) -> str:
    """A size as it is written, as one string."""
    node = _tree(latex.index(name))
    return symbol(node) if isinstance(node, t.Name) else name


@cache
def functions() -> dict[tuple[str, int], str]:
    """The functions that are written as a letter with brackets, by letter and primes."""
    found = {}
    for f in FUNCTIONS.values():
        if f.latex.endswith("(@)"):
            node = _tree(f.latex.replace("@", "x"))
            if isinstance(node, t.Call) and not indices(node.function):
                found[node.function.base, node.function.primes] = f.name
    return found | {("tanh", 0): "tanh", ("ln", 0): "log", ("log", 0): "log", ("exp", 0): "exp", ("sqrt", 0): "sqrt"}
