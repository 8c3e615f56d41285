"""Extents: what conditions, plain and affine subscripts say, and the refusals of what does not fit."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from symconv.errors import LimitError, SizeError, SymconvError
from symconv.notation.parse.extents import Extents, infer
from symconv.notation.parse.resolve import read

Shapes = Mapping[str, tuple[int, ...]]


def inferred(text: str, shapes: Shapes, default: int | None = None) -> Extents:
    written = read(text)
    return infer(written.source, written.meanings, shapes, default)


@pytest.mark.parametrize(
    ("text", "shapes", "indices", "found"),
    [
        ("C[k] = A[k]", {"A": (4,)}, {"k": 4}, {"C": (4,)}),
        ("C[k] = A[k]", {"C": (4,)}, {"k": 4}, {"A": (4,)}),
        ("C[k] = A[k] where 0 <= k < 3", {"A": (4,)}, {"k": 3}, {"C": (3,)}),
        ("C[k] = A[k+1] where k < 3", {}, {"k": 3}, {"A": (4,), "C": (3,)}),
        ("C[k] = sum(i) A[k+i]*F[i]", {"A": (6,), "F": (3,)}, {"k": 4, "i": 3}, {"C": (4,)}),
        ("C[k] = sum(i) A[2*k+i]*F[i]", {"A": (7,), "F": (3,)}, {"k": 3, "i": 3}, {"C": (3,)}),
        ("C[k] = sum(i) A[k+i]*F[i] where k < 4", {"A": (6,)}, {"k": 4, "i": 3}, {"F": (3,)}),
        ("C[k] = A[5-k]", {"A": (6,)}, {"k": 6}, {"C": (6,)}),
        ("C[k] = A[5-2*k]", {"A": (8,)}, {"k": 3}, {"C": (3,)}),
        ("C[k] = A[k+2]", {"A": (5,)}, {"k": 3}, {"C": (3,)}),
        ("C[k,0] = A[k]", {"A": (4,)}, {"k": 4}, {"C": (4, 1)}),
        ("C = sum(i) A[i]", {"A": (4,)}, {"i": 4}, {"C": ()}),
        ("C[k] = (A[k+4] where k+4 < 6)", {"A": (6,), "C": (5,)}, {"k": 5}, {}),
        ("C[k] = (A[k] where k < 2) + B[k]", {"A": (2,), "B": (5,)}, {"k": 5}, {"C": (5,)}),
        ("C[k] = (A[k] where k < 2)", {"A": (4,)}, {"k": 4}, {"C": (4,)}),
        ("C[k] = A[k+7] where k < 2", {"A": (1, 1, 9)}, {"k": 2}, {"A": (1, 1, 9)}),
    ],
)
def test_what_follows(text: str, shapes: Shapes, indices: Mapping[str, int], found: Shapes) -> None:
    extents = inferred(text, shapes)
    assert extents.indices == (indices,) and extents.chosen == ()
    assert {name: extents.shapes[name] for name in found} == found
    assert {name: extents.shapes[name] for name in shapes} == shapes


def test_several_equations() -> None:
    extents = inferred("H[k] = sum(i) A[k+i]*F[i]; C[k] = H[2*k]", {"A": (6,), "F": (2,)})
    assert extents.indices == ({"k": 5, "i": 2}, {"k": 3}) and extents.shapes["H"] == (5,)


def test_what_nothing_decides_is_chosen_when_asked_to() -> None:
    extents = inferred("C[k,l] = A[k] * B[l]", {"A": (2,)}, 3)
    assert extents.chosen == (("l", 3),) and extents.shapes["B"] == (3,)
    assert inferred("C[k] = sum(i) A[k+i] * F[i]", {}, 3).shapes["A"] == (5,)


def test_axes_that_are_not_written() -> None:
    extents = inferred("C[k] = A[k] * B[0,k]", {"A": (1, 1, 3), "B": (1, 1, 3), "C": (1, 3)})
    assert extents.left_out == {"A": 2, "B": 1, "C": 1}


REFUSED = [
    ("C[k,l] = A[k] * B[l]", {"A": (3,)}, 5, "nothing says how far index l runs; add where 0 <= l < ..."),
    ("C[k] = A[k]", {"A": (2, 3)}, 8, "A has 1 subscripts, its shape is 2 x 3; write one subscript an axis"),
    ("C[k] = A[k,k]", {"A": (3,)}, 8, "A has 2 subscripts, its shape is 3"),
    ("C[k] = A[k]", {"A": ()}, 8, "A has 1 subscripts, its shape is a number"),
    ("C[k] = A[k] + B[k]", {"A": (3,), "B": (4,)}, 15, "k runs over 4 entries of B here and over 3 elsewhere"),
    ("C[r,c] = sum(i) A[r,i]*B[i,c]", {"A": (2, 3), "B": (4, 2)}, 24, "i runs over 4 entries of B here and over 3"),
    ("C[k] = A[k]", {"A": (3,), "C": (4,)}, 1, "k runs over 3 entries, axis 0 of C has 4; make the two agree"),
    ("C[k] = A[k] where k < 4", {"A": (3,)}, 8, "the subscript k of A reaches 0..3, its axis has the entries 0..2"),
    ("C[k] = A[k+1] where k < 3", {"A": (3,)}, 8, "the subscript k + 1 of A reaches 1..3, its axis has the entries"),
    ("C[k] = A[k-1] where k < 3", {"A": (3,)}, 8, "the subscript k - 1 of A reaches -1..1"),
    ("C[k] = A[7]*B[k]", {"A": (3,), "B": (2,)}, 8, "the subscript 7 of A is 7, its axis has the entries 0..2; use"),
    ("C[k] = sum(i) A[k+i]*F[i]", {"A": (2,), "F": (3,)}, 3, "no k keeps A[...i + k...] inside its 2 entries; enlarge"),
    ("C[k] = A[k] where 3 < k < 2", {"A": (5,)}, 19, "the condition on k never holds; correct it"),
    ("C[k] = A[k] where 9 <= 2*k", {"A": (5,)}, 19, "the condition on 2*k never holds"),
    ("C[k] = sum(i) A[i] where i = k+9", {"A": (3,), "C": (2,)}, 26, "the condition on i - k - 9 never holds"),
    ("C[k] = A[k] where 2 | 2*k+1", {"A": (3,)}, 19, "the condition on 2*k + 1 never holds"),
    ("C[k] = A[k] where 7 | k+1", {"A": (3,)}, 19, "the condition on k + 1 never holds"),
    ("C[k] = A[k] where 2*k = 3", {"A": (3,)}, 19, "the condition on 2*k - 3 never holds"),
    ("C[k,0] = A[k]", {"C": (3, 2)}, 1, "axis 1 of C has the subscript 0 alone and 2 entries"),
]


@pytest.mark.parametrize(("text", "shapes", "column", "said"), REFUSED, ids=[f"{r[0]} {r[1]}" for r in REFUSED])
def test_what_does_not_fit(text: str, shapes: Shapes, column: int, said: str) -> None:
    with pytest.raises(SizeError) as caught:
        inferred(text, shapes)
    assert str(caught.value).startswith(f"the equation: line 1, column {column}: {said}")


def test_too_many_terms() -> None:
    with pytest.raises(LimitError, match=r"line 1, column 1: C has [0-9]+ terms, the limit is 2147483648; use smaller"):
        inferred("C[k,l] = A[k]*A[l]", {"A": (2**20,)})
    with pytest.raises(LimitError, match=r"line 1, column 3: k has 2147483648 values, the limit is 2147483647; use a"):
        inferred("C[k] = A[k] where k <= 2147483647", {})


@given(st.data())
def test_an_extent_is_the_largest_that_stays_inside(data: st.DataObject) -> None:
    """``A[a*k + b*i + c]`` with the extent of i given: k runs exactly as far as brute force finds it may."""
    a, b, c = (data.draw(st.integers(-3, 3)) for _ in range(3))
    m, n = data.draw(st.integers(1, 9)), data.draw(st.integers(1, 3))
    assume(a)
    text = f"C[k] = sum(i) A[{a}*k+{b}*i+{c}]".replace("+-", "-") + f" where i < {n}"

    def inside(extent: int) -> bool:
        return all(0 <= a * k + b * i + c < m for k, i in product(range(extent), range(n)))

    largest = max((extent for extent in range(12) if inside(extent)), default=0)
    try:
        found = inferred(text, {"A": (m,)}).indices[0]["k"]
    except SymconvError:
        found = 0
    assert found == largest
