"""Affine forms and conditions: what stands in subscripts and behind ``where``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sympy as sp

from symconv.errors import show
from symconv.notation.index import symbol
from symconv.notation.parse.source import Source
from symconv.notation.parse.tree import Chain, Condition, Entry, Node, Number, Product, Sum

LARGEST = 2**31 - 1


def form(source: Source, node: Node) -> sp.Expr:
    """The affine form that is written: indices times integers, added.

    Raises ModelError for anything else, LimitError for numbers above 2^31 - 1.

    >>> from symconv.notation.parse.parser import parse
    >>> text = "C[k] = A[2*k - 1]"
    >>> form(Source(text), parse(text)[0].right.subscripts[0])
    2*k - 1
    """
    match node:
        case Number(at, value):
            if value.denominator != 1:
                raise source.error(at, f"{value} is no integer", "subscripts and conditions count in integers")
            result = sp.Integer(value.numerator)
        case Entry(at, name, _, bracketed):
            if bracketed:
                problem = f"{name}[...] stands where only indices and integers can"
                raise source.error(at, problem, "write subscripts and conditions as 2*k+i-1")
            result = symbol(name)
        case Sum(at, parts, signs):
            result = sp.Add(*(sign * form(source, part) for part, sign in zip(parts, signs, strict=True)))
        case Product(at, factors, powers):
            forms = [form(source, f) for f in factors]
            if -1 in powers or sum(not f.is_Integer for f in forms) > 1:
                raise source.error(at, "this is not affine", "write indices times integers, added, as 2*k+i-1")
            result = sp.expand(sp.Mul(*forms))
        case _:
            problem = "only indices and integers can stand here"
            raise source.error(node.at, problem, "write indices times integers, added, as 2*k+i-1")
    if any(abs(n) > LARGEST for n in result.atoms(sp.Integer)):
        raise source.limit(node.at, f"an integer exceeds {LARGEST}", "use smaller numbers")
    return sp.expand(result)


@dataclass(frozen=True, slots=True)
class Within:
    """``low <= form < high``; None where there is no such limit."""

    at: int
    form: sp.Expr
    low: int | None
    high: int | None


@dataclass(frozen=True, slots=True)
class Zero:
    """``form = 0``."""

    at: int
    form: sp.Expr


@dataclass(frozen=True, slots=True)
class Multiple:
    """``divisor | form``."""

    at: int
    form: sp.Expr
    divisor: int


Limit = Within | Zero | Multiple


def limits(source: Source, conditions: Sequence[Condition]) -> tuple[Limit, ...]:
    """What the conditions say, each form once: ``0 <= f < 6`` is one Within.

    Raises ModelError for a condition without any index, or that limits one form twice in the same direction.
    """
    found: list[Limit] = []
    for condition in conditions:
        if isinstance(condition, Chain):
            forms = [form(source, f) for f in condition.forms]
            for left, sign, right in zip(forms, condition.signs, forms[1:], strict=False):
                _add(source, found, _pair(source, condition.at, left, sign, right))
        else:
            divisor, of = form(source, condition.divisor), form(source, condition.form)
            if not divisor.is_Integer or divisor < 1:
                problem = f"{show(str(divisor))} cannot divide"
                raise source.error(condition.at, problem, "write a positive integer before the bar, as 2 | k+i")
            if not of.free_symbols:
                raise source.error(condition.at, "a condition has no index", "leave it out")
            found.append(Multiple(condition.at, of, int(divisor)))
    return tuple(found)


def _pair(source: Source, at: int, left: sp.Expr, sign: str, right: sp.Expr) -> Limit:
    if not left.free_symbols | right.free_symbols:
        raise source.error(at, "a condition has no index", "leave it out")
    if sign == "=":
        difference = sp.expand(left - right)
        if not difference.free_symbols:
            raise source.error(at, "the condition does not depend on its indices", "leave it out")
        return Zero(at, difference)
    if sign in (">", ">="):
        left, right, sign = right, left, {">": "<", ">=": "<="}[sign]
    strict = int(sign == "<")
    if left.is_Integer:
        return Within(at, right, int(left) + strict, None)
    if right.is_Integer:
        return Within(at, left, None, int(right) + 1 - strict)
    difference = sp.expand(right - left)
    if not difference.free_symbols:
        raise source.error(at, "the condition does not depend on its indices", "leave it out")
    return Within(at, difference, strict, None)


def _add(source: Source, found: list[Limit], new: Limit) -> None:
    if isinstance(new, Within):
        for n, old in enumerate(found):
            if isinstance(old, Within) and old.form == new.form:
                if (old.low is not None and new.low is not None) or (old.high is not None and new.high is not None):
                    raise source.error(new.at, f"{old.form} is limited twice", "give one range for it")
                low = new.low if old.low is None else old.low
                high = new.high if old.high is None else old.high
                found[n] = Within(old.at, old.form, low, high)
                return
    found.append(new)
