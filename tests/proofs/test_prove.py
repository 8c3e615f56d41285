"""Proofs end to end: the words, the folder as it lies on disk, the forward kernel, special values, large kernels."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from symconv import pipeline
from symconv.backends.common.variants import Variant, variants
from symconv.cli import main
from symconv.kernels.single import single_spec
from symconv.layers.common.registry import layer_class
from symconv.layers.conv2d import Conv2d
from symconv.layers.linear import Linear
from symconv.layers.max_pool2d import MaxPool2d
from symconv.layers.relu import ReLU
from symconv.proofs.bound import bound, gamma, roundings
from symconv.proofs.forward import prove_gradient
from symconv.proofs.prove import Prover

ROOT = Path(__file__).parents[2] / "generated"


def test_every_kernel_of_the_slides_is_proved_in_every_form() -> None:
    report = pipeline.prove("slides", styles=("loops", "unrolled"))
    assert {c.proof.verdict for c in report.checks if c.proof} == {"PROVED"}
    assert all(c.proof is not None and c.proof.monomials > 0 and c.proof.bound is not None for c in report.checks)
    entry = report.to_dict()["kernels"][0]["proof"]
    assert list(entry) == ["verdict", "monomials", "miss", "bound", "seconds"]


@pytest.mark.marathon
@pytest.mark.parametrize("name", ["lenet5", "residual", "inception", "digits"])
def test_every_kernel_of_the_models_is_proved(name: str) -> None:
    report = pipeline.prove(name)
    assert report.ok and {c.proof.verdict for c in report.checks if c.proof} == {"PROVED"}


@pytest.mark.marathon
def test_second_derivatives_are_proved() -> None:
    report = pipeline.prove(pipeline.hessian_product("slides", "W").model)
    assert report.ok and {c.proof.verdict for c in report.checks if c.proof} == {"PROVED"}


EDITS = [
    ("c/C_dA_f32.c", "F[3*i + j]", "F[3*j + i]", "dA[0,0,0,1] lacks F[1]*dC[0] and has F[3]*dC[0]"),
    ("c/P_forward_f64.c", "value > best", "value >= best", "special values|P_argmax"),
    ("c/P_forward_f32.c", " || value != value", "", "special values"),
    ("python/E_dZ_f64.py", "(-1.0)", "(1.0)", "dZ[0,0] lacks"),
    ("numpy/C_dF_f64.py", "np.float64", "np.float32", "float32"),
]


@pytest.mark.parametrize(("file", "old", "new", "complaint"), EDITS)
def test_an_edited_kernel_is_caught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    file: str, old: str, new: str, complaint: str,
) -> None:  # fmt: skip
    import shutil

    shutil.copytree(ROOT / "slides", tmp_path / "slides")
    monkeypatch.chdir(tmp_path)
    path = Path("slides") / file
    text = path.read_text(encoding="utf-8")
    if old not in text:
        old, new = "import numpy as np", "import numpy as np\nimport os"
        complaint = "import os"
    head, _, tail = text.rpartition(old)
    path.write_text(head + new + tail, encoding="utf-8")
    target = file.split("/")[0]
    assert main(["prove", "slides", "--target", target, "--json"]) == 1
    shown = json.loads(capsys.readouterr().out)
    failed = [k for k in shown["kernels"] if k["check"] == "FAILED"]
    assert len(failed) == 1 and failed[0]["proof"]["verdict"] == "FAILED"
    assert any(part in failed[0]["reason"] for part in complaint.split("|")), failed


def test_a_missing_file_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import shutil

    shutil.copytree(ROOT / "slides", tmp_path / "slides")
    (tmp_path / "slides/python/C_dF_f64.py").unlink()
    report = pipeline.prove("slides", targets=("python",), folder=tmp_path / "slides")
    (failed,) = (c for c in report.checks if c.check == "FAILED")
    assert (failed.quantity, failed.reason) == ("dF", "the file is missing, or is no text") and not report.ok


@pytest.mark.slow
@pytest.mark.parametrize("name", ["slides", "residual"])
def test_the_report_in_generated_is_what_prove_says(name: str, tmp_path: Path) -> None:
    pipeline.prove(name, folder=ROOT / name, write=tmp_path)
    assert (tmp_path / "report.json").read_bytes() == (ROOT / name / "report.json").read_bytes()


# ------------------------------------------------------------ L0


def test_gradients_are_derivatives_of_the_traced_forward_kernel() -> None:
    for kind, shape, options in (
        ("conv2d", (2, 2, 4, 3), {"in_channels": 2, "out_channels": 2, "kernel_size": 2, "stride": 2, "padding": 1}),
        ("batch_norm2d", (2, 2, 2, 2), {"num_features": 2}),
        ("layer_norm", (2, 3), {"normalized_shape": (3,)}),
        ("softmax", (2, 3), {}),
        ("gelu", (4,), {}),
        ("max_pool2d", (1, 1, 4, 4), {"kernel_size": 3, "stride": 1, "padding": 1}),
    ):
        layer = layer_class(kind)(**options)
        found = prove_gradient(single_spec(layer, shape, "input"))
        assert (found.state, found.complaint) == ("equal", ""), (kind, found)


@pytest.mark.parametrize("factor", [-1, 2])
def test_a_wrong_derivation_is_found_by_the_forward_kernel(factor: int) -> None:
    spec = single_spec(Conv2d(1, 1, 2), (1, 1, 3, 3), "weight")
    (q,) = spec.equations
    wrong = replace(q, terms=tuple(replace(t, summand=factor * t.summand) for t in q.terms))
    changed = replace(spec, equations=(wrong,))
    found = prove_gradient(changed)
    assert found.state == "wrong"
    assert "is not the derivative of the forward kernel: dF[0,0,0,0] lacks" in found.complaint
    v = Variant(changed, "c", "loops", "float64")
    judged = Prover().prove(v, v.source("test"))  # the kernel is its formula, but the formula is wrong
    assert judged is not None and judged.proof.verdict == "FAILED" and "derivative" in judged.complaint


# ------------------------------------------------------------ large kernels


def test_above_the_limit_a_kernel_is_tested_at_a_random_point() -> None:
    spec = single_spec(Conv2d(2, 3, 3, padding=1), (1, 2, 8, 8), "weight")
    v = Variant(spec, "c", "loops", "float32")
    text = v.source("test")
    judged = Prover(limit=100).prove(v, text)
    assert judged is not None and judged.proof.verdict == "TESTED" and 0 < judged.proof.miss < 2**-59
    wrong = Prover(limit=100).prove(v, text.replace("acc += ", "acc -= ", 1))
    assert wrong is not None and wrong.proof.verdict == "FAILED" and "random point" in wrong.complaint


def test_what_points_cannot_show_is_mistrusted() -> None:
    spec = single_spec(ReLU(), (4, 4))
    v = Variant(spec, "c", "loops", "float32")
    judged = Prover(limit=1).prove(v, v.source("test"))
    assert judged is not None and judged.proof.verdict == "MISTRUSTED" and judged.proof.miss is None


# ------------------------------------------------------------ rounding


def test_the_rounding_bound_is_gamma_of_the_longest_chain() -> None:
    spec = single_spec(Linear(20, 3), (1, 20))
    assert roundings(spec) == 20  # one product and nineteen sums
    assert bound(spec, "float64") == gamma(20, "float64") == pytest.approx(20 * 2**-53, rel=1e-10)
    assert bound(single_spec(MaxPool2d(2), (1, 1, 4, 4)), "float32") == 0.0
    assert gamma(2**24, "float32") is None


def test_an_unknown_target_is_not_proved() -> None:
    (v, *_) = variants(pipeline.load("slides"), wanted=("c",))
    assert Prover().prove(replace(v, target="fortran"), "") is None
