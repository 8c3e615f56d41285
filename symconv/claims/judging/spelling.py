"""How the free numbers of a world are written: in TeX, with the indices that the note has."""

from __future__ import annotations

from collections.abc import Sequence

from symconv.claims.judging.edit import spelled_out
from symconv.claims.meaning.chosen import Chosen, Place


def written(place: Place, world: Chosen) -> str:
    """A free number as it is written: ``A_{01}``, ``∂E/∂C_{01}``."""
    key, layer, at = place
    gradient = key.startswith("∂")
    key = key.removeprefix("∂")
    digits = [str(p + world.base(key, axis)) for axis, p in enumerate(at)]
    sub = ",".join(digits) if any(len(d) > 1 for d in digits) else "".join(digits)
    head, _, words = letter(key).partition("_")
    sub = ",".join(x for x in (words.strip("{}"), sub) if x)
    name = head + (f"_{{{sub}}}" if sub else "") + (f"^{{({layer})}}" if layer is not None else "")
    loss = letter(world.survey.losses[0]) if world.survey.losses else "L"
    return f"∂{loss}/∂{name}" if gradient else name


def letter(key: str) -> str:
    """A letter as TeX has it: ``mathcal:L`` is ``\\mathcal{L}``, ``delta`` is ``\\delta``."""
    style, colon, letter = key.partition(":")
    if colon:
        return f"\\{style}{{{letter}}}"
    head, under, words = key.partition("_")
    return spelled_out(head) + (f"_{{{words.replace('_', ',')}}}" if under else "")


def listed(words: Sequence[str]) -> str:
    """Words with commas and an ``and`` between them.

    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    return " and ".join((", ".join(words[:-1]), words[-1])) if len(words) > 1 else "".join(words)
