"""compile_pdf: TeX to PDF by the pdflatex on the path, which may read and write nothing but an empty folder."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from symconv.errors import CompilerError

TIMEOUT = 120.0
"""Seconds for one run."""
RUNS = 3
"""A run that asks for another one gets it, up to this many."""
ALLOWED_OVERFULL = 1.0
"""Boxes that stick out by no more points than this are not reported."""

_OVERFULL = re.compile(r"^Overfull \\[hv]box \(([0-9.]+)pt too (?:wide|high)\).*$", re.MULTILINE)
_PAGES = re.compile(r"Output written on .*?\((\d+) pages?", re.DOTALL)
_ENGINE = "pdflatex"


@dataclass(frozen=True, slots=True)
class PdfResult:
    """What came out: ``pdf`` is None, and ``reason`` says why, where no TeX engine is installed.

    ``path`` is where it was written, ``overfull`` the boxes that stick out by more than 1 pt, one line each.
    """

    pdf: bytes | None = field(repr=False)
    path: Path | None
    pages: int = 0
    overfull: tuple[str, ...] = ()
    reason: str = ""


def engine() -> str | None:
    """The TeX engine on the path, if there is one."""
    return shutil.which(_ENGINE)


def compile_pdf(
    tex: str, folder: Path | None = None, name: str = "derivation", *, timeout: float = TIMEOUT
) -> PdfResult:
    """The PDF of a TeX source, also written to ``folder/name.pdf`` when a folder is given.

    TeX runs without shell escape in an empty temporary folder, may open files only there and in its own distribution,
    gets no input and stops at the first error. Raises CompilerError with TeX's first error line, or for a timeout.
    """
    program = engine()
    if program is None:
        return PdfResult(None, None, reason="no TeX engine: pdflatex is not on the path")
    with tempfile.TemporaryDirectory(prefix="symconv-tex-") as inside:
        work = Path(inside)
        (work / "document.tex").write_text(tex, encoding="utf-8")
        log = ""
        for _ in range(RUNS):
            log = _run(program, work, timeout)
            if "Rerun to get" not in log and "Rerun LaTeX" not in log:
                break
        made = work / "document.pdf"
        if not made.is_file():
            raise CompilerError("pdflatex", first_error(log), "look at the .tex file")
        data = made.read_bytes()
    path = None
    if folder is not None:
        path = folder / f"{name}.pdf"
        _write(path, data)
    pages = _PAGES.search(log.replace("\n", ""))
    return PdfResult(data, path, int(pages[1]) if pages else 0, overfull(log))


def _run(program: str, work: Path, timeout: float) -> str:
    command = [program, "-no-shell-escape", "-interaction=nonstopmode", "-halt-on-error", "document.tex"]
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith(("TEXMF", "TEXINPUTS", "TEXMFOUTPUT"))},
        "openin_any": "p",
        "openout_any": "p",
        "SOURCE_DATE_EPOCH": "0",
        "FORCE_SOURCE_DATE": "1",
        "max_print_line": "1000",
    }
    try:
        done = subprocess.run(
            command, cwd=work, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=timeout, check=False,
        )
    except subprocess.TimeoutExpired:
        raise CompilerError("pdflatex", f"did not finish in {timeout:g} s", "make the document shorter") from None
    except OSError as error:
        problem = f"could not be started ({error.strerror})"
        raise CompilerError("pdflatex", problem, "check the TeX installation") from None
    log_file = work / "document.log"
    if log_file.is_file():
        log = log_file.read_text(encoding="utf-8", errors="replace")
    else:
        log = done.stdout.decode("utf-8", errors="replace")
    if done.returncode != 0:
        raise CompilerError("pdflatex", first_error(log), "look at the .tex file")
    return log


def first_error(log: str) -> str:
    """TeX's first error as one line, with the line of the source that it names."""
    lines = log.splitlines()
    for n, line in enumerate(lines):
        if line.startswith("! "):
            place = next((x for x in lines[n + 1 : n + 12] if x.startswith("l.")), "")
            return f"{line[2:].strip()} {place.strip()[:80]}".strip()
    return "stopped without saying why"


def overfull(log: str) -> tuple[str, ...]:
    """The reports of boxes that stick out by more than 1 pt."""
    return tuple(m[0].strip() for m in _OVERFULL.finditer(log) if float(m[1]) > ALLOWED_OVERFULL)


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".symconv-")
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    os.chmod(temporary, 0o644)
    os.replace(temporary, path)
