"""The printer of the loop IR: one walk, a Syntax for the language."""

from __future__ import annotations

from symconv.backends.common.syntax import Syntax
from symconv.kernels import loops as ir

LINE = 100
"""Where the lines of a long straight-line sum are broken."""


class LoopPrinter:
    """Prints statements, conditions and values."""

    def __init__(self, syntax: Syntax) -> None:
        self.s = syntax

    def form(self, form: ir.Affine) -> str:
        """An index form: ``2*k + i - 1``, ``(u - i)/2`` (exact, because its condition was tested before)."""
        text = ""
        for name, a in sorted(form.parts, key=lambda p: p[1] < 0):
            size = name if abs(a) == 1 else f"{abs(a)}*{name}"
            text += (" - " if a < 0 else " + ") + size if text else ("-" if a < 0 else "") + size
        if form.constant or not text:
            c = form.constant
            text += (" - " if c < 0 else " + ") + str(abs(c)) if text else str(c)
        return text if form.divisor == 1 else f"({text}){self.s.quotient}{form.divisor}"

    def load(self, load: ir.Load) -> str:
        """An element of a buffer."""
        return f"{load.buffer}[{self.form(load.at)}]"

    def value(self, v: ir.Value) -> str:
        """A value; sums and products stay in the order of the IR."""
        match v:
            case ir.Const(p, q):
                return self.s.literal(p, q)
            case ir.Lowest():
                return self.s.lowest
            case ir.Load():
                return self.load(v)
            case ir.Local(name):
                return name
            case ir.Add(terms):
                return self.sum([self.value(t) for t in terms])
            case ir.Mul(factors):
                sign, rest = ("-", factors[1:]) if factors[0] == ir.Const(-1) and len(factors) > 1 else ("", factors)
                return sign + "*".join(self._atom(f) for f in rest)
            case ir.Div(a, b):
                return f"{self._atom(a)}/{self._atom(b)}"
            case ir.Call(name, argument):
                return self.s.call(name, self.value(argument))
            case ir.Gate(test, inner, below):
                sides = (self.value(inner), self.value(ir.Const(0)))
                return self.s.gate(self._atom(test), *(sides[::-1] if below else sides))
            case ir.Pick(load, equals, inner):
                return self.s.pick(f"{self.load(load)} == {equals}", self.value(inner))
        raise TypeError(type(v))

    def sum(self, terms: list[str]) -> str:
        """Terms with their signs."""
        return terms[0] + "".join(f" - {t[1:]}" if t.startswith("-") else f" + {t}" for t in terms[1:])

    def _atom(self, v: ir.Value) -> str:
        text = self.value(v)
        wrap = isinstance(v, (ir.Add, ir.Mul, ir.Div)) and not (isinstance(v, ir.Mul) and len(v.factors) == 1)
        return f"({text})" if wrap else text

    def condition(self, c: ir.Condition) -> str:
        """A condition; the halves of a range that hold anyway are not known here, both are tested."""
        match c:
            case ir.Within(form, low, high):
                f = self.form(form)
                return f"{low} <= {f}{self.s.both}{f} < {high}"
            case ir.Multiple(form, divisor):
                return f"({self.form(form)}) % {divisor} == 0"
            case ir.Same(ir.Load() as left, right):
                return f"{self.load(left)} == {self.form(right)}"
            case ir.Same(ir.Affine() as left, right):
                return f"{self.form(left)} == {self.form(right)}"
        raise TypeError(type(c))

    def block(self, body: tuple[ir.Statement, ...], depth: int = 1) -> list[str]:
        """The lines of some statements."""
        pad, lines = "    " * depth, []
        for statement in body:
            match statement:
                case ir.For(index, extent, inner):
                    lines += self._nested(pad, self.s.for_open(index, extent), inner, depth)
                case ir.If(conditions, inner):
                    lines += self._nested(pad, self.s.if_open([self.condition(c) for c in conditions]), inner, depth)
                case ir.Block(inner):
                    if self.s.block_open:
                        lines += self._nested(pad, self.s.block_open, inner, depth)
                    else:
                        lines += self.block(inner, depth)
                case ir.Let(name, kind, v):
                    of = self.s.real if kind.element == "real" else self.s.index
                    text = self.value(v) if kind.element == "real" else self._integer(v)
                    lines.append(f"{pad}{self.s.declare(of, name)} = {text}{self.s.end}")
                case ir.Set(to, op, v, _):
                    place = to.name if isinstance(to, ir.Local) else self.load(to)
                    lines += self._assignment(pad, f"{place} {op} ", v)
                case ir.Best(best, place, v, at):
                    made = self.s.best(best, place, self.value(v), self.form(at), self.s.real)
                    lines += [pad + line for line in made]
        return lines

    def _nested(self, pad: str, opening: str, inner: tuple[ir.Statement, ...], depth: int) -> list[str]:
        lines = [pad + opening, *self.block(inner, depth + 1)]
        return [*lines, pad + self.s.close] if self.s.close else lines

    def _integer(self, v: ir.Value) -> str:
        return str(v.p) if isinstance(v, ir.Const) else self.value(v)

    def _assignment(self, pad: str, left: str, v: ir.Value) -> list[str]:
        if not isinstance(v, ir.Add) or len(v.terms) < 4:
            return [f"{pad}{left}{self.value(v)}{self.s.end}"]
        # A long sum: broken into lines, in parentheses so that Python reads on.
        terms = [self.value(t) for t in v.terms]
        parts = [terms[0], *(f"- {t[1:]}" if t.startswith("-") else f"+ {t}" for t in terms[1:])]
        lines, line = [], f"{pad}{left}("
        for part in parts:
            if len(line) + len(part) > LINE and line.strip():
                lines.append(line.rstrip())
                line = f"{pad}    "
            line += part + " "
        return [*lines, line.rstrip() + ")" + self.s.end]
