"""Hostile text as an equation: only refusals, at once, with a place; nothing is evaluated, nothing is written."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symconv.errors import LimitError, SymconvError
from symconv.importers.equation import read_equation
from symconv.layers.equation import EquationLayer
from tests.refusals import Refused
from tests.test_bad_input import NAMES

SUMS = "+".join(f"A[{n}]" for n in range(20_000))
ATTACKS = [
    "__import__('os').getpid()", "C = __import__('os').system('touch pwned')", "open('/etc/passwd').read()",
    "().__class__.__base__.__subclasses__()", "C[k] = ().__class__", "C = lambda: A", "C = eval(A)", "C = exec(A)",
    "C = print(A)", "C[k] = A[k].__class__", "C = A if A else B", "C = [A]", "C := A", "C = A; import os",
    "C = f'{A}'", "C = A @ B", "C = ~A", "C = A << 2", "C = A % 2", "C = A // 2", "C = A ! B", "C = A & B",
    "C = 0x10*A", "C = 1_000*A", "C = 1j*A", "C = inf*A + nan", "C = A[:]", "C = A[...]", "C = A[-1]", "C = A[1:2]",
    "C = 'A'",
    r"C = \input{/etc/passwd}", "C = ^^5cinput", r"C = \write18{id}", r"\csname input\endcsname = A", r"C = \openin",
    r"C = \catcode`\A", r"\def\x{\x\x}\x", r"C = \loop", r"C = \directlua{os.exit()}", r"C = A % \input x",
    "C = A <script>alert(1)</script>", "C = {{7*7}}", "{% x %} = A", "C = <<x>>", "*/ int evil; /* = A",
    'C = x; system("id"); //', "C = A\\", "C = A ??/", "C = A \u202e", "C = \uff21", "C = A\u0301", "C\x00 = A",
    "C = A\x1b[2J",
    "\ufeffC = A", "C = A\u2028D = A", "C = A\vB",
]  # fmt: skip
LIMITS = [
    "C = A[0]*9**9**9", "C = 9^9*9^9*9^9*A", "C = 1e999999999*A", "C = ((A+b+c)^60)", "C = ((A+b+c)^16)", f"C = {SUMS}",
    f"C = {SUMS[:4000].rpartition('+')[0]}", "C = " + "(" * 2000 + "A" + ")" * 2000, "C = " + "{" * 2000,
    "C = " + "[" * 2000,
    "C = " + "-" * 1900 + "A", "C = " + "exp(" * 900 + "A" + ")" * 900, "C = " + "sum(i) " * 400 + "A[i]",
    "C = " + "*".join(["(A+B+D+F)"] * 150), "C = ((((A^16)^16)^16)^16)", "C = ((((2^16)^16)^16)^16)*A",
    "C = " + "9" * 7000 + "*A", "C = 0." + "0" * 7000 + "1*A", "C = " + "9" * 16 + "*A", "C = 1e-999999999*A",
    "C = A^99999999999999", "C = A^-99", "C = 999999999999999*999999999999999*A", "x" * 100_000,
    "C = A" + " " * 100_000,
    "C = A #" + "x" * 100_000, "C = " + "*".join(["(A+1)^2"] * 100), "C[k] = A[999999999999999*k]",
    "C[k] = A[k] where k < 999999999999999", "C[k,l] = A[k]*A[l] where k < 2000000000, l < 2000000000",
    "C[" + ",".join(f"k{n}" for n in range(90)) + "] = A where " + ", ".join(f"k{n} < 2" for n in range(90)),
    "C = " + "sqrt(" * 35 + "A" + ")" * 35, "C = exp((A+B)^16)^16", "C = " + "(A where k < 2)" * 300,
    ";" * 7000, "C = A;" * 1000, "\n" * 7000 + "$",
]  # fmt: skip


def refusal(text: object) -> SymconvError | None:
    """What the layer and the importer say to a text, which must be the same; None where both take it."""
    said: list[SymconvError | None] = []
    for made in (lambda: EquationLayer(text), lambda: read_equation(text, {})):  # type: ignore[arg-type]
        try:
            made()
            said.append(None)
        except SymconvError as error:
            said.append(error)
    assert all(e is None or (str(e).isprintable() and len(str(e)) < 500) for e in said)
    assert said[0] is None or str(said[0]) == str(said[1])
    return said[1]


@pytest.mark.parametrize("text", ATTACKS, ids=ascii)
def test_an_attack_is_refused_with_its_place(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    error = refusal(text)
    assert error is not None and str(error).startswith("the equation: line ") and error.remedy
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize("text", LIMITS, ids=lambda text: ascii(text[:20]))
def test_what_is_too_much_is_refused_at_once(text: str) -> None:
    start = time.perf_counter()
    error = refusal(text)
    print(f"{(time.perf_counter() - start) * 1000:.1f} ms", error)  # shown by -rP
    assert error is not None


def test_a_limit_says_so() -> None:
    for text in ("C = A^60", "C = (A+b+c)^16", "C = 1e99*A", "C = " + "(" * 99, "C = " + "-" * 2100, "C" * 9000):
        assert isinstance(refusal(text), LimitError)


SOUND = ("C", "A", "i", "j", "k", "b", "dC", "\n", "", " ", "a\n", "a-b")  # here


@pytest.mark.parametrize("name", [n for n in NAMES if n not in SOUND], ids=lambda name: ascii(name)[:24])
def test_a_name_that_cannot_be_is_refused(name: str) -> None:
    for text in (f"{name}[k] = A[k]", f"C[k] = {name}[k]", f"C[k] = sum({name}) A[{name}+k]"):
        assert refusal(text) is not None, text


# ------------------------------------------------------------ the command line and TOML

SHORT = [t for t in (*ATTACKS, *LIMITS) if len(t) < 8000 and "\x00" not in t][::4]
MODEL = """
[model]
name = "m"
input = [2, 6]
[[layer]]
type = "equation"
equation = {}
[loss]
type = "mse"
"""


@pytest.mark.parametrize("text", SHORT, ids=lambda text: ascii(text[:24]))
def test_the_command_line_refuses_it(refused: Refused, text: str) -> None:
    line = refused("derive", f"--equation={text}", "--out", "d.tex")
    assert line == f"symconv: {refusal(text)}"


@pytest.mark.parametrize("text", SHORT, ids=lambda text: ascii(text[:24]))
def test_a_model_refuses_it(refused: Refused, text: str) -> None:
    Path("m.toml").write_text(MODEL.format(json.dumps(text)), encoding="utf-8")
    line = refused("generate", "m.toml", "--out", "out")
    assert line.startswith("symconv: m.toml: layer 1 (equation equation_1): ") or "is not TOML" in line


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["--shape", "A=6"], "derive: --shape stands without --equation; give the equation, or leave it out"),
        (["slides", "--equation", "C = A"], "derive: --equation stands with the model slides; give one of the two"),
        (["--equation", "C[k] = A[k]", "--shape", "A=6", "--shape", "A=6"], "derive: --shape gives A twice"),
        (["--equation", "C[k] = A[k]", "--shape", "A=0"], "equation: shape of A 0 is outside 1..2147483647"),
        (["--equation", "C[k] = A[k]", "--shape", "Z=3"], "equation: shapes names 'Z', which the"),
        (["--equation", "C[k] = A[k]", "--shape", "A=3,3"], "the equation: line 1, column 8: A has 1 subscripts"),
        (["--equation", "C[k] = A[k]", "--shape", "A=99999999"], "model equation: input has 99999999 entries"),
        (["--equation", "C[k] = A[k]", "--wrt", "F"], "there is no gradient with respect to 'F'; choose one of A"),
        (["--equation", "C[k] = A[k]", "--wrt", "A", "--entry", "7"], "7"),
        (["--equation", "C[k] = A[k]", "--wrt", "A", "--hvp"], "C is linear in A; its Hessian is zero"),
        (["--equation", "C[k] = A[k]^2", "--hvp"], "--hvp stands with 0 --wrt; name one tensor, as --wrt F --hvp"),
        (["--equation", "C[k] = A[k]", "--out", "../x.tex"], ".."),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_options_that_do_not_fit(refused: Refused, argv: list[str], said: str) -> None:
    assert said in refused("derive", *argv)


# ------------------------------------------------------------ fuzzing

PIECES = [
    "C", "A", "F", "b", "H", "E", "k", "l", "i", "j", "[", "]", "[k]", "[k,l]", "[k+i]", "[2*k-1]", "[0]", "(", ")",
    ",", "=", "==", "<", "<=", ">", ">=", "|", "+", "-", "*", "/", "^", "**", ";", "\n", " where ", " and ",
    "sum(i) ", "max(i,j) ", "sum(", "max(", "exp(", "relu(", "sqrt(", "log(", "sigmoid(", "0", "1", "2", "3", "17",
    "0.5", "1e9", "2147483647", "#", "0 <= k < 3", "0 <= k+i-1 < 5", "2 | k", "i = j", "C[k] = ", "A[k]", "A[k+i]",
    "F[i]", "{", "}", "\\", "'", "\u03b1", "_",
]  # fmt: skip
TEXTS = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=30).map("".join),
    st.lists(st.sampled_from(PIECES), max_size=30).map(lambda parts: "C[k] = " + " ".join(parts)),
    st.text(max_size=80),
    st.binary(max_size=80).map(lambda raw: raw.decode("latin-1")),
)


@settings(max_examples=150)
@given(TEXTS)
def test_any_text_is_an_equation_or_refused(text: str) -> None:
    refusal(text)


@pytest.mark.slow
@settings(max_examples=20_000)
@given(TEXTS)
def test_twenty_thousand_texts(text: str) -> None:
    refusal(text)
