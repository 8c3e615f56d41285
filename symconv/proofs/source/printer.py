"""A program printed as Python that calls a domain for what data decide.

What is printed is made from nodes, never text of the file. Subscripts and sizes are plain integers; where intervals
show that one stays inside no check is printed, else each use is checked. A branch that data decide is run both ways,
and what it writes becomes a choice.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from symconv.proofs.fault import Unreadable
from symconv.proofs.source import nodes

INT_MIN, INT_MAX = -(2**31), 2**31 - 1
NESTED = 5
"""How deep branches that data decide may lie in one another: each is printed twice."""
Interval = tuple[int, int]
WIDE: Interval = (-(2**63), 2**63)


class Printer:
    """Prints a program as Python."""

    def __init__(self, program: nodes.Program, lengths: Mapping[str, int]) -> None:
        self.program = program
        self.lengths = dict(lengths)
        self.lines: list[str] = []
        self.intervals: dict[str, Interval] = {}
        self.read_only: set[str] = set()
        self.arrays: list[str] = []
        self.data: set[str] = set()
        self.loops: set[str] = set()
        self.count = 0
        declared = [s for f in (program.kernel, *program.helpers) for s in nodes.walk(f.body)]
        self.integers = {s.name for s in declared if isinstance(s, nodes.Declare) and s.kind == "int"}

    def print(self) -> str:
        for helper in self.program.helpers:
            if not helper.known:
                self._function(helper)
        kernel = self.program.kernel
        self.read_only = {p.name for p in kernel.parameters if not p.written}
        self.arrays = [p.name for p in kernel.parameters if p.written]
        self.data = self._data(kernel)
        self.lines.append(f"def kernel({', '.join('v_' + p.name for p in kernel.parameters)}):")
        self._block(kernel.body, 1, 0)
        made = [a for a in self.arrays if a not in {p.name for p in kernel.parameters}]
        pairs = ", ".join(f"{a!r}: v_{a}" for a in made)
        self.lines.append(f"    return {{{pairs}}}")
        return "\n".join(self.lines) + "\n"

    def _function(self, helper: nodes.Function) -> None:
        self.data = {p.name for p in helper.parameters} | self._data(helper)
        self.lines.append(f"def h_{helper.name}({', '.join('v_' + p.name for p in helper.parameters)}):")
        self._block(helper.body, 1, 0)

    def _data(self, function: nodes.Function) -> set[str]:
        """The variables whose value data may decide: all reals, and integers that are assigned more than once."""
        names: set[str] = set()

        def walk(body: tuple[nodes.Statement, ...], inside: bool) -> None:
            for s in body:
                match s:
                    case nodes.Declare(name, kind, value):
                        if kind == "real" or value is None or self._depends(value, names):
                            names.add(name)
                    case nodes.Assign(nodes.Name(name)):
                        names.add(name)
                    case nodes.If(_, yes, no):
                        walk(yes, True)
                        walk(no, True)
                    case nodes.Loop(body=inner):
                        walk(inner, inside)

        before = -1
        while len(names) != before:
            before = len(names)
            walk(function.body, False)
        return names

    def _depends(self, e: nodes.Expression, names: set[str]) -> bool:
        match e:
            case nodes.Number() | nodes.Irrational():
                return False
            case nodes.Name(name):
                return name in names
            case nodes.Binary(_, a, b) | nodes.Compare(_, a, b):
                return e.kind == "real" or self._depends(a, names) or self._depends(b, names)
            case nodes.Negative(a):
                return self._depends(a, names)
            case nodes.Logic(_, parts):
                return any(self._depends(p, names) for p in parts)
            case nodes.Choice(t, a, b):
                return any(self._depends(p, names) for p in (t, a, b))
        return True

    # ------------------------------------------------------------------------------------------ statements

    def _block(self, body: tuple[nodes.Statement, ...], depth: int, nested: int) -> None:
        pad = "    " * depth
        if not body:
            self.lines.append(pad + "pass")
        for s in body:
            match s:
                case nodes.Declare(name, _, value):
                    if name in self.loops:
                        raise Unreadable(f"line {s.line}: {name} is the variable of a loop")
                    text = "UNSET" if value is None else self.value(value)
                    self.lines.append(f"{pad}v_{name} = {text}")
                    if name not in self.data and value is not None:
                        self.intervals[name] = self.interval(value)
                case nodes.Array(name, kind, length, fill):
                    result = name in self.program.results
                    self.lengths[name] = length
                    self.arrays.append(name)
                    set_to = "UNSET" if fill is None else str(fill)
                    self.lines.append(
                        f"{pad}v_{name} = Memory({name!r}, {length}, result={result}, fill={set_to},"
                        f" integer={kind == 'int'}, known=known.get({name!r}))"
                    )
                case nodes.Assign(to, op, value):
                    self._assign(to, op, value, pad, s.line)
                case nodes.If():
                    self._if(s, depth, nested)
                case nodes.Loop():
                    self._loop(s, depth, nested)
                case nodes.Return(value):
                    self.lines.append(f"{pad}return {self.value(value)}")

    def _assign(self, to: nodes.Name | nodes.Item, op: str, value: nodes.Expression, pad: str, line: int) -> None:
        if isinstance(to, nodes.Name):
            if to.name in self.loops:
                raise Unreadable(f"line {line}: {to.name} is the variable of a loop")
            text = self.value(value)
            if to.kind == "int" and op == "+=":
                text, op = self._checked(f"(v_{to.name} + {text})", WIDE), "="
            self.lines.append(f"{pad}v_{to.name} {op} {text}")
            return
        if to.array in self.read_only:
            raise Unreadable(f"line {line}: {to.array} is only to be read")
        method = "set" if op == "=" else "add"
        self.lines.append(f"{pad}v_{to.array}.{method}({self.value(to.at)}, {self.value(value)})")

    def _if(self, s: nodes.If, depth: int, nested: int) -> None:
        pad = "    " * depth
        if not self._depends(s.test, self.data):
            self.lines.append(f"{pad}if {self.value(s.test)}:")
            self._block(s.yes, depth + 1, nested)
            if s.no:
                self.lines.append(f"{pad}else:")
                self._block(s.no, depth + 1, nested)
            return
        if nested >= NESTED:
            raise Unreadable(f"line {s.line}: too many branches inside one another")
        self.count += 1
        n = self.count
        arrays = "[" + ", ".join(f"v_{a}" for a in self.arrays) + "]"
        variables = sorted({*_assigned(s.yes), *_assigned(s.no)} & self.data)
        state = "".join(f"sh(v_{v}), " for v in variables)
        self.lines.append(f"{pad}c{n} = {self.value(s.test)}")
        self.lines.append(f"{pad}if c{n} is True:")
        self._block(s.yes, depth + 1, nested + 1)
        if s.no:
            self.lines.append(f"{pad}elif c{n} is False:")
            self._block(s.no, depth + 1, nested + 1)
        self.lines.append(f"{pad}elif c{n} is not False:")
        inner = pad + "    "
        self.lines.append(f"{inner}s{n} = ({state})")
        self.lines.append(f"{inner}o{n} = begin({arrays})")
        self._block(s.yes, depth + 1, nested + 1)
        self.lines += [f"{inner}y{n} = ({state})", f"{inner}w{n} = end({arrays}, o{n})"]
        if variables:
            self.lines.append(f"{inner}({''.join(f'v_{v}, ' for v in variables)}) = s{n}")
        self.lines.append(f"{inner}o{n} = begin({arrays})")
        self._block(s.no, depth + 1, nested + 1)
        self.lines.append(f"{inner}x{n} = end({arrays}, o{n})")
        for k, v in enumerate(variables):
            place = ", place=True" if v in self.integers else ""
            self.lines.append(f"{inner}v_{v} = D.choose(c{n}, y{n}[{k}], sh(v_{v}){place})")
        self.lines.append(f"{inner}merge({arrays}, lambda a, b, place: D.choose(c{n}, a, b, place=place), w{n}, x{n})")

    def _loop(self, s: nodes.Loop, depth: int, nested: int) -> None:
        for e in (s.start, s.stop):
            if self._depends(e, self.data):
                raise Unreadable(f"line {s.line}: the bounds of a loop depend on data")
        start, stop = self.interval(s.start), self.interval(s.stop)
        self.intervals[s.name] = (start[0], max(start[0], stop[1] - 1))
        self.lines.append(
            f"{'    ' * depth}for v_{s.name} in range({self.value(s.start)}, {self.value(s.stop)}, {s.step}):"
        )
        if self.program.wraps and stop[1] - 1 + s.step > INT_MAX:
            raise Unreadable(f"line {s.line}: the variable of the loop may overflow")
        self.loops.add(s.name)
        self._block(s.body, depth + 1, nested)
        self.loops.discard(s.name)

    # ----------------------------------------------------------------------------------------- expressions

    def value(self, e: nodes.Expression) -> str:
        """An expression as Python text."""
        match e:
            case nodes.Number(value):
                return f"Fraction({value.numerator}, {value.denominator})" if value.denominator != 1 else f"({value})"
            case nodes.Infinity():
                return "D.lowest"
            case nodes.Irrational(name):
                return f"D.irrational({name!r})"
            case nodes.Name(name, kind):
                return f"sh(v_{name})" if name in self.data and kind == "real" else f"v_{name}"
            case nodes.Item(array, at, _):
                if array not in self.read_only:
                    return f"v_{array}.get({self.value(at)})"
                low, high = WIDE if self._depends(at, self.data) else self.interval(at)
                length = self.lengths[array]
                if low >= 0 and high < length:
                    return f"v_{array}[{self.value(at)}]"
                return f"v_{array}[in_({self.value(at)}, {length}, {array!r})]"
            case nodes.Sum(terms):
                return f"total([{', '.join(map(self.value, terms))}])"
            case nodes.Negative(of, kind):
                text = f"(-{self.value(of)})"
                return self._checked(text, self.interval(e)) if kind == "int" else text
            case nodes.Binary():
                return self._binary(e)
            case nodes.Compare(op, a, b):
                if self._depends(e, self.data):
                    return f"D.compare({op!r}, {self.value(a)}, {self.value(b)})"
                return f"({self.value(a)} {op} {self.value(b)})"
            case nodes.Logic(op, parts):
                return self._logic(e, op, parts)
            case nodes.Choice(test, a, b, kind):
                if not self._depends(test, self.data):
                    return f"({self.value(a)} if {self.value(test)} else {self.value(b)})"
                place = ", place=True" if kind == "int" else ""
                return f"D.choose({self.value(test)}, {self.value(a)}, {self.value(b)}{place})"
            case nodes.Call(function, arguments, own):
                if not arguments:
                    raise Unreadable("computes with infinity")
                if not own:
                    return f"D.function({function!r}, {self.value(arguments[0])})"
                helper = next(h for h in self.program.helpers if h.name == function)
                if len(helper.parameters) != len(arguments):
                    raise Unreadable(f"{function} is called with {len(arguments)} arguments")
                if helper.known:
                    return f"D.function({helper.known!r}, {self.value(arguments[0])})"
                return f"h_{function}({', '.join(map(self.value, arguments))})"
        raise Unreadable(type(e).__name__)

    def _binary(self, e: nodes.Binary) -> str:
        a, b = self.value(e.left), self.value(e.right)
        if e.kind == "real":
            if e.op == "/":
                if isinstance(e.left, nodes.Number) and isinstance(e.right, nodes.Number) and e.right.value:
                    return self.value(nodes.Number(Fraction(e.left.value) / e.right.value, "real"))
                return f"D.divide({a}, {b})"
            return f"({a} {e.op} {b})"
        if e.op in ("/", "%", "//", "%%"):
            name = {"/": "quot", "%": "rem", "//": "div0", "%%": "mod0"}[e.op]
            return f"{name}({a}, {b})"
        return self._checked(f"({a} {e.op} {b})", self.interval(e))

    def _logic(self, e: nodes.Expression, op: str, parts: tuple[nodes.Expression, ...]) -> str:
        if not self._depends(e, self.data):
            if op == "not":
                return f"(not {self.value(parts[0])})"
            return "(" + f" {op} ".join(map(self.value, parts)) + ")"
        if op == "not":
            return f"D.negate({self.value(parts[0])})"
        # What is known without data is asked first and alone decides, as it does in the source.
        text = self.value(parts[-1])
        for part in reversed(parts[:-1]):
            one = self.value(part)
            if self._depends(part, self.data):
                name = "both" if op == "and" else "either"
                text = f"D.{name}({one}, {text})"
                continue
            text = f"({text} if {one} else False)" if op == "and" else f"(True if {one} else {text})"
        return text

    def _checked(self, text: str, interval: Interval) -> str:
        if not self.program.wraps or (interval[0] >= INT_MIN and interval[1] <= INT_MAX):
            return text
        return f"i_({text})"

    def interval(self, e: nodes.Expression) -> Interval:
        """Between which numbers an integer stays, whatever guards say."""
        match e:
            case nodes.Number(value):
                return int(value), int(value)
            case nodes.Name(name):
                return self.intervals.get(name, WIDE) if name not in self.data else WIDE
            case nodes.Negative(of):
                low, high = self.interval(of)
                return -high, -low
            case nodes.Binary("+", a, b):
                one, two = self.interval(a), self.interval(b)
                return one[0] + two[0], one[1] + two[1]
            case nodes.Binary("-", a, b):
                one, two = self.interval(a), self.interval(b)
                return one[0] - two[1], one[1] - two[0]
            case nodes.Binary("*", a, b):
                products = [x * y for x in self.interval(a) for y in self.interval(b)]
                return min(products), max(products)
            case nodes.Choice(_, a, b):
                one, two = self.interval(a), self.interval(b)
                return min(one[0], two[0]), max(one[1], two[1])
        return WIDE



def _assigned(body: tuple[nodes.Statement, ...]) -> set[str]:
    """The variables that statements assign and did not make."""
    found = nodes.walk(body)
    made = {s.name for s in found if isinstance(s, nodes.Declare)}
    return {s.to.name for s in found if isinstance(s, nodes.Assign) and isinstance(s.to, nodes.Name)} - made
