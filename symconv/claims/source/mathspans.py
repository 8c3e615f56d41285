"""Mathematics inside running text: dollar signs, ``\\(..\\)``, ``\\[..\\]``, environments, backticks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from symconv.claims.source.find import Finder
from symconv.claims.source.fragment import Fragment, Item, Prose

ENVIRONMENTS = (
    "equation|align|aligned|gather|gathered|multline|eqnarray|split|flalign|alignat|displaymath|math|alignedat"
)
_OPENER = re.compile(
    r"\\[\\$`]|(?P<ticks>`+)|(?P<double>\$\$)|(?P<square>\\\[)|(?P<round>\\\()"
    r"|\\begin\{(?P<name>(?:" + ENVIRONMENTS + r")\*?)\}|(?P<single>\$(?=\S))"
)
_DOLLAR = re.compile(r"(?<!\\)(?:\\\\)*(\$)")
_CLOSERS = {"double": "$$", "square": r"\]", "round": r"\)"}


def spans(text: str, offset: int, *, code: bool = True) -> Iterator[Item]:
    """The fragments of running text, and the words between them. Display blocks are numbered later."""
    last = at = 0
    finder = Finder(text)
    while match := _OPENER.search(text, at):
        at = match.end()
        kind = "name" if match["name"] else match.lastgroup
        if kind is None:
            continue
        start, end = at, _close(finder, kind, match, at)
        if end is None:
            continue
        if text[last : match.start()].strip():
            yield Prose(offset + last, text[last : match.start()])
        stop, at = end
        last = at
        if kind == "ticks":
            if code and _mathematical(text[start:stop]):
                yield Fragment("inline", text[start:stop], offset + start)
        else:
            display = kind in ("double", "square", "name")
            yield Fragment("display" if display else "inline", text[start:stop], offset + start)
    if text[last:].strip():
        yield Prose(offset + last, text[last:])


def _close(finder: Finder, kind: str, match: re.Match[str], at: int) -> tuple[int, int] | None:
    """Where what has been opened ends, without and with what closes it; None when nothing does."""
    if kind == "ticks":
        return finder.run(match["ticks"], at)
    if kind == "single":
        found = finder.search(_DOLLAR, at)
        return None if found is None else (found.start(1), found.end(1))
    closer = _CLOSERS.get(kind) or f"\\end{{{match['name']}}}"
    place = finder.find(closer, at + 1)  # something stands between
    return None if place < 0 else (place, place + len(closer))


def _mathematical(text: str) -> bool:
    """Whether code is a formula rather than a program: an equals sign and a derivative or an operation in it."""
    return "=" in text and "==" not in text and bool(re.search(r"d[A-Z]\w*\s*/\s*d|∂|δ|\\frac|rot180|conv", text))
