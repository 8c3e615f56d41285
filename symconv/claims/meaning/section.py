"""A section: statements that speak of one model, what is declared, and the readings that are left open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

from symconv.claims.grammar import tree as t
from symconv.claims.meaning.forms import affine
from symconv.claims.meaning.models import Modelled
from symconv.claims.meaning.survey import Survey, value_names
from symconv.claims.meaning.work import TooMuch as TooMuch
from symconv.claims.meaning.work import Work


class Unresolved(Exception):
    """A statement says something that the section does not make known; ``remedy`` says what would."""

    def __init__(self, problem: str, remedy: str = "") -> None:
        super().__init__(problem)
        self.problem, self.remedy = problem, remedy


@dataclass(frozen=True, slots=True)
class Reading:
    """What a section leaves open, decided: where indices begin, what a convolution sign means, what δ is of.

    ``rows`` reads tensors of one axis as rows where they stand whole, ``scalar`` names without indices as numbers.
    """

    base: int = 0
    mode: str = "corr"
    deltas: tuple[tuple[str, str], ...] = ()
    functions: tuple[tuple[str, str], ...] = ()
    model: Modelled | None = None
    sink: str = ""
    rows: bool = False
    scalar: bool = False
    unit: tuple[str, ...] = ()
    forced: tuple[tuple[str, tuple[int, ...]], ...] = ()


@dataclass(frozen=True)
class Section:
    """Statements that speak of one model: their trees, the survey, and what is declared about them."""

    trees: tuple[t.Node | None, ...]
    survey: Survey
    shapes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    numbers: Mapping[str, Fraction] = field(default_factory=dict)
    base: int | None = None
    smooth: bool = False
    work: Work = field(default_factory=Work, compare=False)

    @cached_property
    def reads(self) -> frozenset[str]:
        """Every tensor that some definition reads, or that is declared."""
        return frozenset(
            self.survey.key(n) for ds in self.survey.definitions.values() for d in ds for n in value_names(d.body)
        ) | frozenset(self.shapes)

    @cached_property
    def compares(self) -> bool:
        """Whether anything is compared, so that no two random numbers should be the same."""
        return any(
            isinstance(n, t.Cases)
            or (isinstance(n, t.Big) and n.operator in ("max", "min", "argmax", "argmin"))
            or (isinstance(n, t.Group) and isinstance(n.body, t.Relation))
            for tree in self.trees
            if tree is not None
            for n in t.walk(tree)
        )

    @cached_property
    def layered(self) -> frozenset[str]:
        """What is only defined layer by layer, for a letter that stands for the layer."""
        return frozenset(
            key
            for key, ds in self.survey.definitions.items()
            if ds and all(d.layer is not None and (f := affine(d.layer)) is not None and f.parts for d in ds)
        )

    @cached_property
    def flat(self) -> frozenset[str]:
        """What definitions only read without a layer."""
        plain: set[str] = set()
        layered: set[str] = set()
        for ds in self.survey.definitions.values():
            for d in ds:
                for n in value_names(d.body):
                    (layered if n.sups else plain).add(self.survey.key(n))
        return frozenset(plain - layered - set(self.survey.definitions))

    @cached_property
    def only_by_loss(self) -> frozenset[str]:
        """What nothing but the definition of the loss reads."""
        others = {
            self.survey.key(n)
            for key, ds in self.survey.definitions.items()
            if key not in self.survey.losses
            for d in ds
            for n in value_names(d.body)
        }
        return frozenset(self.reads - others - set(self.shapes))


def cyclic(survey: Survey) -> set[str]:
    """Names that are defined entry by entry from what reads them: ``u_k = Σ y_q w_{qk}`` and ``y_k = f(u_k)``.

    Such a name is the output of two layers, which only its index tells apart.
    """
    reads: dict[str, set[str]] = {}
    flat: set[str] = set()
    for key, ds in survey.definitions.items():
        for d in ds:
            if d.layer is None and d.kind == "index":
                reads.setdefault(key, set()).update(survey.key(n) for n in value_names(d.body))
                if not any(isinstance(n, t.Big) for n in t.walk(d.body)):
                    flat.add(key)
                for node in t.walk(d.body):
                    if isinstance(node, t.Product):
                        # y_q w_{qk}: what a matrix multiplies is what the layer before gives.
                        ranks = {survey.key(f): len(f.subs) for f in node.factors if isinstance(f, t.Name)}
                        if 2 in ranks.values():
                            flat.update(k for k, r in ranks.items() if r == 1)
    found = set()
    for key in flat:
        seen: set[str] = set()
        stack = list(reads.get(key, ()))
        while stack:
            top = stack.pop()
            if top == key:
                found.add(key)
                break
            if top not in seen:
                seen.add(top)
                stack.extend(reads.get(top, ()))
    return found
