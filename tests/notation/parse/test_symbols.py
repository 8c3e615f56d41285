"""Sizes as symbols: what shares one, how long axes are, and what stays a number."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from symconv.notation.parse.extents import infer
from symconv.notation.parse.resolve import read
from symconv.notation.parse.symbols import symbolic


def sized(text: str, shapes: Mapping[str, tuple[int, ...]]) -> tuple[dict[str, str], dict[str, int]]:
    """Shapes in symbols by tensor, and the numbers of the symbols."""
    written = read(text)
    extents = infer(written.source, written.meanings, shapes)
    sizes = symbolic(written.meanings, extents)
    names = {str(spot[1]) for spot in sizes.of if spot[0] == "axis"}
    found = {
        name: " ".join(str(sizes.of["axis", name, axis]) for axis in range(len(extents.shapes[name])))
        for name in sorted(names)
    }
    for spot, e in sizes.of.items():  # the symbols say what the numbers say
        n = extents.indices[spot[1]][spot[2]] if spot[0] == "index" else extents.shapes[spot[1]][spot[2]]  # type: ignore[index]
        assert e.xreplace(dict(sizes.numbers)) == n
    return found, {str(z): n for z, n in sizes.numbers.items()}


@pytest.mark.parametrize(
    ("text", "shapes", "found"),
    [
        ("C[k] = A[k] + B[k]", {"A": (4,), "B": (4,)}, {"A": "n_k", "B": "n_k", "C": "n_k"}),
        ("C[k] = sum(i) A[k+i]*F[i]", {"A": (6,), "F": (3,)}, {"A": "n_i + n_k - 1", "F": "n_i", "C": "n_k"}),
        ("C[k] = sum(i) A[2*k+i]*F[i]", {"A": (7,), "F": (3,)}, {"A": "n_i + 2*n_k - 2"}),
        ("C[k] = sum(i) A[2*k+i]*F[i]", {"A": (8,), "F": (3,)}, {"A": "n_i + 2*n_k + r_A0 - 2"}),
        ("C[k] = A[5-k]", {"A": (6,)}, {"A": "n_k", "C": "n_k"}),
        ("C[k] = A[6-k] where k < 7", {"A": (9,)}, {"A": "n_k + r_A0"}),
        ("C[k] = (A[k-1] where 0 <= k-1 < 5)", {"A": (5,), "C": (6,)}, {"A": "n_A0", "C": "n_k"}),
        ("C[k] = A[3]*B[k]", {"A": (6,), "B": (2,)}, {"A": "r_A0 + 4", "B": "n_k"}),
        ("C[k] = A[k+1]*B[k-1+1]", {"A": (6,), "B": (5,)}, {"A": "n_k + 1", "B": "n_k"}),
        ("C[k] = sum(i) A[k-i+2]*F[i]", {"A": (7,), "F": (3,)}, {"A": "n_i + n_k - 1"}),
        ("C[k,l] = A[k,l]", {"A": (4, 1)}, {"A": "n_k 1"}),
    ],
)
def test_sizes(text: str, shapes: Mapping[str, tuple[int, ...]], found: Mapping[str, str]) -> None:
    every, _ = sized(text, shapes)
    assert {name: every[name] for name in found} == found


def test_a_range_that_is_a_size_secures_no_other_axis_by_its_number() -> None:
    """``0 <= k+1 < 3`` grows with axis 1 of A, so it cannot keep k inside axis 0 whatever the sizes are."""
    text = "C[k] = A[k,k+1] where 0 <= k < 4, 0 <= k+1 < 3"
    assert sized(text, {"A": (5, 3)})[0]["A"] == "n_A1 + r_A0 n_A1"
    assert sized(text, {"A": (2, 3)})[0]["A"] == "2 3"
    found, _ = sized("C[k] = A[k+1]*B[k+1] where 0 <= k < 4, 0 <= k+1 < 3", {"A": (3,), "B": (5,)})
    assert (found["A"], found["B"]) == ("n_A0", "n_A0 + r_B0")


@pytest.mark.parametrize(
    ("text", "shapes"),
    [
        ("C[k] = (A[k-3] where 3 <= k) + (A[2-k] where k < 3)", {"A": (3,), "C": (6,)}),
        ("C[k] = (A[2*k-5] where 5 <= 2*k)", {"A": (6,), "C": (5,)}),
    ],
)
def test_numbers_stay_where_only_they_are_inside(text: str, shapes: Mapping[str, tuple[int, ...]]) -> None:
    sized(text, shapes)
