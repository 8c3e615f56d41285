"""An interpreter of the few forms that NumPy kernels are made of, on arrays of exact values.

Nothing of the file is handed to Python itself: every statement, operator, attribute and function that is not listed
here is refused.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from symconv.backends.vectorise.helpers import HELPERS
from symconv.proofs.algebra.polynomial import terms_of
from symconv.proofs.fault import UNSET, Fault, Unreadable
from symconv.proofs.source.array_functions import FUNCTION, METHODS, Machine
from symconv.proofs.source.array_values import Element, Values, as_values, indices, joined, map_values, scalar
from symconv.proofs.source.literal import irrational, real

ELEMENTS = {"float32": "real", "float64": "real", "int32": "int", "int64": "int", "bool_": "bool"}
Operator = Callable[[Any, Any], Any]
OPERATORS: dict[type[ast.operator], Operator] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
}
WHOLE: dict[type[ast.operator], Operator] = {ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod}
COMPARISONS = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="}
STEPS = 20_000_000


class Continue(Exception):
    """On to the next pass of a loop."""


class Returned(Exception):
    """A function is done."""

    def __init__(self, value: Any) -> None:
        self.value = value


class Interpreter:
    """Runs functions; ``known`` are intermediate values that are recognised and named."""

    def __init__(self, machine: Machine, helpers: dict[str, ast.FunctionDef], known: dict[str, Any]) -> None:
        self.machine, self.helpers, self.known = machine, helpers, known
        self.depth = 0
        self.steps = 0

    def call(self, function: ast.FunctionDef, arguments: Sequence[Any]) -> Any:
        """One call with a scope of its own."""
        names = [a.arg for a in function.args.args]
        if len(names) != len(arguments) or self.depth > 4:
            raise Unreadable(f"a call of {function.name}")
        outer = getattr(self, "scope", None)
        self.scope: dict[str, Any] = dict(zip(names, arguments, strict=True))
        self.depth += 1
        try:
            self.block(function.body)
        except Returned as done:
            return done.value
        finally:
            self.depth -= 1
            self.scope = outer or {}
        raise Fault(f"{function.name} returns nothing")

    # ------------------------------------------------------------------------------------------ statements

    def block(self, body: Sequence[ast.stmt]) -> None:
        """Some statements."""
        for s in body:
            self.steps += 1
            if self.steps > STEPS:
                raise Unreadable("too many steps")
            self.statement(s)

    def statement(self, s: ast.stmt) -> None:
        """One statement."""
        match s:
            case ast.Expr(ast.Constant()) | ast.Pass():
                return
            case ast.Expr(ast.Call()):
                self.value(s.value)
            case ast.Return(e) if e is not None:
                raise Returned(self.value(e))
            case ast.Continue():
                raise Continue
            case ast.Assign([ast.Name(name)], e):
                self.scope[name] = self.value(e)
            case ast.Assign([ast.Tuple(targets)], e) if all(isinstance(t, ast.Name) for t in targets):
                values = self.value(e)
                if not isinstance(values, tuple) or len(values) != len(targets):
                    raise Unreadable(f"line {s.lineno}: {ast.unparse(s)[:60]}")
                for t, v in zip(targets, values, strict=True):
                    self.scope[t.id] = v  # type: ignore[attr-defined]
            case ast.Assign([ast.Subscript(array, at)], e):
                self._store(array, at, self.value(e), s)
            case ast.AugAssign(ast.Name(name), op, e):
                held = self.value(ast.Name(name, ast.Load(), lineno=s.lineno))
                if isinstance(held, Values):
                    if not held.data.flags.writeable:
                        raise Fault(f"line {s.lineno}: an argument is changed")
                    made = as_values(self._operate(op, held, self.value(e), s))
                    held.data[...] = self._kept(held, made, s).data
                else:
                    self.scope[name] = self._operate(op, held, self.value(e), s)
            case ast.AugAssign(ast.Subscript(array, at), op, e):
                held = self.value(s.target)
                self._store(array, at, self._operate(op, held, self.value(e), s), s)
            case ast.If(test, yes, no):
                self.block(yes if self._plain(self.value(test), s) else no)
            case ast.For(ast.Name(name), ast.Call(ast.Name("range"), arguments, []), body, []):
                for n in range(*(self._integer(self.value(a), s) for a in arguments)):
                    self.scope[name] = n
                    try:
                        self.block(body)
                    except Continue:
                        continue
            case _:
                raise Unreadable(f"line {s.lineno}: {ast.unparse(s)[:60]}")

    def _store(self, array: ast.expr, at: ast.expr, value: Any, s: ast.stmt) -> None:
        target = self.value(array)
        if not isinstance(target, Values):
            raise Unreadable(f"line {s.lineno}: {ast.unparse(s)[:60]}")
        if not target.data.flags.writeable:
            raise Fault(f"line {s.lineno}: what is only to be read is changed")
        target.data[self._subscript(at)] = self._kept(target, as_values(value), s).data

    def _kept(self, target: Values, value: Values, s: ast.stmt) -> Values:
        if value.kind == target.kind or (target.kind == "real" and value.kind == "int"):
            return value
        raise Unreadable(f"line {s.lineno}: a {value.kind} is stored as a {target.kind}")

    def _plain(self, value: Any, where: ast.AST) -> bool:
        """A condition that data do not decide."""
        if isinstance(value, Values) and value.data.ndim == 0:
            value = value.data[()]
        if type(value) not in (bool, int):
            raise Unreadable(f"line {getattr(where, 'lineno', 0)}: a branch depends on data")
        return bool(value)

    def _integer(self, value: Any, where: ast.AST) -> int:
        if isinstance(value, Values) and value.data.ndim == 0:
            value = value.data[()]
        if type(value) is not int:
            raise Unreadable(f"line {getattr(where, 'lineno', 0)}: an integer depends on data")
        return value

    # ----------------------------------------------------------------------------------------- expressions

    def value(self, e: ast.expr) -> Any:
        """One expression."""
        match e:
            case ast.Constant(value):
                if value is None or value is Ellipsis or type(value) in (int, bool, str):
                    return value
                if type(value) is float:
                    known = irrational(ast.unparse(e))
                    return scalar(self.machine.domain.irrational(known) if known else real(ast.unparse(e)), "real")
            case ast.Name(name):
                if name in self.scope:
                    return self._named(name)
            case ast.Tuple(parts):
                return tuple(self.value(p) for p in parts)
            case ast.Attribute():
                return self._attribute(e)
            case ast.Subscript(ast.Attribute(ast.Name("np"), "s_"), at):
                return self._subscript(at)
            case ast.Subscript(array, at):
                return self._item(self.value(array), self._subscript(at), e)
            case ast.UnaryOp(op, of):
                return self._unary(op, self.value(of), e)
            case ast.BinOp(left, op, right):
                return self._operate(op, self.value(left), self.value(right), e)
            case ast.BoolOp(op, parts):
                wanted = isinstance(op, ast.Or)
                for p in parts:
                    if self._plain(self.value(p), e) is wanted:
                        return wanted
                return not wanted
            case ast.Compare(left, operators, others):
                return self._compare(e, [self.value(v) for v in (left, *others)], operators)
            case ast.IfExp(test, yes, no):
                return self.value(yes if self._plain(self.value(test), e) else no)
            case ast.Call():
                return self._call(e)
        raise Unreadable(f"line {e.lineno}: {ast.unparse(e)[:60]}")

    def _named(self, name: str) -> Any:
        """A variable; an intermediate tensor that holds what it should is filled with the names of these values.

        That happens in place, so that every view of the memory sees the same.
        """
        value = self.scope[name]
        if self.depth == 1 and name in self.known and isinstance(value, Values) and value.data.flags.writeable:
            values, names = self.known[name]
            flat = value.data.ravel().tolist()
            if len(flat) == len(values) and all(
                v is not UNSET and terms_of(v) == terms_of(w) for v, w in zip(flat, values, strict=True)
            ):
                made = np.empty(len(names), dtype=object)
                made[:] = names
                value.data[...] = made.reshape(value.data.shape)
        return value

    def _attribute(self, e: ast.Attribute) -> Any:
        if isinstance(e.value, ast.Name) and e.value.id == "np":
            if e.attr in ELEMENTS:
                return Element(ELEMENTS[e.attr], e.attr)  # type: ignore[arg-type]
            if e.attr == "inf":
                return "inf"
            raise Unreadable(f"line {e.lineno}: np.{e.attr}")
        of = self.value(e.value)
        if isinstance(of, slice) and e.attr in ("start", "stop", "step"):
            return getattr(of, e.attr)
        if isinstance(of, Values):
            if e.attr == "T":
                return Values(of.data.T, of.kind)
            if e.attr == "shape":
                return of.data.shape
            if e.attr == "dtype":
                return Element(of.kind, self.machine.dtype if of.kind == "real" else "int32")
        if isinstance(of, Element) and e.attr == "type":
            return of
        raise Unreadable(f"line {e.lineno}: {ast.unparse(e)[:60]}")

    def _subscript(self, at: ast.expr) -> Any:
        """Subscripts, as NumPy takes them."""
        if isinstance(at, ast.Tuple):
            return tuple(self._subscript(p) for p in at.elts)
        if isinstance(at, ast.Slice):
            parts = [None if p is None else self.value(p) for p in (at.lower, at.upper, at.step)]
            return slice(*(p if p is None else self._integer(p, at) for p in parts))
        value = self.value(at)
        if isinstance(value, Values):
            return indices(value)
        if isinstance(value, tuple):
            return tuple(indices(v) if isinstance(v, Values) else v for v in value)
        if value is None or value is Ellipsis or type(value) in (int, slice):
            return value
        raise Unreadable(f"line {at.lineno}: the subscript {ast.unparse(at)[:60]}")

    def _item(self, of: Any, at: Any, e: ast.expr) -> Any:
        if isinstance(of, tuple) and type(at) is int:
            return of[at]
        if not isinstance(of, Values):
            raise Unreadable(f"line {e.lineno}: {ast.unparse(e)[:60]}")
        found = of.data[at]
        return Values(found, of.kind) if isinstance(found, np.ndarray) else scalar(found, of.kind)

    def _unary(self, op: ast.unaryop, of: Any, e: ast.expr) -> Any:
        if isinstance(op, ast.USub):
            if of == "inf":
                return scalar(self.machine.domain.lowest, "real")
            if type(of) is int:
                return -of
            if isinstance(of, Values) and of.kind != "bool":
                return map_values(lambda v: -v, of.kind, of)
        if isinstance(op, ast.Not):
            return not self._plain(of, e)
        if isinstance(op, ast.Invert) and isinstance(of, Values) and of.kind == "bool":
            return map_values(self.machine.domain.negate, "bool", of)
        raise Unreadable(f"line {e.lineno}: {ast.unparse(e)[:60]}")

    def _operate(self, op: ast.operator, a: Any, b: Any, where: ast.stmt | ast.expr) -> Any:
        plain = type(a) is int and type(b) is int
        if type(op) in OPERATORS:
            f = OPERATORS[type(op)]
            if plain:
                return f(a, b)
            x, y = as_values(a), as_values(b)
            return map_values(f, joined(x, y), x, y)
        if type(op) in WHOLE:
            if plain:
                return WHOLE[type(op)](a, b)
            x, y = as_values(a), as_values(b)
            indices(x), indices(y)
            return map_values(WHOLE[type(op)], "int", x, y)
        if isinstance(op, (ast.BitOr, ast.BitAnd)):
            x, y = as_values(a), as_values(b)
            if x.kind == y.kind == "bool":
                domain = self.machine.domain
                return map_values(domain.either if isinstance(op, ast.BitOr) else domain.both, "bool", x, y)
        if isinstance(op, ast.Div) and not plain:
            x, y = as_values(a), as_values(b)
            if "real" in (x.kind, y.kind):
                return map_values(self.machine.domain.divide, "real", x, y)
        if isinstance(op, ast.MatMult):
            return self.machine.matmul(as_values(a), as_values(b))
        if isinstance(op, ast.Pow) and type(b) is int and 0 <= b <= 16 and isinstance(a, Values):
            return map_values(lambda v: _power(v, b), a.kind, a)
        raise Unreadable(f"line {where.lineno}: {ast.unparse(where)[:60]}")

    def _compare(self, e: ast.expr, values: list[Any], operators: Sequence[ast.cmpop]) -> Any:
        parts = []
        for a, op, b in zip(values, operators, values[1:], strict=False):
            if type(op) not in COMPARISONS:
                raise Unreadable(f"line {e.lineno}: {ast.unparse(e)[:60]}")
            x, y = as_values(a), as_values(b)
            sign = COMPARISONS[type(op)]
            made = map_values(lambda p, q, sign=sign: self.machine.domain.compare(sign, p, q), "bool", x, y)
            parts.append(made if isinstance(a, Values) or isinstance(b, Values) else bool(made.data[()]))
        if len(parts) == 1:
            return parts[0]
        return all(self._plain(p, e) for p in parts)

    def _call(self, e: ast.Call) -> Any:
        if isinstance(e.func, ast.Call):
            return self._erfc(e)
        named = {k.arg: self.value(k.value) for k in e.keywords if k.arg}
        if len(named) != len(e.keywords):
            raise Unreadable(f"line {e.lineno}: {ast.unparse(e)[:60]}")
        arguments = [self.value(a) for a in e.args]
        match e.func:
            case ast.Name(name) if name in self.helpers and not named:
                helper = self.helpers[name]
                if name == "_place_valid" and ast.dump(helper) == ast.dump(ast.parse(HELPERS[name]).body[0]):
                    return self.machine.place_valid(*map(as_values, arguments))
                return self.call(helper, arguments)
            case ast.Name("slice") if not named and all(a is None or type(a) is int for a in arguments):
                return slice(*arguments)
            case ast.Name("max" | "min" as name) if not named:
                numbers = [self._integer(a, e) for a in arguments]
                return max(numbers) if name == "max" else min(numbers)
            case ast.Attribute() if self._path(e.func) in FUNCTION:
                return FUNCTION[self._path(e.func)](self.machine, *arguments, **named)
            case ast.Attribute(of, name):
                value = self._attribute(e.func) if self._is_element(e.func) else self.value(of)
                if isinstance(value, Element) and len(arguments) == 1 and not named:
                    return self.machine.convert(value, arguments[0])
                if isinstance(value, Values) and name in METHODS:
                    return METHODS[name](self.machine, value, *arguments, **named)
        raise Unreadable(f"line {e.lineno}: {ast.unparse(e)[:60]}")

    def _erfc(self, e: ast.Call) -> Values:
        """``np.vectorize(math.erfc, otypes=[x.dtype])(x)``: the only function that is made to take arrays."""
        match e:
            case ast.Call(
                ast.Call(
                    ast.Attribute(ast.Name("np"), "vectorize"),
                    [ast.Attribute(ast.Name("math"), "erfc")],
                    [ast.keyword("otypes", ast.List([ast.Attribute() as element]))],
                ),
                [argument],
                [],
            ):
                kind = self._attribute(element)
                if isinstance(kind, Element) and kind.kind == "real":
                    return self.machine.function("erfc", as_values(self.value(argument)))
        raise Unreadable(f"line {e.lineno}: {ast.unparse(e)[:60]}")

    def _is_element(self, f: ast.Attribute) -> bool:
        return f.attr == "type" or (isinstance(f.value, ast.Name) and f.value.id == "np" and f.attr in ELEMENTS)

    def _path(self, e: ast.expr) -> str:
        if isinstance(e, ast.Attribute):
            return f"{self._path(e.value)}.{e.attr}"
        return e.id if isinstance(e, ast.Name) and e.id not in self.scope else ""


def _power(value: Any, n: int) -> Any:
    result: Any = 1
    for _ in range(n):
        result = result * value
    return result
