"""Mathematics inside running text: dollar signs, ``\\(..\\)``, ``\\[..\\]``, environments, backticks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from symconv.claims.source.fragment import Fragment, Item, Prose

ENVIRONMENTS = (
    "equation|align|aligned|gather|gathered|multline|eqnarray|split|flalign|alignat|displaymath|math|alignedat"
)
_SPAN = re.compile(
    r"(?P<escape>\\[\\$`])"
    r"|(?P<code>(?P<ticks>`+)(?!`)(?P<inside>.*?)(?<!`)(?P=ticks)(?!`))"
    r"|\$\$(?P<double>.+?)\$\$"
    r"|\\\[(?P<square>.+?)\\\]"
    r"|\\\((?P<round>.+?)\\\)"
    r"|\\begin\{(?P<name>(?:" + ENVIRONMENTS + r")\*?)\}(?P<body>.+?)\\end\{(?P=name)\}"
    r"|\$(?P<single>(?!\s)(?:[^$\\]|\\.)+?)\$",
    re.DOTALL,
)


def spans(text: str, offset: int, *, code: bool = True) -> Iterator[Item]:
    """The fragments of running text, and the words between them. Display blocks are numbered later."""
    last = 0
    for match in _SPAN.finditer(text):
        kind = match.lastgroup
        if match["escape"]:
            continue
        if text[last : match.start()].strip():
            yield Prose(offset + last, text[last : match.start()])
        last = match.end()
        if match["code"]:
            if code and _mathematical(match["inside"]):
                yield Fragment("inline", match["inside"], offset + match.start("inside"))
            continue
        for name in ("double", "square", "body"):
            if match[name] is not None:
                yield Fragment("display", match[name], offset + match.start(name))
        for name in ("single", "round"):
            if match[name] is not None:
                yield Fragment("inline", match[name], offset + match.start(name))
        del kind
    if text[last:].strip():
        yield Prose(offset + last, text[last:])


def _mathematical(text: str) -> bool:
    """Whether code is a formula rather than a program: an equals sign and a derivative or an operation in it."""
    return "=" in text and "==" not in text and bool(re.search(r"d[A-Z]\w*\s*/\s*d|∂|δ|\\frac|rot180|conv", text))
