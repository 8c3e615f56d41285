"""How mathematics is written, in LaTeX and in text; the text form read back gives the same numbers."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from symconv.derivation.backpropagate import backpropagate
from symconv.layers.conv2d import Conv2d
from symconv.layers.flatten import Flatten
from symconv.layers.linear import Linear
from symconv.layers.max_pool2d import MaxPool2d
from symconv.layers.mse import MSELoss
from symconv.layers.relu import ReLU
from symconv.model import Wiring
from symconv.notation.evaluate import evaluate
from symconv.notation.expand import expand
from symconv.notation.functions import relu, step
from symconv.notation.guards import Divides, Equal, Guard, Range
from symconv.notation.index import indices, size, symbol
from symconv.notation.printing.printer import Printer, latex, text
from symconv.notation.printing.show import bundle
from symconv.notation.printing.style import LATEX
from symconv.notation.rings import EXACT
from symconv.notation.tensor import Tensor, partial
from symconv.notation.term import Equation, Term, equation, plus
from symconv.notation.written import Choice, Entries, Inverse, Number, Product, Sum
from tests.notation.reading import Reader, arrays_of, read

i, j, k, l = map(symbol, "ijkl")
n, s, d = size("n"), size("s"), size("d")
E = Tensor("E")
A, B, C = (Tensor(name, (12,), ("i",)) for name in "ABC")
Q = Tensor("Q", (12, 12), ("k", "l"))
M = Tensor("M", (12,), ("i",), "index")
OPERANDS = (partial(E, C), A, B, Q, M)
ZERO = sp.Integer(0)


def of(summand: sp.Expr, *guards: Guard, bound: tuple[Any, ...] = (), sizes: int = 3) -> Equation:
    return equation(
        Tensor("Y", (sizes,), ("i",)), (i,), summand, OPERANDS, bound=bound, guards=guards
    )


def both(q: Equation) -> tuple[str, str]:
    return latex.right(q), text.right(q)


# ------------------------------------------------------------ entries


@pytest.mark.parametrize(
    ("at", "expected"),
    [((0, 1), "Q_{01}"), ((9, 9), "Q_{99}"), ((10, 3), "Q_{10,3}"), ((3, 10), "Q_{3,10}"), ((11, 11), "Q_{11,11}")],
)
def test_indices_are_joined_while_all_are_single_digits(at: tuple[int, int], expected: str) -> None:
    place = at[0] * 12 + at[1]
    assert latex.written(Entries(Q)[place]) == expected
    assert text.written(Entries(Q)[place]) == f"Q[{at[0]},{at[1]}]"


def test_names_and_derivatives() -> None:
    dx = partial(Q, A)
    assert latex.name(partial(E, Q)) == r"\frac{\partial E}{\partial Q}" and text.name(partial(E, Q)) == "dE/dQ"
    assert latex.entry(partial(E, Q), ("k", "l")) == r"\frac{\partial E}{\partial Q_{kl}}"
    assert latex.entry(dx, ("0", "1", "10")) == r"\frac{\partial Q_{01}}{\partial A_{10}}"
    assert text.entry(dx, ("0", "1", "2")) == "dQ[0,1]/dA[2]"
    assert latex.entry(E, ()) == text.entry(E, ()) == "E"
    named = Tensor("weights", (3,), ("i",), latex=r"\mathrm{weights}")
    assert latex.entry(named, ("1",)) == r"\mathrm{weights}_{1}" and text.entry(named, ("1",)) == "weights[1]"


def test_primes() -> None:
    assert latex.index("k__") == "k''" and text.index("k_") == "k'"
    assert latex.index("n_o") == "n_{o}" and text.index("n_o") == "n_o" and latex.index("n_o_") == "n_{o}'"
    assert latex.entry(Q, ("k'", "l")) == "Q_{k'l}"


# ------------------------------------------------------------ index forms


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (2 * k + i - 1, "2k+i-1"),
        (k, "k"),
        (ZERO, "0"),
        (sp.Integer(-3), "-3"),
        (i - k, "i-k"),
        (-k - 2, None),
        (3 - k, "3-k"),
        ((i - k) / 2, "(i-k)/2"),
        ((k - i + 1) / 2, "(k-i+1)/2"),
        (-k / 3, "(-k)/3"),
    ],
    ids=str,
)
def test_affine_forms(form: sp.Expr, expected: str | None) -> None:
    order = {k: 0, i: 1}
    got = text.affine(form, order)
    assert got == latex.affine(form, order)
    assert expected is None or got == expected
    value = Reader(got, {}).value({"k": 7, "i": 5})
    assert value == Fraction(*map(int, sp.fraction(form.xreplace({k: sp.Integer(7), i: sp.Integer(5)}))))


def test_affine_forms_with_sizes() -> None:
    order = {k: 0, i: 1}
    cases = {
        s * k + d * i - 1: ("sk+di-1", "s*k+d*i-1"),
        (n - 1) * k: (r"(n-1)k", "(n-1)*k"),
        2 * s * k: ("2sk", "2*s*k"),
        (i + d) / s: ("(i+d)/s", "(i+d)/s"),
        (i - k) / (n * s): ("(i-k)/(ns)", "(i-k)/(n*s)"),
        k - n: ("k-n", "k-n"),
        k + n**2: ("k+n^{2}", "k+n^2"),
    }
    for form, (tex, plain) in cases.items():
        assert latex.affine(form, order) == tex
        assert text.affine(form, order) == plain


@pytest.mark.parametrize(
    ("size_", "tex", "plain"),
    [(n, "n", "n"), (n * s, "ns", "n*s"), (2 * n, "2n", "2*n"), (-n, "-n", "-n"), (n - 1, "n-1", "n-1"),
     (s * (n - 1), "s(n-1)", "s*(n-1)"), (n**2, "n^{2}", "n^2"), (-2 * n * s, "-2ns", "-2*n*s"),
     (size("n_o") + 1, "n_{o}+1", "n_o+1")],
    ids=str,
)
def test_sizes(size_: sp.Expr, tex: str, plain: str) -> None:
    order = sorted  # the factors of a size come in SymPy's order, which is alphabetical here
    assert order(latex.size(size_)) == order(tex) and order(text.size(size_)) == order(plain)


# ------------------------------------------------------------ summands


@pytest.mark.parametrize(
    ("summand", "tex", "plain"),
    [
        (A[i] * B[i], "A_{i}B_{i}", "A[i]*B[i]"),
        (B[i] * A[i], "A_{i}B_{i}", "A[i]*B[i]"),
        (partial(E, C)[i] * A[i], r"\frac{\partial E}{\partial C_{i}} \times A_{i}", "dE/dC[i] * A[i]"),
        (-A[i], "-A_{i}", "-A[i]"),
        (A[i] - B[i], "A_{i} - B_{i}", "A[i] - B[i]"),
        (-A[i] - B[i], "-A_{i} - B_{i}", "-A[i] - B[i]"),
        ((A[i] - B[i]) ** 2, r"\left(A_{i} - B_{i}\right)^{2}", "(A[i] - B[i])^2"),
        (A[i] ** 2, "A_{i}^{2}", "A[i]^2"),
        (partial(E, C)[i] ** 2, r"\left(\frac{\partial E}{\partial C_{i}}\right)^{2}", "(dE/dC[i])^2"),
        (A[i] / 2, r"\frac{A_{i}}{2}", "A[i]/2"),
        (-2 * A[i] / 3, r"-\frac{2A_{i}}{3}", "-2*A[i]/3"),
        (sp.Rational(1, 2) + A[i], r"A_{i} + \frac{1}{2}", "A[i] + 1/2"),
        (A[i] / B[i], r"\frac{A_{i}}{B_{i}}", "A[i]/B[i]"),
        (A[i] / (B[i] * n), r"\frac{A_{i}}{B_{i}n}", "A[i]/(B[i]*n)"),
        ((A[i] + B[i]) / n, r"\frac{A_{i} + B_{i}}{n}", "(A[i] + B[i])/n"),
        (n / (A[i] + B[i]), r"\frac{n}{A_{i} + B_{i}}", "n/(A[i] + B[i])"),
        (1 / A[i] ** 2, r"\frac{1}{A_{i}^{2}}", "1/A[i]^2"),
        (partial(E, C)[i] / n, r"\frac{\partial E}{\partial C_{i}} \times \frac{1}{n}", "(dE/dC[i])/n"),
        (A[i] / partial(E, C)[i], r"\frac{A_{i}}{\frac{\partial E}{\partial C_{i}}}", "A[i]/(dE/dC[i])"),
        ((A[i] + 1) * B[i], None, "(1 + A[i])*B[i]"),
        (sp.exp(A[i] - B[i]), "e^{A_{i} - B_{i}}", "exp(A[i] - B[i])"),
        (sp.log(A[i]), r"\ln A_{i}", "ln(A[i])"),
        (sp.log(A[i] + B[i]), r"\ln \left(A_{i} + B_{i}\right)", "ln(A[i] + B[i])"),
        (sp.log(A[i]) * B[i], None, "ln(A[i])*B[i]"),
        (relu(A[i]), r"\max(0, A_{i})", "max(0, A[i])"),
        (step(A[i]) * B[i], r"[A_{i} > 0]B_{i}", "[A[i] > 0]*B[i]"),
        (A[2 * i + 1], "A_{2i+1}", "A[2i+1]"),
        (Q[i, 2 * i], "Q_{i,2i}", "Q[i,2i]"),
    ],
    ids=str,
)
def test_summands(summand: sp.Expr, tex: str | None, plain: str | None) -> None:
    q = of(summand)
    assert tex is None or latex.right(q) == tex
    assert plain is None or text.right(q) == plain


def test_a_function_that_is_not_enclosed_is_grouped_inside_a_product() -> None:
    assert latex.right(of(sp.log(A[i]) * B[i])) in (r"\left(\ln A_{i}\right)B_{i}", r"B_{i}\ln A_{i}")


def test_a_name_with_a_superscript_can_be_squared() -> None:
    z = Tensor("Z1", (3,), ("i",), latex="Z^{(1)}")
    assert latex.right(equation(Tensor("Y", (3,), ("i",)), (i,), z[i] ** 2, (z,))) == r"\left(Z^{(1)}_{i}\right)^{2}"


# ------------------------------------------------------------ sums and conditions


def test_sums_with_their_conditions() -> None:
    inside = Range(i - j, ZERO, sp.Integer(4))
    q = of(A[j], inside, Divides(sp.Integer(2), i - j), bound=indices(j=9))
    assert both(q) == (
        r"\sum_{\substack{0 \le j < 9 \\ 0 \le i-j < 4 \\ 2 \mid i-j}} A_{j}",
        "sum(0 <= j < 9; 0 <= i-j < 4; 2 | i-j) A[j]",
    )
    assert both(of(-A[j], bound=indices(j=9))) == (r"-\sum_{0 \le j < 9} A_{j}", "-sum(0 <= j < 9) A[j]")
    assert text.right(of(A[j] - B[j], bound=indices(j=9))) == "sum(0 <= j < 9) (A[j] - B[j])"


def test_conditions_without_a_sum() -> None:
    q = of(A[i - 1], Range(i - 1, ZERO, sp.Integer(12)))
    assert both(q) == (r"A_{i-1} \qquad 0 \le i-1 < 12", "A[i-1] where 0 <= i-1 < 12")


def test_conditions_of_one_term_among_several_do_not_spread() -> None:
    q = plus(of(A[i - 1], Range(i - 1, ZERO, sp.Integer(12))), of(B[i]), of(-A[j], Equal(M[i] - j), bound=indices(j=2)))
    assert both(q) == (
        r"[0 \le i-1 < 12]\, A_{i-1} + B_{i} - \sum_{0 \le j < 2} [M_{i} = j]\, A_{j}",
        "[0 <= i-1 < 12] A[i-1] + B[i] - sum(0 <= j < 2) [M[i] = j] A[j]",
    )


def test_selections_and_deltas() -> None:
    q = of(A[2 * j], Equal(M[i] - 3 * j - 1), bound=indices(j=3))
    assert both(q)[1] == "sum(0 <= j < 3) [M[i] = 3j+1] A[2j]"
    assert text.right(of(sp.Integer(1), Equal(M[i] - 1))) == "[M[i] = 1]"
    assert text.right(of(sp.Integer(-1), Equal(M[i] - 1))) == "-[M[i] = 1]"
    assert text.right(of(A[j], Equal(i - 2 * j - 1), bound=indices(j=3))) == "sum(0 <= j < 3) [i = 2j+1] A[j]"
    assert text.right(of(A[j], Equal(2 * i - 3 * j), bound=indices(j=3))) == "sum(0 <= j < 3) [2i-3j = 0] A[j]"


def test_maxima() -> None:
    y = Tensor("P", (3,), ("i",))
    q = equation(y, (i,), A[2 * i + j], (A,), bound=indices(j=2), reduction="max")
    assert latex.equation(q) == r"P_{i} = \operatorname*{max}_{0 \le j < 2} A_{2i+j}"
    assert text.equation(q) == "P[i] = max(0 <= j < 2) A[2i+j]"
    assert latex.written(expand(q)[1]) == r"\max(A_{2}, A_{3})"
    place = equation(y, (i,), A[2 * i + j], (A,), bound=indices(j=2), reduction="argmax")
    assert latex.written(expand(place)[0]) == r"\operatorname{argmax}(A_{0}, A_{1})"
    empty = Choice("max", (), ()), Choice("argmax", (), ())
    assert [latex.written(c) for c in empty] == [r"-\infty", "-1"] and text.written(empty[0]) == "-inf"


def test_a_scatter_is_written_entry_by_entry() -> None:
    y = Tensor("Y", (12,), ("i",))

    def scattered(*at: sp.Expr) -> Equation:
        return Equation(y, tuple(Term((a,), A[i], indices(i=3, j=2)) for a in at), (A,))

    assert text.equation(scattered(i + j)) == "Y[i+j] += A[i]"
    assert text.equation(scattered(2 * i + j)) == "Y[2i+j] = A[i]"
    assert text.equation(scattered(i + j, 2 * i + j)) == "Y[i+j] += A[i];  Y[2i+j] += A[i]"  # both meet Y[2]
    pairs = tuple(Term((i, i + n), A[i], indices(i=3)) for n in (0, 1))
    assert text.equation(Equation(Tensor("Y", (3, 4), ("i", "j")), pairs, (A,))) == "Y[i,i] = A[i];  Y[i,i+1] = A[i]"
    assert latex.equation(scattered(i + j)) == r"Y_{i+j} \mathrel{+}= A_{i}"
    assert text.equation(Equation(E, ())) == "E = 0"


def test_a_notebook_gets_one_line_an_equation() -> None:
    shown = bundle([of(A[i]), of(B[i])])
    assert shown["text/plain"] == "Y[i] = A[i]\nY[i] = B[i]"
    assert shown["text/latex"] == r"$$\begin{aligned}Y_{i} &= A_{i} \\ Y_{i} &= B_{i}\end{aligned}$$"


# ------------------------------------------------------------ written entries


@pytest.mark.parametrize(
    ("summand", "tex", "plain"),
    [
        (A[i] * B[i] * 2, "2A_{0}B_{0}", "2*A[0]*B[0]"),
        (-A[i] * B[i], "-A_{0}B_{0}", "-A[0]*B[0]"),
        (A[i] / 2, r"\frac{A_{0}}{2}", "A[0]/2"),
        (-2 * A[i] / 3, r"-\frac{2A_{0}}{3}", "-2*A[0]/3"),
        (A[i] / (3 * B[i]), r"\frac{A_{0}}{3B_{0}}", "A[0]/(3*B[0])"),
        (1 / (A[i] + B[i]), r"\frac{1}{A_{0} + B_{0}}", "1/(A[0] + B[0])"),
        (1 / (A[i] * B[i]), None, "1/(A[0]*B[0])"),
        (1 / A[i] ** 2, r"\frac{1}{A_{0}A_{0}}", "1/(A[0]*A[0])"),
        ((A[i] - B[i]) * B[i], None, "(A[0] - B[0])*B[0]"),
        (sp.log(A[i] + B[i]) * A[i], r"A_{0}\ln \left(A_{0} + B_{0}\right)", "A[0]*ln(A[0] + B[0])"),
        (partial(E, C)[i] * A[i], r"\frac{\partial E}{\partial C_{0}} \times A_{0}", "dE/dC[0] * A[0]"),
        (A[i] / partial(E, C)[i], None, "A[0]/(dE/dC[0])"),
    ],
    ids=str,
)
def test_written_products(summand: sp.Expr, tex: str | None, plain: str) -> None:
    (entry,) = expand(of(summand), at=(0,))
    assert tex is None or latex.written(entry) == tex
    assert text.written(entry) == plain


def test_numbers_stand_before_selections() -> None:
    q = of(-A[j] / 2, Equal(M[i] - j), bound=indices(j=2))
    (entry,) = expand(q, at=(1,))
    assert latex.written(entry) == r"-\frac{[M_{1} = 0]A_{0}}{2} - \frac{[M_{1} = 1]A_{1}}{2}"
    assert text.written(entry) == "-[M[1] = 0]*A[0]/2 - [M[1] = 1]*A[1]/2"


def test_elements_by_hand() -> None:
    a, b = Entries(A)[0], Entries(B)[1]
    assert text.written(Sum(())) == "0" and text.written(Number(3, 4)) == "3/4" and latex.written(Number(-3, 1)) == "-3"
    assert text.written(Inverse(Product((a, b)))) == "1/(A[0]*B[1])"
    assert text.written(Product((a, Inverse(Sum((a, b)))))) == "A[0]/(A[0] + B[1])"
    assert text.join_terms([]) == "0" and text.join_terms(["-a", "b", "-c"]) == "-a + b - c"
    with pytest.raises(TypeError):
        text.written("A")


def test_an_entry_may_be_marked() -> None:
    red = Printer(LATEX, lambda entry, written: rf"\mathbf{{{written}}}" if entry.at == (1,) else written)
    (entry,) = expand(of(A[i] * B[0]), at=(1,))
    assert red.written(entry) == r"\mathbf{A_{1}}B_{0}" and latex.written(entry) == "A_{1}B_{0}"


# ------------------------------------------------------------ the text form read back

SHAPES = {"A": (12,), "B": (12,), "Q": (12, 12), "dC": (12,), "M": (12,)}
WORDS = {"A": "A", "B": "B", "Q": "Q", "dC": "dE/dC", "M": "M"}
_rng = random.Random(3)
DATA: dict[str, list[int]] = {
    name: [_rng.randint(-1, 3) if name == "M" else _rng.choice([-5, -3, -2, 2, 3, 7, 11]) for _ in range(
        shape[0] * (shape[1] if len(shape) > 1 else 1))]
    for name, shape in SHAPES.items()
}
ARRAYS = arrays_of(DATA, SHAPES, WORDS)

entries = st.sampled_from(
    [A[i], B[i], A[2 * i + 1], B[j], Q[i, j], Q[j, 2 * i], partial(E, C)[i], partial(E, C)[i + j]]
)
numbers = st.sampled_from([sp.Integer(1), sp.Integer(-1), sp.Integer(2), sp.Rational(1, 2), sp.Rational(-3, 5)])
leaves = st.one_of(entries, entries, numbers)
expressions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(sp.Add, inner, inner),
        st.builds(lambda a, b: a - b, inner, inner),
        st.builds(sp.Mul, inner, inner),
        st.builds(lambda a, b: a / (b**2 + 1), inner, inner),
        st.builds(lambda a, b: a / b, inner, entries),
        st.builds(lambda a: a**2, inner),
    ),
    max_leaves=6,
)
conditions = st.lists(
    st.sampled_from(
        [Range(i - j, ZERO, sp.Integer(2)), Divides(sp.Integer(2), i + j), Equal(M[i] - 2 * j), Equal(i - j),
         Range(2 * i - 3 * j + 1, sp.Integer(-1), sp.Integer(3)), Equal(M[j] - i - 1)]
    ),
    max_size=2, unique=True,
)


@settings(max_examples=200)
@given(st.lists(st.tuples(expressions, conditions), min_size=1, max_size=3))
def test_the_text_form_says_what_is_meant(parts: list[tuple[sp.Expr, list[Guard]]]) -> None:
    q = plus(*(of(e, *guards, bound=indices(j=3)) for e, guards in parts))
    expected = evaluate(q, DATA, EXACT)
    printed = text.equation(q)
    assert list(read(printed, ARRAYS, (3,))) == expected, printed
    assert [Reader(text.written(x), ARRAYS).value({}) for x in expand(q)] == expected


@settings(max_examples=100)
@given(st.lists(st.tuples(expressions, conditions), min_size=1, max_size=3))
def test_the_text_form_says_what_is_meant_without_sums(parts: list[tuple[sp.Expr, list[Guard]]]) -> None:
    one = {j: i}
    equations = []
    for e, guards in parts:
        term = Term((i,), e, indices(i=3, j=3), tuple(guards))
        plain = Term((i,), term.summand.xreplace(one), indices(i=3), tuple(
            type(g)(*(getattr(g, f).xreplace(one) for f in g.__dataclass_fields__)) for g in term.guards))
        equations.append(Equation(Tensor("Y", (3,), ("i",)), (plain,), OPERANDS))
    q = plus(*equations)
    assert list(read(text.equation(q), ARRAYS, (3,))) == evaluate(q, DATA, EXACT), text.equation(q)


def test_the_text_of_every_gradient_of_a_model_read_back() -> None:
    wiring = Wiring("m", (2, 2, 5, 6), "A")
    wiring.add("C", Conv2d(2, 2, (2, 3), stride=2, padding=(1, 0), bias=True), names={"weight": "F"})
    wiring.add("R", ReLU())
    wiring.add("P", MaxPool2d(2, stride=1, padding=1))
    wiring.add("X", Flatten())
    wiring.add("Z", Linear(wiring.shape()[1], 2, bias=True), names={"weight": "W"})
    wiring.add("E", MSELoss(), names={"target": "T"})
    derived = backpropagate(wiring.finish())
    rng = random.Random(1)
    seen = 0
    for gradient in derived.gradients.values():
        q = gradient.equation
        data = {
            t.name: [rng.randint(-1, 3) if t.kind == "index" else rng.randint(-9, 9) for _ in range(t.length)]
            for t in q.operands
        }
        words = {t.name: text.name(t) for t in q.operands}
        arrays = arrays_of(data, {t.name: t.sizes for t in q.operands}, words)
        expected = evaluate(q, data, EXACT)
        for printed in (text.equation(q),):
            if "+=" not in printed and q.terms[0].gathers:
                seen += 1
                assert list(read(printed, arrays, q.target.sizes)) == expected, printed
        written = [Reader(text.written(x), arrays).value({}) for x in expand(q)]
        assert written == expected
    assert seen >= 8
