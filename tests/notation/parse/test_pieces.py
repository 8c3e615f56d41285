"""Pieces: what the right side of an equation means, and what it cannot mean."""

from __future__ import annotations

import pytest
import sympy as sp

from symconv.errors import LimitError, SymconvError
from symconv.notation.index import symbol
from symconv.notation.parse.parser import parse
from symconv.notation.parse.pieces import Meaning, accesses, meaning
from symconv.notation.parse.source import Source

i, j, k, l = map(symbol, "ijkl")
A, B, F = (sp.IndexedBase(name) for name in "ABF")


def meant(text: str) -> Meaning:
    (statement,) = parse(text)
    return meaning(Source(text), statement)


def pieces(text: str) -> list[tuple[sp.Expr, tuple[str, ...], int]]:
    return [(p.summand, p.bound, len(p.limits)) for p in meant(text).pieces]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("C[k] = A[k]", [(A[k], (), 0)]),
        ("C[k] = -A[k] + 2*B[k]", [(-A[k], (), 0), (2 * B[k], (), 0)]),
        ("C[k] = (A[k] - B[k])^2", [((A[k] - B[k]) ** 2, (), 0)]),
        ("C[k] = 2*(A[k] - B[k])", [(2 * A[k] - 2 * B[k], (), 0)]),
        ("C[k] = sum(i) A[k+i]*F[i]", [(A[k + i] * F[i], ("i",), 0)]),
        ("C[k] = 3 - sum(i) A[k+i] / 2", [(sp.Integer(3), (), 0), (-A[k + i] / 2, ("i",), 0)]),
        ("C[k] = 2 * sum(i) A[i] * B[k]", [(2 * A[i] * B[k], ("i",), 0)]),
        ("C[k] = sum(i) sum(j) A[i+j]", [(A[i + j], ("i", "j"), 0)]),
        ("C[k] = sum(i) (A[i] + sum(j) B[j])", [(A[i], ("i",), 0), (B[j], ("i", "j"), 0)]),
        ("C[k] = B[k] * (A[k-1] where 0 <= k-1)", [(A[k - 1] * B[k], (), 1)]),
        ("C[k] = (A[k] + sum(i) B[i] where 2 | k)", [(A[k], (), 1), (B[i], ("i",), 1)]),
        ("C[k] = A[k] + sum(i) B[i] where i <= k", [(A[k], (), 0), (B[i], ("i",), 1)]),
        ("C[k] = A[k] where 0 <= k < 4, 2 | k", [(A[k], (), 1)]),
        ("C[k] = exp(A[k]) * tanh(B[k])", [(sp.exp(A[k]) * sp.tanh(B[k]), (), 0)]),
        ("C = A", [(A[0], (), 0)]),
        ("C[k] = max(i) (A[i] where i <= k)", [(A[i], ("i",), 1)]),
        ("C[k] = A[k]^-2", [(A[k] ** -2, (), 0)]),
    ],
)
def test_pieces(text: str, expected: list[tuple[sp.Expr, tuple[str, ...], int]]) -> None:
    assert [(sp.expand(a - b), c, d, e, f) for (a, c, e), (b, d, f) in zip(pieces(text), expected, strict=True)] == [
        (0, b, b, n, n) for _, b, n in expected
    ]


def test_what_an_equation_has() -> None:
    found = meant("P[c,0,k] = max(i) A[c,2*k+i] where 0 <= i < 3, 0 <= k < 2, c <= k")
    assert (found.target, found.free, found.reduction) == ("P", ("c", None, "k"), "max")
    assert found.extents == {"i": 3, "k": 2} and found.indices == ("c", "k", "i")
    assert found.ranks == {"A": 2} and len(found.pieces[0].limits) == 1
    assert accesses(found.pieces[0]) == (("A", (symbol("c"), 2 * k + i)),)


@pytest.mark.parametrize(
    ("text", "column", "said"),
    [
        ("C[k,k] = A[k]", 1, "index k stands twice in the target; use two indices and i = j"),
        ("C[2*k] = A[k]", 3, "a subscript of the target is not a plain index; write plain indices on the left"),
        ("C[1] = A", 3, "a subscript of the target is not a plain index"),
        ("C[B[k]] = A[k]", 3, "a subscript of the target is not a plain index"),
        ("C[k] = A[l]", 10, "index l is neither in the target nor bound; write it into the target, or sum(l) before"),
        ("C[k] = A[k] where j < 3", 19, "index j is neither in the target nor bound"),
        ("C[k] = A[k] where j < k", 19, "index j is neither in the target nor bound"),
        ("C[k] = k*A[k]", 8, "index k stands as a number; give its values as a tensor of their own"),
        ("C[k] = sum(k) A[k]", 12, "index k is bound twice; give one another name"),
        ("C = sum(i,i) A[i]", 11, "index i is bound twice"),
        ("C = sum(i) sum(i) A[i]", 16, "index i is bound twice"),
        ("C[A] = A[A]", 3, "A is an index and a tensor; give the tensor another name"),
        ("C[k] = A[k] + A[k,0]", 15, "A stands with 2 subscripts here and with 1 before; write the same"),
        ("C[k] = A + A[k]", 12, "A stands with 1 subscripts here and with 0 before"),
        ("C[k] = 1 + max(i) A[i]", 12, "a maximum inside an expression cannot be; give it an equation of its own"),
        ("C = max(i) max(j) A[i,j]", 12, "a maximum inside an expression cannot be"),
        ("C = max(i) sum(j) A[i,j]", 12, "a sum inside a maximum cannot be"),
        ("C = exp(sum(i) A[i])", 9, "a sum inside a function cannot be; give it an equation of its own"),
        ("C = (sum(i) A[i])^2", 6, "a sum under a power cannot be"),
        ("C[k] = (A[k] where k < 2)^2", 8, "a condition under a power cannot be"),
        ("C[k] = exp((A[k] where k < 2))", 12, "a condition inside a function cannot be; give it an equation"),
        ("C[k] = B / (A[k] where k < 2)", 12, "a condition in a divisor cannot be"),
        ("C = max(i) (A[i] + (A[i] where i < 2))", 13, "a sum inside a maximum cannot be"),
        ("C[k] = A[k] / sum(i) A[i]", 15, "a sum in a divisor cannot be"),
        ("C = (sum(i) A[i]) * (sum(j) B[j])", 22, "a product of two sums cannot be"),
        ("C = exp(2)*A", 5, "exp of a number; write the number that it is"),
        ("C = A - A*1 + 0*B", 17, "B cancels out; leave it out"),
        ("C = A/A", 5, "A cancels out"),
        ("C = A + 0", 1, "a term is 0; leave it out"),
        ("C = A/0", 7, "a division by 0; divide by something else"),
        ("C = (B-B)^-1 * A", 10, "a division by 0"),
        ("C = A/(B-B)", 8, "a division by 0"),
        ("C[k] = A[k] where k < 0", 19, "the range of k is empty; give a larger limit"),
        ("C = sum(i)A[i]+sum(j)B[j] where i=j", 33, "no term has all indices of the condition on i - j; give each"),
    ],
)
def test_what_cannot_be(text: str, column: int, said: str) -> None:
    with pytest.raises(SymconvError) as caught:
        meant(text)
    assert str(caught.value).startswith(f"the equation: line 1, column {column}: {said}")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("(A+B+D)^16", "multiplied out this has more than 2000 terms; give a factor an equation of its own"),
        ("(A+B+D+F)*(A+B)*(A-D)*(A-F)*(B-F)*(D-F)*(A+D)*(B+D)*(B+F)*(A+F)", "multiplied out this has more than"),
        ("((A^4)^4)^4", "a power is too large; keep powers up to 16"),
        ("A^9*A^9", "a power is too large"),
        ("(2*A)^16*(3*B)^16*(5*D)^16", "a number exceeds 2^53"),
        ("((2^16)^16)*A", "a number exceeds 2^53"),
        ("999999999999999*999999999999999*A", "a number exceeds 2^53; use numbers with fewer digits"),
        ("1e-15*1e-15*A", "a number exceeds 2^53"),
        ("(0.123456789012345)^16*A", "a power is too large"),
        ("exp((A+B+D)^16)", "multiplied out this has more than"),
    ],
)
def test_limits(text: str, said: str) -> None:
    with pytest.raises(LimitError) as caught:
        meant(f"C = {text}")
    assert said in str(caught.value) and "line 1, column " in str(caught.value)
