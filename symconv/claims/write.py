"""Claims written as mathematics, in the notation of their source, by the project's own printers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import singledispatchmethod

from symconv.claims.data import (
    Chain,
    Claim,
    Convolution,
    Derivative,
    Factor,
    Formula,
    IndexSum,
    Mark,
    Maximum,
    Name,
    Product,
    Products,
    Ref,
    Sum,
)
from symconv.claims.report import Math
from symconv.notation.printing.printer import Printer
from symconv.notation.printing.style import LATEX, TEXT
from symconv.notation.tensor import Tensor, partial
from symconv.notation.written import Choice, Entry


class Writer:
    """Writes claims in one language; ``mark`` prints some entries as the source does."""

    def __init__(self, tensors: Mapping[str, Tensor], printer: Printer, mark: Mark | None = None) -> None:
        self.tensors = tensors
        self.latex = printer.style is LATEX
        self.plain = printer
        self.printer = Printer(printer.style, self._dress(mark)) if mark and self.latex else printer

    def _dress(self, mark: Mark) -> Callable[[Entry, str], str]:
        def dress(entry: Entry, text: str) -> str:
            if entry.tensor.name != mark.entry.name or (mark.entry.at and entry.at != mark.entry.at):
                return text
            if mark.style == "red":
                return rf"\textcolor{{red}}{{{text}}}"
            name = self.plain.name(entry.tensor)
            return rf"\mathbf{{{name}}}{text[len(name):]}"

        return dress

    # ------------------------------------------------------------------ factors, sums

    def factor(self, factor: Factor) -> str:
        """A tensor, an entry or a derivative."""
        if isinstance(factor, Ref):
            tensor = self.tensors[factor.name]
            return self.printer.written(self.entry(factor)) if factor.at else self.plain.name(tensor)
        quotient = partial(self.tensors[factor.of.name], self.tensors[factor.by.name])
        at = (*factor.of.at, *factor.by.at)
        return self.plain.entry(quotient, list(map(str, at))) if at else self.plain.name(quotient)

    def entry(self, ref: Ref) -> Entry:
        """The printers' form of an entry."""
        return Entry(self.tensors[ref.name], ref.at, -1)  # type: ignore[arg-type]  # indices are written like numbers

    def product(self, product: Product, joint: str | None = None) -> str:
        """Factors in their order; a derivative is joined by a cross unless ``joint`` says otherwise."""
        style = self.plain.style
        if joint is None:
            joint = style.times if any(isinstance(f, Derivative) for f in product) else style.juxtapose
        return joint.join(map(self.factor, product)) or "1"

    def products(self, products: Products, joint: str | None = None) -> str:
        """A sum of products; the empty sum is 0."""
        return self.plain.join_terms([self.product(p, joint) for p in products])

    # ------------------------------------------------------------------ claims

    @singledispatchmethod
    def claim(self, claim: Claim) -> str:
        """A claim as its source writes such claims."""
        raise TypeError(f"no rule to write a {type(claim).__name__}")

    @claim.register
    def _(self, claim: Name) -> str:
        return self.factor(claim.of)

    @claim.register
    def _(self, claim: Chain) -> str:
        return f"{self.factor(claim.left)} = {self.product(claim.factors)}"

    @claim.register
    def _(self, claim: Sum) -> str:
        dots = f" + {self.plain.style.dots}" if claim.dots else ""
        return f"{self.factor(claim.left)} = {self.products(claim.terms)}{dots}"

    @claim.register
    def _(self, claim: Maximum) -> str:
        joint = " " if self.latex else self.plain.style.times
        sides = (self.factor(claim.left), self.slope(claim), self.products(claim.value, joint))
        return " = ".join(sides)

    def slope(self, claim: Maximum) -> str:
        """The derivative of the maximum, times what comes back."""
        joint = " " if self.latex else self.plain.style.times
        return f"{self.slope_alone(claim)}{joint}{self.factor(claim.through)}"

    def slope_alone(self, claim: Maximum) -> str:
        """The derivative of the maximum by one of its candidates."""
        d, style = (r"\partial", LATEX.fraction) if self.latex else ("d", TEXT.fraction)
        by = self.plain.written(self.entry(claim.by))
        largest = self.printer.written(Choice("max", tuple(map(self.entry, claim.candidates)), ()))
        return f"{style(d, f'{d} {by}' if self.latex else d + by)} {largest}"

    @claim.register
    def _(self, claim: Convolution) -> str:
        name = r"\text{Convolution}" if self.latex else "Convolution"
        return f"{self.factor(claim.left)} = {name}({self.factor(claim.image)}, {self.factor(claim.kernel)})"

    @claim.register
    def _(self, claim: IndexSum) -> str:
        start = ", ".join(f"{self.plain.index(z)}={n}" for z, n in claim.start)
        sign = rf"\sum_{{{start}}} " if self.latex else f"sum({start}) "
        return f"{self.factor(claim.left)} = {sign}{self.product(claim.factors)}"

    def claims(self, claims: Sequence[Claim]) -> str:
        """Claims side by side, as one formula shows them."""
        return (r" \quad " if self.latex else ";  ").join(map(self.claim, claims))

    def grid(self, rows: Sequence[Sequence[str]]) -> str:
        """The cells of a table."""
        if not self.latex:
            widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
            return "\n".join("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in rows)
        body = r" \\ ".join(" & ".join(row) for row in rows)
        return rf"\begin{{array}}{{{'c' * len(rows[0])}}} {body} \end{{array}}"


class Writers:
    """Both languages at once."""

    def __init__(self, tensors: Mapping[str, Tensor], mark: Mark | None = None) -> None:
        self.latex = Writer(tensors, Printer(LATEX), mark)
        self.text = Writer(tensors, Printer(TEXT))

    def math(self, f: Callable[[Writer], str]) -> Math:
        """The same piece of mathematics in both languages."""
        return Math(f(self.latex), f(self.text))

    def factor(self, factor: Factor) -> Math:
        """A tensor, an entry or a derivative."""
        return self.math(lambda w: w.factor(factor))

    def product(self, product: Product) -> Math:
        """A product of them."""
        return self.math(lambda w: w.product(product))

    def formula(self, formula: Formula, parts: Sequence[Claim]) -> Math:
        """A formula with other claims in the places of its own, printed as its source prints it."""
        marked = Writers(self.latex.tensors, formula.mark)
        return marked.math(lambda w: w.claims(parts))
