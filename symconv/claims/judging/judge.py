"""The verdict on every statement of a note, where its definitions hold, under the readings that bear out most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from symconv.claims.grammar import tree as t
from symconv.claims.judging.alike import distinct, verdicts
from symconv.claims.judging.chain import broken_chain, chain_rule
from symconv.claims.judging.compare import Outcome, kinked
from symconv.claims.judging.conditions import normalised, partly, targets
from symconv.claims.judging.contexts import Declared, bare, entry_like, entry_names
from symconv.claims.judging.hypotheses import SURE, Hypothesis, hypothesis
from symconv.claims.judging.judged import Claim, Judged
from symconv.claims.judging.kinds import given, of_loss, undeclared, update, word
from symconv.claims.judging.modelled import modelled
from symconv.claims.judging.narrower import holding
from symconv.claims.judging.near import near_miss
from symconv.claims.judging.numbers import misprint, varies
from symconv.claims.judging.scopes import fault
from symconv.claims.judging.under import under
from symconv.claims.judging.view import View
from symconv.claims.judging.winners import candidates, marked
from symconv.claims.judging.wording import assumption, averaged, example
from symconv.claims.meaning.constants import constants
from symconv.claims.meaning.labels import labels, worded
from symconv.claims.meaning.models import Stack
from symconv.claims.meaning.relayer import layered, relayer
from symconv.claims.meaning.section import Reading
from symconv.claims.meaning.square import accessed, subscripted
from symconv.claims.meaning.strides import strides, substituted
from symconv.claims.meaning.survey import indices
from symconv.claims.meaning.unfold import unfold
from symconv.claims.meaning.work import TOO_MUCH
from symconv.claims.tex.macros import Macro


class Judge:
    """Judges the statements of one section."""

    def __init__(
        self,
        claims: Sequence[Claim],
        declared: Declared,
        macros: Mapping[str, Macro] | None = None,
        words: frozenset[str] = frozenset(),
    ) -> None:
        self.claims = claims
        self.words = words
        self.macros = macros or {}
        self.conditions = {n: c.written.conditions for n, c in enumerate(claims)}
        trees = [c.written.tree if c.written.claim else None for c in claims]
        letters = entry_names(trees)
        entries = [bare(x) if x is not None and entry_like(x, letters) else None for x in trees]
        self.strides = strides(trees, declared.numbers)
        declared = replace(declared, numbers={**self.strides, **declared.numbers})
        self.accessed = accessed([subscripted(x) if x is not None else None for x in trees])
        unfolded = [self._plain(x) if x is not None else None for x in trees]
        declared = replace(declared, constants={**constants(unfolded), **self.strides})
        self.labels = labels(unfolded)
        self.layered = layered([worded(x, self.labels) if x is not None else None for x in unfolded])
        self.modelled = modelled(trees, declared)
        self.views = [View([self.seen(x) if x is not None else None for x in trees], declared)]
        self.entries = View(entries, declared) if any(entries) else None
        if self.entries is not None:
            self.views.append(self.entries)
        self.parts: dict[int, View] = {}
        self.hypotheses: dict[int, Hypothesis | None] = {}
        self.declared = declared

    def _part(self, n: int) -> View | None:
        """The statements under the same heading, where there are other headings."""
        section = self.claims[n].section
        if all(c.section == section for c in self.claims):
            return None
        if section not in self.parts:
            whole = self.views[0]
            pairs = zip(whole.trees, self.claims, strict=True)
            trees = [tree if c.section == section else None for tree, c in pairs]
            self.parts[section] = View(trees, self.declared, whole.everything)
        return self.parts[section]

    def inferred(self) -> list[str]:
        """What was found out about the names, in words."""
        found: list[str] = []
        for view in self.views:
            for held, scores in view._scores.items():
                best = max(scores.values(), default=0)
                if best < 1:
                    continue
                reading = next(r for r, s in scores.items() if s == best)
                survey_ = view._contexts[held].survey
                if survey_.losses:
                    found.append(f"inferred: the loss is {survey_.losses[0]}")
                if reading.model:
                    names = ", ".join(f"{role} {n}" for n, role in reading.model.roles)
                    found.append(f"inferred: a convolution with {names}")
                found += [
                    f"inferred: {k} is the derivative of the loss by {v.partition('@')[0]}" for k, v in reading.deltas
                ]
                if view._contexts[held].survey.index_symbols:
                    found.append(f"inferred: indices from {reading.base}")
        return list(dict.fromkeys(found))[:8]

    def verdicts(self) -> tuple[Judged, ...]:
        """A verdict for every statement, in order."""
        return verdicts(self)

    def _plain(self, tree: t.Node) -> t.Node:
        return unfold(substituted(subscripted(tree, self.accessed), self.strides))

    def seen(self, tree: t.Node) -> t.Node:
        """A statement as the first view has it: sums unfolded, labels and layers told apart as in the whole note."""
        return relayer(worded(self._plain(tree), self.labels), self.layered)

    def verdict(self, n: int) -> Judged:
        """The verdict on one statement."""
        written = self.claims[n].written
        if written.tree is None:
            return Judged("undecidable", reason=f"not read: {written.reason}")
        if not written.claim or not isinstance(written.tree, t.Relation):
            return Judged("definition", reason="it names something and claims nothing")
        if update(written.tree):
            return Judged("definition", reason="an update, not an equality")
        if not self.declared.work.begin():
            return Judged("undecidable", reason=TOO_MUCH)
        if self.modelled is not None and (judged := under(self, n)) is not None:
            return judged
        if given(written.tree, self.views[0].everything):
            return Judged("definition", reason="it gives numbers")
        found = [self._in(view, n) for view in distinct(self.views, n)]
        cut = next((j for j in found if j.reason == TOO_MUCH), None)
        if cut is not None and not any(j.verdict == "right" for j in found):
            return cut
        if not any(j.verdict == "right" for j in found) and (loose := fault(written.tree, self.claims[n].block)):
            text = loose.apply(self.claims[n].block)
            grown = len(text) - len(self.claims[n].block)
            return Judged("wrong", "", text[written.start : written.end + grown], loose.cause)
        part = self._part(n) if not any(j.verdict in ("right", "conditional") for j in found) else None
        if part is not None and part.trees[n] is not None:
            # What a heading sets apart speaks of one model, whatever the letters stand for elsewhere.
            apart = self._in(part, n)
            if apart.verdict in ("right", "conditional") or all(j.verdict == "undecidable" for j in found):
                found = [apart, *found]
        for wanted in ("right", "conditional", "definition", "wrong"):
            for judged in found:
                if judged.verdict == wanted and not (
                    wanted == "definition" and any(j.verdict == "wrong" for j in found)
                ):
                    return judged
        chain = chain_rule(written.tree, self.views[0].everything)
        if chain is not None:
            return Judged("conditional" if chain else "right", reading="the chain rule", reason=chain or None)
        alone = self._narrower(n)
        if alone is not None:
            return alone
        supposed = self._supposed(n) if all(j.verdict == "undecidable" for j in found) else None
        if supposed is not None:
            return supposed
        if found[0].verdict == "undecidable" and word(written.tree.sides[0]):
            return Judged("definition", reason=found[0].reason)
        return found[0]

    def _supposed(self, n: int) -> Judged | None:
        """The verdict under forward formulas that the note leaves out; None where they decide nothing."""
        if self.declared.models:
            return None
        section = self.claims[n].section
        if section not in self.hypotheses:
            pairs = zip(self.views[0].trees, self.claims, strict=True)
            trees = [tree if c.section == section else None for tree, c in pairs]
            self.hypotheses[section] = hypothesis(trees, self.declared, self.conditions)
        made = self.hypotheses[section]
        if made is None or made.view.trees[n] is None:
            return None
        said = " and ".join(made.formulas)
        others = made.holding - {n}
        outcome = made.view.outcome(n, made.reading, self.conditions[n])
        if outcome.state == "true" and outcome.reason != "definition":
            if len(others) >= 2:
                return Judged("right", "; ".join((*outcome.readings, f"taking {said}, which the note does not state")))
            return Judged("conditional", "; ".join(outcome.readings), reason=f"right when {said}")
        if outcome.state == "false" and len(others) >= SURE:
            near = self._near(made.view, n, made.reading, failed=outcome.pair)
            if near is not None and not averaged(near.cause or "") and "sign" not in (near.cause or ""):
                return replace(near, reading=f"taking {said}", basis=(made.view, made.reading, outcome))
        return None

    def _narrower(self, n: int) -> Judged | None:
        """The verdict on a statement that holds with fewer definitions around it; None when it does not."""
        for view, reading, outcome in holding(self.views, n, self.conditions):
            judged = self._true(view, n, reading, outcome, sure=True)
            if judged.verdict in ("right", "conditional"):
                return judged
        return None

    def _winners(self, view: View, n: int, best: Reading) -> Judged | None:
        """A statement about a maximum, judged for each candidate as the winner; None when it takes none."""
        tree = view.trees[n]
        assert tree is not None
        context = view.context(n)
        found = candidates(tree, context.survey, self.claims[n].block)
        if not found:
            return None
        marks = marked(view.trees, view.everything)
        model = best.model
        if isinstance(model, Stack):
            layers = tuple(layer for layer in model.layers if layer.output != found[0].key)
            model = Stack(layers) if layers else None
        readings = {c: replace(best, model=model, forced=((c.key, c.at),)) for c in found}
        outcomes = {c: view.outcome(n, r, self.conditions[n]) for c, r in readings.items()}
        if view.cut(n):
            return Judged("undecidable", reason=TOO_MUCH)
        if all(o.state == "unknown" for o in outcomes.values()):
            return None
        true = [c for c, o in outcomes.items() if o.state == "true"]
        if len(true) == len(found):
            return Judged("right")
        chosen = [c for c in found if c.marked] or [c for c in found if (c.key, c.at) in marks]
        winner = chosen[0] if chosen else None
        if true and (winner is None or winner in true):
            names = " or ".join(c.written for c in ([winner] if winner else true))
            return Judged("conditional", reason=f"right when {names} is the maximum")
        for c in [winner] if winner else found:
            near = self._near(view, n, readings[c], failed=outcomes[c].pair)
            if near is not None:
                said = f"{c.written} is the maximum"
                basis = (view, readings[c], outcomes[c])
                return replace(near, reading=said, counterexample=example(outcomes[c]), basis=basis)
        return Judged("undecidable", reason="it does not hold for any winner, and no single change makes it hold")

    def _in(self, view: View, n: int) -> Judged:
        scores = view.scores(n, self.conditions)
        best = max(scores.values())
        likely = [r for r, s in scores.items() if s == best]
        about = self._winners(view, n, likely[0])
        if about is not None:
            return about
        outcomes = {r: view.outcome(n, r, self.conditions[n]) for r in scores}
        if view.cut(n):
            return Judged("undecidable", reason=TOO_MUCH)
        for reading in likely:
            if outcomes[reading].state == "true":
                return self._true(view, n, reading, outcomes[reading], sure=len(likely) > 0)
        models = {r.model for r in likely}
        for reading, outcome in outcomes.items():
            if outcome.state == "true" and reading.model in models:
                judged = self._true(view, n, reading, outcome, sure=True)
                if judged.verdict == "definition" or any(
                    replace(reading, sink="", rows=r.rows, scalar=r.scalar) == replace(r, sink="") for r in likely
                ):
                    return judged
                return Judged("conditional", judged.reading, reason=f"right {assumption(reading)}")
        false = [r for r in likely if outcomes[r].state == "false"]
        if false and any(outcomes[r].sometimes for r in false):
            return Judged("conditional", reason="it holds for some data only")
        if false and (reason := partly(view, n, false[0], self.conditions[n])):
            return Judged("conditional", reason=reason)
        if false and (taken := normalised(view, n, false[0], self.conditions[n])) is not None:
            return Judged("right", taken)
        if view.cut(n):
            return Judged("undecidable", reason=TOO_MUCH)
        if false and len(false) == len(likely):
            basis = (view, false[0], outcomes[false[0]])
            return replace(self._false(view, n, false[0], outcomes[false[0]], best), basis=basis)
        unknown = next((outcomes[r] for r in likely if outcomes[r].state == "unknown"), outcomes[likely[0]])
        broken = "does not depend on" in unknown.reason and broken_chain(self.claims[n].written.tree, view.everything)
        shapes = "shapes" in unknown.reason and not view.defines(n)
        if "has not been said" in unknown.reason or broken or shapes:
            kinds = ("letter",) if broken else ("transpose", "order") if shapes else ("function",)
            near = self._near(view, n, likely[0], kinds=kinds)
            if near is not None:
                return replace(near, basis=(view, likely[0], unknown))
        if view.defines(n):
            return Judged("definition", reason=unknown.reason or None)
        reason = unknown.reason + (f"; {unknown.remedy}" if unknown.remedy else "")
        return Judged("undecidable", reason=reason)

    def _true(self, view: View, n: int, reading: Reading, outcome: Outcome, *, sure: bool) -> Judged:
        del sure
        tree = view.trees[n]
        modelled = isinstance(tree, t.Relation) and view.modelled(tree, reading)
        if outcome.reason == "definition" or (
            view.defines(n) and not modelled and view.outcome(n, reading, ()).pair == 0 and not outcome.readings
        ):
            return Judged("definition", "; ".join(outcome.readings))
        readings = list(outcome.readings)
        context = view.context(n)
        if any("cross-correlation" in r or "convolution" in r for r in readings):
            pass
        elif context.readings and len({r.base for r in context.readings}) > 1 and self._symbolic(view, n):
            other = [
                r
                for r in context.readings
                if r.base != reading.base
                and (r.mode, r.deltas, r.functions) == (reading.mode, reading.deltas, reading.functions)
            ]
            if other and view.outcome(n, other[0], self.conditions[n]).state == "false":
                readings.append(f"indices from {reading.base}")
        if "in the other order" in "".join(readings):
            return Judged(
                "conditional",
                "; ".join(readings),
                reason="the factors are a product of matrices only in another order",
            )
        return Judged("right", "; ".join(readings))

    @staticmethod
    def _symbolic(view: View, n: int) -> bool:
        tree = view.trees[n]
        return tree is not None and any(
            isinstance(x, t.Name) and any(not isinstance(s, t.Num) for s in indices(x)) for x in t.walk(tree)
        )

    def _false(self, view: View, n: int, reading: Reading, outcome: Outcome, support: int) -> Judged:
        if varies(view, n, reading, outcome.pair):
            return Judged("undecidable", reason="it depends on numbers that have not been given; declare them")
        numbers = misprint(view, n, reading, outcome.pair, support, self.claims[n].block)
        if numbers is not None:
            text = numbers.apply(self.claims[n].block, self.claims[n].written.start, self.claims[n].written.end)
            return Judged("wrong", "", text, numbers.cause, example(outcome))
        near = self._near(view, n, reading, failed=outcome.pair)
        if near is None and (names := targets(view, n)):
            near = self._near(view, n, replace(reading, unit=names), failed=outcome.pair)
        where = example(outcome)
        if near is not None and averaged(near.cause or ""):
            return Judged("conditional", reason="right when gradients of single examples are averaged over all of them")
        tree = self.claims[n].written.tree
        if of_loss(tree, view.everything):
            return Judged("definition", reason="it says what the loss is")
        if undeclared(tree, view.everything) and support < 2:
            return Judged("definition", reason="nothing else says whose gradient it is")
        if near is not None and "sign" in (near.cause or "") and undeclared(tree, view.everything):
            return Judged("conditional", reason="right when it is the negative gradient")
        if near is not None:
            return Judged("wrong", near.reading, near.correction, near.cause, where)
        if view.defines(n) and outcome.pair > 0 and support < 1:
            return Judged(
                "definition", reason="what follows the definition is not borne out, for a cause that was not found"
            )
        # Where the note itself has to tell what every tensor is, a part that it leaves out looks like an error.
        told = reading.model is not None or bool(view.declared.models or view.declared.shapes)
        if not told:
            reason = f"it does not hold as far as the note says what its tensors are ({where}); declare their shapes"
            return Judged("undecidable", reason=reason)
        entries = view is self.entries or entry_like(view.trees[n])  # type: ignore[arg-type]
        if entries and not outcome.shapes and support >= 2 and (view.declared.models or self._all_told(view)):
            return Judged("wrong", cause="the two sides differ", counterexample=where)
        before = outcome.pair - start_of(view, n)
        followed = before > 0 and not outcome.shapes and support + before >= 2
        if followed and not view.defines(n):
            return Judged(
                "wrong", cause="what follows the last true equality differs from it", counterexample=where
            )
        if (
            entries
            and outcome.shapes
            and support >= 2
            and sum("tensor" in s for s in (outcome.left, outcome.right)) == 1
        ):
            return Judged("wrong", cause="one side is a single number and the other is not", counterexample=where)
        return Judged(
            "undecidable", reason=f"it does not hold as it was read, and no single change makes it hold ({where})"
        )

    def _all_told(self, view: View) -> bool:
        """Whether every statement was read and no maximum decides which gradients are 0."""
        trees = [c.written.tree for c in self.claims]
        return all(trees) and not any(kinked(x) for x in view.trees if x is not None)

    def _near(
        self, view: View, n: int, reading: Reading, *, kinds: tuple[str, ...] = (), failed: int | None = None
    ) -> Judged | None:
        found = near_miss(self, view, n, reading, kinds=kinds, failed=failed)
        return Judged("wrong", "", found.correction, found.cause) if found is not None else None


def start_of(view: View, n: int) -> int:
    """The first equality of a statement that claims something."""
    return 1 if view.defines(n) else 0


__all__ = ["Claim", "Judge", "Judged", "start_of"]
