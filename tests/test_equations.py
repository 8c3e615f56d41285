"""Equations as text from end to end: on the command line, in models, from Python, in every target and style."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import symconv
from symconv import pipeline
from symconv.cli import main
from symconv.derivation.backpropagate import backpropagate
from symconv.derivation.run import run
from symconv.importers.toml import read_model
from symconv.kernels.single import single_spec
from symconv.layers.equation import EquationLayer
from symconv.layers.linear import Linear
from symconv.layers.mse import MSELoss
from symconv.model import Model, Wiring
from symconv.proofs.report import Check
from tests.equation_examples import EXAMPLES, Example
from tests.test_graphs import forward, inputs

# ------------------------------------------------------------ the command line


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_derived(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    example = EXAMPLES[name]
    assert main(example.arguments) == 0
    shown = capsys.readouterr()
    assert example.gradient in shown.out and not shown.err
    assert main([*example.arguments, "--format", "tex"]) == 0
    assert r"\begin{document}" in capsys.readouterr().out


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_checked_and_generated(name: str) -> None:
    """Every Step, and every kernel: C in loops and unrolled, NumPy, Python."""
    model = example_model(EXAMPLES[name])
    steps, broken = pipeline.check_steps(model)
    assert steps > 5 and not broken
    checks = pipeline.prove(model, styles=("loops", "unrolled")).checks
    assert {(c.target, c.style) for c in checks} >= {
        ("c", "loops"), ("c", "unrolled"), ("numpy", "loops"), ("python", "loops")
    }
    assert all(c.check == "PASSED" for c in checks), [c for c in checks if c.check != "PASSED"]
    assert {c.quantity for c in checks} >= {model.nodes[0].name, f"d{EXAMPLES[name].by}"}


def example_model(example: Example) -> Model:
    shapes = {shape.split("=")[0]: tuple(map(int, shape.split("=")[1].split(","))) for shape in example.shapes}
    return pipeline.equation(example.equation, shapes)[0]


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="there is no LaTeX")
@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_a_pdf(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([*EXAMPLES[name].arguments, "--out", "d.pdf"]) == 0
    assert (tmp_path / "d.pdf").read_bytes().startswith(b"%PDF")


def test_what_was_chosen_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["derive", "--equation", "C[k] = sum(i) A[k+i]*F[i]", "--shape", "F=2", "--wrt", "F"]) == 0
    shown = capsys.readouterr()
    assert shown.err == "chosen, since nothing decides how far they run: k = 3 (--shape or where does)\n"
    assert "dE/dF[i] = sum(0 <= k < 3) dE/dC[k] * A[k+i]" in shown.out


def test_one_entry(capsys: pytest.CaptureFixture[str]) -> None:
    text = "C[k,l] = sum(i,j) A[k+i, l+j] * F[i,j]"
    shapes = ["--shape", "A=4,4", "--shape", "F=3,3"]
    assert main(["derive", "--equation", text, *shapes, "--wrt", "F", "--entry", "0,1"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "dE/dF[0,1] = dE/dC[0,0] * A[0,1] + dE/dC[0,1] * A[0,2] + dE/dC[1,0] * A[1,1] + dE/dC[1,1] * A[1,2]" in shown


def test_a_scalar_result_is_the_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["derive", "--equation", "E = sum(i) A[i]^2 * w", "--shape", "A=2", "--wrt", "A"]) == 0
    assert "dE/dA[i] = 2*A[i]*w" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("E = sum(i) A[i]^3", "dS/dA[i] = 6*A[i]*V[i]"),
        ("C[k] = A[k]^2 * F[k]", "dS/dA[k] = 2*C_bar[k]*F[k]*V[k]"),
        ("S[k] = A[k]^2", "dSS/dA[k] = 2*S_bar[k]*V[k]"),
    ],
)
def test_second_derivatives(text: str, expected: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["derive", "--equation", text, "--shape", "A=2", "--wrt", "A", "--hvp"]) == 0
    shown = capsys.readouterr().out
    assert expected in shown
    assert ("is given and held fixed" in shown) == ("_bar[" in expected)


def test_a_second_derivative_is_the_change_of_the_first() -> None:
    """Behind an arbitrary error its gradient is held fixed: H V from differences of dE/dA."""
    text = "H[k] = sum(i) A[k+i]*A[k]*F[i] where k < 3; C[k] = exp(H[k])/2"
    model, _ = pipeline.equation(text, {"A": (4,), "F": (2,)})
    product = pipeline.hessian_product(model, "A")
    rng = np.random.default_rng(4)
    data = {t.name: rng.normal(0, 0.3, t.sizes) for t in product.model.program.inputs}
    found = run(product, {n: a.ravel().tolist() for n, a in data.items()})

    def gradient(a: Any) -> Any:
        given = {"A": a, "F": data["F"], "dC": data["C_bar"]}
        return np.array(run(backpropagate(model), {n: x.ravel().tolist() for n, x in given.items()})["dA"])

    ends = [gradient(data["A"] + s * 1e-6 * data["V"]) for s in (1, -1)]
    np.testing.assert_allclose(found["dA"], (ends[0] - ends[1]) / 2e-6, rtol=1e-6, atol=1e-9)


# ------------------------------------------------------------ models

MODEL = """
[model]
name = "mixed"
input = [1, 6, 6]
batch = 2

[[layer]]
type = "conv2d"
name = "C"
weight = "F"
out_channels = 2
kernel_size = 3

[[layer]]
type = "equation"
equation = "L[b,o,k,l] = sum(c,i,j) C[b,c,k+i,l+j] * G[o,k,l,c,i,j] + beta[o,k,l]"
shapes = { G = [2, 3, 3, 2, 2, 2] }

[[layer]]
type = "equation"
name = "B"
equation = \"\"\"
M[b,c] = sum(k,l) C[b,c,k,l] / 16      # reads two tensors: the convolution and the layer before
B[b,r,s] = sum(u,v) L[b,r,u,v] * L[b,s,u,v] / 9 + M[b,r] * M[b,s]
\"\"\"
inputs = ["L", "C"]

[[layer]]
type = "flatten"
name = "X"

[[layer]]
type = "equation"
equation = "P[b,o] = max(f) X[b,f] * W[o,f] where o < 3"

[loss]
type = "mse"
name = "E"
"""


def test_a_model_with_equations() -> None:
    model = read_model(MODEL, where="mixed.toml")
    assert [n.name for n in model.nodes] == ["C", "L", "B", "X", "P", "E"]
    assert [t.name for t in model.parameters] == ["F", "G", "beta", "W"]
    assert [n.inputs for n in model.nodes[1:3]] == [("C",), ("L", "C")]
    assert [n.output.sizes for n in model.nodes[1:5]] == [(2, 2, 3, 3), (2, 2, 2), (2, 4), (2, 3)]


@pytest.mark.parametrize("seed", [1, 2])
def test_its_gradients_are_the_changes_of_the_error(seed: int) -> None:
    model = read_model(MODEL, where="mixed.toml")
    data = inputs(model, seed)
    found = run(backpropagate(model), {n: a.ravel().tolist() for n, a in data.items()})
    assert found["E"][0] == pytest.approx(forward(model, data), rel=1e-12)
    rng = np.random.default_rng(seed)
    for tensor in (model.input, *model.parameters):
        gradient = np.array(found[f"d{tensor.name}"])
        v = rng.normal(0, 1, tensor.sizes)
        ends = [forward(model, {**data, tensor.name: data[tensor.name] + s * 1e-6 * v}) for s in (1, -1)]
        assert gradient @ v.ravel() == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-5, abs=1e-9), tensor.name


SMALL = MODEL.replace("batch = 2", "batch = 1").replace("[1, 6, 6]", "[1, 4, 4]").replace("[2, 3, 3, 2", "[2, 1, 1, 2")


def test_its_kernels_are_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("m.toml").write_text(SMALL)
    assert main(["generate", "m.toml", "--out", "out"]) == 0
    names = {p.name for p in Path("out").rglob("*") if p.is_file()}
    assert any(n.endswith(".c") for n in names) and any(n.endswith(".py") for n in names)
    assert main(["generate", "m.toml", "--out", "out", "--check"]) == 0


@pytest.mark.slow
def test_it_is_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Documents, every kernel as a file, the table; the C compiles with warnings as errors and passes its own test."""
    monkeypatch.chdir(tmp_path)
    Path("m.toml").write_text(SMALL)
    assert main(["build", "m.toml", "--out", "out"]) == 0
    shown = capsys.readouterr().out
    assert "FAILED" not in shown and "PASSED" in shown
    assert {"derivation.tex", "Makefile"} <= {p.name for p in Path("out").rglob("*") if p.is_file()}
    folder = next(p.parent for p in Path("out").rglob("Makefile"))
    made = subprocess.run(["make", "-C", str(folder), "-s"], capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr


def test_an_equation_that_reads_no_earlier_tensor_says_which_there_are(refused: Any) -> None:
    Path("m.toml").write_text(MODEL.replace("X[b,f] * W[o,f]", "Y[b,f] * W[o,f]"))
    line = refused("derive", "m.toml")
    assert line.endswith(
        "its equations read Y, W, none of which is made so far; read one of A, C, L, B, X"
    )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('name = "B"', 'name = "M"', "layer 3 (equation M): name 'M' is taken"),
        ('name = "B"', 'name = "L"', "layer 3 (equation L): name 'L' is taken"),
        ('inputs = ["L", "C"]', 'inputs = ["L", "D"]', "inputs names 'D', which no equation reads; choose of C, L"),
        ('inputs = ["L", "C"]', 'inputs = ["L", "L"]', "inputs names 'L' twice"),
        ('inputs = ["L", "C"]', 'inputs = ["L", "A"]', "inputs names 'A', which no equation reads; choose of C, L"),
        ("beta[o,k,l]", "F[o,k,l]", "layer 2 (equation equation_2): name 'F' is taken in this model"),
        ("shapes = { G = [2, 3, 3, 2, 2, 2] }", "", "nothing says how far index o runs"),
        ("shapes = { G = [2, 3, 3, 2, 2, 2] }", "shapes = { G = [2, 4, 3, 2, 2, 2] }", "the subscript i + k of C"),
        ("shapes = { G = [2, 3, 3, 2, 2, 2] }", "shapes = { Z = [2] }", "shapes names 'Z', which the equations do not"),
        ("beta[o,k,l]", "b[o,k,l]", "line 1, column 3: b is an index and a tensor"),
        ("/ 9 + M", "/ 0 + M", "line 2, column 47: a division by 0"),
    ],
)
def test_what_a_model_cannot_have(refused: Any, old: str, new: str, said: str) -> None:
    assert old in MODEL
    Path("m.toml").write_text(MODEL.replace(old, new))
    line = refused("derive", "m.toml")
    assert said in line and line.startswith("symconv: m.toml: layer ")


# ------------------------------------------------------------ from Python


def test_the_same_from_python() -> None:
    wiring = Wiring("mixed", (2, 5), "X")
    wiring.add("H", Linear(5, 4), names={"weight": "V"})
    wiring.add("P", EquationLayer("P[b,o] = sum(f) H[b,f]^2 * W[o,f] + X[b,o] where o < 3"))
    wiring.add("E", MSELoss())
    model = wiring.finish()
    assert model.node("P").inputs == ("H", "X") and [t.name for t in model.parameters] == ["V", "W"]
    data = inputs(model, 3)
    found = run(backpropagate(model), {n: a.ravel().tolist() for n, a in data.items()})
    assert found["E"][0] == pytest.approx(forward(model, data), rel=1e-12)


@pytest.mark.parametrize("target", ["c", "numpy", "python"])
def test_a_kernel_of_an_equation(target: str) -> None:
    layer = symconv.EquationLayer("C[k] = sum(i) A[2*k+i] * F[i]", shapes={"F": (3,)})
    assert eval(repr(layer), {"EquationLayer": symconv.EquationLayer}) == layer
    dtype = "float64" if target == "python" else "float32"
    forward_ = symconv.kernel(layer, (9,), target=target, dtype=dtype)
    gradient = symconv.kernel(layer, (9,), gradient="F", target=target, dtype=dtype)
    a, f, g = np.arange(9, dtype=dtype), np.array([1, 2, 3], dtype), np.array([1, -1, 2, 1], dtype)
    np.testing.assert_array_equal(forward_(a, f), [sum(a[2 * k + i] * f[i] for i in range(3)) for k in range(4)])
    given = [{"A": a, "dC": g}[argument.split("[")[0]] for argument in gradient.arguments]
    np.testing.assert_array_equal(gradient(*given), [sum(a[2 * k + i] * g[k] for k in range(4)) for i in range(3)])


def test_a_kernel_of_two_inputs() -> None:
    layer = symconv.EquationLayer("C[r,c] = sum(i) A[r,i] * B[i,c]")
    product = symconv.kernel(layer, ((2, 3), (3, 4)), target="numpy")
    rng = np.random.default_rng(0)
    a, b = rng.integers(-3, 4, (2, 3)).astype("float32"), rng.integers(-3, 4, (3, 4)).astype("float32")
    np.testing.assert_array_equal(product(a, b), a @ b)
    assert single_spec(layer, ((2, 3), (3, 4)), "B").quantity == "dB"


def failures(checks: tuple[Check, ...]) -> list[Check]:
    return [c for c in checks if c.check != "PASSED"]


@pytest.mark.parametrize(
    "text",
    [
        "C[k] = A[k]^3", "C[k] = max(i) A[k+i]*F[i]", "C[k] = max(i) (A[k+i]-F[i])^2 where i <= k+1",
        "C[k] = A[k]/F[k]", "C[k] = relu(A[k]*F[k] - w)", "H[k] = max(i) A[k+i] where i < 2; C[k] = H[k]*H[k]",
        "C = max(i,j) (w + A[i]*A[j])", "C[k] = A[k]^-2 * w", "H[k] = A[k] - w; C = sum(k) relu(H[k])*H[k]",
    ],
)  # fmt: skip
def test_kinks_poles_and_cubes_are_told_from_faults(text: str) -> None:
    """The reference's differences are held against gradients where that is sound, at data that keep off the kinks."""
    shapes = {name: shape for name, shape in {"A": (5,), "F": (3,)}.items() if f"{name}[" in text}
    if "A[k]" in text and "F[k]" in text:
        shapes["F"] = (5,)
    model, _ = pipeline.equation(text, shapes)
    assert not failures(pipeline.prove(model).checks)


# ------------------------------------------------------------ documents


def document(text: str, *arguments: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["derive", "--equation", text, *arguments]) == 0
    return capsys.readouterr().out


def test_terms_that_meet_the_same_entry_are_added(capsys: pytest.CaptureFixture[str]) -> None:
    """``dW[x]/dU[x]`` is met by two summands, so that neither is all of it."""
    shown = document(EXAMPLES["wave stencil"].equation, "--shape", "U=9", "--wrt", "U", capsys=capsys)
    assert "dW[x]/dU[x] += 2;  dW[x]/dU[x-1] = c where 0 <= x-1 < 8;  dW[x]/dU[x] += -2*c;" in shown
    assert "dE/dU[x] += 2 * dE/dW[x];  dE/dU[x-1] += dE/dW[x] * c where 0 <= x-1 < 8;" in shown
    assert "Likewise in\nthe other terms." in shown


@pytest.mark.parametrize(
    "text",
    [
        "P[k] = max(i) A[2*k+i]*F[i] where i < 3",
        "P[k,l] = max(i,j) (A[k+i,l+j] - F[i,j])^2 where i < 2, j < 2, k < 2, l < 2",
        "P[k,l] = max(i,j) 2*B[k+i,l+j] where i < 2, j < 2, k < 2, l < 2",
        "P[k,l] = max(i,j) B[k+i,l+j] where i < 2, j < 2, k < 2, l < 2, i <= j",
        "H[k] = max(i) A[k+i]^2 where i < 2; long_name = max(j) H[j]; E = sum(k) H[k]*long_name",
        "C = A*B", "E = A", "C[k,0] = A[k]",
    ],
)  # fmt: skip
@pytest.mark.parametrize("format", ["text", "tex"])
def test_documents_of_unusual_equations(text: str, format: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Maxima of combinations have no entry that wins; winners inside a layer have names of their own."""
    shown = document(text, "--format", format, capsys=capsys)
    assert "worked example" in shown
    assert ("is the largest of them" in shown) == ("max(i,j) B[" in text)
