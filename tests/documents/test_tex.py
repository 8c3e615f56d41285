"""TeX: compiled in a cage, nothing sticks out of the page, errors are one line."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from symconv.documents.compose.article import article
from symconv.documents.registry import render
from symconv.documents.tex import compile_pdf, engine, first_error, overfull
from symconv.errors import CompilerError
from tests.documents.test_article import remarks

needs_tex = pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no TeX engine")
HEAD = r"\documentclass{article}\begin{document}"
TAIL = r"\end{document}"


@needs_tex
def test_the_slides_article_compiles(derivations: Any, examples: Any, tmp_path: Path) -> None:
    document = article(derivations("slides"), values=examples("slides"), corrections=remarks())
    result = compile_pdf(render(document, "latex"), tmp_path, "slides")
    assert result.overfull == () and 8 <= result.pages <= 16
    assert result.path == tmp_path / "slides.pdf" and result.path.read_bytes() == result.pdf
    assert [p.name for p in tmp_path.iterdir()] == ["slides.pdf"]


@needs_tex
@pytest.mark.parametrize("name", ["odd", *(pytest.param(m, marks=pytest.mark.slow) for m in ("strided", "big"))])
def test_other_models_compile(derivations: Any, examples: Any, name: str) -> None:
    result = compile_pdf(render(article(derivations(name), values=examples(name)), "latex"))
    assert result.pdf is not None and result.overfull == ()


@needs_tex
@pytest.mark.slow
def test_a_deep_model_compiles(derivations: Any, examples: Any) -> None:
    result = compile_pdf(render(article(derivations("lenet"), values=examples("lenet")), "latex"))
    assert result.pdf is not None and result.overfull == ()


@needs_tex
@pytest.mark.slow
def test_a_full_expansion_compiles(derivations: Any) -> None:
    document = article(derivations("big"), wrt=[("F", None), ("F", (1, 2))], full=True)
    result = compile_pdf(render(document, "latex"))
    assert result.pdf is not None and result.overfull == ()


@needs_tex
def test_entries_compile(derivations: Any, examples: Any) -> None:
    wrt = [("F", (0, 1)), ("C", (1, 1)), ("Z", (1,)), ("W", (0, 3)), ("A", (2, 3))]
    result = compile_pdf(render(article(derivations("slides"), wrt=wrt, values=examples("slides")), "latex"))
    assert result.pdf is not None and result.overfull == ()


@needs_tex
def test_the_pdf_is_the_same_every_time(derivations: Any) -> None:
    tex = render(article(derivations("slides"), wrt=[("F", None)]), "latex")
    assert compile_pdf(tex).pdf == compile_pdf(tex).pdf


@needs_tex
@pytest.mark.parametrize("command", [r"\input{/etc/passwd}", r"\openin5=/etc/passwd \ifeof5 \undefined \fi"])
def test_tex_reads_nothing_of_the_machine(command: str) -> None:
    with pytest.raises(CompilerError):
        compile_pdf(HEAD + command + TAIL)


@needs_tex
def test_tex_runs_and_writes_nothing(tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    source = rf"{HEAD}\immediate\write18{{touch {outside}}}x{TAIL}"
    assert compile_pdf(source).pdf is not None
    assert not outside.exists()
    with pytest.raises(CompilerError):
        compile_pdf(rf"{HEAD}\newwrite\w\immediate\openout\w={outside} x{TAIL}")
    assert not outside.exists()


@needs_tex
def test_the_first_error_is_named_in_one_line() -> None:
    with pytest.raises(CompilerError) as caught:
        compile_pdf(rf"{HEAD}\nosuchcommand{TAIL}")
    assert "Undefined control sequence" in str(caught.value) and "\n" not in str(caught.value)


@needs_tex
def test_a_loop_is_stopped() -> None:
    with pytest.raises(CompilerError, match="did not finish in 1 s"):
        compile_pdf(rf"\def\x{{\x}}\x{TAIL}", timeout=1)


@needs_tex
def test_what_sticks_out_is_reported() -> None:
    result = compile_pdf(rf"{HEAD}\noindent\hbox to 600pt{{x\hfil}}{TAIL}")
    assert len(result.overfull) == 1 and "too wide" in result.overfull[0]


def test_reports_are_read_from_the_log() -> None:
    log = "Overfull \\hbox (0.9pt too wide) in paragraph\nOverfull \\vbox (12.5pt too high) has occurred\n"
    assert overfull(log) == ("Overfull \\vbox (12.5pt too high) has occurred",)
    assert first_error("! Missing $ inserted.\n<to be read again>\nl.7 x_\n") == "Missing $ inserted. l.7 x_"
    assert first_error("nothing") == "stopped without saying why"


def test_without_an_engine_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    result = compile_pdf(HEAD + TAIL, tmp_path)
    assert engine() is None and result.pdf is None and result.path is None and "no TeX engine" in result.reason
    assert list(tmp_path.iterdir()) == []
