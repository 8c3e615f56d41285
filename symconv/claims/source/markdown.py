"""Markdown by markdown-it-py: blocks of mathematics, tables, comments, and running text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

from symconv.claims.source.find import between
from symconv.claims.source.fragment import Comment, Fragment, Grid, Heading, Item, line_starts
from symconv.claims.source.mathspans import spans

_MATHS = frozenset(("math", "latex", "tex", "katex"))


def read(text: str) -> Iterator[Item]:
    """The items of a Markdown text in their order; code is passed over."""
    starts = line_starts(text)
    parser = MarkdownIt("commonmark", {"html": True}).enable("table")
    parser.use(dollarmath_plugin, allow_labels=False, double_inline=True, allow_blank_lines=True)
    parser.core.ruler.enableOnly(["normalize", "block"])  # what stands inside of a line is read from the source
    protected = _protect(text)
    done = 0
    for token in parser.parse(protected):
        if token.map is None:
            continue
        start = starts[token.map[0]]
        end = starts[token.map[1]] if token.map[1] < len(starts) else len(text)
        if token.type == "table_open":
            yield from _table(text, start, end)
            done = max(done, end)
            continue
        if start < done:
            continue
        raw = text[start:end]
        if token.type == "math_block":
            yield from spans(raw, start)  # a line may have several
        elif token.type == "fence":
            if token.info.strip().split(" ")[0].lower() in _MATHS:
                body = raw.find("\n") + 1
                close = raw.rstrip().rfind("\n")
                yield Fragment("display", raw[body : max(close, body)], start + body)
        elif token.type == "code_block":
            continue
        elif token.type == "html_block":
            yield from _html(raw, start)
        elif token.type == "heading_open":
            yield Heading(start, raw.strip("# \n"))
            yield from spans(raw, start)
        elif token.type == "inline":
            yield from _running(raw, start)
        else:
            continue
        done = max(done, end)


def _protect(text: str) -> str:
    """The text with the same lines, where no line of a display block can be taken for something else."""
    out = list(text)
    for match in re.finditer(r"\$\$(.+?)\$\$", text, re.DOTALL):
        if "\n" in match[1] and "```" not in match[1]:
            for n in range(match.start(1), match.end(1)):
                if out[n] != "\n":
                    out[n] = "x"
    protected = re.sub(r"\r(?!\n)", " ", "".join(out))
    closed = max((m.end() for m in re.finditer(r"\$\$[ \t\r]*(?:\n|$)", protected)), default=0)
    return protected[:closed] + protected[closed:].replace("$$", "xx")  # nothing closes what would begin there


def _html(raw: str, start: int) -> Iterator[Item]:
    last = 0
    for begin, inner, stop, end in between(raw, "<!--", "-->"):
        if raw[last:begin].strip():
            yield from spans(_blank_tags(raw[last:begin]), start + last)
        yield Comment(start + inner, raw[inner:stop])
        last = end
    if raw[last:].strip():
        yield from spans(_blank_tags(raw[last:]), start + last)


def _blank_tags(raw: str) -> str:
    return re.sub(r"</?[A-Za-z][^<>\n]{0,300}>", lambda m: " " * len(m[0]), raw)


def _running(raw: str, start: int) -> Iterator[Item]:
    last = 0
    for begin, inner, stop, end in between(raw, "<!--", "-->"):
        yield from spans(raw[last:begin], start + last)
        yield Comment(start + inner, raw[inner:stop])
        last = end
    yield from spans(raw[last:], start + last)


def _table(text: str, start: int, end: int) -> Iterator[Item]:
    rows = []
    at = start
    for line in text[start:end].splitlines(keepends=True):
        if not re.fullmatch(r"[\s|:\-]+", line):
            rows.append(tuple(_cells(line.rstrip("\n"), at)))
        at += len(line)
    yield Grid(start, tuple(rows))


def _cells(line: str, at: int) -> Iterator[tuple[str, int]]:
    """Cells between bars that are neither escaped nor inside dollars."""
    begin, math, n = 0, False, 0
    body = line
    first = len(line) - len(line.lstrip())
    if body[first : first + 1] == "|":
        begin = n = first + 1
    while n < len(body):
        if body[n] == "\\":
            n += 1
        elif body[n] == "$":
            math = not math
        elif body[n] == "|" and not math:
            yield body[begin:n], at + begin
            begin = n + 1
        n += 1
    if body[begin:].strip():
        yield body[begin:], at + begin
