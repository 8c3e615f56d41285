"""Documents that symconv writes about random small models, and their statements as the verifier reads them."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass

from symconv.claims.judging.verdicts import FileReport, Statement
from symconv.claims.verify import verify_text
from symconv.layers.common.registry import kinds
from symconv.model import Model
from symconv.pipeline import derive_document
from tests.support import model_around


@dataclass(frozen=True)
class Written:
    """A model and the TeX text of its derivation."""

    name: str
    model: Model
    text: str

    def judged(self, text: str | None = None) -> FileReport:
        """The verdicts on the text, or on a changed one."""
        return verify_text(self.text if text is None else text, name=self.name, format="latex", model=self.model)


def documents(count: int, seed: str) -> list[Written]:
    """Documents about models around every kind of layer in turn."""
    found = []
    every = kinds()
    for n in range(count):
        kind = every[n % len(every)]
        model = model_around(kind, random.Random(f"round trip {seed} {kind} {n // len(every)}"))
        found.append(Written(f"{kind} {n // len(every)}", model, str(derive_document(model, format="tex"))))
    return found


def beside_a_picture(s: Statement) -> bool:
    """Whether a piece is what stands between pictures, as ``= Convolution(``, and no formula by itself."""
    text = s.source.strip()
    return text in ("=", r"\longrightarrow") or (text.startswith("=") and text.endswith("("))


def sort(s: Statement) -> str:
    """What kind of formula a statement is."""
    left = s.source.partition("=")[0]
    if r"\mathrel{+}" in s.source:
        return "scatter"
    if r"\right|" in left:
        return "part of a gradient"
    if r"\lfloor" in s.source or s.source.lstrip().startswith("n_"):
        return "size"
    whole = "_" not in s.source.replace(r"\operatorname{rot}_{180}", "")
    if r"\frac{\partial" in left:
        about = "gradient" if r"\partial E}" in left else "derivative"
    else:
        about = "forward"
    subscript = left.partition("_")[2].replace("partial", "").replace("frac", "")
    numbered = not whole and not any(c.isalpha() for c in subscript)
    return f"{about}, {'whole' if whole else 'entry' if numbered else 'index form'}"


def right(report: FileReport, counts: Counter[str]) -> list[str]:
    """Counts the statements by kind and verdict; returns those that are none of what a true document has."""
    bad = []
    for s in report.statements:
        if beside_a_picture(s):
            counts["beside a picture"] += 1
            continue
        counts[f"{sort(s)}: {s.verdict}"] += 1
        given = s.verdict == "definition" and "gives a number" in (s.reason or "")
        maximum = s.verdict == "conditional" and "maximum" in (s.reason or "")
        if not (s.verdict == "right" or given or maximum):
            bad.append(f"{report.file}:{s.line}: {s.verdict}: {s.source} ({s.reason or s.counterexample})")
    return bad
