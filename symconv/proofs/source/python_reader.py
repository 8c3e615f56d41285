"""Python kernels over flat lists into the small language; all that such kernels do not need is refused, never run."""

from __future__ import annotations

import ast
from fractions import Fraction

from symconv.notation.functions import FUNCTIONS
from symconv.proofs.fault import Unreadable
from symconv.proofs.source import nodes
from symconv.proofs.source.c_reader import LONG, TRUSTED
from symconv.proofs.source.literal import irrational, real

MATH = {"exp", "log", "sqrt", "tanh", "erfc"}
MODULES = {"math", "np", "range", "slice", "max", "min"}
LONGEST = 8 * 2**20
COMPARISONS = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="}
OPERATORS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%%"}


def module(text: str) -> ast.Module:
    """The syntax tree of a Python file; raises Unreadable for what is none."""
    if len(text) > LONGEST:
        raise Unreadable(f"the file has more than {LONGEST} characters")
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise Unreadable(f"no Python that can be read: {str(error)[:200]}") from None


def functions(tree: ast.Module, imports: set[str]) -> dict[str, ast.FunctionDef]:
    """The functions of a module that holds nothing but them and the imports that are allowed."""
    found: dict[str, ast.FunctionDef] = {}
    for item in tree.body:
        if isinstance(item, ast.FunctionDef):
            a = item.args
            if item.decorator_list or a.vararg or a.kwarg or a.kwonlyargs or a.posonlyargs or a.defaults:
                raise Unreadable(f"line {item.lineno}: {item.name} is no plain function")
            if item.name in found:
                raise Unreadable(f"line {item.lineno}: {item.name} is defined twice")
            found[item.name] = item
            for node in ast.walk(item):
                bound = node.arg if isinstance(node, ast.arg) else node.id if isinstance(node, ast.Name) else ""
                if bound in MODULES and not isinstance(getattr(node, "ctx", None), ast.Load):
                    raise Unreadable(f"line {item.lineno}: {bound} is made to mean something else")
            if item.name in MODULES:
                raise Unreadable(f"line {item.lineno}: {item.name} is made to mean something else")
        elif not (isinstance(item, ast.Import) and ast.unparse(item) in imports):
            raise Unreadable(f"line {item.lineno}: {ast.unparse(item)[:60]}")
    return found


def read_python(text: str, name: str, inputs: dict[str, nodes.Kind], results: dict[str, nodes.Kind]) -> nodes.Program:
    """The kernel of that name; the kinds of its arguments and results are those of the formula it is to compute."""
    found = functions(module(text), {"import math"})
    if name not in found:
        raise Unreadable(f"there is no function {name}")
    helpers: dict[str, nodes.Function] = {}
    for f in found.values():
        if f.name != name:
            helpers[f.name] = _helper(f, set(helpers))
    reader = _Reader(set(helpers), inputs | results)
    kernel = reader.kernel(found[name], inputs)
    return nodes.Program(kernel, tuple(helpers.values()), reader.returned, wraps=False)


def _helper(f: ast.FunctionDef, helpers: set[str]) -> nodes.Function:
    plain = f.name.removeprefix("_")
    parameters = tuple(nodes.Parameter(a.arg, "real") for a in f.args.args)
    if plain in TRUSTED:
        expected = ast.parse(f"def {f.name}(x):\n    return {FUNCTIONS[plain].source}").body[0]
        if ast.dump(expected) == ast.dump(f):
            return nodes.Function(f.name, parameters, (), plain)
    reader = _Reader(helpers, {})
    for p in parameters:
        reader.kinds[p.name] = "real"
    *rest, last = f.body
    if rest or not isinstance(last, ast.Return) or last.value is None:
        raise Unreadable(f"line {f.lineno}: {f.name} is more than one return")
    return nodes.Function(f.name, parameters, (nodes.Return(reader.real(last.value), last.lineno),))


class _Reader:
    """Reads one function; keeps the kinds of its variables."""

    def __init__(self, helpers: set[str], arrays: dict[str, nodes.Kind]) -> None:
        self.helpers, self.array_kinds = helpers, arrays
        self.kinds: dict[str, nodes.Kind] = {}
        self.arrays: set[str] = set()
        self.loops: set[str] = set()
        self.assigned: set[str] = set()
        self.returned: tuple[str, ...] = ()

    def kernel(self, f: ast.FunctionDef, inputs: dict[str, nodes.Kind]) -> nodes.Function:
        names = [a.arg for a in f.args.args]
        self.arrays = set(names)
        for a in names:
            if a not in inputs:
                raise Unreadable(f"line {f.lineno}: the argument {a} is not one of {', '.join(inputs)}")
        *body, last = f.body
        if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
            body = body[1:]
        if not isinstance(last, ast.Return) or last.value is None:
            raise Unreadable(f"line {last.lineno}: the kernel does not end with its results")
        statements = self.block(body)
        parts = last.value.elts if isinstance(last.value, ast.Tuple) else [last.value]
        self.returned = tuple(p.id if isinstance(p, ast.Name) else "" for p in parts)
        if not set(self.returned) <= self.arrays - set(names):
            raise Unreadable(f"line {last.lineno}: what is returned are not the arrays that were made")
        both = self.loops & self.assigned
        if both:
            raise Unreadable(f"{min(both)} is the variable of a loop and of an assignment")
        return nodes.Function(f.name, tuple(nodes.Parameter(n, inputs[n]) for n in names), statements)

    def block(self, body: list[ast.stmt]) -> tuple[nodes.Statement, ...]:
        """Some statements."""
        found: list[nodes.Statement] = []
        for s in body:
            found += self.statement(s)
        return tuple(found)

    def statement(self, s: ast.stmt) -> list[nodes.Statement]:
        """One statement; a line may make two variables."""
        match s:
            case ast.Pass():
                return []
            case ast.Assign([ast.Name(name)], ast.BinOp(ast.List([ast.Constant(fill)]), ast.Mult(), ast.Constant(n))):
                return [self._array(s, name, fill, n)]
            case ast.Assign([ast.Tuple(targets)], ast.Tuple(values)) if len(targets) == len(values):
                texts = {n.id for v in values for n in ast.walk(v) if isinstance(n, ast.Name)}
                if any(not isinstance(t, ast.Name) or t.id in texts for t in targets):
                    raise Unreadable(f"line {s.lineno}: an assignment that exchanges variables")
                return [self._assign(t, v, s) for t, v in zip(targets, values, strict=True)]
            case ast.Assign([target], value):
                return [self._assign(target, value, s)]
            case ast.AugAssign(target, ast.Add() | ast.Sub() as op, value):
                to = self._target(target, s)
                given = self.fit(self.expression(value), to.kind, s)
                if isinstance(op, ast.Sub):
                    given = nodes.Negative(given, given.kind)
                if isinstance(to, nodes.Name):
                    self.assigned.add(to.name)
                return [nodes.Assign(to, "+=", given, s.lineno)]
            case ast.If(test, yes, no):
                return [nodes.If(self.condition(test), self.block(yes), self.block(no), s.lineno)]
            case ast.For(ast.Name(name), ast.Call(ast.Name("range"), arguments, []), body, []):
                return [self._loop(s, name, arguments, body)]
        raise Unreadable(f"line {s.lineno}: {ast.unparse(s)[:60]}")

    def _array(self, s: ast.stmt, name: str, fill: object, n: object) -> nodes.Array:
        if type(n) is not int or type(fill) not in (int, float) or fill != 0 or not 0 <= n < 2**31:
            raise Unreadable(f"line {s.lineno}: {ast.unparse(s)[:60]}")
        if name in self.arrays or name in self.kinds:
            raise Unreadable(f"line {s.lineno}: {name} is made twice")
        kind: nodes.Kind = "int" if type(fill) is int else "real"
        if self.array_kinds.get(name, kind) != kind:
            raise Unreadable(f"line {s.lineno}: {name} holds another kind of number")
        self.arrays.add(name)
        self.array_kinds = {**self.array_kinds, name: kind}
        return nodes.Array(name, kind, n, 0)

    def _assign(self, target: ast.expr, value: ast.expr, s: ast.stmt) -> nodes.Statement:
        given = self.expression(value)
        if isinstance(target, ast.Name) and target.id not in self.kinds:
            if target.id in self.arrays or given.kind == "bool":
                raise Unreadable(f"line {s.lineno}: {ast.unparse(s)[:60]}")
            self.kinds[target.id] = given.kind
            self.assigned.add(target.id)
            return nodes.Declare(target.id, given.kind, given, s.lineno)
        to = self._target(target, s)
        if isinstance(to, nodes.Name):
            self.assigned.add(to.name)
        return nodes.Assign(to, "=", self.fit(given, to.kind, s), s.lineno)

    def _target(self, target: ast.expr, s: ast.stmt) -> nodes.Name | nodes.Item:
        to = self.expression(target)
        if not isinstance(to, (nodes.Name, nodes.Item)):
            raise Unreadable(f"line {s.lineno}: {ast.unparse(s)[:60]}")
        return to

    def _loop(self, s: ast.stmt, name: str, arguments: list[ast.expr], body: list[ast.stmt]) -> nodes.Loop:
        ends = [self.fit(self.expression(a), "int", s) for a in arguments]
        step = 1
        if len(ends) == 3:
            last = ends.pop()
            step = int(last.value) if isinstance(last, nodes.Number) else 0
        if len(ends) == 1:
            ends.insert(0, nodes.Number(0, "int"))
        if len(ends) != 2 or step < 1 or name in self.arrays:
            raise Unreadable(f"line {s.lineno}: {ast.unparse(s)[:60]}")
        self.kinds[name] = "int"
        self.loops.add(name)
        return nodes.Loop(name, ends[0], ends[1], step, self.block(body), s.lineno)

    # ----------------------------------------------------------------------------------------- expressions

    def condition(self, e: ast.expr) -> nodes.Expression:
        """A comparison, or several."""
        found = self.expression(e)
        if found.kind != "bool":
            raise Unreadable(f"line {e.lineno}: {ast.unparse(e)[:60]} compares nothing")
        return found

    def real(self, e: ast.expr) -> nodes.Expression:
        """A real value."""
        return self.fit(self.expression(e), "real", e)

    def fit(self, e: nodes.Expression, kind: nodes.Kind, where: ast.stmt | ast.expr) -> nodes.Expression:
        """The expression as that kind."""
        if e.kind == kind:
            return e
        if kind == "real" and isinstance(e, nodes.Number) and -(2**53) < e.value < 2**53:
            return nodes.Number(e.value, "real")
        raise Unreadable(f"line {where.lineno}: a {e.kind} where a {kind} belongs")

    def expression(self, e: ast.expr) -> nodes.Expression:
        """One expression; numbers are exact."""
        match e:
            case ast.Constant(value):
                if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53:
                    return nodes.Number(value, "int")
                if type(value) is float:
                    known = irrational(ast.unparse(e))
                    return nodes.Irrational(known) if known else nodes.Number(_exact(value, ast.unparse(e)), "real")
            case ast.Name(name) if name in self.kinds:
                return nodes.Name(name, self.kinds[name])
            case ast.Subscript(ast.Name(name), at) if name in self.arrays:
                return nodes.Item(name, self.fit(self.expression(at), "int", e), self.array_kinds.get(name, "real"))
            case ast.UnaryOp(ast.USub(), ast.Attribute(ast.Name("math"), "inf")):
                return nodes.Infinity()
            case ast.UnaryOp(ast.USub(), of):
                inner = self.expression(of)
                if isinstance(inner, nodes.Number):
                    return nodes.Number(-inner.value, inner.kind)
                if inner.kind != "bool":
                    return nodes.Negative(inner, inner.kind)
            case ast.UnaryOp(ast.Not(), of):
                return nodes.Logic("not", (self.condition(of),))
            case ast.BoolOp(op, parts):
                return nodes.Logic("and" if isinstance(op, ast.And) else "or", tuple(map(self.condition, parts)))
            case ast.Compare(left, operators, others):
                return self._compare(e, [left, *others], operators)
            case ast.IfExp(test, yes, no):
                a, b = self.expression(yes), self.expression(no)
                if "real" in (a.kind, b.kind):
                    a, b = self.fit(a, "real", e), self.fit(b, "real", e)
                return nodes.Choice(self.condition(test), a, self.fit(b, a.kind, e), a.kind)
            case ast.BinOp(_, ast.Add() | ast.Sub()) if len(_chain(e)) > LONG:
                return self._long(_chain(e))
            case ast.BinOp(left, op, right) if type(op) in OPERATORS:
                return self._binary(e, OPERATORS[type(op)], self.expression(left), self.expression(right))
            case ast.Call(ast.Name(name), arguments, []) if name in self.helpers:
                return nodes.Call(name, tuple(map(self.real, arguments)), True)
            case ast.Call(ast.Attribute(ast.Name("math"), name), [argument], []) if name in MATH:
                return nodes.Call(name, (self.real(argument),), False)
        raise Unreadable(f"line {e.lineno}: {ast.unparse(e)[:60]}")

    def _long(self, chain: list[tuple[int, ast.expr]]) -> nodes.Expression:
        read = [(sign, self.expression(e), e) for sign, e in chain]
        if all(p.kind == "int" for _, p, _ in read):
            total = read[0][1]
            for sign, p, _ in read[1:]:
                total = nodes.Binary("+" if sign > 0 else "-", total, p, "int")
            return total
        parts = [(sign, self.fit(p, "real", e)) for sign, p, e in read]
        return nodes.Sum(tuple(p if sign > 0 else nodes.Negative(p, "real") for sign, p in parts))

    def _compare(self, e: ast.expr, values: list[ast.expr], operators: list[ast.cmpop]) -> nodes.Expression:
        parts: list[nodes.Expression] = []
        for a, op, b in zip(values, operators, values[1:], strict=False):
            if type(op) not in COMPARISONS:
                raise Unreadable(f"line {e.lineno}: {ast.unparse(e)[:60]}")
            left, right = self.expression(a), self.expression(b)
            if left.kind != right.kind:
                left, right = self.fit(left, "real", e), self.fit(right, "real", e)
            if left.kind == "bool":
                raise Unreadable(f"line {e.lineno}: {ast.unparse(e)[:60]}")
            parts.append(nodes.Compare(COMPARISONS[type(op)], left, right))
        return parts[0] if len(parts) == 1 else nodes.Logic("and", tuple(parts))

    def _binary(self, e: ast.expr, op: str, left: nodes.Expression, right: nodes.Expression) -> nodes.Expression:
        if "bool" in (left.kind, right.kind):
            raise Unreadable(f"line {e.lineno}: {ast.unparse(e)[:60]}")
        if op == "/" or "real" in (left.kind, right.kind):
            left, right = self.fit(left, "real", e), self.fit(right, "real", e)
        if op in ("//", "%%") and left.kind == "real":
            raise Unreadable(f"line {e.lineno}: {ast.unparse(e)[:60]}")
        return nodes.Binary(op, left, right, left.kind)


def _chain(e: ast.expr) -> list[tuple[int, ast.expr]]:
    """The terms of ``a + b - c`` with their signs; a chain of sums leans to the left."""
    found: list[tuple[int, ast.expr]] = []
    while isinstance(e, ast.BinOp) and isinstance(e.op, (ast.Add, ast.Sub)):
        found.append((1 if isinstance(e.op, ast.Add) else -1, e.right))
        e = e.left
    return [(1, e), *found[::-1]]


def _exact(value: float, text: str) -> int | Fraction:
    """A float literal; raises Unreadable where its decimal digits are not what the float holds."""
    return real(text) if value == value and abs(value) != float("inf") else real("nan")
