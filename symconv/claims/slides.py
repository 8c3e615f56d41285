"""The slides, judged: every formula, table and pattern of winners of ``slides.toml`` against a derivation."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from typing import Any

from symconv.claims.chains import judge_chain
from symconv.claims.data import (
    Chain,
    Claim,
    Convolution,
    Derivative,
    Factor,
    Formula,
    IndexSum,
    Matrix,
    Maximum,
    Name,
    Pattern,
    Ref,
    Source,
    Sum,
    read,
)
from symconv.claims.impossible import decide
from symconv.claims.indexed import judge_convolution, judge_index_sum
from symconv.claims.maxima import judge_maximum
from symconv.claims.outcome import Outcome
from symconv.claims.report import Judgement, PatternResult, Report, Verdict, say
from symconv.claims.sums import holds, judge_sum
from symconv.claims.tables import judge_mask, judge_matrix, judge_parameters
from symconv.claims.world import World
from symconv.claims.write import Writers
from symconv.derivation.backpropagate import Derivation
from symconv.errors import UsageError

WORST: tuple[Verdict, ...] = ("right", "conditional", "wrong")


@lru_cache(maxsize=1)
def slides() -> Source:
    """What the slides say."""
    return read(files("symconv.claims").joinpath("slides.toml").read_text("utf-8"), where="slides.toml")


def judge(derivation: Derivation, source: Source | None = None) -> Report:
    """Everything that a source (by default the slides) says, evaluated against the derivation of its model.

    Raises UsageError for a derivation of another model, one that lacks a tensor or an entry that the source names.
    """
    source = source or slides()
    images = {i.name: [v for row in i.rows for v in row] for i in source.images}
    world = World(derivation, tensors(source), images)
    writers = Writers(world.tensors)
    judgements = (
        *(judge_formula(f, world) for f in source.formulas),
        *(judge_matrix(t, world, writers) for t in source.matrices),
        *(judge_mask(m, n, world, writers) for n, m in enumerate(source.masks, 1)),
        *(judge_parameters(s, world, writers) for s in source.statements),
    )
    patterns = tuple(judge_pattern(p, source, derivation) for p in source.patterns)
    return Report(source.name, derivation.model.name, judgements, patterns)


def applies(derivation: Derivation, source: Source | None = None) -> bool:
    """Whether the model is the one that a source (by default the slides) speaks of.

    It is when every tensor has the shape that the source's tables and images show, every sum that the source has for
    an activation is true of it, and every maximum is taken over the window that the source shows.
    """
    source = source or slides()
    shapes = {t.of.by.name: (len(t.cells), len(t.cells[0])) for t in source.matrices}
    shapes |= {i.name: (len(i.rows), len(i.rows[0])) for i in source.images}
    try:
        world = World(derivation, tensors(source))
        if any(world.tensor(name).sizes != shape for name, shape in shapes.items()):
            return False
        return all(_fits(part, world) for formula in source.formulas for part in formula.parts)
    except UsageError:
        return False


def _fits(claim: Claim, world: World) -> bool:
    if isinstance(claim, Sum) and isinstance(claim.left, Ref):
        return holds(claim, world, world.samples()[:1])
    if isinstance(claim, Maximum):
        through = claim.through.by
        window = (through.name, world.place(through), claim.candidates)
        return window in world.windows(claim.by.name)
    return True


def judge_formula(formula: Formula, world: World) -> Judgement:
    """One displayed formula: the worst verdict of its parts, the whole of it corrected."""
    writers = Writers(world.tensors)
    outcomes = [_judge(part, world, writers) for part in formula.parts]
    verdict = max((o.verdict for o in outcomes), key=WORST.index)
    parts = [o.corrected for o in outcomes]
    known = [p for p in parts if p is not None]
    corrected = writers.formula(formula, known) if verdict == "wrong" and len(known) == len(parts) else None
    return Judgement(
        formula.id,
        say("The formula for {}", writers.factor(left(formula.parts[0]))),
        "formula",
        formula.count,
        verdict,
        formula.tex,
        corrected,
        tuple(c for o in outcomes for c in o.causes),
        tuple(c for o in outcomes for c in o.conditions),
        next((o.example for o in outcomes if o.example), None),
    )


def left(claim: Claim) -> Factor:
    """What a claim is about."""
    return claim.of if isinstance(claim, Name) else claim.left


def _judge(claim: Claim, world: World, writers: Writers) -> Outcome:
    match claim:
        case Name():
            return Outcome("right", claim)
        case Chain():
            return judge_chain(claim, world, writers)
        case Sum():
            return judge_sum(claim, world, writers)
        case Maximum():
            return judge_maximum(claim, world, writers)
        case Convolution():
            return judge_convolution(claim, world, writers)
        case IndexSum():
            return judge_index_sum(claim, world, writers)


def judge_pattern(pattern: Pattern, source: Source, derivation: Derivation) -> PatternResult:
    """Whether the winners shown are possible with the image shown."""
    image = source.image(pattern.image)
    numbers = {image.name: [v for row in image.rows for v in row]}
    winners = [tuple(int(a) for a in w.at) for w in pattern.winners]
    return decide(
        derivation, winners, numbers, pooled=pattern.winners[0].name, where=pattern.id, shown=pattern.shown
    )


def tensors(source: Source) -> tuple[str, ...]:
    """The tensors that a source names, in the order in which it names them."""
    found: dict[str, None] = {}

    def visit(thing: Any) -> Iterator[Ref]:
        match thing:
            case Ref():
                yield thing
            case Derivative(of, by):
                yield of
                yield by
            case tuple():
                for inner in thing:
                    yield from visit(inner)
            case Name() | Chain() | Sum() | Maximum() | Convolution() | IndexSum():
                for field in type(thing).__dataclass_fields__:
                    yield from visit(getattr(thing, field))
            case Formula():
                yield from visit(thing.parts)
            case Matrix():
                yield from visit(thing.cells)

    for ref in visit((*source.formulas, *source.matrices)):
        found[ref.name] = None
    for mask in source.masks:
        found |= dict.fromkeys((mask.of.of.name, mask.of.by.name))
    return tuple(found)
