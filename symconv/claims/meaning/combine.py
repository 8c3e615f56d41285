"""Sums, products, quotients and scripts of what has been evaluated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import product as cartesian
from typing import TYPE_CHECKING

import numpy as np

from symconv.claims.grammar import tree as t
from symconv.claims.meaning.arrays import Operand, Tensor, add, lower, matrix, products, size
from symconv.claims.meaning.forms import affine, strip
from symconv.claims.meaning.indicators import condition, indicator
from symconv.claims.meaning.section import Unresolved
from symconv.claims.meaning.survey import OPERATIONS, is_loss
from symconv.claims.meaning.tape import Value, Var, divide
from symconv.claims.meaning.values import (
    MAX_VALUES,
    Environment,
    Readings,
    Values,
    identical,
    join,
    mapped,
    negative,
    power_of,
)
from symconv.claims.tex.words import meaning

if TYPE_CHECKING:
    from symconv.claims.meaning.evaluate import Evaluator


def sum(self: Evaluator, node: t.Sum, env: Environment) -> Values:
    if any(isinstance(x, t.Dots) for x in node.terms):
        raise Unresolved("a sum with dots")
    out: Values = [(0, ())]
    first = True
    for term, sign in zip(node.terms, node.signs, strict=True):
        found = self.values(term, env)
        made: Values = []
        for (a, r), (b, s) in cartesian(out, found):
            if first:
                made.append((b if sign > 0 else negative(b), s))
            else:
                total = add(a, b, sign)
                if total is not None:
                    made.append((total, join(r, s)))
            if len(made) >= MAX_VALUES:
                break
        if not made:
            raise Unresolved("terms of different shapes are added")
        out, first = made, False
    return out


def product(self: Evaluator, node: t.Product, env: Environment) -> Values:
    """Products of flat factors: from left to right, or what has no operator first; operators of derivatives."""
    for n, factor in enumerate(node.factors):
        if isinstance(factor, t.Derivative) and factor.of is None and n + 1 < len(node.factors):
            return self._operator(node, n, env)
    found = [self.values(f, env) for f in node.factors]
    out: Values = []
    for choice in cartesian(*found):
        operands = [v for v, _ in choice]
        readings: Readings = join(*(r for _, r in choice))
        for value, more in self._multiplied(operands, node.operators):
            if not any(identical(value, v) and m == join(readings, more) for v, m in out):
                out.append((value, join(readings, more)))
            if len(out) >= MAX_VALUES:
                return out
    if not out:
        raise Unresolved("the factors have shapes that do not go together")
    return out


def multiplied(
    self: Evaluator, operands: list[Operand], operators: tuple[str, ...]
) -> Iterator[tuple[Operand, Readings]]:
    if len(operands) == 1:
        yield operands[0], ()
        return
    if all(not isinstance(lower(o), Tensor) for o in operands):
        total: Value = lower(operands[0])
        for o, operator in zip(operands[1:], operators, strict=True):
            total = total / lower(o) if operator == "/" else total * lower(o)
        yield total, ()
        return
    seen = 0
    # From the left; then each other place to begin at, which brackets the factors differently.
    order = list(range(len(operators)))
    order.sort(key=lambda n: n)
    for n in order:
        a, b, operator = operands[n], operands[n + 1], operators[n]
        self.world.section.work.spend(1 + size(a) * size(b) // 8)
        if operator == "/":
            low = lower(b)
            if isinstance(low, Tensor):
                continue
            pairs: list[tuple[Operand, str]] = [
                (
                    mapped(
                        a,
                        lambda x, d=low: (
                            x / d
                            if isinstance(x, Var) or isinstance(d, Var)
                            else Fraction(x) / d
                            if not isinstance(x, float) and not isinstance(d, float)
                            else x / d
                        ),
                    ),
                    "",
                )
            ]
        else:
            pairs = list(products(operator, a, b, self.mode))
        for value, reading in pairs:
            rest = [*operands[:n], value, *operands[n + 2 :]]
            for final, more in self._multiplied(rest, (*operators[:n], *operators[n + 1 :])):
                yield final, join((reading,) if reading else (), more)
                seen += 1
                if seen > 3 * MAX_VALUES:
                    return


def operator(self: Evaluator, node: t.Product, n: int, env: Environment) -> Values:
    """``∂/∂x`` in front of something: it takes the next factor, or everything that follows."""
    operator = node.factors[n]
    assert isinstance(operator, t.Derivative)
    out: Values = []
    ends = [len(node.factors)] if len(node.factors) == n + 2 else [n + 2, len(node.factors)]
    if len(node.factors) > n + 2 and isinstance(strip(node.factors[n + 1]), t.Num | t.Fraction_):
        ends = [len(node.factors)]
    problem: Unresolved | None = None
    for end in ends:
        inner = node.factors[n + 1 : end]
        body: t.Node = (
            inner[0]
            if len(inner) == 1
            else t.Product(inner, node.operators[n + 1 : end - 1], (inner[0].span[0], inner[-1].span[1]))
        )
        derived = replace(operator, of=body)
        factors = (*node.factors[:n], derived, *node.factors[end:])
        operators = (*node.operators[:n], *node.operators[end - 1 :])
        try:
            if len(factors) == 1:
                out += self.values(derived, env)
            else:
                out += self.product(t.Product(factors, operators, node.span), env)
        except Unresolved as error:
            problem = error
    if not out and problem:
        raise problem
    return out


def fraction(self: Evaluator, node: t.Fraction_, env: Environment) -> Values:
    out: Values = []
    for (a, r), (b, s) in cartesian(self.values(node.over, env), self.values(node.under, env)):
        b = lower(b)
        if isinstance(b, Tensor):
            low = lower(a)
            if isinstance(low, Tensor) and low.data.shape == b.data.shape:
                data = np.empty(b.data.shape, dtype=object)
                for place in np.ndindex(*b.data.shape):
                    data[place] = divide(low.data[place], b.data[place])
                out.append((Tensor(data), join(r, s, ("divided entry by entry",))))
            elif not isinstance(low, Tensor):
                out.append((mapped(b, lambda x, c=low: divide(c, x)), join(r, s, ("divided entry by entry",))))
            continue
        out.append((mapped(a, lambda x, d=b: divide(x, d)), join(r, s)))
    if not out:
        raise Unresolved("a quotient of tensors")
    return out


def script(self: Evaluator, node: t.Script, env: Environment) -> Values:
    """A transpose, a power, or the entry of an expression."""
    if isinstance(node.body, t.Call) and _product(self, node.body):
        # a (b)^T: the script belongs to the brackets, since a is no function
        call = node.body
        inner = replace(node, body=t.Group(call.arguments[0], call.bracket, call.inner))
        return self.values(t.Product((call.function, inner), ("",), node.span), env)
    if node.primes:
        raise Unresolved("a prime on an expression is not read")
    if len(node.subs) == 1 and isinstance(strip(node.body), t.Num) and (about := condition(node.subs[0])) is not None:
        return [(indicator(self, about, env), ())]
    if node.subs and not (isinstance(node.body, t.Bars) and node.body.kind in ("norm", "abs")):
        return self._entry_of(node, env)
    out: Values = []
    for value, reading in self.values(node.body, env):
        value = lower(value)
        if node.transposed and isinstance(value, Tensor) and value.jacobian:
            # Which way about such a derivative is laid out is a convention; its names say how it joins.
            out.append((value, (*reading, "the derivative laid out the other way")))
        if node.transposed:
            value = Tensor(matrix(value.data).T) if isinstance(value, Tensor) else value
        if node.sups:
            form = affine(node.sups[0]) if len(node.sups) == 1 else None
            if form is None or form.parts or form.constant.denominator != 1:
                raise Unresolved("a superscript is not understood")
            value = power_of(value, int(form.constant))
        out.append((value, reading))
    return out


def _product(self: Evaluator, call: t.Call) -> bool:
    """Whether a name with brackets behind it is a product."""
    key = self.survey.key(call.function)
    if len(call.arguments) != 1 or call.function.primes or key in self.survey.functions:
        return False
    use = self.survey.uses.get(key)
    entry = bool(use and use.accessed > use.called)
    return not entry and meaning(call.function.base) not in OPERATIONS and not is_loss(self.survey, call.function)


def entry_of(self: Evaluator, node: t.Script, env: Environment) -> Values:
    out: Values = []
    for value, reading in self.values(node.body, env):
        value = lower(value)
        if isinstance(value, Tensor):
            data = value.data
            if data.ndim == 2 and data.shape[1] == 1 and len(node.subs) == 1:
                data = data[:, 0]
            if data.ndim != len(node.subs):
                continue
            place = [self.index(p, env) - self.world.reading.base for p in node.subs]
            inside = all(0 <= p < n for p, n in zip(place, data.shape, strict=True))
            out.append((data[tuple(place)] if inside else 0, reading))
    if not out:
        raise Unresolved("the entry of an expression is not read")
    return out
