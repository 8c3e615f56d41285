"""The parser: precedence, every form of the grammar, and what stands where it cannot."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symconv.errors import LimitError, NamingError, SymconvError
from symconv.notation.parse.parser import MAX_DEPTH, parse
from symconv.notation.parse.tree import Call, Chain, Divisible, Entry, Number, Power, Product, Reduce, Sum, Under


def shown(node: Any) -> str:
    """The tree with every parenthesis."""
    match node:
        case Number(_, value):
            return str(value)
        case Entry(_, name, subscripts, bracketed):
            return f"{name}[{','.join(map(shown, subscripts))}]" if bracketed else name
        case Sum(_, parts, signs):
            return f"({_joined(parts, signs, '+-')})"
        case Product(_, factors, powers):
            return f"({_joined(factors, powers, '*/')})"
        case Power(_, base, exponent):
            return f"({shown(base)}^{exponent})"
        case Call(_, function, argument):
            return f"{function}({shown(argument)})"
        case Reduce(_, kind, indices, body):
            return f"{kind}({','.join(e.name for e in indices)}){{{shown(body)}}}"
        case Under(_, body, conditions):
            return f"({shown(body)} where {', '.join(map(shown, conditions))})"
        case Chain(_, forms, signs):
            return "".join(f"{shown(f)}{s}" for f, s in zip(forms, (*signs, ""), strict=True))
        case Divisible(_, divisor, form):
            return f"{shown(divisor)}|{shown(form)}"
    raise AssertionError(node)


def _joined(parts: Any, signs: Any, written: str) -> str:
    return "".join(written[sign < 0] + shown(part) for part, sign in zip(parts, signs, strict=True))


def right(text: str) -> str:
    (statement,) = parse(f"C = {text}")
    return shown(statement.right)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", "a"),
        ("a + b - c", "(+a+b-c)"),
        ("-a", "(-a)"),
        ("+a", "a"),
        ("-a + b", "(-a+b)"),
        ("- a*b", "(-(*a*b))"),
        ("a * -b", "(*a*(-b))"),
        ("-a^2", "(-(a^2))"),
        ("a - -b", "(+a-(-b))"),
        ("a/b/c", "(*a/b/c)"),
        ("a*b/c*d", "(*a*b/c*d)"),
        ("a/(b*c)", "(*a/(*b*c))"),
        ("a + b*c^2", "(+a+(*b*(c^2)))"),
        ("(a + b)^-2", "((+a+b)^-2)"),
        ("a**3", "(a^3)"),
        ("(a^2)^3", "((a^2)^3)"),
        ("exp(a + b) * c", "(*exp((+a+b))*c)"),
        ("sum(i) a[i]*b[i] + c", "(+sum(i){(*a[i]*b[i])}+c)"),
        ("sum(i,j) a[i] / 2 - sum(k) b[k]", "(+sum(i,j){(*a[i]/2)}-sum(k){b[k]})"),
        ("sum(i)\n a[i]", "sum(i){a[i]}"),
        ("sum(i) sum(j) a[i,j]", "sum(i){sum(j){a[i,j]}}"),
        ("max(i) (a[i] + b)", "max(i){(+a[i]+b)}"),
        ("c * sum(i) a[i]", "(*c*sum(i){a[i]})"),
        ("(a where 0 <= k < 3)", "(a where 0<=k<3)"),
        ("(a where 2 | k+1, i == j and k > 1)", "(a where 2|(+k+1), i=j, k>1)"),
        ("a[2*k-1, 0]", "a[(+(*2*k)-1),0]"),
        ("((a))", "a"),
        ("0.5*a", "(*1/2*a)"),
    ],
)
def test_precedence(text: str, expected: str) -> None:
    assert right(text) == expected


def test_statements_and_conditions() -> None:
    first, second = parse("H[k] = a[k] where 0 <= k < 3, k = j\nC = H[0]")
    assert (first.target.name, [e.name for e in first.target.subscripts]) == ("H", ["k"])  # type: ignore[union-attr]
    assert [shown(c) for c in first.conditions] == ["0<=k<3", "k=j"]
    assert (second.target.name, second.target.subscripts, second.conditions) == ("C", (), ())


REFUSED = [
    ("9 = A", 1, "'9' stands where a tensor was expected; begin with the target, as C[k,l] ="),
    ("= A", 1, "'=' stands where a tensor was expected"),
    ("C", 2, "the equation ends where = was expected; define C, as C = ..."),
    ("C A", 3, "'A' stands where = was expected"),
    ("C =", 4, "the equation ends where a number, a tensor or a parenthesis was expected; complete the expression"),
    ("C = A +", 8, "the equation ends where a number"),
    ("C = * A", 5, "'*' stands where a number"),
    ("C = where", 5, "'where' stands where a number"),
    ("C = A B", 7, "'B' stands where an operator was expected; write products with *, and one equation a line"),
    ("C = A)", 6, "')' stands where an operator was expected"),
    ("C = (A", 7, "the equation ends where ) was expected; close the parenthesis"),
    ("C = (A where k < 3", 19, "the equation ends where ) was expected"),
    ("C = A[k", 8, "the equation ends where ] was expected; close the bracket, and separate subscripts by commas"),
    ("C = A[]", 7, "']' stands where a number"),
    ("C = A[k,]", 9, "']' stands where a number"),
    ("C = exp A", 9, "'A' stands where ( was expected; write its argument in parentheses, as exp(A[k])"),
    ("C = exp(A", 10, "the equation ends where ) was expected"),
    ("C = foo(A)", 5, "'foo' is no function; choose one of exp, log, normal_cdf"),
    ("C = factorial(10**8)", 5, "'factorial' is no function"),
    ("C = sum", 8, "the equation ends where ( was expected; name its indices, as sum(i,j)"),
    ("C = sum() A", 9, "')' stands where an index was expected; name its indices"),
    ("C = sum(1) A", 9, "'1' stands where an index was expected"),
    ("C = sum(i,) A", 11, "')' stands where an index was expected"),
    ("C = sum(i A", 11, "'A' stands where ) was expected; name its indices"),
    ("C = sum(i)", 11, "the equation ends where a number"),
    ("C = sum(i)\n", 11, "the equation ends where a number"),
    ("C = A^B", 7, "'B' stands where an integer power was expected; write A[k]^2; roots as sqrt(A[k])"),
    ("C = A^0.5", 7, "'0.5' stands where an integer power was expected"),
    ("C = A^2^3", 8, "'^' stands where an operator was expected; write powers of powers with parentheses"),
    ("C = A where", 12, "the equation ends where a number"),
    ("C = A where k", 14, "the equation ends where a comparison was expected; write conditions as 0 <= k < 4"),
    ("C = A where k < 3,", 19, "the equation ends where a number"),
    ("C = A where k < 3 where l < 3", 19, "'where' stands where an operator was expected"),
    ("C = A, B", 6, "',' stands where an operator was expected"),
]


@pytest.mark.parametrize(("text", "column", "said"), REFUSED, ids=[text for text, *_ in REFUSED])
def test_what_stands_where_it_cannot(text: str, column: int, said: str) -> None:
    for before, line in (("", 1), ("H = B;\n\n", 3)):
        with pytest.raises(SymconvError) as caught:
            parse(before + text)
        assert str(caught.value).startswith(f"the equation: line {line}, column {column}: {said}")


@pytest.mark.parametrize(
    ("text", "column", "said"),
    [
        ("sum = A", 1, "'sum' is a word of equations; choose another name"),
        ("C[where] = A", 3, "'where' stands where a number"),
        ("C[exp] = A", 6, "']' stands where ( was expected"),
        ("C = sum(and) A", 9, "'and' is a word of equations"),
        ("C = sum(tanh) A", 9, "'tanh' is a word of equations"),
        ("double[k] = A", 1, "name 'double' is reserved; choose another name"),
        ("C = sum(while) A", 9, "index 'while' is reserved"),
        ("C = I[k]", 5, "name 'I' is reserved"),
        ("C = A + acc", 9, "name 'acc' is reserved"),
        ("C = _A", 5, "name '_A' is not an identifier; use a letter followed by"),
        ("C = A_", 5, "name 'A_' is reserved"),
        ("C = " + "x" * 32, 5, "name 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' is not an identifier"),
    ],
)
def test_names(text: str, column: int, said: str) -> None:
    with pytest.raises(SymconvError) as caught:
        parse(text)
    assert str(caught.value).startswith(f"the equation: line 1, column {column}: {said}")
    assert isinstance(caught.value, NamingError) or "word" in said or "stands" in said


@pytest.mark.parametrize(
    "text",
    [
        "(" * (MAX_DEPTH + 1) + "A" + ")" * (MAX_DEPTH + 1),
        "exp(" * 40 + "A" + ")" * 40,
        "sum(i) " * 40 + "A",
        "A[" * 40,
        "- " + "+ -" * 40 + "A",
        "(" * 900 + "A" + ")" * 900,
    ],
    ids=lambda text: text[:8],
)
def test_depth(text: str) -> None:
    with pytest.raises(LimitError, match=r"line 1, column [0-9]+: nested deeper than 30 levels; give a part an"):
        parse(f"C = {text}")
    assert right("(" * MAX_DEPTH + "A" + ")" * MAX_DEPTH) == "A"
    assert right("+".join(["(A)"] * 200)) == f"({'+A' * 200})"


@pytest.mark.parametrize("exponent", ["17", "60", "999999999999999", "-17"])
def test_exponents(exponent: str) -> None:
    with pytest.raises(LimitError, match=r"line 1, column 6: the power [0-9]+ is too large; use at most 16"):
        parse(f"C = A^{exponent}")


PIECES = st.sampled_from(
    [
        "A", "b", "C[", "k", "]", "(", ")", "sum(", "max(", "i", ",", "j", "exp(", "where", "and", "+", "-", "*", "/",
        "^", "**", "<", "<=", "=", "==", ">", ">=", "|", "2", "0.5", "17", ";", "\n",
    ]
)  # fmt: skip


@given(st.lists(PIECES, max_size=25))
def test_any_pieces_are_a_tree_or_refused(pieces: list[str]) -> None:
    text = " ".join(pieces)
    try:
        found = parse(text)
    except SymconvError:
        return
    assert found
    for statement in found:
        check_places(statement, len(text))
        shown(statement.right)


def check_places(node: Any, length: int) -> None:
    assert 0 <= node.at < length
    for field in fields(node):
        value = getattr(node, field.name)
        for part in value if isinstance(value, tuple) else (value,):
            if is_dataclass(part):
                check_places(part, length)
