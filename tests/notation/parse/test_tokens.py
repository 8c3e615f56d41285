"""Tokens: what is one, what is refused and where, and where an equation ends."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symconv.errors import LimitError, ModelError, SymconvError
from symconv.notation.parse.source import MAX_CHARACTERS, Source
from symconv.notation.parse.tokens import MAX_DIGITS, MAX_TOKENS, tokenize


def texts(text: str) -> list[str]:
    return [t.text if t.kind != "end" else "." for t in tokenize(Source(text))]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2", 2), ("0.1", Fraction(1, 10)), (".5", Fraction(1, 2)), ("5.", 5), ("1e3", 1000),
        ("1E-2", Fraction(1, 100)), ("1.5e+2", 150),
        ("000", 0), ("007", 7), (".25e1", Fraction(5, 2)), ("3.e2", 300), ("9" * 15, 10**15 - 1),
    ],
)
def test_numbers_are_exact(text: str, value: Fraction) -> None:
    token, end = tokenize(Source(text))
    assert (token.kind, token.value, end.kind) == ("number", value, "end")


@given(st.integers(0, 10**9 - 1), st.integers(0, 5))
def test_every_decimal_is_read_exactly(digits: int, places: int) -> None:
    text = f"{digits / 10**places:.{places}f}" if digits < 10**6 else str(digits)
    assert tokenize(Source(text))[0].value == Fraction(text)


def test_every_sign_and_its_place() -> None:
    text = "C[k,l] = -(A**2 ^ 3 / b) * x + 1 where 0 <= k < 4, 2 | k == l >= 1 > 0"
    found = tokenize(Source(text))[:-1]
    assert [text[t.at : t.at + len(t.text)] for t in found] == [t.text for t in found]
    assert "".join(t.text for t in found) == text.replace(" ", "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a = b; c = d", "a = b . c = d ."),
        ("a = b\nc = d\n", "a = b . c = d ."),
        ("a = b +\n c", "a = b + c ."),
        ("a = b\n + c", "a = b + c ."),
        ("a\n\n= b", "a = b ."),
        ("a[\nk\n,\nl] = b", "a [ k , l ] = b ."),
        ("a = (b\n)", "a = ( b ) ."),
        ("a = b\nwhere k < 3\nand l < 2", "a = b where k < 3 and l < 2 ."),
        ("a = b where k < 3,\nl < 2", "a = b where k < 3 , l < 2 ."),
        ("a = b # c = d\ne = f", "a = b . e = f ."),
        ("# only a remark\na = b", "a = b ."),
        (";;\n a = b ;\n\n; c = d;", "a = b . c = d ."),
        ("a = b\r\nc = d\r\n", "a = b . c = d ."),
        ("a = b\t*\tc", "a = b * c ."),
        ("a = b\n# between\n* c", "a = b * c ."),
        ("a = b) \n c = d", "a = b ) . c = d ."),
    ],
)
def test_where_an_equation_ends(text: str, expected: str) -> None:
    assert " ".join(texts(text)) == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("A = $", "line 1, column 5: '$' is not understood; write names, numbers"),
        ("A =\n  b ? c", "line 2, column 5: '?' is not understood"),
        ("A = {b}", "line 1, column 5: '{' is not understood; use ( and )"),
        ("k \u2264 3", r"line 1, column 3: '≤' is not understood; write <= or >="),
        ("a \u00b7 b", "line 1, column 3: '·' is not understood; write * for a product"),
        ("\u0441 = a", "line 1, column 1: 'с' is not understood"),
        ("a\x00", r"line 1, column 2: '\x00' is not understood"),
        ("a = 2k", "line 1, column 5: '2k' is no number; write a product with *, as 2*k"),
        ("a = 1.2.3", "line 1, column 5: '1.2.' is no number"),
        ("a = 1e5x", "line 1, column 5: '1e' is no number"),
        ("a = 5_", "line 1, column 5: '5_' is no number"),
        ("", "there is no equation; write one"),
        (" \t # nothing", "there is no equation; write one"),
    ],
)
def test_what_is_no_token(text: str, said: str) -> None:
    with pytest.raises(ModelError) as caught:
        tokenize(Source(text))
    assert str(caught.value).startswith(f"the equation: {said}")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x" * (MAX_CHARACTERS + 1), "has more than 8000 characters; split it"),
        ("a = " + "-" * MAX_TOKENS, "line 1, column 2004: there are more than 2000 tokens; split it"),
        ("9" * (MAX_DIGITS + 1), "line 1, column 1: the number '9999999999999999' is too long; give at most 15 digits"),
        ("a * 1e16", "line 1, column 5: the number '1e16' is too long"),
        ("1e-99999999999999999999", "line 1, column 1: the number"),
        ("0." + "0" * 100, "line 1, column 1: the number"),
        ("9" * 7000, "line 1, column 1: the number"),
    ],
    ids=lambda text: text[:12],
)
def test_limits(text: str, said: str) -> None:
    with pytest.raises(LimitError) as caught:
        tokenize(Source(text))
    assert str(caught.value).startswith(f"the equation: {said}")
    assert len(str(caught.value)) < 200


@given(st.text(max_size=60) | st.text("ab1.e+*/^()[],=<>|;\n #\r\t_{}", max_size=40))
def test_any_text_is_tokens_or_refused(text: str) -> None:
    try:
        found = tokenize(Source(text))
    except SymconvError:
        return
    assert found[-1].kind == "end"
    places = [t.at for t in found]
    assert places == sorted(places) and all(text.startswith(t.text, t.at) for t in found)
