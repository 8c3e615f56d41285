"""Random equations by their grammar: sums, maxima, conditions, functions, several equations, shifted subscripts.

Every tensor that is read has a shape drawn first; a subscript that would leave it is shifted inside or gets a
condition, so that nearly all that is drawn means something.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from symconv.errors import SymconvError
from symconv.layers.common.fragment import Fragment
from symconv.layers.equation import EquationLayer

Shape = tuple[int, ...]
SMOOTH = ("exp({})", "tanh({})", "sigmoid({})", "relu({})", "sqrt({}^2 + 1)", "log({}^2 + 2)", "normal_cdf({})")


@dataclass(frozen=True)
class Drawn:
    """A text with the shapes of all that it reads; the first of them is the input."""

    text: str
    shapes: Mapping[str, Shape]

    @property
    def layer(self) -> EquationLayer:
        first, *others = self.shapes
        return EquationLayer(self.text, {name: self.shapes[name] for name in others}, (first,))

    @property
    def input(self) -> Shape:
        return next(iter(self.shapes.values()))

    def fragment(self) -> Fragment | None:
        """The equations, or None where the sizes drawn do not fit."""
        try:
            return self.layer.fragment(self.input)
        except SymconvError:
            return None


@dataclass
class _Writer:
    """Writes one equation after the other; what is random comes from ``draw``."""

    draw: Any
    known: dict[str, Shape]
    extents: dict[str, int] = field(default_factory=dict)

    def pick(self, *choices: Any) -> Any:
        return self.draw(st.sampled_from(choices))

    def number(self, low: int, high: int) -> int:
        return int(self.draw(st.integers(low, high)))

    # ------------------------------------------------------------ subscripts

    def subscript(self, extent: int, scope: list[str], guards: dict[str, str]) -> str:
        """A form that stays inside an axis, or has a condition that keeps it there."""
        indices = [self.pick(*scope) for _ in range(self.number(1, 2))] if scope else []
        if not indices or self.number(0, 9) == 0:
            return str(self.number(0, extent - 1))
        form = {z: self.pick(1, 1, 1, 1, 2, -1, 3, -2) for z in indices}
        low = sum(min(0, a * (self.extents[z] - 1)) for z, a in form.items())
        high = sum(max(0, a * (self.extents[z] - 1)) for z, a in form.items())
        shift = -low if high - low < extent else self.number(-high, extent - 1 - low)
        text = _written(form, shift)
        if low + shift < 0 or high + shift >= extent:
            ends = (f"0 <= {text} < {extent}", f"{text} >= 0, {extent} > {text}", f"-1 < {text} <= {extent - 1}")
            guards[text] = self.pick(*ends)
        return text

    def entry(self, scope: list[str], guards: dict[str, str]) -> str:
        name = self.pick(*self.known)
        at = [self.subscript(extent, scope, guards) for extent in self.known[name]]
        return f"{name}[{','.join(at)}]" if at else name

    # ------------------------------------------------------------ expressions

    def factor(self, scope: list[str], guards: dict[str, str]) -> str:
        one = self.entry(scope, guards)
        match self.pick("entry", "entry", "entry", "function", "square", "difference", "number"):
            case "function":
                return str(self.pick(*SMOOTH).format(one))
            case "square":
                return f"({one} - {self.entry(scope, guards)})^{self.number(1, 3)}"
            case "difference":
                return f"({self.number(1, 3)}*{one} + {self.entry(scope, guards)})"
            case "number":
                return f"{self.pick('2', '0.5', '3/2', '1e-1')} * {one}"
        return one

    def product(self, scope: list[str], guards: dict[str, str]) -> str:
        factors = [self.factor(scope, guards) for _ in range(self.number(1, 2))]
        if self.number(0, 5) == 0:
            factors.append(f"1 / ({self.entry(scope, guards)}^2 + 2)")
        return " * ".join(factors)

    def condition(self, scope: list[str]) -> str:
        one = self.pick(*scope)
        other = self.pick(*scope, "")
        if not other or other == one:
            return str(self.pick(f"2 | {one}", f"3 | {one}+1", f"{one} = 0", f"{one} <= 1"))
        return str(self.pick(f"{one} <= {other}", f"{one} = {other}", f"2 | {one}+{other}", f"{one} > {other}-2"))

    def term(self, free: list[str]) -> tuple[str, list[str]]:
        """A term and the indices that it sums over."""
        bound = [z for z in ("i", "j") if self.number(0, 2)][: self.number(0, 2)]
        self.extents |= {z: self.number(1, 3) for z in bound if z not in self.extents}
        guards: dict[str, str] = {}
        body = self.product([*free, *bound], guards)
        if [*free, *bound] and self.number(0, 5) == 0:
            guards["extra"] = self.condition([*free, *bound])
        where = f" where {', '.join(guards.values())}" if guards else ""
        over = f"sum({','.join(bound)}) " if bound else ""
        return f"{over}({body}{where})" if where or " - " in body or " + " in body else f"{over}{body}", bound

    def equation(self, target: str) -> str:
        free = ["k", "l"][: self.number(0, 2)]
        self.extents = {z: self.number(1, 4) for z in free}
        bound: list[str]
        if self.number(0, 5) == 0:
            bound = ["i", "j"][: self.number(1, 2)]
            self.extents |= {z: self.number(1, 3) for z in bound}
            guards: dict[str, str] = {}
            right = f"max({','.join(bound)}) ({self.product([*free, *bound], guards)})"
            extra = [g for form, g in guards.items() if form not in self.extents]
            if len(extra) < len(guards):  # a range of a plain index is its extent there
                right = f"max({','.join(bound)}) {self.entry_inside([*free, *bound])}"
                extra = []
        else:
            terms = [self.term(free) for _ in range(self.number(1, 3))]
            bound = [z for z in ("i", "j") if any(z in b for _, b in terms)]
            right = terms[0][0]
            for text, _ in terms[1:]:
                right += f" {self.pick('+', '-')} {text}"
            extra = []
        ranges = [f"0 <= {z} < {self.extents[z]}" for z in (*free, *bound)]
        if ranges and self.number(0, 7) == 0:
            ranges.remove(self.pick(*ranges))
        every = [*ranges, *extra]
        where = f" where {self.pick(', ', ' and ').join(every)}" if every else ""
        self.known[target] = tuple(self.extents[z] for z in free)
        return f"{target}{'[' + ','.join(free) + ']' if free else ''} = {right}{where}"

    def entry_inside(self, scope: list[str]) -> str:
        """An entry without conditions of a tensor that is as large as it must be."""
        name = f"M{len(self.known)}"
        self.known[name] = (sum(self.extents[z] - 1 for z in scope) + 1,)
        return f"{name}[{'+'.join(scope)}]"


def _written(form: Mapping[str, int], shift: int) -> str:
    text = ""
    for z, a in form.items():
        size = z if abs(a) == 1 else f"{abs(a)}*{z}"
        text += ("-" if a < 0 else "+" if text else "") + size
    return text + (f"{shift:+d}" if shift else "")


@st.composite
def equations(draw: st.DrawFn) -> Drawn:
    """One to three equations, each but the last read by a later one."""
    writer = _Writer(draw, {})
    for name in ("A", "F", "B")[: writer.number(1, 3)]:
        writer.known[name] = tuple(writer.number(1, 5) for _ in range(writer.number(1, 2)))
    if writer.number(0, 2) == 0:
        writer.known["w"] = ()
    made = ("H", "G", "C")[writer.number(0, 2):]
    texts = {target: writer.equation(target) for target in made}
    reads: set[str] = set()
    for target in reversed(made):  # what nothing reads is left out
        if target == "C" or target in reads:
            reads |= set(re.findall(r"\b[A-Z]\d?\b|\bw\b", texts[target].split(" = ", 1)[1]))
        else:
            del texts[target]
    separator = writer.pick("; ", "\n", ";\n")
    shapes = {name: shape for name, shape in writer.known.items() if name in reads and name not in made}
    return Drawn(separator.join(texts.values()), shapes)
