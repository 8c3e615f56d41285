"""Sums that end in dots: every term that is shown has to be one of the true ones, each only once."""

from __future__ import annotations

from collections.abc import Sequence

from symconv.claims.grammar import tree as t
from symconv.claims.meaning.arrays import Tensor, lower
from symconv.claims.meaning.evaluate import Evaluator
from symconv.claims.meaning.forms import strip, text_of
from symconv.claims.meaning.section import Unresolved
from symconv.claims.meaning.survey import indices, is_loss
from symconv.claims.meaning.tape import Number, Var, number, same
from symconv.claims.meaning.values import Environment


def shown(node: t.Node) -> tuple[t.Node, ...] | None:
    """The terms before the dots of a sum; None when it has no dots, or has any in between."""
    node = strip(node)
    if not isinstance(node, t.Sum) or not isinstance(strip(node.terms[-1]), t.Dots) or set(node.signs) != {1}:
        return None
    terms = node.terms[:-1]
    return None if not terms or any(isinstance(strip(x), t.Dots) for x in terms) else terms


def holds(left: t.Node, terms: Sequence[t.Node], evaluator: Evaluator, env: Environment) -> bool:
    """Whether every term is what its upstream factor, or one of its entries, contributes to the left side.

    ``∂E/∂F = ∂E/∂C_00 A_00 + ...``: with ``∂E/∂C_00`` goes ``∂C_00/∂F``. ``C = A_00 F_00 + ...``: with ``F_00`` goes
    ``∂C/∂F_00``.
    """
    if len({text_of(strip(x)) for x in terms}) != len(terms):
        return False
    left = strip(left)
    gradient = isinstance(left, t.Derivative) and left.of is not None and is_loss(evaluator.survey, left.of)
    by = lower(evaluator.first(left.by, env)) if gradient and isinstance(left, t.Derivative) else None
    whole = lower(evaluator.first(left, env)) if not gradient else None
    return all(_fits(strip(term), evaluator, env, by, whole) for term in terms)


def _fits(term: t.Node, evaluator: Evaluator, env: Environment, by: object, whole: object) -> bool:
    factors = [strip(f) for f in term.factors] if isinstance(term, t.Product) else [term]
    for n, factor in enumerate(factors):
        rest = [lower(evaluator.first(f, env)) for m, f in enumerate(factors) if m != n]
        if any(isinstance(r, Tensor) for r in rest):
            raise Unresolved("a tensor stands where a number belongs")
        product: Number = 1
        for r in rest:
            product = product * number(r)
        if whole is not None:
            value = lower(evaluator.first(factor, env))
            if isinstance(whole, Var) and isinstance(value, Var) and same(whole.by(value), product) and product:
                return True
            continue
        entry = upstream(factor, evaluator, env)
        if entry is not None:
            if not isinstance(by, Var):
                raise Unresolved("a derivative by a number")
            return same(entry.by(by), product)
    if whole is None:
        raise Unresolved("a term has no upstream gradient")
    return False


def upstream(factor: t.Node, evaluator: Evaluator, env: Environment) -> Var | None:
    """The entry whose gradient a factor is."""
    target: t.Node | None = None
    if isinstance(factor, t.Derivative) and factor.of is not None and is_loss(evaluator.survey, factor.of):
        target = factor.by
    elif isinstance(factor, t.Diff):
        target = factor.of
    elif isinstance(factor, t.Name):
        delta = dict(evaluator.world.reading.deltas).get(evaluator.survey.key(factor))
        if delta is not None:
            key = delta.partition("@")[0]
            tensor = evaluator.world.tensor(key, None)
            found = evaluator.entry(indices(factor), key, tensor, env, joined=factor.joined)
            return found if isinstance(found, Var) else None
    if target is None:
        return None
    value = lower(evaluator.first(target, env))
    return value if isinstance(value, Var) else None
