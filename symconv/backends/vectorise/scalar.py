"""The summand as a NumPy expression: exact quotients, functions by their table, every entry as ``read`` writes it."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping

import sympy as sp

from symconv.backends.vectorise.writer import Writer
from symconv.notation.functions import function_of, is_gate, unstep
from symconv.notation.summand import ordered_factors
from symconv.notation.tensor import Tensor

SUM, PRODUCT, POWER, ATOM = range(4)
X = re.compile(r"\bx\b")


class Scalar:
    """Prints summands; a function's argument that its expression needs twice becomes a local first."""

    def __init__(self, writer: Writer, tensors: Mapping[str, Tensor], read: Callable[[sp.Indexed], str]) -> None:
        self.writer, self.tensors, self.read = writer, tensors, read

    def text(self, e: sp.Expr) -> str:
        """The whole expression; every number in it has the element type, so that nothing is computed in another."""
        return self._show(e)[0]

    def _show(self, e: sp.Expr) -> tuple[str, int]:
        if isinstance(e, sp.Indexed):
            return self.read(e), ATOM
        if e.is_Integer:
            return self.writer.real(int(e)), ATOM
        if e.is_Rational:
            return f"{self.writer.real(int(e.p))} / {self.writer.real(int(e.q))}", PRODUCT
        if e.is_Add:
            return self._sum(e), SUM
        if e.is_Mul or (e.is_Pow and e.exp.is_Integer and e.exp < 0):
            return self._product(e)
        if e.is_Pow and e.exp.is_Integer:
            return f"{self._inside(e.base, ATOM)} ** {int(e.exp)}", POWER
        if e.is_Function:
            return self._applied(e)
        raise TypeError(f"no rule to print {e} for NumPy")

    def _inside(self, e: sp.Expr, least: int) -> str:
        text, level = self._show(e)
        return text if level >= least and not text.startswith("-") else f"({text})"

    def _sum(self, e: sp.Expr) -> str:
        parts = sorted(e.args, key=lambda a: bool(a.as_coeff_Mul()[0] < 0))  # stable: what is subtracted comes last
        out = ""
        for part in parts:
            negative = part.as_coeff_Mul()[0] < 0
            text = self._inside(-part if negative else part, PRODUCT)
            out += (" - " if negative else " + ") + text if out else ("-" if negative else "") + text
        return out

    def _product(self, e: sp.Expr) -> tuple[str, int]:
        """A product; a step in it selects, so that 0 stays 0 beside a factor that is infinite or NaN."""
        gates = [f for f in ordered_factors(e, self.tensors) if is_gate(f)]
        if not gates:
            return self._quotient(e), PRODUCT
        text = self.text(sp.Mul(*(f for f in sp.Mul.make_args(e) if f not in gates)))
        zero = self.writer.real(0)
        for below, joint in ((False, "|"), (True, "&")):
            tests = [f"{self.text(f.args[0])} <= 0" for f in gates if isinstance(f, unstep) is below]
            if tests:
                test = tests[0] if len(tests) == 1 else f" {joint} ".join(f"({t})" for t in tests)
                text = f"np.where({test}, {text}, {zero})" if below else f"np.where({test}, {zero}, {text})"
        return text, ATOM

    def _quotient(self, e: sp.Expr) -> str:
        coefficient, rest = e.as_coeff_Mul()
        factors = ordered_factors(rest, self.tensors)
        above = [f for f in factors if not (f.is_Pow and f.exp.is_negative) and f != 1]
        below = [f.base ** -f.exp for f in factors if f.is_Pow and f.exp.is_negative]
        p, q = int(coefficient.p), int(coefficient.q)
        numerator = [self._inside(f, PRODUCT) for f in above]
        if abs(p) != 1 or not numerator:
            numerator.insert(0, self.writer.real(abs(p)))
        denominator = [self.writer.real(q)] if q != 1 else []
        denominator += [self._inside(f, POWER) for f in below]
        text = ("-" if p < 0 else "") + " * ".join(numerator)
        if not denominator:
            return text
        return f"{text} / {denominator[0]}" if len(denominator) == 1 else f"{text} / ({' * '.join(denominator)})"

    def _applied(self, e: sp.Expr) -> tuple[str, int]:
        form = function_of(e).numpy
        argument = self.text(e.args[0])
        if len(X.findall(form)) > 1 and not argument.isidentifier():
            argument = self.writer.let("x", argument)
        whole = isinstance(ast.parse(form, mode="eval").body, ast.Call)  # else a product of calls
        return X.sub(lambda _: argument, form), ATOM if whole else PRODUCT
