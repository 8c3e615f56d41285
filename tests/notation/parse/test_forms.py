"""Affine forms and conditions."""

from __future__ import annotations

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from symconv.errors import LimitError, ModelError, SymconvError
from symconv.notation.index import symbol
from symconv.notation.parse.forms import Multiple, Within, Zero, form, limits
from symconv.notation.parse.parser import parse
from symconv.notation.parse.source import Source

i, k, l = map(symbol, "ikl")


def formed(text: str) -> sp.Expr:
    written = f"C = A[{text}]"
    return form(Source(written), parse(written)[0].right.subscripts[0])  # type: ignore[union-attr]


def limited(text: str) -> list[tuple[object, ...]]:
    written = f"C = A where {text}"
    found = []
    for limit in limits(Source(written), parse(written)[0].conditions):
        match limit:
            case Within(_, f, low, high):
                found.append(("within", f, low, high))
            case Zero(_, f):
                found.append(("zero", f))
            case Multiple(_, f, divisor):
                found.append(("multiple", f, divisor))
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("k", k), ("0", 0), ("-3", -3), ("2*k+i-1", 2 * k + i - 1), ("k*2", 2 * k), ("2*(k+i)", 2 * k + 2 * i),
        ("-(k-1)*3", 3 - 3 * k), ("k-k", 0), ("2*3*k", 6 * k), ("--k", k), ("5.0*k", 5 * k), ("1e2", 100),
    ],
)  # fmt: skip
def test_forms(text: str, expected: sp.Expr) -> None:
    assert formed(text) == expected


@given(st.lists(st.tuples(st.integers(-9, 9), st.sampled_from("ikl")), min_size=1, max_size=5), st.integers(-99, 99))
def test_every_affine_form_is_read(parts: list[tuple[int, str]], constant: int) -> None:
    text = "+".join(f"{a}*{z}" for a, z in parts).replace("+-", "-")
    expected = sp.Add(*(a * symbol(z) for a, z in parts)) + constant
    assert formed(f"{text}{constant:+d}") == expected
    assert formed(f"-({text}) - {abs(constant)}") == constant - expected - abs(constant)


@pytest.mark.parametrize(
    ("text", "column", "said"),
    [
        ("k*i", 7, "this is not affine; write indices times integers, added, as 2*k+i-1"),
        ("1+k/2", 9, "this is not affine"),
        ("k^2", 8, "only indices and integers can stand here"),
        ("exp(k)", 7, "only indices and integers can stand here"),
        ("sum(i) i", 7, "only indices and integers can stand here"),
        ("(k where k < 2)", 7, "only indices and integers can stand here"),
        ("k + B[k]", 11, "B[...] stands where only indices and integers can; write subscripts and conditions as"),
        ("0.5*k", 7, "1/2 is no integer; subscripts and conditions count in integers"),
    ],
)
def test_what_is_no_form(text: str, column: int, said: str) -> None:
    with pytest.raises(ModelError) as caught:
        formed(text)
    assert str(caught.value).startswith(f"the equation: line 1, column {column}: {said}")


@pytest.mark.parametrize("text", ["2147483648", "2147483647*k*2147483647", "k + 999999999999999", "65536*(65536*k)"])
def test_integers_have_a_limit(text: str) -> None:
    with pytest.raises(LimitError, match=r"line 1, column [0-9]+: an integer exceeds 2147483647; use smaller numbers"):
        formed(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0 <= k < 4", [("within", k, 0, 4)]),
        ("-1 < k <= 3", [("within", k, 0, 4)]),
        ("4 > k >= 0", [("within", k, 0, 4)]),
        ("k >= 0, l < 2, k < 4", [("within", k, 0, 4), ("within", l, None, 2)]),
        ("k < 4 and 0 <= k", [("within", k, 0, 4)]),
        ("0 <= k < l", [("within", k, 0, None), ("within", l - k, 1, None)]),
        ("i <= k", [("within", k - i, 0, None)]),
        ("i > k", [("within", i - k, 1, None)]),
        ("0 <= 2*k+i-1 < 6", [("within", 2 * k + i - 1, 0, 6)]),
        ("i = j", [("zero", i - symbol("j"))]),
        ("i == 3", [("zero", i - 3)]),
        ("3 = i = k", [("zero", 3 - i), ("zero", i - k)]),
        ("2 | k+i", [("multiple", k + i, 2)]),
        ("1 | k", [("multiple", k, 1)]),
    ],
)
def test_conditions(text: str, expected: list[tuple[object, ...]]) -> None:
    assert limited(text) == expected


@pytest.mark.parametrize(
    ("text", "column", "said"),
    [
        ("k < 3, 0 < 1", 20, "a condition has no index; leave it out"),
        ("2 | 4", 13, "a condition has no index; leave it out"),
        ("0 | k", 13, "'0' cannot divide; write a positive integer before the bar, as 2 | k+i"),
        ("-2 | k", 13, "'-2' cannot divide"),
        ("k | 2", 13, "'k' cannot divide"),
        ("k = k", 13, "the condition does not depend on its indices; leave it out"),
        ("k < k+1", 13, "the condition does not depend on its indices; leave it out"),
        ("k < 3, k < 4", 20, "k is limited twice; give one range for it"),
        ("0 <= k < 3, 1 <= k", 25, "k is limited twice"),
    ],
)
def test_what_is_no_condition(text: str, column: int, said: str) -> None:
    with pytest.raises(SymconvError) as caught:
        limited(text)
    assert str(caught.value).startswith(f"the equation: line 1, column {column}: {said}")
