"""Formulas that are attacks or too much: refused with their place, nothing is ever evaluated or written."""

from __future__ import annotations

from pathlib import Path

import pytest

from symconv import SymconvError, pipeline
from tests.refusals import Refused

FORMULAS = [
    "__import__('os').getpid()", "open('/etc/passwd').read()", "().__class__.__base__.__subclasses__()", "9**9**9",
    "factorial(10**8)", "1e999999999", "((a+b+c)^{60})", "A[k]^99", "A[" + "9" * 200 + "]", "+".join(["A[k]"] * 20_000),
    "{" * 2000 + "A" + "}" * 2000, "(" * 2000, r"\input{/etc/passwd}", "^^5cinput", r"\write18{id}",
    r"\csname input\endcsname", r"\openin", r"\catcode", r"\def\x{\x\x}\x", r"\loop", r"\directlua{x}", "", "\x00",
    "é", "\u0441", "lambda", "A[k]; import os", "eval(A[k])", "A.shape", "f'{A}'", "@A", "A[k] if 1 else 2",
]  # fmt: skip


@pytest.mark.parametrize("formula", FORMULAS, ids=lambda f: ascii(f)[:24])
@pytest.mark.parametrize("around", ["{}", "C[k] = {}"])
def test_a_formula_that_is_none_is_refused(refused: Refused, tmp_path: Path, around: str, formula: str) -> None:
    text = around.replace("{}", formula)
    line = refused("derive", "--equation", text)
    with pytest.raises(SymconvError) as caught:
        pipeline.equation(text)
    said = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in str(caught.value))
    assert line == f"symconv: {said}" and ";" in line
