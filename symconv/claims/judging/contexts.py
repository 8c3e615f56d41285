"""Contexts: which definitions hold at a statement, and the readings that a context leaves open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import islice
from itertools import product as cartesian

from symconv.claims.grammar import tree as t
from symconv.claims.judging.compare import Trial
from symconv.claims.meaning.fit import fits
from symconv.claims.meaning.forms import affine, strip, symbol, text_of
from symconv.claims.meaning.models import Modelled, Whole
from symconv.claims.meaning.ranges import last
from symconv.claims.meaning.section import Reading, Section
from symconv.claims.meaning.survey import Definition, Survey, indices, label, survey, value_names
from symconv.claims.meaning.work import Work
from symconv.claims.tex.words import meaning

MAX_READINGS = 32
MAX_MODELS = 16
TRANSCENDENTAL = frozenset(["exp", "log", "ln", "sqrt", "tanh", "sin", "cos", "cosh", "sinh", "softmax", "sigmoid"])


@dataclass(frozen=True)
class Declared:
    """What is declared about a section, by whoever said it."""

    losses: tuple[str, ...] = ()
    shapes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    numbers: Mapping[str, Fraction] = field(default_factory=dict)
    base: int | None = None
    mode: str | None = None
    models: tuple[Modelled, ...] = ()
    deltas: tuple[tuple[str, str], ...] = ()
    functions: tuple[tuple[str, str], ...] = ()
    constants: Mapping[str, Fraction] = field(default_factory=dict)
    work: Work = field(default_factory=Work, compare=False)


class Context:
    """Statements under one set of definitions, with a Trial for each reading."""

    def __init__(self, trees: Sequence[t.Node | None], declared: Declared, everything: Survey) -> None:
        found = survey(trees, (*declared.losses, *everything.losses))
        found.constants = tuple(declared.constants)
        self.survey = found
        self.trees = tuple(trees)
        words = {
            n.function.base for tree in trees if tree is not None for n in t.walk(tree) if isinstance(n, t.Call)
        } | {
            n.base
            for tree in trees
            if tree is not None
            for n in t.walk(tree)
            if isinstance(n, t.Name) and n.base == "e" and n.sups
        }
        smooth = any(w.lower() in TRANSCENDENTAL or w == "e" for w in words)
        for key, bys in everything.deltas.items():
            if key not in found.deltas and key in found.uses and key not in found.definitions:
                found.deltas[key] = list(bys)
                found.shifts[key] = list(everything.shifts.get(key, ()))
                found.functions.discard(key)
        primary, extra = _readings(found, declared, trees)
        self.primary = tuple(islice(primary, MAX_READINGS))
        self.readings = tuple(islice((*primary, *extra), MAX_READINGS))
        smooth = smooth or any(isinstance(m, Whole) for m in declared.models)
        smooth = smooth or any(f in TRANSCENDENTAL for r in self.readings for _, f in r.functions)
        numbers = {**declared.constants, **declared.numbers}
        self.section = Section(
            tuple(trees), found, dict(declared.shapes), numbers, declared.base, smooth, declared.work
        )
        self._trials: dict[Reading, Trial] = {}

    def trial(self, reading: Reading) -> Trial:
        """The trial of a reading."""
        if reading not in self._trials:
            self._trials[reading] = Trial(self.section, reading)
        return self._trials[reading]


def _readings(
    found: Survey, declared: Declared, trees: Sequence[t.Node | None]
) -> tuple[list[Reading], list[Reading]]:
    """The usual readings, and those that are looked at where the usual ones leave something open."""
    bases = [declared.base] if declared.base is not None else [0, 1]
    symbolic = bool(found.index_symbols)
    lows = [low for use in found.uses.values() for low, _ in use.digits.values()]
    if declared.base is None and (not symbolic or 0 in lows):
        bases = [0 if 0 in lows else 1]
    elif declared.base is None and 0 not in lows and 1 in lows:
        bases = [1, 0]
    convolves = any(
        (isinstance(n, t.Product) and any(o in ("*", "conv", "otimes", "star", "times", "full") for o in n.operators))
        or (isinstance(n, t.Call) and n.function.base.lower().startswith(("conv", "full", "corr")))
        for tree in trees
        if tree is not None
        for n in t.walk(tree)
    )
    modes = [declared.mode] if declared.mode else ["corr", "conv"] if convolves else ["corr"]
    every = (n for tree in trees if tree is not None for n in t.walk(tree))
    signs = {o for n in every if isinstance(n, t.Product) for o in n.operators}
    if not declared.mode and "*" in signs and signs & {"star", "otimes"}:
        modes.append("both")
    deltas = [tuple(x) for x in cartesian(*_delta_options(found, declared))]
    functions = _function_options(found, declared, trees)
    models: list[Modelled | None] = [None]
    if declared.models:
        models = list(declared.models)
    elif not symbolic:
        models = [None, *islice(fits(found), MAX_MODELS)]
    readings = [
        Reading(base, mode, d, f, m)
        for m in models
        for f in functions
        for d in deltas
        for mode in modes
        for base in bases
    ]
    extra = [replace(r, sink=s) for r in readings[:8] if r.model is None for s in _sinks(found)]
    if any(use.rank == 1 and use.whole for use in found.uses.values()) or _twinned(found):
        extra += [replace(r, rows=True) for r in readings[:6] if r.model is None]
    extra += [
        replace(r, functions=(*r.functions, f))
        for r in readings[:2]
        for f in _logistic(found, trees)
        if f[0] not in dict(r.functions)
    ]
    if _numbers(found, trees):
        extra += [replace(r, scalar=True) for r in (*readings[:4], *extra[:4]) if r.model is None]
    return readings, extra


def _logistic(found: Survey, trees: Sequence[t.Node | None]) -> list[tuple[str, str]]:
    """What σ may be where a note takes logarithms and does not define it."""
    logs = any(
        isinstance(n, t.Call) and n.function.base in ("log", "ln")
        for tree in trees
        if tree is not None
        for n in t.walk(tree)
    )
    if not logs or "sigma" not in found.functions or "sigma" in found.definitions:
        return []
    return [("sigma", "sigmoid"), ("sigma", "softmax")]


def _twinned(found: Survey) -> bool:
    """Whether a whole tensor is written with another case than its entries with one index."""
    return any(k in found.uses and found.uses[v].rank == 1 for k, v in found.aliases.items() if v in found.uses)


def _numbers(found: Survey, trees: Sequence[t.Node | None]) -> bool:
    """Whether names without indices may be numbers: nothing is transposed or convolved, and none is a capital."""
    for tree in trees:
        for node in t.walk(tree) if tree is not None else ():
            if isinstance(node, t.Matrix | t.Bars) or getattr(node, "transposed", False):
                return False
            if isinstance(node, t.Call) and meaning(node.function.base) in ("conv", "full", "rot180", "pad", "softmax"):
                return False
            if isinstance(node, t.Product) and set(node.operators) & {"*", "otimes", "star", "conv", "full"}:
                return False
    whole = {key for key, use in found.uses.items() if use.whole and key not in found.losses}
    if any(key.split(":")[-1][:1].isupper() for key in whole):
        return False
    return any(use.whole and not use.rank and key not in found.functions for key, use in found.uses.items())


def _sinks(found: Survey) -> list[str]:
    """What the loss may read alone, where several things are defined that nothing else reads."""
    read = {
        found.key(n)
        for k, ds in found.definitions.items()
        if k not in found.losses
        for d in ds
        for n in value_names(d.body)
        if k != found.key(n)
    }
    ends = [
        k
        for k, ds in found.definitions.items()
        if k not in read and k not in found.losses and k != "operator:" and any(d.kind != "function" for d in ds)
    ]
    return ends[:5] if len(ends) > 1 else []


def _delta_options(found: Survey, declared: Declared) -> list[list[tuple[str, str]]]:
    options: list[list[tuple[str, str]]] = []
    fixed = dict(declared.deltas)
    keys = dict.fromkeys(
        (*fixed, *found.deltas, *(k for k in found.uses if k == "delta" and k not in found.functions))
    )
    for key in keys:
        if key in fixed:
            options.append([(key, fixed[key])])
            continue
        targets: dict[str, None] = {}
        for by, shift in zip(found.deltas.get(key, ()), (*found.shifts.get(key, ()), *(0,) * 9), strict=False):
            name = strip(by)
            if isinstance(name, t.Name):
                targets[f"{found.key(name)}@{shift}"] = None
        if not targets:
            rank = found.uses[key].rank
            read = (found.key(n) for ds in found.definitions.values() for d in ds for n in value_names(d.body))
            for known in dict.fromkeys((*found.definitions, *read)):
                if known in dict(found.deltas) or known == key:
                    continue
                use = found.uses.get(known)
                if use and use.rank in (rank, 0) and known not in found.losses and known not in found.functions:
                    targets[f"{known}@0"] = None
        if targets:
            options.append([(key, target) for target in islice(targets, 5)])
    return options


def _function_options(
    found: Survey, declared: Declared, trees: Sequence[t.Node | None]
) -> list[tuple[tuple[str, str], ...]]:
    """No function known; and, where a note has ``1 - f(x)``, the functions that have derivatives like that."""
    plain: list[tuple[tuple[str, str], ...]] = [declared.functions]
    known = dict(declared.functions)
    for key in sorted(found.functions):
        if (
            key in known
            or key in found.definitions
            or key.split("_")[0] not in ("sigma", "phi", "f", "g", "h", "varphi", "S", "s", "a")
        ):
            continue
        complement = any(
            isinstance(n, t.Sum)
            and any(text_of(x) == "1" for x in n.terms)
            and any(isinstance(c, t.Call) and label(c.function) == key for x in n.terms for c in t.walk(x))
            for tree in trees
            if tree is not None
            for n in t.walk(tree)
        )
        if complement:
            plain += [(*declared.functions, (key, kind)) for kind in ("sigmoid", "softmax", "tanh")]
    return plain


# ------------------------------------------------------------------ which definitions hold where


def family(definition: Definition) -> tuple[str, str]:
    """What a definition is of: definitions of one family replace each other."""
    form = affine(definition.layer) if definition.layer is not None else None
    if form is not None and form.numeric is not None:
        return definition.name, str(form.numeric)
    if form is not None and form.bare is not None and last(form.bare):
        return definition.name, form.bare
    return definition.name, ""


def active(definitions: Mapping[str, Sequence[Definition]], position: int) -> frozenset[int]:
    """The positions of the definitions that hold at a statement: of each family the last before it, else the first.

    Entries that are defined one by one hold together.
    """
    families: dict[tuple[str, str], list[Definition]] = {}
    for ds in definitions.values():
        for d in ds:
            families.setdefault(family(d), []).append(d)
    held: set[int] = set()
    for ds in families.values():
        eras: list[list[Definition]] = []
        for d in ds:
            if eras and d.kind == eras[-1][-1].kind == "entry" and all(d.at != e.at for e in eras[-1]):
                eras[-1].append(d)
            else:
                eras.append([d])
        before = [e for e in eras if e[0].position <= position]
        for d in before[-1] if before else eras[0]:
            held.add(d.position)
    return frozenset(held)


# ------------------------------------------------------------------ entries alone


def entry_names(trees: Sequence[t.Node | None]) -> frozenset[str]:
    """The letters that have entries with two numbers, in either case."""
    found = {
        label(n)
        for tree in trees
        if tree is not None
        for n in value_names(tree)
        if len(indices(n)) >= 2 and all(isinstance(s, t.Num) for s in indices(n))
    }
    return frozenset(found | {f.swapcase() for f in found})


def entry_like(tree: t.Node, names: frozenset[str] = frozenset()) -> bool:
    """Whether a statement speaks of numbered entries only, and of the whole of what has such entries."""
    some = False
    for node in t.walk(tree):
        if isinstance(node, t.Big | t.Cases | t.Dots | t.Diff) and not isinstance(node, t.Dots | t.Diff):
            return False
    for name in value_names(tree):
        subs = indices(name)
        if not subs:
            some = some or (label(name) in names and not name.sups)
            continue
        if not all(isinstance(s, t.Num) for s in subs):
            return False
        some = some or len(subs) >= 2
    return some


def bare(node: t.Node) -> t.Node:
    """A tree whose numbered entries have no superscripts: in one example every entry has one layer."""
    match node:
        case t.Name() if node.sups and indices(node) and all(isinstance(s, t.Num) for s in indices(node)):
            return replace(node, sups=(), sup_span=None)
        case t.Derivative():
            return replace(node, of=bare(node.of) if node.of is not None else None, by=bare(node.by))
        case t.Sum() | t.Product():
            parts = "terms" if isinstance(node, t.Sum) else "factors"
            return replace(node, **{parts: tuple(bare(x) for x in getattr(node, parts))})  # type: ignore[arg-type]
        case t.Relation():
            return replace(node, sides=tuple(bare(x) for x in node.sides))
        case t.Minus() | t.Group():
            return replace(node, body=bare(node.body))
        case t.Diff():
            return replace(node, of=bare(node.of))
        case t.Fraction_():
            return replace(node, over=bare(node.over), under=bare(node.under))
        case t.Matrix():
            return replace(node, rows=tuple(tuple(c and bare(c) for c in row) for row in node.rows))
        case _:
            return node


__all__ = ["Context", "Declared", "active", "bare", "entry_like", "family", "symbol"]
