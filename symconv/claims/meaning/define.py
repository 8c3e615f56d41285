"""Which statements define something, and what: outright, cell by cell, or by a derivative of it."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from symconv.claims.grammar import tree as t
from symconv.claims.meaning.forms import affine, strip, symbol, text_of
from symconv.claims.meaning.printed import printed
from symconv.claims.meaning.survey import Definition, Survey, indices, label, value_names


def define(found: Survey, tree: t.Relation, position: int) -> None:
    if tree.relations[0] not in ("=", ":="):
        return
    _implied(found, tree, position)
    left = strip(tree.sides[0])
    body = tree.sides[1]
    if isinstance(left, t.Matrix) or (
        isinstance(left, t.Name) and any(isinstance(strip(s), t.Matrix) for s in tree.sides)
    ):
        _cells(found, tree, position)
        if isinstance(left, t.Matrix):
            return
    if _operator(left):
        # (I * K)_{ij} = ...: an operator is defined; what it reads is known by that.
        found.definitions.setdefault("operator:", []).append(
            Definition("operator:", (), None, body, position, "function", "")
        )
        found.defined_at.add(position)
        return
    if isinstance(left, t.Name) and not left.subs and _counts(found, left):
        return
    if isinstance(strip(body), t.Num):
        return
    definition = _definition(found, left, body, position)
    if definition is None or _refers(found, body, definition):
        return
    earlier = found.definitions.setdefault(definition.name, [])
    if _worked_out(definition, earlier):
        return
    if any(
        e.kind == definition.kind == "entry" and e.at == definition.at and text_of(e.body) != text_of(body)
        for e in earlier
    ):
        pass
    earlier.append(definition)
    found.defined_at.add(position)


def _counts(found: Survey, left: t.Name) -> bool:
    """Whether a letter is an index or numbers layers, and is nothing that anything is derived by."""
    use = found.uses.get(label(left))
    return symbol(left) in found.index_symbols | found.layer_symbols and not (use and (use.below or use.ranks))
def _worked_out(definition: Definition, earlier: Sequence[Definition]) -> bool:
    """Whether numbers are given for a whole tensor of which the note has said what it is: they claim something."""
    shown = printed(definition.body) if definition.kind == "whole" else None
    if shown is None or not shown.ndim:
        return False
    layer = text_of(definition.layer) if definition.layer is not None else ""
    return any(
        e.kind == "whole"
        and printed(e.body) is None
        and (text_of(e.layer) if e.layer is not None else "") == layer
        for e in earlier
    )


def _operator(left: t.Node) -> bool:
    """Whether a side is the entry of a product: ``(I * K)_{ij}``, ``(f * g)(i, j)``."""
    if isinstance(left, t.Script):
        return bool(left.subs) and isinstance(strip(left.body), t.Product)
    if isinstance(left, t.Product) and len(left.factors) == 2 and not left.operators[0]:
        first, second = strip(left.factors[0]), left.factors[1]
        inner = second.body if isinstance(second, t.Group) else second
        signs = isinstance(first, t.Product) and set(first.operators) <= {"*", "star", "otimes", "conv"}
        return signs and isinstance(inner, t.Listing | t.Name) and isinstance(second, t.Group)
    return False


def _cells(found: Survey, tree: t.Relation, position: int) -> None:
    """A matrix of entries that equals a matrix of formulas defines them one by one."""
    matrices = [m for s in tree.sides if isinstance(m := strip(s), t.Matrix)]
    for first, second in itertools.pairwise(matrices):
        if len(first.rows) != len(second.rows) or len(first.rows[0]) != len(second.rows[0]):
            continue
        for row, values in zip(first.rows, second.rows, strict=True):
            for cell, value in zip(row, values, strict=True):
                left = strip(cell) if cell is not None else None
                if isinstance(left, t.Name) and value is not None and indices(left):
                    made = _definition(found, left, value, position)
                    if made is not None and made.kind == "entry" and not _refers(found, value, made):
                        found.definitions.setdefault(made.name, []).append(made)


def _implied(found: Survey, tree: t.Relation, position: int) -> None:
    """``∂u/∂w = ∂(...)/∂w`` says what u is."""
    for first, second in zip(tree.sides, tree.sides[1:], strict=False):
        a, b = strip(first), strip(second)
        if isinstance(a, t.Call) and isinstance(b, t.Call) and a.function == replace(b.function, span=a.function.span):
            _same_argument(found, a, b, position)
        if not isinstance(a, t.Derivative) or not isinstance(of := strip(a.of) if a.of else None, t.Name):
            continue
        if label(of) in found.losses and label(of) not in found.definitions and not indices(of):
            integral = _undone(second, text_of(a.by))
            if integral is not None:
                found.definitions[label(of)] = [Definition(label(of), (), None, integral, position, "whole")]
            continue
        body: t.Node | None = None
        if isinstance(b, t.Derivative) and b.of is not None and text_of(b.by) == text_of(a.by):
            body = b.of
        elif (
            isinstance(b, t.Product)
            and len(b.factors) == 2
            and isinstance(d := b.factors[0], t.Derivative)
            and d.of is None
            and text_of(d.by) == text_of(a.by)
        ):
            body = b.factors[1]
        assert isinstance(of, t.Name)
        if body is None or text_of(strip(body)) == text_of(of) or any(isinstance(n, t.Dots) for n in t.walk(body)):
            continue
        made = _definition(found, of, body, position)
        earlier = found.definitions.get(found.key(of), [])
        if (
            made is not None
            and not _refers(found, body, made)
            and not any(text_of(strip(e.body)) == text_of(strip(body)) for e in earlier)
        ):
            found.definitions.setdefault(made.name, []).append(made)


def _undone(node: t.Node, by: str) -> t.Node | None:
    """``-Σ_k y_k ∂log(p_k)/∂z_i`` without its derivative: what is derived by ``by`` there, term by term; else None."""
    inner = strip(node)
    match inner:
        case t.Derivative() if inner.of is not None and text_of(inner.by) == by:
            return None if isinstance(strip(inner.of), t.Name) else inner.of
        case t.Minus():
            body = _undone(inner.body, by)
            return body and replace(inner, body=body)
        case t.Big() if inner.operator == "sum":
            body = _undone(inner.body, by)
            return body and replace(inner, body=body)
        case t.Sum():
            terms = [_undone(x, by) for x in inner.terms]
            return None if any(x is None for x in terms) else replace(inner, terms=tuple(x for x in terms if x))
        case t.Product() if "/" not in inner.operators:
            made = [_undone(f, by) for f in inner.factors]
            derived = [n for n, m in enumerate(made) if m is not None]
            others = [f for n, f in enumerate(inner.factors) if n not in derived]
            if len(derived) != 1 or any(isinstance(x, t.Derivative | t.Diff) for f in others for x in t.walk(f)):
                return None
            factors = tuple(m if m is not None else f for m, f in zip(made, inner.factors, strict=True))
            return replace(inner, factors=factors)
        case _:
            return None


def _same_argument(found: Survey, a: t.Call, b: t.Call, position: int) -> None:
    """``a^l = σ(z^l) = σ(W^l a^{l-1} + b^l)`` says what z is."""
    if len(a.arguments) != 1 or len(b.arguments) != 1 or label(a.function) not in found.functions:
        return
    name, body = strip(a.arguments[0]), b.arguments[0]
    if not isinstance(name, t.Name) or isinstance(strip(body), t.Name):
        return
    made = _definition(found, name, body, position)
    if made is not None and made.name not in found.definitions and not _refers(found, body, made):
        found.definitions.setdefault(made.name, []).append(made)


def _definition(found: Survey, left: t.Node, body: t.Node, position: int) -> Definition | None:
    derivative = any(isinstance(n, t.Derivative | t.Diff) for n in t.walk(body))
    if derivative:
        return None
    if isinstance(left, t.Call):
        key = label(left.function)
        if left.function.primes:
            return None
        if key in found.functions or not _accessor(found, left):
            argument = left.arguments[0] if len(left.arguments) == 1 else None
            reads = isinstance(argument, t.Name) and any(symbol(n) == symbol(argument) for n in value_names(body))
            if isinstance(argument, t.Name) and key in found.functions and not indices(argument) and reads:
                return Definition(key, (), None, body, position, "function", symbol(argument))
            if key in found.losses and not any(isinstance(n, t.Name) and n.base == key for n in t.walk(body)):
                return Definition(key, (), None, body, position, "whole")
            return None
        return _made(key, left.arguments, (), body, position)
    if isinstance(left, t.Name) and not left.primes and not left.transposed:
        key = found.key(left)
        if key in found.deltas or left.base in ("delta", "Delta", "nabla", "eta", "alpha"):
            return None
        return _made(key, indices(left), left.sups, body, position)
    return None


def _accessor(found: Survey, call: t.Call) -> bool:
    use = found.uses.get(label(call.function))
    return use is not None and use.accessed > use.called


def _made(key: str, subs: Sequence[t.Node], sups: Sequence[t.Node], body: t.Node, position: int) -> Definition | None:
    at: list[str | int] = []
    for sub in subs:
        form = affine(sub)
        if form is None:
            return None
        if form.bare is not None:
            at.append(form.bare)
        elif form.numeric is not None:
            at.append(form.numeric)
        else:
            return None
    layer = sups[0] if len(sups) == 1 else None
    kind: Literal["index", "entry", "whole"] = (
        "whole" if not at else "entry" if all(isinstance(a, int) for a in at) else "index"
    )
    if len({a for a in at if isinstance(a, str)}) != sum(isinstance(a, str) for a in at):
        return None
    return Definition(key, tuple(at), layer, body, position, kind)


def _refers(found: Survey, body: t.Node, definition: Definition) -> bool:
    """Whether a body reads what it defines: an update, or a recurrence that is not over layers."""
    mine = text_of(definition.layer) if definition.layer is not None else ""
    if definition.kind == "whole" and any(
        isinstance(n, t.Call) and found.key(n.function) == definition.name and not n.function.sups for n in t.walk(body)
    ):
        return True
    for name in value_names(body):
        if found.key(name) == definition.name:
            theirs = text_of(name.sups[0]) if len(name.sups) == 1 else ""
            if theirs == mine:
                return True
    return False
