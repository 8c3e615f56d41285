"""LaTeX documents: mathematics, sections, comments that declare, macros; verbatim parts are passed over."""

from __future__ import annotations

import re
from collections.abc import Iterator

from symconv.claims.source.fragment import Comment, Heading, Item
from symconv.claims.source.mathmacros import fragments
from symconv.claims.source.mathspans import spans
from symconv.claims.tex.macros import collect

_DECLARATION = re.compile(r"(?m)^[ \t]*%+[ \t]*(symconv:.*)$")
_COMMENT = re.compile(r"(?m)(?<!\\)%.*$")
_SKIPPED = re.compile(
    r"\\begin\{(verbatim|lstlisting|minted|comment|tikzpicture|filecontents)\*?\}.*?\\end\{\1\*?\}|\\verb\*?(\W).*?\2",
    re.DOTALL,
)
_SECTION = re.compile(
    r"\\(?:part|chapter|section|subsection|subsubsection|paragraph|frametitle)\*?\s*\{([^{}]{0,300})\}"
)


def read(text: str) -> Iterator[Item]:
    """The items of a LaTeX text in their order."""
    items: list[Item] = [Comment(m.start(1), m[1]) for m in _DECLARATION.finditer(text)]
    body = _SKIPPED.sub(_blank, text)
    body = _COMMENT.sub(_blank, body)
    macros, defined = collect(body)
    for start, end in defined:
        body = body[:start] + re.sub(r"[^\n]", " ", body[start:end]) + body[end:]
    begin = body.find(r"\begin{document}")
    if begin >= 0:
        begin += len(r"\begin{document}")
        end = body.find(r"\end{document}", begin)
        body = " " * begin + body[begin : end if end >= 0 else len(body)]
    items += [Heading(m.start(), m[1]) for m in _SECTION.finditer(body)]
    for shown in fragments(body, macros):
        items.append(shown)
        end = shown.offset + len(shown.text)
        body = body[: shown.offset] + re.sub(r"[^\n]", " ", shown.text) + body[end:]
    items += list(spans(body, 0, code=False))
    yield from sorted(items, key=lambda i: i.offset)


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match[0])
