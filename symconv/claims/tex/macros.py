"""Macros: ``\\newcommand``, ``\\def`` and ``\\DeclareMathOperator`` collected and expanded, never recursively."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from symconv.claims.tex.unicode import twin
from symconv.errors import LimitError

MAX_DEPTH = 16
MAX_TEXT = 40_000
MAX_MACROS = 400
MAX_CALLS = 5_000


@dataclass(frozen=True, slots=True)
class Macro:
    """A name, how many arguments it takes (the first may have a default), and what it stands for."""

    name: str
    arguments: int
    body: str
    default: str | None = None


@dataclass(frozen=True, slots=True)
class Mapped:
    """A text and, for each of its characters, the part of the source that it came from."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    words: frozenset[str] = frozenset()
    closed: Mapping[int, int] = field(default_factory=dict)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The part of the source that a part of the text came from."""
        if start >= len(self.starts):
            last = self.ends[-1] if self.ends else 0
            return last, last
        return self.starts[start], max(self.ends[start : max(end, start + 1)])


_DEFINITION = re.compile(
    r"\\(?:(?P<new>(?:re)?newcommand|providecommand)\*?\s*(?:\{\s*\\(?P<n1>[A-Za-z]+)\s*\}|\\(?P<n2>[A-Za-z]+))"
    r"\s*(?:\[(?P<count>\d)\])?\s*(?:\[(?P<default>[^\]]{0,200})\])?"
    r"|def\s*\\(?P<n3>[A-Za-z]+)\s*(?P<parameters>(?:#\d)*)"
    r"|DeclareMathOperator\*?\s*(?:\{\s*\\(?P<n4>[A-Za-z]+)\s*\}|\\(?P<n5>[A-Za-z]+)))\s*(?=\{)"
)


_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
_COMMAND = re.compile(r"\\([A-Za-z]+)")
_NAME = re.compile(r"[A-Za-z]+")


def groups(text: str) -> dict[int, int]:
    """Of every brace group that closes, where it opens and where it ends (after its closing brace).

    >>> groups("{a{b}")
    {2: 5}
    """
    found, opened = {}, []
    for match in _BRACE.finditer(text):
        if match[0] == "{":
            opened.append(match.start())
        elif match[0] == "}" and opened:
            found[opened.pop()] = match.end()
    return found


def collect(text: str) -> tuple[dict[str, Macro], tuple[tuple[int, int], ...]]:
    """The macros that a text defines, and where their definitions stand.

    >>> collect(r"\\newcommand{\\dd}[2]{\\frac{\\partial #1}{\\partial #2}}")[0]["dd"].arguments
    2
    """
    found: dict[str, Macro] = {}
    places = []
    closed = groups(text)
    for match in _DEFINITION.finditer(text):
        end = closed.get(match.end(), -1)
        if end < 0 or len(found) >= MAX_MACROS:
            continue
        name = next(n for n in (match["n1"], match["n2"], match["n3"], match["n4"], match["n5"]) if n)
        body = text[match.end() + 1 : end - 1]
        if match["n4"] or match["n5"]:
            body = f"\\operatorname{{{body}}}"
        count = int(match["count"] or 0) if match["new"] else len(match["parameters"] or "") // 2
        found[name] = Macro(name, count, body, match["default"])
        places.append((match.start(), end))
    return found, tuple(places)


def expand(source: str, macros: Mapping[str, Macro] | None = None, words: frozenset[str] = frozenset()) -> Mapped:
    """A source with its macros expanded and its Unicode read as TeX; comments to the end of a line are blanks.

    Raises LimitError for macros that call themselves or grow too far.

    >>> expand(r"\\dd{E}x", {"dd": Macro("dd", 1, "<#1>")}).text
    '<E>x'
    """
    out: list[tuple[str, int, int]] = []
    calls: list[str] = []
    for c, start, end in _expand(source, 0, None, macros or {}, 0, calls):
        if len(out) > MAX_TEXT:
            raise _grown()
        out.append((c, start, end))
    text = "".join(c for c, _, _ in out)
    return Mapped(text, tuple(s for _, s, _ in out), tuple(e for _, _, e in out), words, groups(text))


def _expand(
    text: str, base: int, fixed: tuple[int, int] | None, macros: Mapping[str, Macro], depth: int, calls: list[str]
) -> Iterator[tuple[str, int, int]]:
    if depth > MAX_DEPTH:
        raise LimitError("formula", "a macro calls itself, or macros are nested too deeply", "write it out")
    at = 0
    closed: dict[int, int] | None = None
    while at < len(text):
        c = text[at]
        place = fixed or (base + at, base + at + 1)
        if c == "\\":
            name = _NAME.match(text, at + 1)
            if name and name[0] in macros:
                macro = macros[name[0]]
                calls.append(name[0])
                closed = groups(text) if closed is None and macro.arguments else closed
                end, values = _arguments(text, name.end(), macro, closed or {})
                span = fixed or (base + at, base + end)
                body = _filled(macro.body, values)
                if len(calls) > MAX_CALLS:
                    raise _grown()
                yield from _expand(body, 0, span, macros, depth + 1, calls)
                at = end
                continue
            length = 1 + (len(name[0]) if name else 1)
            for n, d in enumerate(text[at : at + length]):
                yield d, *(fixed or (base + at + n, base + at + n + 1))
            at += length
            continue
        if c == "%":
            line = text.find("\n", at)
            line = len(text) if line < 0 else line
            yield " ", *place
            at = line
            continue
        if found := twin(text, at):
            written, length = found
            span = fixed or (base + at, base + at + length)
            for d in written:
                yield d, *span
            at += length
            continue
        yield c, *place
        at += 1


def weight(text: str, macros: Mapping[str, Macro]) -> int:
    """About how many characters a text has with its macros expanded.

    >>> weight(r"\\ab x", {"ab": Macro("ab", 0, "a" * 90)})
    95
    """
    known: dict[str, int] = {}

    def of(source: str, depth: int) -> int:
        total = len(source)
        for match in _COMMAND.finditer(source) if macros else ():
            name = match[1]
            if name in macros:
                if name not in known:
                    known[name] = MAX_TEXT if depth > MAX_DEPTH else 0
                    known[name] = min(of(macros[name].body, depth + 1), MAX_TEXT)
                total += known[name]
        return min(total, len(source) + MAX_TEXT)

    return of(text, 0)


def _filled(body: str, values: Sequence[str]) -> str:
    """The body of a macro with its arguments put in."""
    if len(body) + body.count("#") * max(map(len, values), default=0) > MAX_TEXT:
        raise _grown()
    return re.sub(r"#(\d)", lambda m: values[int(m[1]) - 1] if 0 < int(m[1]) <= len(values) else "", body)


def _grown() -> LimitError:
    return LimitError("formula", f"its macros expand to more than {MAX_TEXT} characters", "write it out")


def _arguments(text: str, at: int, macro: Macro, closed: Mapping[int, int]) -> tuple[int, list[str]]:
    values: list[str] = []
    wanted = macro.arguments
    if macro.default is not None and wanted:
        optional = re.compile(r"\s*\[([^\]]*)\]").match(text, at)
        values.append(optional[1] if optional else macro.default)
        at = optional.end() if optional else at
    while len(values) < wanted:
        while at < len(text) and text[at].isspace():
            at += 1
        if at >= len(text):
            break
        if text[at] == "{":
            end = closed.get(at, -1)
            if end < 0:
                break
            values.append(text[at + 1 : end - 1])
        elif text[at] == "\\":
            name = _NAME.match(text, at + 1)
            end = name.end() if name else at + 2
            values.append(text[at:end])
        else:
            end = at + 1
            values.append(text[at])
        at = end
    return at, values
