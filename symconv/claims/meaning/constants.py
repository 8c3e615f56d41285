"""Letters in indices that no index is: a stride, a padding, a dilation, with numbers to try them with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from symconv.claims.grammar import tree as t
from symconv.claims.meaning.forms import strip, symbol

USUAL = {"s": 2, "S": 2, "d": 2, "D": 2, "p": 1, "P": 1}
"""A stride, a dilation and a padding; small, so that what they reach stays small."""


def constants(trees: Sequence[t.Node | None]) -> Mapping[str, Fraction]:
    """The usual letters that stand in indices beside others, but never alone, and that nothing binds."""
    inside: set[str] = set()
    free: set[str] = set()
    for tree in trees:
        for node in t.walk(tree) if tree is not None else ():
            if isinstance(node, t.Big):
                free |= {symbol(b.name) for b in node.binders}
                free |= {symbol(n) for c in node.conditions for s in c.sides if isinstance(n := strip(s), t.Name)}
            pieces = node.subs if isinstance(node, t.Name) else ()
            for piece in pieces:
                bare = strip(piece)
                if isinstance(bare, t.Name):
                    free.add(symbol(bare))
                else:
                    inside |= {symbol(n) for n in t.walk(bare) if isinstance(n, t.Name)}
    numbers = {letter: Fraction(USUAL[letter]) for letter in (inside - free) & set(USUAL)}
    return dict(sorted(numbers.items()))

