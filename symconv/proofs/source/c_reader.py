"""C into the small language: declarations, loops, choices and assignments as kernels have them; all else is refused."""

from __future__ import annotations

from typing import Any

from symconv.notation.functions import FUNCTIONS
from symconv.proofs.fault import Unreadable
from symconv.proofs.source import nodes
from symconv.proofs.source.c_text import parse
from symconv.proofs.source.literal import integer, irrational, real
from symconv.proofs.source.workspace import Workspace

MATH = {"exp", "log", "sqrt", "tanh", "fabs", "erfc"}
TRUSTED = ("exp", "log", "sqrt", "tanh")
"""Functions of the table that stand for themselves: their printed text is what defines them, also at their poles."""


def read_c(text: str, name: str, dtype: str = "float64", workspace: int = 0) -> nodes.Program:
    """The kernel of that name with the functions it calls, all of one real type; raises Unreadable.

    ``workspace`` is how many bytes its caller gives it for intermediate arrays.
    """
    tree = parse(text)
    real = {"float32": "float", "float64": "double"}[dtype]
    functions = []
    for item in tree.ext:
        kind = type(item).__name__
        if kind == "FuncDef":
            functions.append(item)
        elif not (kind == "Decl" and type(item.type).__name__ == "FuncDecl"):
            raise Unreadable(f"line {_line(item)}: a {kind} outside functions")
    names = [f.decl.name for f in functions]
    if len(set(names)) != len(names):
        raise Unreadable("a function is defined twice")
    if name not in names:
        raise Unreadable(f"there is no function {name}")
    helpers: dict[str, nodes.Function] = {}
    for f in functions:
        if f.decl.name != name:
            helpers[f.decl.name] = _Reader(set(helpers), real).helper(f)
    kernel = _Reader(set(helpers), real, workspace).kernel(functions[names.index(name)])
    used = tuple(helpers.values())
    results = tuple(p.name for p in kernel.parameters if p.written)
    return nodes.Program(kernel, used, results, wraps=True)


LONG = 8
"""A sum of more terms is read as one list, not as a chain."""


def _chain(node: Any) -> list[tuple[int, Any]]:
    """The terms of ``a + b - c`` with their signs; a chain of sums leans to the left."""
    found: list[tuple[int, Any]] = []
    while type(node).__name__ == "BinaryOp" and node.op in ("+", "-"):
        found.append((1 if node.op == "+" else -1, node.right))
        node = node.left
    return [(1, node), *found[::-1]]


def _line(node: Any) -> int:
    return int(node.coord.line) if getattr(node, "coord", None) else 0


def _is_known(function: Any, suffix: str) -> str:
    """The function of the table whose printed text this is."""
    from pycparser.c_generator import CGenerator

    name = function.decl.name.removeprefix("symconv_").removesuffix("f" if suffix else "")
    if name not in TRUSTED:
        return ""
    kind = "float" if suffix else "double"
    expression = FUNCTIONS[name].c.replace("{f}", suffix)
    expected = parse(f"static {kind} {function.decl.name}({kind} x) {{ return {expression}; }}").ext[0]
    return name if CGenerator().visit(expected) == CGenerator().visit(function) else ""


class _Reader:
    """Reads one function; keeps the kinds of the names in scope."""

    def __init__(self, helpers: set[str], real: str, workspace: int = 0) -> None:
        self.helpers, self.real = helpers, real
        self.workspace = Workspace(workspace) if workspace else None
        self.scopes: list[dict[str, tuple[str, nodes.Kind]]] = [{}]
        self.taken: dict[str, int] = {}
        self.arrays: set[str] = set()

    # ------------------------------------------------------------------------------------------- functions

    def kernel(self, function: Any) -> nodes.Function:
        parameters = []
        given = function.decl.type.args.params
        if self.workspace is not None:
            self.workspace.take(given[-1])
            given = given[:-1]
        for p in given:
            pointer = p.type
            if type(pointer).__name__ != "PtrDecl" or type(pointer.type).__name__ != "TypeDecl":
                raise Unreadable(f"line {_line(p)}: the argument {p.name} is no array")
            if "restrict" not in pointer.quals:
                raise Unreadable(f"line {_line(p)}: the argument {p.name} may overlap others: restrict is missing")
            kind = self._kind(pointer.type)
            self.arrays.add(self._bind(p.name, kind, p))
            parameters.append(nodes.Parameter(p.name, kind, "const" not in pointer.type.quals))
        if self._type(function.decl.type.type) != "void":
            raise Unreadable("the kernel returns something")
        body = self._block(function.body)
        if self.workspace is not None:
            body = self.workspace.laid_out(body)
        if any(isinstance(s, nodes.Return) for s in nodes.walk(body)):
            raise Unreadable("the kernel returns before its end")
        return nodes.Function(function.decl.name, tuple(parameters), body)

    def helper(self, function: Any) -> nodes.Function:
        parameters = []
        result = self._type(function.decl.type.type)
        if result != self.real:
            raise Unreadable(f"{function.decl.name} returns {result}")
        for p in function.decl.type.args.params:
            kind = self._kind(p.type)
            parameters.append(nodes.Parameter(self._bind(p.name, kind, p), kind))
        known = _is_known(function, "f" if result == "float" else "")
        if known:
            return nodes.Function(function.decl.name, tuple(parameters), (), known)
        body = self._block(function.body)
        returns = [s for s in nodes.walk(body) if isinstance(s, nodes.Return)]
        if len(returns) != 1 or body[-1] is not returns[0]:
            raise Unreadable(f"{function.decl.name} does not end with its only return")
        return nodes.Function(function.decl.name, tuple(parameters), body)

    def _type(self, declared: Any) -> str:
        if type(declared).__name__ != "TypeDecl" or type(declared.type).__name__ != "IdentifierType":
            raise Unreadable(f"line {_line(declared)}: a type that kernels do not have")
        return " ".join(declared.type.names)

    def _kind(self, declared: Any) -> nodes.Kind:
        name = self._type(declared)
        if name == self.real:
            return "real"
        if name == "int":
            return "int"
        raise Unreadable(f"line {_line(declared)}: the type {name}")

    def _bind(self, name: str, kind: nodes.Kind, node: Any) -> str:
        """A name of its own for a variable, since inner scopes may use one again."""
        if name in self.scopes[-1]:
            raise Unreadable(f"line {_line(node)}: {name} is declared twice")
        count = self.taken.get(name, 0)
        self.taken[name] = count + 1
        unique = name if count == 0 else f"{name}__{count}"
        self.scopes[-1][name] = (unique, kind)
        return unique

    def _find(self, name: str, node: Any) -> tuple[str, nodes.Kind]:
        for scope in reversed(self.scopes):
            if name in scope:
                return scope[name]
        raise Unreadable(f"line {_line(node)}: {name} is not declared")

    # ------------------------------------------------------------------------------------------ statements

    def _block(self, compound: Any) -> tuple[nodes.Statement, ...]:
        self.scopes.append({})
        found: list[nodes.Statement] = []
        for item in compound.block_items or []:
            found += self._statement(item)
        self.scopes.pop()
        return tuple(found)

    def _body(self, node: Any) -> tuple[nodes.Statement, ...]:
        if node is None:
            return ()
        if type(node).__name__ == "Compound":
            return self._block(node)
        return tuple(self._statement(node))

    def _statement(self, node: Any) -> list[nodes.Statement]:
        match type(node).__name__:
            case "Compound":
                return list(self._block(node))
            case "Decl":
                return [self._declaration(node)]
            case "Assignment":
                if node.op not in ("=", "+=", "-="):
                    raise Unreadable(f"line {_line(node)}: the assignment {node.op}")
                to = self.expression(node.lvalue)
                if not isinstance(to, (nodes.Name, nodes.Item)):
                    raise Unreadable(f"line {_line(node)}: an assignment to something else than a variable")
                value = self._fit(self.expression(node.rvalue), to.kind, node)
                if node.op == "-=":
                    value = nodes.Negative(value, value.kind)
                return [nodes.Assign(to, "=" if node.op == "=" else "+=", value, _line(node))]
            case "If":
                test = self._condition(node.cond)
                return [nodes.If(test, self._body(node.iftrue), self._body(node.iffalse), _line(node))]
            case "For":
                return [self._loop(node)]
            case "Return":
                return [nodes.Return(self._fit(self.expression(node.expr), "real", node), _line(node))]
            case "EmptyStatement":
                return []
            case "Cast" if type(node.expr).__name__ == "ID" and self._type(node.to_type.type) == "void":
                self._find(node.expr.name, node)
                return []
        raise Unreadable(f"line {_line(node)}: a {type(node).__name__}")

    def _declaration(self, node: Any) -> nodes.Statement:
        if node.storage or node.funcspec:
            raise Unreadable(f"line {_line(node)}: {node.name} is not a plain variable")
        if type(node.type).__name__ == "ArrayDecl":
            kind = self._kind(node.type.type)
            length = self.expression(node.type.dim)
            if node.init is not None or not isinstance(length, nodes.Number) or not 0 < length.value < 2**31:
                raise Unreadable(f"line {_line(node)}: the array {node.name}")
            name = self._bind(node.name, kind, node)
            self.arrays.add(name)
            return nodes.Array(name, kind, int(length.value))
        if type(node.type).__name__ == "PtrDecl" and self.workspace is not None:
            kind = self._kind(node.type.type)
            name = self._bind(node.name, kind, node)
            self.arrays.add(name)
            return self.workspace.array(name, kind, 4 if kind == "int" or self.real == "float" else 8, node)
        kind = self._kind(node.type)
        value = None if node.init is None else self._fit(self.expression(node.init), kind, node)
        return nodes.Declare(self._bind(node.name, kind, node), kind, value, _line(node))

    def _loop(self, node: Any) -> nodes.Loop:
        start = node.init
        if type(start).__name__ != "DeclList" or len(start.decls) != 1 or start.decls[0].init is None:
            raise Unreadable(f"line {_line(node)}: a loop that does not start as for (int i = ...")
        first = self._fit(self.expression(start.decls[0].init), "int", node)
        self.scopes.append({})
        if self._kind(start.decls[0].type) != "int":
            raise Unreadable(f"line {_line(node)}: the loop's variable is no int")
        name = start.decls[0].name
        unique = self._bind(name, "int", node)
        test, step = node.cond, node.next
        if type(test).__name__ != "BinaryOp" or test.op not in ("<", "<=") or getattr(test.left, "name", "") != name:
            raise Unreadable(f"line {_line(node)}: a loop that does not go on while {name} < ...")
        stop = self._fit(self.expression(test.right), "int", node)
        if test.op == "<=":
            stop = nodes.Binary("+", stop, nodes.Number(1, "int"), "int")
        by = 0
        if type(step).__name__ == "UnaryOp" and step.op in ("++", "p++") and getattr(step.expr, "name", "") == name:
            by = 1
        elif type(step).__name__ == "Assignment" and step.op == "+=" and getattr(step.lvalue, "name", "") == name:
            amount = self.expression(step.rvalue)
            by = int(amount.value) if isinstance(amount, nodes.Number) and amount.kind == "int" else 0
        if by < 1:
            raise Unreadable(f"line {_line(node)}: a loop that does not step up")
        body = self._body(node.stmt)
        self.scopes.pop()
        return nodes.Loop(unique, first, stop, by, body, _line(node))

    # ----------------------------------------------------------------------------------------- expressions

    def _condition(self, node: Any) -> nodes.Expression:
        e = self.expression(node)
        if e.kind != "bool":
            raise Unreadable(f"line {_line(node)}: a condition that compares nothing")
        return e

    def _fit(self, e: nodes.Expression, kind: nodes.Kind, node: Any) -> nodes.Expression:
        if e.kind == kind:
            return e
        if kind == "real" and isinstance(e, nodes.Number):
            return nodes.Number(e.value, "real")
        if kind == "real" and isinstance(e, nodes.Choice):
            return nodes.Choice(e.test, self._fit(e.yes, "real", node), self._fit(e.no, "real", node), "real")
        raise Unreadable(f"line {_line(node)}: a {e.kind} where a {kind} belongs")

    def expression(self, node: Any) -> nodes.Expression:
        """One expression; numbers are exact."""
        match type(node).__name__:
            case "Constant":
                if node.type == "int":
                    return nodes.Number(integer(node.value), "int")
                known = irrational(node.value)
                return nodes.Irrational(known) if known else nodes.Number(real(node.value), "real")
            case "ID":
                name, of = self._find(node.name, node)
                if name in self.arrays:
                    raise Unreadable(f"line {_line(node)}: {node.name} without a subscript")
                return nodes.Name(name, of)
            case "ArrayRef":
                if type(node.name).__name__ != "ID":
                    raise Unreadable(f"line {_line(node)}: a subscript of something else than an array")
                array, kind = self._find(node.name.name, node)
                if array not in self.arrays:
                    raise Unreadable(f"line {_line(node)}: {node.name.name} is no array")
                return nodes.Item(array, self._fit(self.expression(node.subscript), "int", node), kind)
            case "UnaryOp":
                return self._unary(node)
            case "BinaryOp":
                return self._binary(node)
            case "TernaryOp":
                yes, no = self.expression(node.iftrue), self.expression(node.iffalse)
                if "real" in (yes.kind, no.kind):
                    yes, no = self._fit(yes, "real", node), self._fit(no, "real", node)
                return nodes.Choice(self._condition(node.cond), yes, self._fit(no, yes.kind, node), yes.kind)
            case "Cast":
                if self._type(node.to_type.type) != self.real:
                    raise Unreadable(f"line {_line(node)}: a cast to {self._type(node.to_type.type)}")
                return self._fit(self.expression(node.expr), "real", node)
            case "FuncCall":
                return self._call(node)
        raise Unreadable(f"line {_line(node)}: a {type(node).__name__}")

    def _unary(self, node: Any) -> nodes.Expression:
        if node.op == "!":
            return nodes.Logic("not", (self._condition(node.expr),))
        inner = self.expression(node.expr)
        if node.op == "+" and inner.kind != "bool":
            return inner
        if node.op != "-" or inner.kind == "bool":
            raise Unreadable(f"line {_line(node)}: the operator {node.op}")
        if isinstance(inner, nodes.Call) and inner.function == "__builtin_inff":
            return nodes.Infinity()
        if isinstance(inner, nodes.Number):
            return nodes.Number(-inner.value, inner.kind)
        return nodes.Negative(inner, inner.kind)

    def _binary(self, node: Any) -> nodes.Expression:
        if node.op in ("&&", "||"):
            op = "and" if node.op == "&&" else "or"
            return nodes.Logic(op, (self._condition(node.left), self._condition(node.right)))  # type: ignore[arg-type]
        chain = _chain(node)
        if len(chain) > LONG:
            read = [(sign, self.expression(n)) for sign, n in chain]
            if all(p.kind == "int" for _, p in read):
                total = read[0][1]
                for sign, p in read[1:]:
                    total = nodes.Binary("+" if sign > 0 else "-", total, p, "int")
                return total
            parts = [(sign, self._fit(p, "real", node)) for sign, p in read]
            return nodes.Sum(tuple(p if sign > 0 else nodes.Negative(p, "real") for sign, p in parts))
        left, right = self.expression(node.left), self.expression(node.right)
        if "bool" in (left.kind, right.kind):
            raise Unreadable(f"line {_line(node)}: arithmetic with a comparison")
        if left.kind != right.kind:
            left, right = self._fit(left, "real", node), self._fit(right, "real", node)
        if node.op in ("<", "<=", ">", ">=", "==", "!="):
            return nodes.Compare(node.op, left, right)
        if node.op not in ("+", "-", "*", "/") and not (node.op == "%" and left.kind == "int"):
            raise Unreadable(f"line {_line(node)}: the operator {node.op}")
        return nodes.Binary(node.op, left, right, left.kind)

    def _call(self, node: Any) -> nodes.Expression:
        name = getattr(node.name, "name", "")
        arguments = tuple(self._fit(self.expression(a), "real", node) for a in (node.args.exprs if node.args else []))
        if name == "__builtin_inff" and not arguments:
            return nodes.Call(name, (), False)
        if name in self.helpers:
            return nodes.Call(name, arguments, True)
        plain = name.removesuffix("f") if name.removesuffix("f") in MATH else name
        if plain not in MATH or len(arguments) != 1:
            raise Unreadable(f"line {_line(node)}: the function {name or 'that is no name'}")
        return nodes.Call({"fabs": "abs"}.get(plain, plain), arguments, False)

