"""What is found out about formulas: verdicts, corrections, counter-examples, causes and conditions."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from fractions import Fraction
from typing import Any, Literal

Verdict = Literal["right", "conditional", "wrong"]
Value = int | Fraction


@dataclass(frozen=True, slots=True)
class Math:
    """A piece of mathematics, for both languages."""

    latex: str
    text: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words with mathematics among them."""

    parts: tuple[str | Math, ...]

    @property
    def latex(self) -> str:
        """The words with the mathematics between dollar signs."""
        return "".join(p if isinstance(p, str) else f"${p.latex}$" for p in self.parts)

    @property
    def text(self) -> str:
        """The words in plain text."""
        return "".join(p if isinstance(p, str) else p.text for p in self.parts)


def say(template: str, *about: Math | Phrase | str) -> Phrase:
    """A Phrase from a template in which ``{}`` stands for the next thing that it is about.

    >>> say("{} is not {}", Math("C_{01}", "C[0,1]"), "0").text
    'C[0,1] is not 0'
    """
    first, *rest = template.split("{}")
    assert len(rest) == len(about), (template, about)
    parts: list[str | Math] = [first]
    for thing, after in zip(about, rest, strict=True):
        parts += [*(thing.parts if isinstance(thing, Phrase) else (thing,)), after]
    return join("", [Phrase((p,)) for p in parts])


def join(separator: str, phrases: list[Phrase]) -> Phrase:
    """Phrases one after the other; neighbouring words become one piece."""
    parts: list[str | Math] = []
    for n, phrase in enumerate(phrases):
        for part in ((separator,) if n else ()) + phrase.parts:
            if isinstance(part, str) and parts and isinstance(parts[-1], str):
                parts[-1] += part
            elif part != "":
                parts.append(part)
    return Phrase(tuple(parts))


@dataclass(frozen=True, slots=True)
class Example:
    """Small numbers for which the two sides differ.

    ``values`` are the entries that matter; ``rest`` says what every other entry is, where that matters.
    ``left`` is what the derivation gives, ``right`` what the formula gives; ``about`` is what they are values of.
    """

    about: Math
    values: tuple[tuple[Math, Value], ...]
    left: Value
    right: Value
    rest: Phrase = Phrase(())

    @property
    def phrase(self) -> Phrase:
        """The counter-example in words."""
        values = [Math(f"{m.latex} = {v}", f"{m.text} = {v}") for m, v in self.values]
        given = join(", ", [Phrase((m,)) for m in values])
        rest = say(" ({})", self.rest) if self.rest.parts else Phrase(())
        start = say("With {}{}: ", given, rest) if values else Phrase(())
        return say("{}{} is {}, the formula gives {}.", start, self.about, str(self.left), str(self.right))


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one formula, table or statement turned out to be.

    ``where`` is its id, ``title`` names it in words, ``count`` is how often it is shown. ``printed`` and ``corrected``
    are whole formulas or tables; ``printed_cells`` and ``corrected_cells`` the cells of tables (empty ones are empty
    strings). ``causes`` say what is wrong, ``conditions`` what must hold for the formula (as corrected) to be right.
    """

    where: str
    title: Phrase
    kind: str
    count: int
    verdict: Verdict
    printed: str
    corrected: Math | None = None
    causes: tuple[Phrase, ...] = ()
    conditions: tuple[Phrase, ...] = ()
    example: Example | None = None
    printed_cells: tuple[tuple[str, ...], ...] = ()
    corrected_cells: tuple[tuple[Math, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Inequality:
    """What a winner asks of the filter: ``sum(coefficients * parameters) > 0``, or ``>= 0`` when not ``strict``.

    ``winner`` beats ``other`` in ``window``; it must be strictly larger when it comes later in the window, because the
    first maximum wins. ``entries`` writes it between entries of the pooled tensor, ``parameters`` between parameters.
    """

    window: tuple[int, ...]
    winner: tuple[int, ...]
    other: tuple[int, ...]
    strict: bool
    coefficients: tuple[Value, ...]
    entries: Math
    parameters: Math


@dataclass(frozen=True, slots=True)
class PatternResult:
    """Whether some parameters make these entries the winners.

    If they do, ``witness`` are such parameters by name, row-major. If none can, the inequalities of ``contradiction``
    cannot hold together: added up with the positive ``multipliers`` they say that 0 is greater than 0.
    """

    where: str
    tensor: str
    winners: tuple[Math, ...]
    possible: bool
    shown: tuple[str, ...] = ()
    witness: tuple[tuple[str, tuple[int, ...]], ...] = ()
    contradiction: tuple[Inequality, ...] = ()
    multipliers: tuple[Value, ...] = ()
    cause: Phrase = Phrase(())


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that a source says, judged."""

    source: str
    model: str
    judgements: tuple[Judgement, ...]
    patterns: tuple[PatternResult, ...]

    @property
    def wrong(self) -> tuple[Judgement, ...]:
        """What is wrong and has a correction."""
        return tuple(j for j in self.judgements if j.verdict == "wrong")

    @property
    def impossible(self) -> tuple[PatternResult, ...]:
        """The patterns of winners that nothing can make."""
        return tuple(p for p in self.patterns if not p.possible)

    @property
    def conditional(self) -> tuple[Judgement, ...]:
        """What is right under a condition only."""
        return tuple(j for j in self.judgements if j.verdict == "conditional")

    def judgement(self, where: str) -> Judgement:
        """The judgement of one formula by its id."""
        return next(j for j in self.judgements if j.where == where)

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON has it: fractions as strings, words and formulas with ``latex`` and ``text``."""
        return _plain(self)


def _plain(value: Any) -> Any:
    match value:
        case Math() | Phrase():
            return {"latex": value.latex, "text": value.text}
        case Example():
            return {f.name: _plain(getattr(value, f.name)) for f in fields(value)} | {"phrase": _plain(value.phrase)}
        case Fraction():
            return str(value)
        case tuple():
            return [_plain(v) for v in value]
        case _ if is_dataclass(value) and not isinstance(value, type):
            return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    return value
