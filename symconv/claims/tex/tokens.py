"""Tokens of a formula, each with the part of the source that it came from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from symconv.claims.tex.macros import Mapped
from symconv.claims.tex.words import WORDS
from symconv.errors import LimitError, UsageError, show

MAX_TOKENS = 20_000


@dataclass(frozen=True, slots=True)
class Token:
    """One token: ``kind`` is letter, word, number, text, command, begin, end, quad, newline or sign."""

    kind: str
    text: str
    start: int
    end: int
    gap: bool = False
    bold: bool = False


_DROPPED = frozenset(
    [
        "displaystyle",
        "textstyle",
        "scriptstyle",
        "limits",
        "nolimits",
        "left",
        "right",
        "middle",
        "big",
        "Big",
        "bigg",
        "Bigg",
        "bigl",
        "bigr",
        "Bigl",
        "Bigr",
        "biggl",
        "biggr",
        "Biggl",
        "Biggr",
        "bigm",
        "nonumber",
        "notag",
        "mathstrut",
        "strut",
        "hfill",
        "hline",
        "centering",
        "allowbreak",
        "rm",
        "bf",
        "it",
        "cal",
        "scriptscriptstyle",
        "noindent",
        "small",
        "large",
        "footnotesize",
        "normalsize",
        "relax",
    ]
)
_DROPPED_WITH_ARGUMENT = frozenset(
    ["tag", "label", "vspace", "hspace", "phantom", "vphantom", "hphantom", "eqno", "ref", "cite", "footnote"]
)
_BOLD = frozenset(["mathbf", "boldsymbol", "bm", "pmb", "mathbfit"])
_PLAIN = frozenset(
    [
        "mathit",
        "mathsf",
        "mathnormal",
        "vec",
        "boxed",
        "fbox",
        "underline",
        "overline",
        "bbox",
        "mathop",
        "mathrel",
        "mathbin",
        "ensuremath",
        "smash",
        "cancel",
        "bcancel",
        "mathtt",
        "mathring",
        "overrightarrow",
        "fcolorbox",
    ]
)
_CALLIGRAPHIC = frozenset(["mathcal", "mathscr", "mathfrak", "mathbb"])
_ACCENTS = frozenset(["hat", "bar", "tilde", "widehat", "widetilde", "dot", "ddot", "check", "breve"])
_TEXTS = frozenset(
    [
        "text",
        "mbox",
        "textrm",
        "textbf",
        "textit",
        "textsf",
        "hbox",
        "texttt",
        "textnormal",
        "mathrm",
        "operatorname",
        "operatorname*",
    ]
)
_SPACES = frozenset(["quad", "qquad"])
_REFUSED = frozenset(
    [
        "input",
        "include",
        "write",
        "openin",
        "openout",
        "catcode",
        "csname",
        "loop",
        "repeat",
        "directlua",
        "read",
        "immediate",
        "special",
        "expandafter",
        "let",
        "futurelet",
        "everymath",
        "uppercase",
        "lowercase",
        "newwrite",
        "usepackage",
    ]
)
"""Commands of TeX that are no mathematics: a formula with one of them is not read at all."""

LONGEST = max(map(len, WORDS))
_SIGNS = re.compile(r"<=|>=|!=|:=|==|->|[-+*/=<>(){}\[\]|,;:.!^_&~'@?$#\"`]")


_COMPOUND = re.compile(r"\\partial\s*\{?\s*([A-Za-z]{2,})(?=\s*[_^}])")


def compounds(text: str) -> frozenset[str]:
    """Names of several letters, which show where they are differentiated: ``\\partial net_j``.

    >>> sorted(compounds(r"\\frac{\\partial out_{o}}{\\partial net_{o}}"))
    ['net', 'out']
    """
    return frozenset(m for m in _COMPOUND.findall(text) if m[0] != "d")


def tokens(mapped: Mapped) -> tuple[Token, ...]:
    """Every token of a formula; raises UsageError for what is no mathematics and LimitError for too much."""
    out: list[Token] = []
    for token in _scan(mapped, 0, len(mapped.text), False, 0):
        out.append(token)
        if len(out) > MAX_TOKENS:
            raise LimitError("formula", f"it has more than {MAX_TOKENS} tokens", "split it")
    return tuple(out)


def _scan(mapped: Mapped, at: int, stop: int, bold: bool, depth: int) -> Iterator[Token]:
    if depth > 60:
        raise LimitError("formula", "braces are nested too deeply", "split it")
    text = mapped.text
    gap = True

    def make(kind: str, what: str, start: int, end: int) -> Token:
        return Token(kind, what, *mapped.span(start, end), gap, bold)

    while at < stop:
        c = text[at]
        if c.isspace() or c == "~":
            at, gap = at + 1, True
            continue
        if c == "\\":
            name = re.compile(r"[A-Za-z]+\*?|.", re.DOTALL).match(text, at + 1, stop)
            if not name:
                break
            word, end = name[0], name.end()
            if word.endswith("*") and word != "operatorname*":
                word, end = word[:-1], end - 1
            if word in _REFUSED or word.startswith(("^", "write")):
                raise UsageError("formula", f"\\{word} is no mathematics", "write the formula without it")
            if word in ("begin", "end"):
                close = _argument(mapped, end, stop)
                if close is None:
                    raise UsageError("formula", f"\\{word} has no name", "complete the formula")
                yield make(word, text[close[0] : close[1]].rstrip("*"), at, close[2])
                option = re.compile(r"\[[tbc]\]").match(text, close[2], stop) if word == "begin" else None
                at, gap = option.end() if option else close[2], True
                continue
            if word in ("textcolor", "colorbox", "color", "style", "class", "cssId", "htmlClass"):
                close = _argument(mapped, end, stop)
                at = close[2] if close else end
                if word != "color" or (at < stop and text[at] == "{"):
                    inner = _argument(mapped, at, stop)
                    if inner:
                        yield from _scan(mapped, inner[0], inner[1], True, depth + 1)
                        at = inner[2]
                continue
            if word in _DROPPED_WITH_ARGUMENT:
                close = _argument(mapped, end, stop)
                at = close[2] if close else end
                continue
            if word in _DROPPED or word in ",;:!> " or word == "\n":
                at, gap = end, True
                if word in ("left", "right", "middle") and end < stop and text[end] == ".":
                    at = end + 1
                continue
            if word in _SPACES:
                yield make("quad", word, at, end)
                at, gap = end, True
                continue
            if word in _BOLD or word in _PLAIN:
                inner = _argument(mapped, end, stop) or _single(text, end, stop)
                if inner:
                    styled = list(_scan(mapped, inner[0], inner[1], bold or word in _BOLD, depth + 1))
                    if len(styled) == 1:
                        styled = [
                            replace(styled[0], start=mapped.span(at, inner[2])[0], end=mapped.span(at, inner[2])[1])
                        ]
                    yield from styled
                    at, gap = inner[2], False
                    continue
                at = end
                continue
            if word in _CALLIGRAPHIC or word in _ACCENTS:
                inner = _argument(mapped, end, stop) or _single(text, end, stop)
                content = text[inner[0] : inner[1]].strip(" {}") if inner else ""
                if inner and re.fullmatch(r"\\?[A-Za-z]+", content):
                    yield make("letter", f"{word}:{content.lstrip(chr(92))}", at, inner[2])
                    at, gap = inner[2], False
                    continue
                if inner and word in _ACCENTS:
                    # A bar over more than a letter: an accent of its first letter, with the scripts that it has.
                    first, *rest = list(_scan(mapped, inner[0], inner[1], bold, depth + 1)) or [
                        make("sign", "?", at, end)
                    ]
                    yield Token("letter", f"{word}:{first.text}", first.start, first.end, gap, bold)
                    yield from rest
                    at, gap = inner[2], False
                    continue
                at = end
                continue
            if word in _TEXTS:
                inner = _argument(mapped, end, stop) or _single(text, end, stop)
                if inner is None:
                    at = end
                    continue
                yield from _text(mapped, word, at, inner, gap, bold)
                at, gap = inner[2], False
                continue
            if word == "\\":
                gap_after = re.compile(r"\\\\\*?(\s*\[-?[\d.]+\s*(?:pt|em|ex|mm|cm|px)\])?").match(text, at, stop)
                end = gap_after.end() if gap_after else end
                yield make("newline", "\\\\", at, end)
                at, gap = end, True
                continue
            if word == "newline":
                word = "\\"
            yield make("command", word, at, end)
            at, gap = end, False
            continue
        if c.isdigit():
            number = re.compile(r"\d+(?:\.\d+)?(?:[eE][-+]?\d+(?![\dA-Za-z]))?").match(text, at, stop)
            if not number:
                raise UsageError("formula", f"{show(c)} is no digit of ours", "write the digits 0 to 9")
            yield make("number", number[0], at, number.end())
            at, gap = number.end(), False
            continue
        if c.isalpha() and c < "\x80":
            run = re.compile(r"[A-Za-z]{1,80}(?:_[a-z]{2,40}[A-Za-z0-9]{0,40}){0,9}[0-9]{0,40}").match(text, at, stop)
            word = run[0] if run else c
            run_of_letters = re.match(r"[A-Za-z]+", word)
            if run_of_letters and run_of_letters[0] in mapped.words:
                word = run_of_letters[0]
                yield make("word", word, at, at + len(word))
                at, gap = at + len(word), False
                continue
            length = _known_word(word)
            if length:
                yield make("word", word[:length], at, at + length)
                at, gap = at + length, False
                continue
            yield make("letter", c, at, at + 1)
            at, gap = at + 1, False
            continue
        sign = _SIGNS.match(text, at, stop)
        if sign:
            yield make("sign", sign[0], at, sign.end())
            at, gap = sign.end(), False
            continue
        if ord(c) > 127:
            other = re.compile(r"[^\x00-\x7f]+").match(text, at, stop)
            end = other.end() if other else at + 1
            yield make("text", text[at:end], at, end)
            at, gap = end, False
            continue
        raise UsageError("formula", f"{show(c)} is no sign of mathematics", "write the formula without it")


def _known_word(run: str) -> int:
    """How many characters of a run of letters make a word that is known; 0 for none."""
    for length in range(min(len(run), LONGEST), 1, -1):
        head = run[:length]
        if head.lower() in WORDS and (length == len(run) or not run[length].isalpha()):
            return length
    return 0


def _argument(mapped: Mapped, at: int, stop: int) -> tuple[int, int, int] | None:
    """Content start, content end and end of the brace group that follows."""
    text = mapped.text
    while at < stop and text[at].isspace():
        at += 1
    if at < stop and text[at] == "{":
        end = mapped.closed.get(at, -1)
        if 0 < end <= stop:
            return at + 1, end - 1, end
    return None


def _single(text: str, at: int, stop: int) -> tuple[int, int, int] | None:
    match = re.compile(r"\s*(\\[A-Za-z]+|[A-Za-z0-9])").match(text, at, stop)
    return (match.start(1), match.end(1), match.end()) if match else None


def _text(
    mapped: Mapped, command: str, at: int, inner: tuple[int, int, int], gap: bool, bold: bool
) -> Iterator[Token]:
    content = mapped.text[inner[0] : inner[1]]
    words = content.replace("~", " ").split()
    span = mapped.span(at, inner[2])
    plain = re.sub(r"[\s{}]|\\[,;: ]|\\circ|\^|°", "", content).replace("\\_", "_")
    if plain == "d" and command == "mathrm":
        yield Token("letter", "d", *span, gap, bold)
    elif re.fullmatch(r"[A-Za-z]", plain):
        yield Token("letter", plain, *span, gap, bold)
    elif re.fullmatch(r"[A-Za-z][A-Za-z0-9_\-]*", plain) and len(words) <= 1:
        yield Token("word", plain.replace("-", "_"), *span, gap, bold)
    elif plain.lower() in WORDS:
        yield Token("word", plain, *span, gap, bold)
    elif len(words) > 1 and any(w.lower() in WORDS for w in words) and all(w.isalpha() for w in words):
        for word in words:
            yield Token("word" if len(word) > 1 else "letter", word, *span, gap, bold)
    elif content.strip():
        yield Token("text", content.strip(), *span, gap, bold)
