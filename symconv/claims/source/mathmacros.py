"""Macros that set mathematics: ``\\newcommand{\\shown}[1]{\\par $#1$}`` makes a formula of its argument."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from symconv.claims.source.fragment import Fragment
from symconv.claims.tex.macros import Macro, groups

_INSIDE = re.compile(
    r"\$\$(.+?)\$\$|\$(.+?)\$|\\\[(.+?)\\\]|\\\((.+?)\\\)"
    r"|\\begin\{((?:equation|align|gather|multline|displaymath|math)\*?)\}(.+?)\\end\{\5\}",
    re.DOTALL,
)


def places(macros: Mapping[str, Macro]) -> dict[str, int]:
    """Of every macro that sets one of its arguments as mathematics, which one it is (from 0).

    >>> places({"shown": Macro("shown", 1, r"\\\\par $\\\\displaystyle #1$")})
    {'shown': 0}
    """
    found = {}
    for name, macro in macros.items():
        inside = [m.group() for m in _INSIDE.finditer(macro.body)]
        arguments = sorted({int(n) for text in inside for n in re.findall(r"#(\d)", text)})
        if len(arguments) == 1 and arguments[0] <= macro.arguments and macro.default is None:
            found[name] = arguments[0] - 1
    return found


def fragments(text: str, macros: Mapping[str, Macro]) -> Iterator[Fragment]:
    """The arguments that such macros set as mathematics, where they stand."""
    known = places(macros)
    if not known:
        return
    closed = groups(text)
    call = re.compile(rf"\\({'|'.join(sorted(known, key=lambda n: (-len(n), n)))})(?![A-Za-z])")
    for match in call.finditer(text):
        at = match.end()
        for number in range(known[match[1]] + 1):
            while text[at : at + 1].isspace():
                at += 1
            end = closed.get(at, -1)
            if end < 0:
                break
            if number == known[match[1]]:
                yield Fragment("display", text[at + 1 : end - 1], at + 1)
            at = end
