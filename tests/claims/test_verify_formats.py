"""Formats, places, declarations, corrected copies, the report's forms, and hostile text."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symconv import cli, pipeline
from symconv.errors import SymconvError, UsageError

NOTE = r"""# Dense

$$Z = XW + b$$

The gradient is

$$dX = dZ W$$

and inline $dW = X^T dZ$.
"""


def test_places_and_json() -> None:
    report = pipeline.verify(NOTE, name="note.md")
    found = json.loads(report.json())
    (file,) = found["files"]
    assert file["file"] == "note.md"
    wrong = file["statements"][1]
    assert (wrong["line"], wrong["column"], wrong["kind"], wrong["display_block"]) == (7, 3, "display", 2)
    assert (wrong["verdict"], wrong["correction"]) == ("wrong", "dX = dZ W^T")
    assert file["statements"][2]["kind"] == "inline" and file["statements"][2]["display_block"] is None
    assert found["summary"] == {"right": 1, "wrong": 1, "conditional": 0, "undecidable": 0, "definition": 1}
    assert "3 statements" in report.text() and "| note.md:7:3 | wrong |" in report.markdown()
    assert report.github().startswith("::error file=note.md,line=7,col=3::")


def test_a_corrected_copy_differs_in_the_wrong_formula_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    note, out = tmp_path / "note.md", tmp_path / "fixed.md"
    note.write_text(NOTE, "utf-8")
    before = Path.cwd()
    os.chdir(tmp_path)
    try:
        assert cli.main(["verify", "note.md", "--fix", "fixed.md"]) == 1
        assert out.read_text("utf-8") == NOTE.replace("dX = dZ W$", "dX = dZ W^T$")
        assert cli.main(["verify", "fixed.md", "--json"]) == 0
    finally:
        os.chdir(before)
    assert "wrong" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("format", "text"),
    [
        (
            "latex",
            ("\\documentclass{article}\n% $a = b$\n\\begin{document}\n\\begin{align}Z &= XW + b\\\\ dX &= dZ W"
            "\\end{align}\n\\end{document}\n"),
        ),
        ("html", "<p>$$Z = XW + b$$</p><script>var x = '$$a=b$$'</script><p>$$dX = dZ W$$</p>"),
        (
            "html",
            ('<script type="math/tex; mode=display">Z = XW + b</script>'
            '<script type="math/tex; mode=display">dX = dZ W</script>'),
        ),
        ("text", "Z = X_1 W + b\n\n$$Z = XW + b$$\n\n$$dX = dZ W$$\n"),
        ("markdown", "```math\nZ = XW + b\n```\n\n```python\ndX = dZ @ W\n```\n\n```math\ndX = dZ W\n```\n"),
    ],
)
def test_formats(format: str, text: str) -> None:
    found = pipeline.verify(text, format=format)
    assert [s.correction for s in found.wrong] == ["dX = dZ W^T"] or [
        " ".join((s.correction or "").split()) for s in found.wrong
    ] == ["dX &= dZ W^T"]


def test_a_notebook() -> None:
    cells = [
        {"cell_type": "markdown", "id": "a", "metadata": {}, "source": NOTE},
        {"cell_type": "code", "id": "b", "metadata": {}, "outputs": [], "execution_count": None, "source": "a = 1"},
    ]
    text = json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1)
    (wrong,) = pipeline.verify(text, format="notebook").wrong
    assert wrong.correction == "dX = dZ W^T"
    with pytest.raises(UsageError, match="no notebook"):
        pipeline.verify("{", format="notebook")


def test_macros() -> None:
    text = "$\\newcommand{\\pd}[2]{\\frac{\\partial #1}{\\partial #2}}$\n$$y = w x$$\n$$\\pd{y}{w} = x$$\n"
    assert pipeline.verify(text).statements[-1].verdict == "right"


def test_a_declaration() -> None:
    text = "<!-- symconv: input=X 4x4, filter=W 3x3, output=O, loss=L, base=1 -->\n\n"
    right = r"$$\frac{\partial L}{\partial W_{11}} = \frac{\partial L}{\partial O_{11}} X_{11} + \frac{\partial L}{\partial O_{12}} X_{12} + \frac{\partial L}{\partial O_{21}} X_{21} + \frac{\partial L}{\partial O_{22}} X_{22}$$"  # noqa: E501
    (found,) = pipeline.verify(text + right).statements
    assert found.verdict == "right"
    (found,) = pipeline.verify(text + right.replace("X_{22}", "X_{21}")).statements
    assert found.verdict == "wrong" and found.correction == right.strip("$")
    for bad in ("input=X 0x3", "stride=0", "colour=red", "base=7", "input=9", "input"):
        with pytest.raises(UsageError):
            pipeline.verify(right, declare=bad)


def test_one_formula_for_a_model() -> None:
    assert (
        pipeline.check(r"\frac{\partial E}{\partial W} = \frac{\partial E}{\partial Z} X^T", "slides").verdict
        == "right"
    )


@pytest.mark.parametrize(
    "formula",
    [
        "__import__('os').getpid() = 1",
        "open('/etc/passwd').read() = 1",
        "().__class__.__base__.__subclasses__() = 1",
        "9**9**9 = x",
        "factorial(10**8) = x",
        "1e999999999 = x",
        "((a+b+c)^{60}) = y",
        "{" * 2000 + "x" + "}" * 2000 + "=1",
        "x = " + "+".join(["a_{1}"] * 20000),
        r"\input{/etc/passwd} = 1",
        r"^^5cinput = 1",
        r"\write18{id} = 1",
        r"\csname input\endcsname = 1",
        r"\catcode`\@=11",
        r"\def\x{\x\x}\x = 1",
        r"\loop x = 1",
        r"\directlua{os.exit()} = 1",
        "x = " + "(" * 3000 + "1" + ")" * 3000,
    ],
)
def test_hostile_formulas_are_refused(formula: str) -> None:
    found = pipeline.verify(f"$${formula}$$\n")
    assert all(s.verdict in ("undecidable", "definition") for s in found.statements)


PIECES = st.sampled_from(
    [
        r"\frac{\partial L}{\partial W}",
        "=",
        "+",
        "-",
        "*",
        "x_{i}",
        "W^{(l)}",
        r"\sum_{i=0}^{n-1}",
        r"\sigma(z)",
        "'",
        "(",
        ")",
        "{",
        "}",
        "[",
        "]",
        "^",
        "_",
        "1",
        "11",
        r"\begin{bmatrix}",
        r"\end{bmatrix}",
        "&",
        r"\\",
        r"\max(",
        ",",
        r"\dots",
        "|",
        r"\left",
        r"\right",
        r"\frac",
        r"\partial",
        "dW",
        r"\begin{cases}",
        r"\end{cases}",
        "e^{x}",
        "\\",
        "$",
        "∂",
        "₁",
        "\x00",
    ]
)


@settings(max_examples=60, deadline=None)
@given(
    st.one_of(st.lists(PIECES, max_size=25).map("".join), st.text(max_size=60)),
    st.sampled_from(["markdown", "latex", "text", "html"]),
)
def test_anything_is_read_or_refused(text: str, format: str) -> None:
    try:
        report = pipeline.verify(f"$${text}$$", format=format)
    except SymconvError:
        return
    assert json.loads(report.json())["summary"]
