"""Random C programs over arrays of doubles, of the forms that kernels have; they never leave their arrays."""

from __future__ import annotations

import random

INPUTS = {"A": 7, "B": 5}
INDEX = {"T": 4}
RESULT = ("R", 6)
SCRATCH = ("S", 5)


class Program:
    """One function ``f<n>`` of ``const double *A, *B``, ``const int *T`` to ``double *R``."""

    def __init__(self, number: int, rng: random.Random) -> None:
        self.rng, self.name = rng, f"f{number}"
        self.loops: list[tuple[str, int]] = []
        self.reals: list[str] = []
        self.count = 0

    def text(self) -> str:
        arguments = ", ".join(f"const double *restrict {a}" for a in INPUTS)
        lines = [f"void {self.name}({arguments}, const int *restrict T, double *restrict R)", "{"]
        lines.append(f"    double {SCRATCH[0]}[{SCRATCH[1]}];")
        for name, length in (SCRATCH, RESULT):
            lines.append(f"    for (int n = 0; n < {length}; ++n) {{")
            lines.append(f"        {name}[n] = {'0.0' if name == 'R' else self.real(0)};")
            lines.append("    }")
        lines += self.block(1, self.rng.randint(2, 4))
        return "\n".join([*lines, "}"])

    def block(self, depth: int, length: int) -> list[str]:
        pad = "    " * depth
        lines: list[str] = []
        held = len(self.reals)
        for _ in range(length):
            kind = self.rng.randrange(8 if depth < 5 else 3)
            self.count += 1
            if kind < 2:
                lines.append(f"{pad}R[{self.place(RESULT[1])}] += {self.real(2)};")
            elif kind == 2:
                lines.append(f"{pad}double x{self.count} = {self.real(2)};")
                self.reals.append(f"x{self.count}")
                if self.rng.random() < 0.5:
                    op = self.rng.choice(("=", "+=", "-="))
                    lines.append(f"{pad}x{self.count} {op} {self.real(1)};")
            elif kind == 3:
                lines.append(f"{pad}S[{self.place(SCRATCH[1])}] = {self.real(2)};")
            elif kind == 4:
                lines += [f"{pad}if ({self.test()}) {{", *self.block(depth + 1, 1), f"{pad}}}"]
                if self.rng.random() < 0.5:
                    lines[-1] += " else {"
                    lines += [*self.block(depth + 1, 1), f"{pad}}}"]
            else:
                name, extent = f"i{self.count}", self.rng.randint(1, 4)
                start, step = self.rng.randint(0, 1), self.rng.choice((1, 1, 2))
                by = f"++{name}" if step == 1 else f"{name} += {step}"
                head = f"for (int {name} = {start}; {name} {self.rng.choice(('<', '<='))} {extent}; {by})"
                self.loops.append((name, extent))
                lines += [f"{pad}{head} {{", *self.block(depth + 1, self.rng.randint(1, 2)), f"{pad}}}"]
                self.loops.pop()
        del self.reals[held:]
        return lines

    def integer(self) -> str:
        """An affine form, now and then with a quotient or a remainder of numbers of either sign."""
        parts = [str(self.rng.randint(-3, 3))]
        for name, _ in self.loops[-3:]:
            parts.append(f"({self.rng.choice((-2, -1, 1, 2, 3))})*{name}")
        form = " + ".join(parts)
        if self.rng.random() < 0.4:
            form = f"({form}) {self.rng.choice('/%')} {self.rng.choice((2, 3, -2))}"
        return f"({form})"

    def place(self, length: int) -> str:
        """A subscript that stays inside, whatever the sign of a remainder."""
        return f"({self.integer()} % {length} + {length}) % {length}"

    def real(self, depth: int) -> str:
        if depth == 0 or self.rng.random() < 0.3:
            kind = self.rng.randrange(5)
            if kind == 0:
                return self.rng.choice(("2.0", "(-1.0)", "(1.0/2.0)", "0.25", "3.0"))
            if kind == 1 and self.reals:
                return self.rng.choice(self.reals)
            if kind == 2 and self.loops:
                return f"S[{self.place(SCRATCH[1])}]"
            name = self.rng.choice(sorted(INPUTS))
            return f"{name}[{self.place(INPUTS[name])}]"
        kind = self.rng.randrange(6)
        if kind == 0:
            return f"({self.test()} ? {self.real(depth - 1)} : {self.real(depth - 1)})"
        if kind == 1:
            return f"(-{self.real(depth - 1)})"
        return f"({self.real(depth - 1)} {self.rng.choice('+-*')} {self.real(depth - 1)})"

    def test(self) -> str:
        kind = self.rng.randrange(5)
        sign = self.rng.choice(("<", "<=", ">", ">=", "==", "!="))
        if kind == 0:
            return f"{self.integer()} {sign} {self.rng.randint(-2, 3)}"
        if kind == 1:
            return f"T[{self.place(INDEX['T'])}] == {self.rng.randint(0, 3)}"
        if kind == 2:
            return f"({self.test()} {self.rng.choice(('&&', '||'))} {self.test()})"
        if kind == 3:
            return f"!({self.test()})"
        return f"{self.real(1)} {sign} {self.real(1)}"
