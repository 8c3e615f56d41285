"""The c target: clean under strict warnings and as C++, self-contained, the same values in every style."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import numpy as np
import pytest

from symconv import pipeline
from symconv.backends import c
from symconv.backends.common.header import header
from symconv.errors import LimitError
from symconv.kernels.single import single_spec
from symconv.layers.linear import Linear
from symconv.layers.softmax_cross_entropy import CrossEntropyLoss
from symconv.model import Wiring
from symconv.reference import FORWARD
from tests.support import every_layer, random_conv, specs_of

STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror", "-c", "-o", "/dev/null"]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every C kernel of a model with every layer, loops and unrolled, with header, Makefile and self-test."""
    from symconv.paths import write_files

    model = every_layer()
    folder = tmp_path_factory.mktemp("c") / "made"
    chosen = pipeline.variants(model, wanted=("c",), styles=("loops", "unrolled"))
    write_files(folder, pipeline.kernel_files(model, chosen))
    return folder / "c"


def run(*command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def test_clean_as_c99_and_as_cpp(project: Path) -> None:
    sources = sorted(p.name for p in project.glob("*.c"))
    assert len(sources) == 1 + 2 * 2 * 16, sources
    for compiler, standard in (("gcc", ["-std=c99"]), ("g++", ["-x", "c++", "-std=c++11"])):
        for batch in (sources[:20], sources[20:40], sources[40:]):
            for name in batch:
                done = run(compiler, *standard, *STRICT, name, cwd=project)
                assert done.returncode == 0, (compiler, name, done.stderr)


def test_the_makefile_builds_and_the_self_test_agrees(project: Path) -> None:
    done = run("make", "-s", "check", cwd=project)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "every: 64 of 64 kernels agree with their formulas" in done.stdout


def test_the_self_test_finds_a_changed_index(project: Path, tmp_path: Path) -> None:
    import shutil

    copy = tmp_path / "c"
    shutil.copytree(project, copy)
    victim = copy / "C_forward_f64.c"
    text = victim.read_text()
    changed = text.replace("C_weight[12*g", "C_weight[11*g")
    assert changed != text
    victim.write_text(changed)
    done = run("make", "-s", "check", cwd=copy)
    assert done.returncode != 0
    assert "FAILED every_C_forward_f64" in done.stdout


def test_the_header_serves_c_and_cpp(project: Path, tmp_path: Path) -> None:
    for compiler, name in (("gcc", "user.c"), ("g++", "user.cpp")):
        (tmp_path / name).write_text('#include "every.h"\n#include "every.h"\nint main(void) { return 0; }\n')
        flags = ["-Wall", "-Wextra", "-Werror", f"-I{project}", "-o", "/dev/null"]
        assert run(compiler, *flags, name, cwd=tmp_path).returncode == 0


def test_nothing_but_math_is_included_or_called(project: Path) -> None:
    for path in project.glob("*.c"):
        if path.name == "selftest.c":
            continue
        includes = [line for line in path.read_text().splitlines() if line.startswith("#include")]
        assert includes in ([], ["#include <math.h>"]), path.name
    objects = run("bash", "-c", "nm -u *.o | grep ' U ' | sort -u", cwd=project).stdout.split()
    allowed = {"U", "exp", "expf", "log", "logf", "printf", "puts"}
    assert {s for s in objects if "every_" not in s and "selftest" not in s} <= allowed, objects


def test_unrolled_and_loops_agree() -> None:
    rng = random.Random(5)
    layer, shape = random_conv(rng)
    for spec in specs_of(layer, shape):
        numbers = np.random.default_rng(1)
        arrays = [numbers.integers(-4, 5, t.sizes).astype(np.float32) for t in spec.inputs]
        results = []
        for style in c.STYLES:
            text = c.source(spec, "float32", style, {"header": "\n".join(header(spec, "float32", "test"))})
            results.append(c.load(text, spec, "float32", style)(*arrays)[0])
        assert np.array_equal(*results)


def test_unrolled_refuses_large_kernels() -> None:
    spec = single_spec(Linear(100, 100), (1, 100))
    with pytest.raises(LimitError, match="10000 terms exceed the limit 4096 of the unrolled style"):
        c.source(spec, "float32", "unrolled", {"header": ""})


def test_large_intermediates_are_in_a_workspace_of_the_caller(tmp_path: Path) -> None:
    layer = CrossEntropyLoss()
    spec = single_spec(layer, (48, 1000))
    text = c.source(spec, "float64", "loops", {"header": "one"})
    size = c.workspace_bytes(c.buffers(spec)[2], "float64")
    assert size > c.SCRATCH_BYTES and f"{size} bytes" in text and "[48000];" not in text
    assert "static double" not in text.replace("static double symconv_", "")
    z = np.random.default_rng(1).normal(0, 1, (48, 1000))
    t = np.arange(48, dtype=np.int32)
    (loss, *_) = c.load(text, spec, "float64", "loops")(z, t)
    np.testing.assert_allclose(loss, FORWARD[layer.kind](z, t), rtol=1e-12)
    (tmp_path / "k.c").write_text(text)
    for compiler in (["cc", "-std=c99"], ["c++", "-x", "c++"]):
        done = run(*compiler, *STRICT, "k.c", cwd=tmp_path)
        assert done.returncode == 0, done.stderr


def test_small_intermediates_stay_on_the_stack() -> None:
    spec = single_spec(CrossEntropyLoss(), (2, 3))
    assert c.workspace_bytes(c.buffers(spec)[2], "float64") == 0
    assert "workspace" not in c.source(spec, "float64", "loops", {"header": ""})


def test_a_project_with_a_workspace(tmp_path: Path) -> None:
    wiring = Wiring("wide", (40, 1000))
    wiring.add("E", CrossEntropyLoss())
    pipeline.generate(wiring.finish(), targets=("c",), out=tmp_path / "wide")
    folder = tmp_path / "wide" / "c"
    assert "/* workspace: " in (folder / "wide.h").read_text()
    done = run("make", "check", cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 of 4 kernels agree" in done.stdout


def test_a_comment_cannot_be_ended() -> None:
    assert c.comment_safe("a */ int evil; /* b") == "a * / int evil; / * b"
