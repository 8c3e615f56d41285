"""LaTeX documents: mathematics, sections, comments that declare, macros; verbatim parts are passed over."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from symconv.claims.source.find import Finder
from symconv.claims.source.fragment import Comment, Heading, Item
from symconv.claims.source.mathmacros import fragments
from symconv.claims.source.mathspans import spans
from symconv.claims.tex.macros import collect

_DECLARATION = re.compile(r"(?m)^[ \t]*%+[ \t]*(symconv:.*)$")
_COMMENT = re.compile(r"(?m)(?<!\\)%.*$")
_SKIPPED = re.compile(
    r"\\begin\{(?P<name>(?:verbatim|lstlisting|minted|comment|tikzpicture|filecontents)\*?)\}"
    r"|\\verb\*?(?P<mark>[^\w\s])[^\n]{0,300}?(?P=mark)"
)
_SECTION = re.compile(
    r"\\(?:part|chapter|section|subsection|subsubsection|paragraph|frametitle)\*?\s*\{([^{}]{0,300})\}"
)


def read(text: str) -> Iterator[Item]:
    """The items of a LaTeX text in their order."""
    items: list[Item] = [Comment(m.start(1), m[1]) for m in _DECLARATION.finditer(text)]
    body = _COMMENT.sub(lambda m: blank(m[0]), blanked(text, _skipped(text)))
    macros, defined = collect(body)
    body = blanked(body, defined)
    begin = body.find(r"\begin{document}")
    if begin >= 0:
        begin += len(r"\begin{document}")
        end = body.find(r"\end{document}", begin)
        body = " " * begin + body[begin : end if end >= 0 else len(body)]
    items += [Heading(m.start(), m[1]) for m in _SECTION.finditer(body)]
    shown = list(fragments(body, macros))
    items += shown
    body = blanked(body, ((f.offset, f.offset + len(f.text)) for f in shown))
    items += list(spans(body, 0, code=False))
    yield from sorted(items, key=lambda i: i.offset)


def _skipped(text: str) -> Iterator[tuple[int, int]]:
    """What is printed as it stands."""
    finder, at = Finder(text), 0
    while match := _SKIPPED.search(text, at):
        at = match.end()
        if match["name"]:
            closer = f"\\end{{{match['name']}}}"
            stop = finder.find(closer, at)
            if stop < 0:
                continue
            at = stop + len(closer)
        yield match.start(), at


def blank(text: str) -> str:
    """As many blanks as a text has characters, in as many lines."""
    return re.sub(r"[^\n]", " ", text)


def blanked(text: str, parts: Iterable[tuple[int, int]]) -> str:
    """The text with blanks in place of some parts."""
    out, at = [], 0
    for start, end in sorted(parts):
        if end > at:
            out += [text[at:start], blank(text[max(start, at) : end])]
            at = end
    return "".join([*out, text[at:]])
