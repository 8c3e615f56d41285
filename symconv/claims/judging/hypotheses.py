"""Forward formulas that a note leaves out, tried in its own names where nothing else says what it speaks of.

Many notes show the layer in a picture and write down its gradients alone. What the layer computes is then one of a few
forward formulas; which one is told by how many of the note's statements it bears out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from symconv.claims.grammar import tree as t
from symconv.claims.grammar.statements import statements
from symconv.claims.judging.contexts import Declared
from symconv.claims.judging.view import View
from symconv.claims.meaning.section import Reading
from symconv.claims.meaning.survey import Survey, label, value_names
from symconv.claims.tex.words import meaning

WEIGHTS = ("W", "w", "F", "K", "k", "H", "U")
INPUTS = ("X", "x", "I", "A", "a", "h")
OUTPUTS = ("Y", "O", "Z", "y", "o", "z", "S", "s", "C")
STATES = ("z", "u", "Z", "net", "s", "x")
ACTIVE = ("a", "A", "h", "o", "y")
FUNCTIONS = ("sigma", "f", "g", "phi", "varphi", "h", "theta")
MAX_FORMULAS = 8
"""How many are tried."""
MAX_JUDGED = 16
"""How many statements of a section decide between the formulas."""
SURE = 3
"""How many other statements have to hold before one that does not is called wrong."""


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """Forward formulas that a section may mean: the section with them, and the statements that they bear out."""

    formulas: tuple[str, ...]
    view: View
    reading: Reading
    holding: frozenset[int]


def hypothesis(
    trees: Sequence[t.Node | None], declared: Declared, conditions: Mapping[int, Sequence[t.Node]]
) -> Hypothesis | None:
    """The forward formulas that most statements of a section bear out; None where none does."""
    found = View(trees, declared)
    known = found.everything.definitions.items()
    if any(key not in found.everything.losses and any(d.kind != "function" for d in ds) for key, ds in known):
        return None
    best: Hypothesis | None = None
    for formulas in islice(_candidates(found.everything, trees), MAX_FORMULAS):
        made = _view(trees, declared, formulas)
        if made is None:
            continue
        position = next((n for n, x in enumerate(trees) if isinstance(x, t.Relation)), None)
        if position is None:
            return None
        judged = [n for n, x in enumerate(trees) if isinstance(x, t.Relation) and not made.defines(n)][:MAX_JUDGED]
        for reading in made.context(judged[0] if judged else position).readings[:2]:
            if reading.model:
                continue
            true = frozenset(n for n in judged if _holds(made, n, reading, conditions))
            if true and (best is None or len(true) > len(best.holding)):
                best = Hypothesis(formulas, made, reading, true)
    return best


def _holds(view: View, n: int, reading: Reading, conditions: Mapping[int, Sequence[t.Node]]) -> bool:
    outcome = view.outcome(n, reading, conditions.get(n, ()))
    return outcome.state == "true" and outcome.reason != "definition"


def _view(trees: Sequence[t.Node | None], declared: Declared, formulas: Sequence[str]) -> View | None:
    """The section with forward formulas behind its statements."""
    more: list[t.Node | None] = []
    for formula in formulas:
        written = statements(formula)
        if len(written) != 1 or written[0].tree is None:
            return None
        more.append(written[0].tree)
    return View([*trees, *more], declared)


def _candidates(found: Survey, trees: Sequence[t.Node | None]) -> Iterator[tuple[str, ...]]:
    """Forward formulas in the names of a section, of which nothing is defined there."""
    used = {label(n) for tree in trees if tree is not None for n in value_names(tree)}
    primed = [f for f in FUNCTIONS if f in found.functions]
    function = _spelled(primed[0]) if primed else r"\sigma"
    open_ones = used - set(found.definitions) - set(found.losses)
    slides = _slides(trees)
    weights = [w for w in WEIGHTS if w in open_ones]
    layered = any(found.uses[w].layered for w in weights) or any(
        u.layered for k, u in found.uses.items() if k.split("_")[0] == "delta"
    )
    if layered:
        for w in weights[:2] or ["W"]:
            for z in [s for s in STATES if s in open_ones][:2] or ["z"]:
                for a in [x for x in ACTIVE if x in open_ones and x != z][:2] or ["a"]:
                    yield from _layers(found, w, z, a, function, slides)
        return
    for w in weights[:2]:
        for x in [i for i in INPUTS if i in open_ones and i != w][:2]:
            for y in [o for o in OUTPUTS if o in open_ones and o not in (w, x)][:2]:
                yield from _single(found, w, x, y, slides)


def _layers(found: Survey, w: str, z: str, a: str, f: str, slides: bool) -> Iterator[tuple[str, ...]]:
    rank = found.uses[w].rank if w in found.uses else 0
    entries = found.uses[z].rank if z in found.uses else 0
    if rank == 2 and entries != 2:
        yield rf"{z}^l_j = \sum_k {w}^l_{{jk}} {a}^{{l-1}}_k + b^l_j", rf"{a}^l_j = {f}({z}^l_j)"
    if slides:
        yield rf"{z}^l = {a}^{{l-1}} * {w}^l + b^l", rf"{a}^l = {f}({z}^l)"
    yield rf"{z}^l = {w}^l {a}^{{l-1}} + b^l", rf"{a}^l = {f}({z}^l)"


def _single(found: Survey, w: str, x: str, y: str, slides: bool) -> Iterator[tuple[str, ...]]:
    ranks = [found.uses[k].rank for k in (w, x, y)]
    if ranks == [2, 2, 2]:
        yield (rf"{y}_{{ij}} = \sum_m \sum_n {w}_{{mn}} {x}_{{i+m,j+n}} + b",)
        yield (rf"{y}_{{ij}} = \sum_{{m=1}}^k \sum_{{n=1}}^k {w}_{{mn}} {x}_{{i+m-1,j+n-1}} + b",)
    elif ranks == [1, 1, 1]:
        yield (rf"{y}_i = \sum_k {w}_k {x}_{{i+k}} + b",)
    elif ranks == [2, 1, 1]:
        yield (rf"{y}_j = \sum_i {w}_{{ij}} {x}_i + b_j",)
        yield (rf"{y}_j = \sum_i {w}_{{ji}} {x}_i + b_j",)
    elif not any(ranks):
        if slides:
            yield (f"{y} = {x} * {w}",)
        else:
            yield (f"{y} = {x} {w}",)
            yield (f"{y} = {w} {x}",)


def _spelled(name: str) -> str:
    return name if len(name) == 1 else f"\\{name}"


def _slides(trees: Sequence[t.Node | None]) -> bool:
    """Whether a section has convolutions: a sign, a call, or a kernel that is turned."""
    for tree in trees:
        for node in t.walk(tree) if tree is not None else ():
            if isinstance(node, t.Product) and set(node.operators) & {"*", "star", "otimes", "conv", "full"}:
                return True
            if isinstance(node, t.Call) and meaning(node.function.base) in ("conv", "full", "rot180"):
                return True
    return False
