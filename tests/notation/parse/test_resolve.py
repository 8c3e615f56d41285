"""From text to Equations: tensors, guards, names; and back, by printing what was read and reading what was printed."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping

import pytest
import sympy as sp
from hypothesis import HealthCheck, assume, given, settings

from symconv.errors import ModelError, NamingError, SymconvError
from symconv.notation.guards import Divides, Equal, Range
from symconv.notation.index import symbol
from symconv.notation.parse.resolve import Resolved, read, resolve
from symconv.notation.printing.printer import text as printer
from symconv.notation.rewrite import instantiate
from symconv.notation.term import Equation
from tests.equations import CASES
from tests.random_equations import Drawn, equations

Shapes = Mapping[str, tuple[int, ...]]
i, k = symbol("i"), symbol("k")


def test_what_is_read_and_made() -> None:
    written = read("H[k] = sum(i) W[k,i]*A[i] + b[k]; C[k] = H[k]*A[k]")
    assert written.reads == ("W", "A", "b") and written.makes == ("H", "C")
    assert [written.place(name) for name in ("W", "A", "b", "H")] == [14, 21, 28, 41]
    assert read(written.source.text) is written


def test_equations_with_sizes() -> None:
    found = resolve(read("C[k] = sum(i) A[2*k+i-1]*F[i] where 0 <= 2*k+i-1 < 8, k < 4"), {"A": (8,), "F": (3,)})
    (q,) = found.equations
    n_k, n_i, n_A = (z for name in ("n_k", "n_i", "n_A0") for z in found.sizes if z.name == name)
    assert (found.sizes[n_k], found.sizes[n_i], found.sizes[n_A]) == (4, 3, 8)
    (term,) = q.terms
    assert term.at == (k,) and [(x.name, x.extent) for x in term.indices] == [("k", n_k), ("i", n_i)]
    assert term.guards == (Range(2 * k + i - 1, sp.Integer(0), n_A),)
    assert [t.name for t in q.operands] == ["A", "F"] and q.target.axes == ("k",)


def test_guards() -> None:
    found = resolve(read("C[k] = sum(i) A[i] where 2 | k+i, i = k, i+1 <= 2*k, i < 3, k < 3"), {})
    kinds = [type(g) for g in found.equations[0].terms[0].guards]
    assert kinds == [Divides, Equal, Range]


def test_a_maximum_is_its_winner_and_its_value() -> None:
    winner, largest = resolve(read("P[k] = max(i) A[2*k+i] where i < 3"), {"A": (7,)}).equations
    assert (winner.reduction, largest.reduction) == ("argmax", "max") and winner.terms == largest.terms
    assert winner.target.name == "P_argmax" and winner.target.kind == "index"
    assert largest.winner == winner.target


def test_axes_that_are_not_written() -> None:
    found = resolve(read("C[k] = sum(i) A[k+i]*F[i]"), {"A": (1, 1, 6), "F": (1, 3)})
    assert [str(n) for n in found.tensors["A"].shape] == ["1", "1", "n_i + n_k - 1"]
    assert len(set(found.tensors["A"].axes)) == 3
    entries = sorted(str(e) for e in found.equations[0].terms[0].summand.atoms(sp.Indexed))
    assert entries == ["A[0, 0, i + k]", "F[0, i]"]


@pytest.mark.parametrize(
    ("text", "place", "said", "kind"),
    [
        ("C[k] = C[k]", "line 1, column 8", "C is read before it is made; put its equation first", ModelError),
        ("C[k] = H[k]\nH[k] = A[k]", "line 1, column 8", "H is read before it is made", ModelError),
        ("C = A\nC = B", "line 2, column 1", "C is made twice; add both into one equation", NamingError),
        ("H = A\nC = B", "line 1, column 1", "nothing reads H; leave it out; the last equation makes the", ModelError),
        ("C = 1", "line 1, column 1", "the equations read no tensor; let them read one, as A[k]", ModelError),
        ("H[k] = A[k]\nC[A] = H[A]", "line 1, column 8", "A is an index and a tensor; give one of them", NamingError),
        ("C[C] = A[C]", "line 1, column 1", "C is an index and a tensor", NamingError),
        ("E[k] = A[k]", "line 1, column 1", "E stands for the error whose gradients are taken", NamingError),
        ("C[k] = E[k]", "line 1, column 8", "E stands for the error", NamingError),
        ("output = A", "line 1, column 1", "output stands for the result; choose another name", NamingError),
        ("C = argmax", "line 1, column 5", "argmax stands for the winners of a maximum", NamingError),
        ("C = A * dA", "line 1, column 9", "dA is what belongs to another tensor", NamingError),
        ("dC = A; C = dC", "line 1, column 1", "dC is what belongs to another tensor", NamingError),
        ("C_argmax[k] = A[k]; C = max(i) C_argmax[i]", "line 1, column 1", "C_argmax is what belongs to", NamingError),
    ],
)
def test_names_that_are_in_the_way(text: str, place: str, said: str, kind: type[SymconvError]) -> None:
    with pytest.raises(kind) as caught:
        read(text)
    assert str(caught.value).startswith(f"the equation: {place}: {said}")


@pytest.mark.parametrize("value", [None, 3, b"C = A", ["C = A"], {"C": "A"}, ("C = A",), True])
def test_what_is_no_text(value: object) -> None:
    with pytest.raises(ModelError, match=r"is not a text; write one, as \"C\[k\] = A\[k\] \+ B\[k\]\""):
        read(value)  # type: ignore[arg-type]


def test_the_result_may_be_the_error() -> None:
    assert resolve(read("E = sum(i) A[i]^2"), {"A": (3,)}).tensors["E"].shape == ()


# ------------------------------------------------------------ there and back


def as_written(q: Equation) -> str:
    """The text form of an Equation as somebody would type it: ranges of indices behind ``where``."""
    left, right = re.sub(r"(\d)([a-z])", r"\1*\2", printer.equation(q)).split(" = ", 1)
    right = right.replace("max(0, ", "relu(").replace("ln(", "log(").replace("Phi(", "normal_cdf(")
    body, where, end = right.partition(" where ")
    ranges = {f"0 <= {index.name} < {index.extent}": None for term in q.terms for index in term.indices}
    terms = []
    for text in _terms(body):
        sign, text = (text[:2], text[2:]) if text.startswith(("+ ", "- ")) else ("", text)
        sign, text = ("- ", text[1:]) if text.startswith("-") else (sign, text)
        over, conditions = "", []
        while found := re.match(r"((?:sum|max)\()([^()]*?)((?:;[^()]*)?)\) |\[([^\[\]]*)\] ", text):
            text = text[found.end():]
            if found[1]:
                over = found[1] + ",".join(part.split(" ")[2] for part in found[2].split(", ")) + ") "
                conditions += [c.strip() for c in found[3].split(";") if c]
            else:
                conditions.append(found[4])
        terms.append(f"{sign}{over}({text}{' where ' + ', '.join(conditions) if conditions else ''})")
    if where:
        terms = [f"({' '.join(terms)} where {end})"]
    every = list(ranges)
    return f"{left} = {' '.join(terms)}{' where ' + ', '.join(every) if every else ''}"


def _terms(text: str) -> list[str]:
    """Split where a sign stands outside of every bracket."""
    parts, depth = [""], 0
    for n, character in enumerate(text):
        depth += (character in "([") - (character in ")]")
        if character == " " and not depth and text[n + 1 : n + 3] in ("+ ", "- "):
            parts.append("")
        else:
            parts[-1] += character
    return parts


def _grouped(q: Equation) -> dict[object, sp.Expr]:
    """Summands added up where indices and guards are the same; ``e = 0`` says what ``-e = 0`` says."""
    found: dict[object, sp.Expr] = {}
    for t in q.terms:
        guards = [Equal(max(g.value, -g.value, key=str)) if isinstance(g, Equal) else g for g in t.guards]
        key = (t.at, t.indices, tuple(sorted(guards, key=str)))
        found[key] = found.get(key, 0) + t.summand
    return found


def _same(one: Equation, other: Equation) -> bool:
    """Whether two equations say the same, though numbers may be multiplied out."""
    left, right = _grouped(one), _grouped(other)
    if (one.target.name, one.reduction) != (other.target.name, other.reduction) or left.keys() != right.keys():
        return False
    return all(
        left[key] == right[key] or sp.expand(sp.numer(sp.together(left[key] - right[key]))) == 0 for key in left
    )


def check_round_trip(found: Resolved) -> None:
    numbers = [instantiate(q, found.sizes) for q in found.equations]
    text = "\n".join(as_written(q) for q in numbers if q.reduction != "argmax")
    shapes = {t.name: tuple(int(n) for n in t.shape) for q in numbers for t in (q.target, *q.operands)}
    again = resolve(read(text), {name: shape for name, shape in shapes.items() if not name.endswith("_argmax")})
    back = [instantiate(q, again.sizes) for q in again.equations]
    assert all(_same(q, r) for q, r in zip(back, numbers, strict=True)), text


@pytest.mark.parametrize("name", CASES)
def test_what_is_printed_reads_back(name: str) -> None:
    for seed in range(3):
        layer, shapes = CASES[name].layer(random.Random(seed))
        check_round_trip(resolve(read(layer.equation), {**layer.given, **dict(zip(layer.inputs, shapes, strict=True))}))


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(equations())
def test_random_equations_read_back(drawn: Drawn) -> None:
    assume(drawn.fragment() is not None)
    check_round_trip(resolve(read(drawn.text), drawn.shapes))
