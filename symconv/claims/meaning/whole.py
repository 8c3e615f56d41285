"""Shapes of whole tensors: what products of matrices, sums and functions say about them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from symconv.claims.grammar import tree as t
from symconv.claims.meaning.forms import strip
from symconv.claims.meaning.ranges import Key, Ranges
from symconv.claims.meaning.resampling import POOLS, RESIZING, factor_of
from symconv.claims.meaning.survey import Survey, indices, is_loss
from symconv.claims.tex.words import meaning

ONE: Key = ("one",)
PARAMETERS = frozenset(["W", "w", "K", "k", "F", "Theta", "theta", "U", "V"])
NOT_ALIKE = RESIZING | {"max", "min"}
CONVOLVING = frozenset(("*", "conv", "star", "otimes", "full"))

Shape = tuple[Key, Key]


def join_shapes(out: Ranges, survey: Survey, trees: Sequence[t.Node | None]) -> None:
    """Joins the axes of whole tensors by what is said of them; definitions first, since they say what is meant."""
    out.classes[out.find(ONE)].size = 1
    order = [n for n in range(len(trees)) if n in survey.defined_at]
    for n in order:
        tree = trees[n]
        if isinstance(tree, t.Relation) and not _entries(tree.sides[0]):
            _shared_bias(out, survey, tree, trees)
            shapes = [_shape(out, survey, side, definition=True) for side in tree.sides]
            for a, b in itertools.pairwise(shapes):
                if a and b:
                    _same(out, a, b)


def _shared_bias(out: Ranges, survey: Survey, tree: t.Relation, trees: Sequence[t.Node | None]) -> None:
    """A bias next to a convolution is one number for the whole map where its gradient is said to be a sum."""
    for node in t.walk(tree):
        if isinstance(node, t.Sum) and any(_is_convolution(x) for x in node.terms):
            for term in node.terms:
                name = strip(term)
                if isinstance(name, t.Name) and _is_bias(name) and not indices(name):
                    key = survey.key(name)
                    if any(isinstance(x, t.Relation) and _sums(survey, x, key) for x in trees):
                        out.join(("axis", key, 0), ONE)
                        out.join(("axis", key, 1), ONE)


def _sums(survey: Survey, tree: t.Relation, key: str) -> bool:
    """Whether a statement gives the gradient by a name as a sum."""
    by = [
        n
        for s in tree.sides
        if isinstance(d := strip(s), t.Derivative | t.Diff)
        and isinstance(n := strip(d.by if isinstance(d, t.Derivative) else d.of), t.Name)
    ]
    sums = any(
        isinstance(n, t.Big) or (isinstance(n, t.Call) and n.function.base in ("sum", "np.sum"))
        for s in tree.sides
        for n in t.walk(s)
    )
    return sums and any(survey.key(n) == key for n in by)


def _entries(node: t.Node) -> bool:
    """Whether a side is an entry, so that what it equals is about numbers."""
    node = strip(node)
    return (isinstance(node, t.Name) and bool(indices(node))) or isinstance(node, t.Call)


def vector(name: t.Name) -> bool:
    """Whether a name looks like a vector's: a small letter that is no parameter's."""
    base = name.base.split(":")[-1]
    return (base.islower() or base in ("delta", "sigma")) and base not in PARAMETERS and base != "delta_"


def _same(out: Ranges, a: Shape, b: Shape) -> None:
    out.join(a[0], b[0])
    out.join(a[1], b[1])


def axes(survey: Survey, key: str) -> Shape | None:
    """The axes of a whole tensor: two of its own, or one and a column."""
    use = survey.uses.get(key)
    rank = use.rank if use else 0
    if rank == 1:
        return (("axis", key, 0), ONE)
    if rank in (0, 2):
        return (("axis", key, 0), ("axis", key, 1))
    return None


def _shape(out: Ranges, survey: Survey, node: t.Node, *, definition: bool) -> Shape | None:
    node = strip(node)
    match node:
        case t.Name():
            key = survey.key(node)
            use = survey.uses.get(key)
            if key in survey.functions or key in survey.losses or (node.subs and (use is None or use.rank)):
                return None
            if key in ("n", "m", "N", "eta", "alpha", "lambda", "mu", "gamma", "beta", "epsilon"):
                return None
            found = axes(survey, key)
            if found is None:
                return None
            for k in found:
                out.find(k)
            return found[::-1] if node.transposed else found
        case t.Sum():
            convolved = any(_is_convolution(x) for x in node.terms)
            shapes = [
                None if convolved and _is_bias(x) else _shape(out, survey, x, definition=definition)
                for x in node.terms
            ]
            known = [s for s in shapes if s]
            for a, b, term in zip(known, known[1:], node.terms[1:], strict=False):
                bias = _is_bias(term)
                if bias and out.find(b[0]) != out.find(ONE) and out.find(a[0]) == out.find(ONE):
                    _same(out, a, b)
                elif bias and isinstance(node.terms[0], t.Product) and _row(node.terms[0]):
                    out.join(b[0], ONE)
                    out.join(a[1], b[1])
                else:
                    _same(out, a, b)
            return known[0] if known else None
        case t.Minus():
            return _shape(out, survey, node.body, definition=definition)
        case t.Call():
            name = survey.key(node.function)
            if name in survey.functions and len(node.arguments) == 1 and meaning(name) not in NOT_ALIKE:
                return _shape(out, survey, node.arguments[0], definition=definition)
            if meaning(node.function.base) in ("max", "min") and len(node.arguments) > 1:
                inside = [_shape(out, survey, a, definition=definition) for a in node.arguments]
                return next((s for s in inside if s), None)
            if meaning(node.function.base) in RESIZING and node.arguments:
                inner = _shape(out, survey, node.arguments[0], definition=definition)
                if inner and definition and meaning(node.function.base) in POOLS:
                    _divisible(out, inner, factor_of(node.arguments[1:]) or 2)
                return None
            if node.function.base.lower().startswith(("conv", "corr")) and len(node.arguments) == 2:
                return _convolved(out, survey, node.arguments[0], node.arguments[1])
            return None
        case t.Script():
            inner = _shape(out, survey, node.body, definition=definition)
            return inner[::-1] if inner and node.transposed else inner
        case t.Product():
            return _product(out, survey, node, definition)
        case _:
            return None


def _divisible(out: Ranges, shape: Shape, window: int) -> None:
    """Sizes of what is pooled that windows fill, where nothing else says how large it is."""
    for n, key in enumerate(shape):
        c = out.classes[out.find(key)]
        if c.size is None and c.high is None:
            c.size = (n + 2) * window


def _is_bias(node: t.Node) -> bool:
    node = strip(node)
    return isinstance(node, t.Name) and node.base.split(":")[-1] in ("b", "B")


def _is_convolution(node: t.Node) -> bool:
    node = strip(node)
    if isinstance(node, t.Product):
        return any(o in CONVOLVING for o in node.operators)
    return isinstance(node, t.Call) and node.function.base.lower().startswith(("conv", "corr"))


def _row(node: t.Product) -> bool:
    """Whether the parameter stands on the right: ``XW``."""
    last = strip(node.factors[-1])
    first = strip(node.factors[0])
    return (
        isinstance(last, t.Name)
        and isinstance(first, t.Name)
        and last.base.split(":")[-1] in PARAMETERS
        and first.base.split(":")[-1] not in PARAMETERS
    )


def _product(out: Ranges, survey: Survey, node: t.Product, definition: bool) -> Shape | None:
    total: Shape | None = None
    previous: t.Node | None = None
    for n, factor in enumerate(node.factors):
        operator = node.operators[n - 1] if n else ""
        shape = _shape(out, survey, factor, definition=definition)
        if shape is None:
            continue
        if total is None:
            total, previous = shape, factor
            continue
        if operator in CONVOLVING and definition:
            assert previous is not None
            total = _convolved(out, survey, previous, factor)
            if total is None:
                return None
        elif operator in ("odot", "circ"):
            _same(out, total, shape)
        elif operator == "times" and definition and _letters(previous) and _letters(factor) and False:
            total = None
        else:
            out.join(total[1], shape[0])
            if definition:
                left, right = strip(previous) if previous is not None else None, strip(factor)
                if isinstance(right, t.Name) and vector(right) and not right.transposed:
                    out.join(shape[1], ONE)
                elif (isinstance(left, t.Name) and vector(left) and not left.transposed) or (
                    isinstance(left, t.Name) and left.transposed and left.base.islower()
                ):
                    out.join(total[0], ONE)
            total = (total[0], shape[1])
        previous = factor
    return total


def _letters(node: t.Node | None) -> bool:
    return isinstance(node, t.Name)


def _convolved(out: Ranges, survey: Survey, a: t.Node, b: t.Node) -> Shape | None:
    """The result of a valid sliding product: its own axes, from which the larger operand's size follows."""
    from fractions import Fraction

    from symconv.claims.meaning.forms import Affine

    first, second = _shape(out, survey, a, definition=True), _shape(out, survey, b, definition=True)
    if first is None or second is None:
        return None
    swap = _kernel(a) and not _kernel(b)
    image, kernel = (second, first) if swap else (first, second)
    made: list[Key] = []
    for n in (0, 1):
        own: Key = ("convolved", image[n], kernel[n])
        fresh = own not in out.parents
        root = out.find(own)
        out.classes[root].index = True
        out.classes[out.find(kernel[n])].index = True
        if fresh:
            form = Affine((("o", Fraction(1)), ("k", Fraction(1))), Fraction(0))
            out.constraints.append((image[n], form, {"o": own, "k": kernel[n]}))
        made.append(own)
    return (made[0], made[1])


def _kernel(node: t.Node) -> bool:
    node = strip(node)
    if isinstance(node, t.Call):
        return node.function.base.lower() in ("rot180", "flip", "rot") or any(_kernel(a) for a in node.arguments)
    return isinstance(node, t.Name) and node.base.split(":")[-1] in PARAMETERS


__all__ = ["is_loss", "join_shapes"]
