"""Source texts: what kernels are made of is read, everything else is refused and never run."""

from __future__ import annotations

import re

import pytest

from symconv.backends.common.variants import Variant
from symconv.kernels.single import single_spec
from symconv.layers.conv2d import Conv2d
from symconv.layers.max_pool2d import MaxPool2d
from symconv.proofs.fault import Unreadable
from symconv.proofs.prove import Judged, Prover
from symconv.proofs.source.literal import irrational, real

CONV = single_spec(Conv2d(1, 1, 2), (1, 1, 3, 3))
POOL = single_spec(MaxPool2d(2), (1, 1, 4, 4))


def text(target: str, style: str = "loops", spec=CONV) -> str:
    return Variant(spec, target, style, "float64").source("test")


def judge(target: str, source: str, style: str = "loops", spec=CONV) -> Judged:
    judged = Prover().prove(Variant(spec, target, style, "float64"), source)
    assert judged is not None
    return judged


def fails(target: str, old: str, new: str, spec=CONV) -> str:
    source = text(target, spec=spec)
    changed = source.replace(old, new, 1)
    assert changed != source, source
    judged = judge(target, changed, spec=spec)
    assert judged.proof.verdict == "FAILED"
    return judged.complaint


@pytest.mark.parametrize("target", ["c", "numpy", "python"])
def test_an_unchanged_kernel_is_proved(target: str) -> None:
    for spec in (CONV, POOL):
        judged = judge(target, text(target, spec=spec), spec=spec)
        assert (judged.proof.verdict, judged.complaint) == ("PROVED", "")
        assert judged.proof.monomials == (16 if spec is CONV else 8)


C_FAULTS = [
    ("A[3*k + l + 3*i + j]", "A[3*k + l + 3*i + j + 1]", r"A\[9\] is outside 0\.\.8"),
    ("A[3*k + l + 3*i + j]", "A[3*k + l + 3*i + j - 1]", r"A\[-1\] is outside 0\.\.8"),
    ("double acc = 0.0;", "double acc;", "before it is set"),
    ("C[2*k + l] = acc;", "C[2*k] = acc;", r"C\[0\] is written twice"),
    ("C[2*k + l] = acc;", "", r"C\[0\] is never set"),
    ("C[2*k + l] = acc;", "C[2*k + l] += acc;", "is added to before it is set"),
    ("l < 2", "l < 3", r"written twice|outside"),
    ("A[3*k + l + 3*i + j]", "A[2147483647*k + l + 3*i + j - 2147483647*k + 3*k + 2000000000*k]", "overflows|outside"),
    ("acc += ", "acc -= ", r"C\[0,0,0,0\] lacks"),
    ("*F[2*i + j]", "*F[2*j + i]", r"lacks .*F\[1\].* and has .*F\[2\]"),
    ("*F[2*i + j]", "*0.1*F[2*i + j]", "the literal 0.1 is rounded"),
]


@pytest.mark.parametrize(("old", "new", "complaint"), C_FAULTS)
def test_faults_of_c_kernels(old: str, new: str, complaint: str) -> None:
    assert re.search(complaint, fails("c", old, new))


C_REFUSED = [
    ("double acc = 0.0;", 'double acc = 0.0; system("id");', "a FuncCall"),
    ("double acc = 0.0;", "double acc = 0.0; while (1) {}", "a While"),
    ("double acc = 0.0;", "double acc = 0.0; goto end;", "a Goto"),
    ("double acc = 0.0;", "double acc = 0.0; double *p = &acc;", "a PtrDecl|a type"),
    ("double acc = 0.0;", "static double acc = 0.0;", "not a plain variable"),
    ("double acc = 0.0;", "long acc = 0;", "the type long"),
    ("double acc = 0.0;", "float acc = 0.0f;", "the type float"),
    ("acc += ", "acc += (float)", "a cast to float"),
    ("double acc = 0.0;", "double acc = 0.0; k = 5;", "k is the variable of a loop"),
    ("double acc = 0.0;", "double acc = 0.0; A[0] = 1.0;", "A is only to be read"),
    ("double acc = 0.0;", "double acc = INFINITY;", "INFINITY is not declared"),
    ("double acc = 0.0;", "double acc = -INFINITY;", "INFINITY is not declared"),
    ("double acc = 0.0;", "double acc = A;", "without a subscript"),
    ("++k", "--k", "does not step up"),
    ("k < 2", "k != 2", "does not go on while"),
    ("#ifndef SYMCONV_RESTRICT", "#include <stdlib.h>\n#ifndef SYMCONV_RESTRICT", "includes <stdlib.h>"),
    ("#ifndef SYMCONV_RESTRICT", '#include "/etc/passwd"\n#ifndef SYMCONV_RESTRICT', "includes"),
    ("#ifndef SYMCONV_RESTRICT", "#ifdef __GNUC__\n#endif\n#ifndef SYMCONV_RESTRICT", "__GNUC__"),
    ("#ifndef SYMCONV_RESTRICT", "// ??/\n#ifndef SYMCONV_RESTRICT", "trigraph"),
    ("#ifndef SYMCONV_RESTRICT", "// \\\n#ifndef SYMCONV_RESTRICT", "behind a backslash"),
    ("#ifndef SYMCONV_RESTRICT", "#pragma GCC optimize\n#ifndef SYMCONV_RESTRICT", "a directive"),
    ("#ifndef SYMCONV_RESTRICT", "int state;\n#ifndef SYMCONV_RESTRICT", "a Decl outside functions"),
    ("const double *SYMCONV_RESTRICT F, double *SYMCONV_RESTRICT C)\n{", "const double *F, double *C)\n{", "restrict"),
    ("{\n    for", "{{{\n    for", "no C that can be read"),
]


@pytest.mark.parametrize(("old", "new", "complaint"), C_REFUSED)
def test_c_that_no_kernel_is_made_of(old: str, new: str, complaint: str) -> None:
    found = fails("c", old, new)
    assert re.search(complaint, found), found


PYTHON_REFUSED = [
    ("acc = 0.0", "acc = __import__('os').getpid()", "__import__"),
    ("acc = 0.0", "acc = open('/etc/passwd').read()", "open"),
    ("acc = 0.0", "acc = ().__class__", "__class__"),
    ("acc = 0.0", "while True: pass", "while True"),
    ("acc = 0.0", "acc = [0.0]", r"\[0.0\]"),
    ("acc = 0.0", "acc = 0.1", "rounded"),
    ("acc = 0.0", "acc = 0.0; k = 0", "the variable of a loop and of an assignment"),
    ("C = [0.0] * 4", "C = A", "C|A"),
    ("C = [0.0] * 4", "C = [0] * 4", "another kind"),
    ("return C", "return A", "not the arrays that were made"),
    ("range(2)", "range(2.5)", "a real where a int belongs"),
    ("\ndef ", "\nimport os\ndef ", "import os"),
    ("\ndef ", "\nprint(1)\ndef ", "print"),
    ("\ndef ", "\n@staticmethod\ndef ", "no plain function"),
    ("(A, F)", "(F, A)", "arguments"),
    ("(A, F)", "(A, F=None)", "no plain function"),
]


@pytest.mark.parametrize(("old", "new", "complaint"), PYTHON_REFUSED)
def test_python_that_no_kernel_is_made_of(old: str, new: str, complaint: str) -> None:
    found = fails("python", old, new)
    assert re.search(complaint, found), found


NUMPY_REFUSED = [
    ("return ", "__import__('os'); return ", "import"),
    ("return ", "np.savetxt('x', A); return ", "np"),
    ("return ", "A[...] = 0; return ", "changed"),
    ("return ", "A.__class__; return ", "__class__"),
    ("return ", "eval('1'); return ", "eval"),
    ("import numpy as np", "import numpy as np, os", "import"),
    ("return ", "np.lib.stride_tricks.as_strided(A, (99,), (8,)); return ", "leaves its array"),
    ("np.float64", "np.float16", "np.float16"),
    ("np.float64", "np.float32", "float32 in a kernel of float64"),
]


@pytest.mark.parametrize(("old", "new", "complaint"), NUMPY_REFUSED)
def test_numpy_that_no_kernel_is_made_of(old: str, new: str, complaint: str) -> None:
    source = text("numpy")
    if old not in source:
        old, new = "return ", f"np.zeros((1,), {new}); return "
    found = fails("numpy", old, new)
    assert re.search(complaint, found), found


def test_nothing_of_the_file_is_run(tmp_path) -> None:
    trap = tmp_path / "trap"
    code = f"open({str(trap)!r}, 'w').close()"
    for target in ("python", "numpy"):
        for place in ("\ndef ", "    return "):
            before = "\n" if place[0] == "\n" else "    "
            changed = text(target).replace(place, before + code + "\n" + place.lstrip("\n"))
            assert judge(target, changed).proof.verdict == "FAILED"
    assert not trap.exists()


def test_literals() -> None:
    assert real("0.5f") * 2 == 1 and real("1e3") == 1000 and real("16777216.0f") == 2**24
    for bad in ("0.1", "0.1f", "16777217.0f", "1e400", "nan", "0x1p3", "1.0l0"):
        with pytest.raises(Unreadable):
            real(bad)
    assert irrational("0.7071067811865476") == "1/sqrt(2)" and irrational("0.7071067811865475") == ""
