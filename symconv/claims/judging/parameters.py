"""Lists of parameters in words: "Parameters are", and behind it what they are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from symconv.claims.judging.judged import Judged
from symconv.claims.meaning.declare import Declaration
from symconv.claims.source.fragment import Item, Prose

_HEAD = re.compile(r"\W*(?:(?:the|all|its|learnable|trainable|model)\s+)*parameters\s+are\s*:?", re.IGNORECASE)
_ITEM = re.compile(r"(?:[-*•+]|\d+[.)])\s+(?P<what>\S.*)")
_ROLES = (
    ("bias", re.compile(r"\bbias(?:es)?\b", re.IGNORECASE)),
    ("filter", re.compile(r"\b(?:filters?|kernels?)\b", re.IGNORECASE)),
    ("weights", re.compile(r"\bweights?\b", re.IGNORECASE)),
    ("input", re.compile(r"\b(?:inputs?|images?)\b", re.IGNORECASE)),
    ("output", re.compile(r"\b(?:outputs?|feature maps?)\b", re.IGNORECASE)),
)


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of parameters: where it stands, and each of its items with its place and the role that it names."""

    start: int
    end: int
    items: tuple[tuple[int, int, str, str], ...]


def listings(items: Sequence[Item]) -> Iterator[Listing]:
    """The lists of parameters among the words of a section; one with an item of another kind is none."""
    lines = [x for item in items for x in (_lines(item) if isinstance(item, Prose) else [(0, "")])]
    for n, (start, line) in enumerate(lines):
        if not _HEAD.fullmatch(line.strip()):
            continue
        found = []
        for at, text in lines[n + 1 :]:
            match = _ITEM.fullmatch(text.strip())
            if match is None:
                break
            role = next((role for role, word in _ROLES if word.search(match["what"])), "")
            lead = at + len(text) - len(text.lstrip())
            found.append((lead, lead + len(text.strip()), match["what"], role))
        if found and all(role for *_, role in found):
            lead = start + len(line) - len(line.lstrip())
            yield Listing(lead, found[-1][1], tuple(found))


def _lines(prose: Prose) -> Iterator[tuple[int, str]]:
    at = prose.offset
    for line in prose.text.splitlines(keepends=True):
        if line.strip():
            yield at, line
        at += len(line)


def judged(listing: Listing, declaration: Declaration, body: str) -> Judged:
    """Whether a list has the filters, the weights and the biases that are declared."""
    roles = [role for *_, role in listing.items]
    for _, _, what, role in listing.items:
        if role in ("input", "output"):
            return Judged("undecidable", reason=f"{what} is no parameter of a network, but may be one of a function")
    if not declaration.roles:
        return Judged("undecidable", reason="which layers there are has not been said; declare them")
    for role in ("filter", "weights", "bias"):
        if role in declaration.roles and role not in roles:
            name = declaration.roles[role]
            start, end, what, _ = listing.items[-1]
            item = body[start:end].replace(what, name)
            return Judged("wrong", "", f"{body[listing.start : listing.end]}\n{item}", f"{name} is a parameter too")
    if "bias" in roles:
        return Judged("right") if "bias" in declaration.roles else Judged("conditional", reason="right with biases")
    return Judged("conditional", reason="right when biases are left out")
