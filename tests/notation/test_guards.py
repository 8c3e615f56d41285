"""Guards: what they are, and the order in which code must test them."""

from __future__ import annotations

from itertools import permutations

import sympy as sp

from symconv.notation.guards import Divides, Equal, Range, is_data, map_guard, order
from symconv.notation.index import indices, size, symbol
from symconv.notation.rewrite import canonical
from symconv.notation.tensor import Tensor
from symconv.notation.term import Term

i, j = symbol("i"), symbol("j")
M = Tensor("M", (4,), ("i",), "index")
GUARDS = (
    Range(i - j, sp.Integer(0), sp.Integer(2)),
    Divides(sp.Integer(2), i + j),
    Equal(i - 2 * j),
    Equal(M[i] - j),
)


def test_ranges_before_divisibility_before_deltas_before_data() -> None:
    assert [order(g) for g in GUARDS] == [0, 1, 2, 3]
    assert order(Range(M[i], sp.Integer(0), sp.Integer(2))) == 3
    for shuffled in permutations(GUARDS):
        term = Term((i,), sp.Integer(1), indices(i=4, j=4), shuffled)
        assert canonical(term).guards == GUARDS


def test_data_are_entries() -> None:
    assert [is_data(g) for g in GUARDS] == [False, False, False, True]


def test_a_map_reaches_every_expression() -> None:
    n, s = size("n"), size("s")
    seen: list[sp.Expr] = []

    def note(e: sp.Expr) -> sp.Expr:
        seen.append(e)
        return e + 1

    assert map_guard(Range(i, sp.Integer(0), n), note) == Range(i + 1, sp.Integer(1), n + 1)
    assert map_guard(Divides(s, i), note) == Divides(s + 1, i + 1)
    assert map_guard(Equal(i), note) == Equal(i + 1)
    assert seen == [i, 0, n, s, i, i]
