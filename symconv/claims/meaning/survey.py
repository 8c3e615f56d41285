"""A survey of a section: which names it has, how each is used, and which statements define something."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from symconv.claims.grammar import tree as t
from symconv.claims.meaning.forms import affine, strip, text_of
from symconv.claims.meaning.functions import KNOWN
from symconv.claims.tex.words import meaning

FUNCTION_LETTERS = frozenset(["sigma", "phi", "varphi", "f", "g", "h", "psi", "rho", "f_a"])
LOSS_LETTERS = (
    "E",
    "L",
    "J",
    "C",
    "mathcal:L",
    "mathcal:J",
    "mathcal:E",
    "mathcal:C",
    "H",
    "Loss",
    "loss",
    "ell",
    "c",
    "cost",
    "e",
    "l",
)
OPERATIONS = frozenset(
    [
        "conv",
        "full",
        "rot180",
        "pad",
        "diag",
        "softmax",
        "maxpool",
        "avgpool",
        "upsample",
        "max",
        "min",
        "argmax",
        "argmin",
        "tr",
        "vec",
        "sqrt",
        "mean",
        "sum",
        "flatten",
        "pool",
        "dilate",
        "reshape",
        "transpose",
    ]
) | frozenset(KNOWN)


def label(name: t.Name) -> str:
    """What a tensor is called: its letter with the words among its subscripts."""
    words = [text_of(s) for s in name.subs if isinstance(s, t.Words)]
    return name.base + "".join(f"_{w}" for w in words)


def indices(name: t.Name) -> tuple[t.Node, ...]:
    """The subscripts that are indices."""
    return tuple(s for s in name.subs if not isinstance(s, t.Words))


@dataclass(slots=True)
class Use:
    """How one tensor is used."""

    ranks: Counter[int] = field(default_factory=Counter)
    accesses: list[tuple[t.Node, ...]] = field(default_factory=list)
    digits: dict[int, tuple[int, int]] = field(default_factory=dict)
    whole: int = 0
    called: int = 0
    accessed: int = 0
    primed: int = 0
    layered: bool = False
    layers: set[int] = field(default_factory=set)
    below: int = 0
    above: int = 0
    transposed: int = 0
    fixed: int | None = None

    @property
    def rank(self) -> int:
        """How many axes it has, first of all where it is defined; 0 when nothing says so."""
        if self.fixed is not None:
            return self.fixed
        entries = [(n, r) for r, n in self.ranks.items() if r]
        return max(entries)[1] if entries else 0


@dataclass(frozen=True, slots=True)
class Definition:
    """What a statement defines. ``at`` are its subscripts: symbols or numbers; ``layer`` the superscript's form."""

    name: str
    at: tuple[str | int, ...]
    layer: t.Node | None
    body: t.Node
    position: int
    kind: Literal["index", "entry", "whole", "function"]
    argument: str = ""


@dataclass(slots=True)
class Survey:
    """All that the names of a section show."""

    uses: dict[str, Use] = field(default_factory=dict)
    definitions: dict[str, list[Definition]] = field(default_factory=dict)
    functions: set[str] = field(default_factory=set)
    aliases: dict[str, str] = field(default_factory=dict)
    losses: list[str] = field(default_factory=list)
    deltas: dict[str, list[t.Node]] = field(default_factory=dict)
    shifts: dict[str, list[int]] = field(default_factory=dict)
    index_symbols: set[str] = field(default_factory=set)
    layer_symbols: set[str] = field(default_factory=set)
    defined_at: set[int] = field(default_factory=set)
    constants: tuple[str, ...] = ()
    given: dict[str, list[Definition]] = field(default_factory=dict)

    def key(self, name: t.Name) -> str:
        """The tensor that a name is of."""
        found = label(name)
        return self.aliases.get(found, found)

    def use(self, key: str) -> Use:
        """How a tensor is used."""
        return self.uses.setdefault(key, Use())


def survey(trees: Sequence[t.Node | None], losses: Sequence[str] = ()) -> Survey:
    """The survey of some statements; None stands for one that was not read."""
    from symconv.claims.meaning.aliases import alias, twins
    from symconv.claims.meaning.deltas import deltas

    found = Survey()
    for tree in trees:
        if tree is not None:
            _count(found, tree)
    _accesses(found, trees)
    for key, use in found.uses.items():
        if _functional(key, use):
            found.functions.add(key)
    _losses(found, losses)
    twins(found)
    deltas(found, trees)
    found.functions -= set(found.deltas)
    from symconv.claims.meaning.define import define
    from symconv.claims.meaning.given import givens

    for position, tree in enumerate(trees):
        if isinstance(tree, t.Relation):
            define(found, tree, position)
    alias(found)
    givens(found, trees)
    for key, ds in found.definitions.items():
        ranks = Counter(len(d.at) for d in ds if d.kind in ("index", "entry"))
        if ranks and key in found.uses:
            found.uses[key].fixed = ranks.most_common(1)[0][0]
    return found


def _functional(key: str, use: Use) -> bool:
    base = key.split("_")[0]
    if meaning(base) in OPERATIONS:
        return True
    if base in LOSS_LETTERS and use.above and not use.primed:
        return False
    letters = base in FUNCTION_LETTERS or len(base) > 2
    return bool((use.called or use.primed) and letters and not use.below) or bool(
        use.primed and use.called and not use.below
    )


def _count(found: Survey, tree: t.Node) -> None:
    for node in t.walk(tree):
        if isinstance(node, t.Call):
            _called(found, node)
        elif isinstance(node, t.Derivative):
            for part, where in ((node.of, "above"), (node.by, "below")):
                top = strip(part) if part is not None else None
                if isinstance(top, t.Call):
                    if where == "below" and top.function.base in FUNCTION_LETTERS:
                        continue
                    top = top.function
                if isinstance(top, t.Name):
                    use = found.use(label(top))
                    if where == "above":
                        use.above += 1
                    else:
                        use.below += 1
        elif isinstance(node, t.Product):
            for operator, target in zip(node.factors, node.factors[1:], strict=False):
                if isinstance(operator, t.Derivative) and operator.of is None:
                    top = strip(target)
                    top = top.function if isinstance(top, t.Call) else top
                    if isinstance(top, t.Name):
                        found.use(label(top)).above += 1
        elif isinstance(node, t.Diff) and isinstance(node.of, t.Name):
            found.use(label(node.of)).below += 1
    for name in value_names(tree):
        _named(found, name)


def value_names(node: t.Node) -> Iterator[t.Name]:
    """Names that stand for values, not those within subscripts, superscripts or limits, nor functions of calls."""
    stack: list[t.Node] = [node]
    while stack:
        top = stack.pop()
        match top:
            case t.Name():
                yield top
                if top.base == "e" and top.sups:
                    stack.extend(top.sups)
            case t.Script():
                stack.append(top.body)
            case t.Big():
                stack.append(top.body)
            case t.Call():
                stack.extend(reversed(top.arguments))
            case t.Cases():
                stack.extend(v for v, _ in top.rows)
            case _:
                stack.extend(reversed(list(t.children(top))))


def _named(found: Survey, name: t.Name) -> None:
    use = found.use(label(name))
    pieces = indices(name)
    if pieces:
        use.ranks[len(pieces)] += 1
        for n, piece in enumerate(pieces):
            if isinstance(piece, t.Num) and piece.value.denominator == 1:
                low, high = use.digits.get(n, (int(piece.value), int(piece.value)))
                use.digits[n] = (min(low, int(piece.value)), max(high, int(piece.value)))
            form = affine(piece)
            if form is not None:
                found.index_symbols.update(s for s, _ in form.parts)
    else:
        use.whole += 1
    use.primed += bool(name.primes)
    use.transposed += name.transposed
    for sup in name.sups:
        form = affine(sup)
        if form is not None and (form.parts or name.bracketed):
            use.layered = True
            found.layer_symbols.update(s for s, _ in form.parts)
            if form.numeric is not None:
                use.layers.add(form.numeric)


def _index_like(node: t.Node) -> bool:
    """Whether a tree may be an index: sums and products of numbers and single letters."""
    return all(
        isinstance(n, t.Num | t.Sum | t.Product | t.Minus | t.Group | t.Bars | t.Fraction_)
        or (isinstance(n, t.Name) and len(n.base) == 1 and not n.sups and not n.subs)
        for n in t.walk(node)
    )


def _called(found: Survey, call: t.Call) -> None:
    use = found.use(label(call.function))
    short = all(_index_like(a) for a in call.arguments)
    upper = call.function.base[-1:].isupper() or len(call.arguments) > 1
    if call.arguments and short and (upper or call.bracket == "[") and not call.function.primes:
        use.accesses.append(call.arguments)
    else:
        use.called += 1
    use.primed += bool(call.function.primes)


def _losses(found: Survey, declared: Sequence[str]) -> None:
    """What is above derivatives and has no entries: declared ones first, then by how often."""
    counts = {
        key: use.above
        for key, use in found.uses.items()
        if use.above and not (sum(use.ranks.values()) - use.accessed) and not use.below and key not in found.functions
    }
    likely = sorted((k for k in counts if k in LOSS_LETTERS), key=lambda k: (-counts[k], LOSS_LETTERS.index(k)))
    if not likely:
        # No usual letter: what alone stands above derivatives, again and again, and is said nothing else of.
        alone = [k for k, n in counts.items() if n >= 2 and n == found.uses[k].whole and len(k) == 1]
        likely = alone if len(alone) == 1 else []
    found.losses = list(dict.fromkeys((*declared, *likely)))


LOSS = t.Words("the loss", (0, 0))
"""What stands for the loss where a note writes its formula."""


def is_loss(found: Survey, node: t.Node | None) -> bool:
    """Whether a tree names the loss."""
    node = strip(node) if node is not None else None
    if node is LOSS:
        return True
    if isinstance(node, t.Call):
        node = node.function
    return isinstance(node, t.Name) and label(node) in found.losses and not indices(node)


def _values_outside(trees: Sequence[t.Node | None]) -> Counter[str]:
    """How often each name stands for a value outside of the brackets of what may be an entry."""
    found: Counter[str] = Counter()
    stack: list[t.Node] = [tree for tree in trees if tree is not None]
    while stack:
        top = stack.pop()
        match top:
            case t.Name():
                found[label(top)] += 1
                if top.base == "e":
                    stack.extend(top.sups)
            case t.Script() | t.Big():
                stack.append(top.body)
            case t.Call():
                if label(top.function) not in SURELY_CALLED:
                    continue
                stack.extend(top.arguments)
            case t.Cases():
                stack.extend(v for v, _ in top.rows)
            case _:
                stack.extend(t.children(top))
    return found


SURELY_CALLED = OPERATIONS | FUNCTION_LETTERS


def _accesses(found: Survey, trees: Sequence[t.Node | None]) -> None:
    """Whether ``I(i+m, j+n)`` is an entry: its arguments are no values elsewhere, and it is above no derivative."""
    outside = _values_outside(trees)
    for use in found.uses.values():
        for arguments in use.accesses:
            forms = [affine(a) for a in arguments]
            symbols = {s for f in forms if f is not None for s, _ in f.parts}
            values = any(
                s in found.uses
                and (found.uses[s].whole or found.uses[s].ranks)
                and s not in found.index_symbols
                and outside[s]
                for s in symbols
            )
            if (use.above and not use.below) or values:
                use.called += 1
                continue
            use.accessed += 1
            use.ranks[len(arguments)] += 1
            found.index_symbols.update(symbols)
