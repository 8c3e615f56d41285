"""expand: every entry, every term, in row-major order, in time proportional to the terms."""

from __future__ import annotations

from itertools import product

import sympy as sp

from symconv.derivation.backpropagate import backpropagate
from symconv.layers.conv2d import Conv2d
from symconv.layers.mse import MSELoss
from symconv.model import Wiring
from symconv.notation.expand import count_terms, expand
from symconv.notation.guards import Equal, Range
from symconv.notation.index import indices, symbol
from symconv.notation.printing.printer import latex
from symconv.notation.tensor import Tensor
from symconv.notation.term import equation
from symconv.notation.written import Bracket, Entries, Entry, Product, Sum, subscripts, terms

A, F = Tensor("A", (6, 6), ("u", "v")), Tensor("F", (3, 3), ("i", "j"))
k, l, i, j = map(symbol, "klij")
CONV = equation(
    Tensor("C", (4, 4), ("k", "l")), (k, l), A[k + i, l + j] * F[i, j], (A, F), bound=indices(i=3, j=3)
)


def test_the_slides_convolution_term_by_term() -> None:
    written = expand(CONV)
    assert len(written) == 16
    for (row, column), total in zip(product(range(4), repeat=2), written, strict=True):
        pairs = [tuple(e.at for e in p.factors) for p in terms(total)]
        assert pairs == [((row + a, column + b), (a, b)) for a, b in product(range(3), repeat=2)]
    assert latex.written(written[0]) == (
        "A_{00}F_{00} + A_{01}F_{01} + A_{02}F_{02} + A_{10}F_{10} + A_{11}F_{11} + A_{12}F_{12} + "
        "A_{20}F_{20} + A_{21}F_{21} + A_{22}F_{22}"
    )


def test_one_entry_is_that_of_the_full_array() -> None:
    written = expand(CONV)
    for place, at in enumerate(product(range(4), repeat=2)):
        (one,) = expand(CONV, at=at)
        assert latex.written(one) == latex.written(written[place])


def test_conditions_that_numbers_decide_are_decided_and_data_stay() -> None:
    m = Tensor("M", (2,), ("k",), "index")
    x = Tensor("x", (3,), ("i",))
    guards = (Range(k + i - 1, sp.Integer(0), sp.Integer(3)), Equal(m[k] - i))
    q = equation(Tensor("y", (2,), ("k",)), (k,), x[k + i - 1], (x, m), bound=indices(i=3), guards=guards)
    first = expand(q)[0]
    assert isinstance(first, Sum) and len(first.terms) == 2
    bracket, entry = first.terms[0].factors
    assert isinstance(bracket, Bracket) and (bracket.entry.at, bracket.value) == ((0,), 1)
    assert isinstance(entry, Entry) and entry.at == (0,)


def test_entries_are_shared_so_that_printing_looks_up() -> None:
    written = expand(CONV)
    made = {}
    for total in written:
        for p in terms(total):
            for e in p.factors:
                assert made.setdefault((e.tensor.name, e.at), e) is e
    assert len(made) == 36 + 9


def test_subscripts_and_single_terms() -> None:
    assert [subscripts(F, n) for n in (0, 5, 8)] == [(0, 0), (1, 2), (2, 2)]
    assert Entries(F)[5].at == (1, 2) and len(Entries(F)) == 9
    entry = Entries(F)[0]
    square = Product((entry, entry))
    assert terms(entry) == (entry,) and terms(Sum(())) == () and terms(square) == (square,)


def test_the_number_of_terms() -> None:
    assert count_terms(CONV) == 16 * 9
    wiring = Wiring("m", (1, 1, 28, 28))
    wiring.add("C", Conv2d(1, 1, 5), names={"weight": "F"})
    wiring.add("E", MSELoss())
    derived = backpropagate(wiring.finish())
    written = expand(derived.gradient("F").written)
    printed = [latex.written(w) for w in written]
    assert sum(len(terms(w)) for w in written) == count_terms(derived.gradient("F").written) == 14_400
    assert sum(p.count(r"\times") for p in printed) == 14_400
