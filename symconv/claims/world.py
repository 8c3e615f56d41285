"""World: the equations of a derivation as something that claims can be evaluated in."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from symconv.claims.data import Derivative, Factor, Products, Ref
from symconv.claims.sample import Given, Sample, arrange, depends
from symconv.derivation.backpropagate import Derivation
from symconv.derivation.rules.squeeze import squeeze_equation, squeeze_tensor
from symconv.errors import UsageError, show
from symconv.notation.evaluate import evaluate
from symconv.notation.expand import expand
from symconv.notation.rings import EXACT, GFP
from symconv.notation.tensor import Tensor, partial
from symconv.notation.term import Equation
from symconv.notation.written import WRITTEN, Choice, Entries, Entry, subscripts, terms
from symconv.notation.written import Product as WrittenProduct

DECIDED = replace(WRITTEN, name="written, winners decided", bracket=None)
"""The written ring where an argmax holds numbers, so that selections are made and not printed."""


class World:
    """A derivation with axes of extent 1 unwritten, seen through the tensors that some claims name.

    These and all tensors between them are computed by the derivation's equations. What they read from elsewhere
    (the gradient that comes back from the rest of the model) is free: claims have to hold whatever it is.
    ``images`` are numbers that the source has for some tensors, row-major; counter-examples use them.
    """

    def __init__(self, derivation: Derivation, names: Iterable[str], images: Given | None = None) -> None:
        self.derivation = derivation
        model = derivation.model
        self.error = squeeze_tensor(model.error)
        self.tensors = {n: squeeze_tensor(t) for n, t in model.program.tensors.items()}
        self.names = tuple(dict.fromkeys(names))
        for name in self.names:
            if name not in self.tensors:
                raise UsageError(
                    f"model {model.name}", f"the claims speak of {show(name)}", "judge a model that has this tensor"
                )
        forward = [squeeze_equation(q) for q in model.program.equations]
        self.forward = {q.target.name: q for q in forward}
        self.gradients = {n: squeeze_equation(g.equation) for n, g in derivation.gradients.items()}
        named = [n for n in self.names if n != self.error.name]
        inside = {
            n
            for n in self.tensors
            if any(depends(self, n, a) for a in named) and any(depends(self, b, n) for b in named)
        }
        scope = inside | {q.winner.name for q in forward if q.winner and q.target.name in inside}
        scope |= {self.gradient(n).name for n in inside}
        self.computed = {
            q.target.name: q
            for q in (*forward, *self.gradients.values())
            if q.target.name in scope and all(t.name in scope for t in q.reads)
        }
        self.images = {n: v for n, v in (images or {}).items() if len(v) == self.tensor(n).length}
        self._expansions: dict[Factor, Products | None] = {}
        self._samples: dict[tuple[Ref, ...], tuple[Sample, ...]] = {}

    # ------------------------------------------------------------------ tensors and equations

    def tensor(self, name: str) -> Tensor:
        """A tensor by name, without axes of extent 1."""
        return self.tensors[name]

    def gradient(self, name: str) -> Tensor:
        """The tensor ``dE / d name``."""
        return partial(self.error, self.tensors[name])

    def place(self, ref: Ref) -> int:
        """The row-major place of an entry; raises UsageError for one that does not exist."""
        sizes = self.tensor(ref.name).sizes
        if len(sizes) != len(ref.at) or not all(isinstance(a, int) and 0 <= a < n for a, n in zip(ref.at, sizes)):  # noqa: B905
            extents = " x ".join(map(str, sizes)) or "a single entry"
            raise UsageError(
                f"model {self.derivation.model.name}",
                f"the claims speak of the entry {list(ref.at)} of {ref.name}, which is {extents}",
                "judge a model of the sizes that the claims have",
            )
        place = 0
        for a, n in zip(ref.at, sizes, strict=True):
            assert isinstance(a, int)
            place = place * n + a
        return place

    def entries(self, name: str) -> tuple[Ref, ...]:
        """Every entry of a tensor, row-major."""
        tensor = self.tensor(name)
        return tuple(Ref(name, subscripts(tensor, n)) for n in range(tensor.length))

    def is_gradient(self, factor: Factor) -> bool:
        """Whether a factor is a derivative of the error."""
        return isinstance(factor, Derivative) and factor.of.name == self.error.name

    def equation(self, left: Factor) -> tuple[Equation, tuple[int, ...]]:
        """The equation that defines an entry, and where the entry is in it; raises UsageError when there is none."""
        found: Equation | None
        if isinstance(left, Ref):
            ref, found = left, self.forward.get(left.name)
        else:
            ref, found = left.by, self.gradients.get(left.by.name) if self.is_gradient(left) else None
        if found is None:
            raise UsageError(
                f"model {self.derivation.model.name}", f"no equation defines {ref.name}", "name an activation"
            )
        self.place(ref)
        return found, tuple(int(a) for a in ref.at)

    @cached_property
    def partials(self) -> dict[tuple[str, str], Equation]:
        """Every partial derivative of one forward equation, by the names of what is above and what is below."""
        found = {}
        for gradient in self.derivation.gradients.values():
            for contribution in gradient.contributions:
                for step in contribution.layer.all_steps:
                    if step.relation == "derivative":
                        equation = squeeze_equation(contribution.bind(step.after))
                        assert equation.target.quotient
                        of, by = equation.target.quotient
                        found[of.name, by.name] = equation
        return found

    # ------------------------------------------------------------------ written forms

    def expansion(self, left: Factor, winners: Given | None = None) -> Products | None:
        """The derivation's own sum for an entry, in the order of its equation.

        ``winners`` are numbers for argmax tensors; None when the entry is no sum of products of entries.
        """
        if winners:
            return self._expand(left, winners)
        if left not in self._expansions:
            self._expansions[left] = self._expand(left, {})
        return self._expansions[left]

    def _expand(self, left: Factor, winners: Given) -> Products | None:
        equation, at = self.equation(left)
        operands: dict[str, Sequence[Any]] = {t.name: Entries(t) for t in equation.operands}
        operands |= dict(winners)
        (element,) = evaluate(equation, operands, DECIDED if winners else WRITTEN, at=at)
        products = []
        for term in terms(element):
            factors = term.factors if type(term) is WrittenProduct else (term,)
            if not all(type(f) is Entry for f in factors):
                return None
            products.append(tuple(self.factor(f) for f in factors))
        return tuple(products)

    def factor(self, entry: Entry) -> Factor:
        """The claim's form of a written entry."""
        quotient = entry.tensor.quotient
        if not quotient:
            return Ref(entry.tensor.name, entry.at)
        rank = len(quotient[0].shape)
        return Derivative(Ref(quotient[0].name, entry.at[:rank]), Ref(quotient[1].name, entry.at[rank:]))

    # ------------------------------------------------------------------ windows

    @cached_property
    def pools(self) -> dict[str, tuple[tuple[Entry, ...], ...]]:
        """For every named maximum: the candidates of each of its windows."""
        found = {}
        for name, equation in self.forward.items():
            if name in self.names and equation.reduction == "max":
                found[name] = tuple(
                    choice.candidates if type(choice) is Choice else (choice,) for choice in expand(equation)
                )
        return found

    def windows(self, of: str) -> tuple[tuple[str, int, tuple[Ref, ...]], ...]:
        """The windows over a tensor: the maximum's name, the place of its entry, the candidates in order."""
        return tuple(
            (name, place, tuple(Ref(c.tensor.name, c.at) for c in window))
            for name, pool in self.pools.items()
            for place, window in enumerate(pool)
            if window and window[0].tensor.name == of
        )

    # ------------------------------------------------------------------ samples

    def samples(self, winners: tuple[Ref, ...] = ()) -> tuple[Sample, ...]:
        """Random data over GF(p) to judge with; with ``winners`` those entries win their windows.

        Otherwise the winners are, one sample after the other, the first candidates, the second ones …, then as chance
        has it, so that no selection stays untried.
        """
        if winners not in self._samples:
            made = []
            widest = max((len(w) for pool in self.pools.values() for w in pool), default=0)
            for seed in range(max(widest, 4) + 2):
                rng = random.Random(seed)
                chosen = winners or self._turn(seed) if seed < widest else winners
                made.append(Sample(self, GFP, rng, arrange(self, chosen, rng, big=True)))
            self._samples[winners] = tuple(made)
        return self._samples[winners]

    def _turn(self, turn: int) -> tuple[Ref, ...]:
        first: dict[str, None] = {w[0].tensor.name: None for pool in self.pools.values() for w in pool if w}
        return tuple(window[turn % len(window)] for of in first for _, _, window in self.windows(of))

    def small(
        self, seed: int, given: Given | None = None, winners: tuple[Ref, ...] = (), *, printed: bool = True
    ) -> Sample:
        """Small integers to show, with the source's own images unless ``printed`` is False."""
        rng = random.Random(seed)
        fixed = {**(self.images if printed else {}), **arrange(self, winners, rng, big=False), **(given or {})}
        return Sample(self, EXACT, rng, fixed)
