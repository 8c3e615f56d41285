"""Markdown by markdown-it-py: blocks of mathematics, tables, comments, and running text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

from symconv.claims.source.fragment import Comment, Fragment, Grid, Heading, Item, line_starts
from symconv.claims.source.mathspans import spans

_COMMENT = re.compile(r"<!--(.*?)-->", re.DOTALL)
_MATHS = frozenset(("math", "latex", "tex", "katex"))


def read(text: str) -> Iterator[Item]:
    """The items of a Markdown text in their order; code is passed over."""
    starts = line_starts(text)
    parser = MarkdownIt("commonmark", {"html": True}).enable("table")
    parser.use(dollarmath_plugin, allow_labels=False, double_inline=True, allow_blank_lines=True)
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
            yield from _math(raw, start)
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
    return "".join(out)


def _math(raw: str, start: int) -> Iterator[Item]:
    first, last = raw.find("$$"), raw.rfind("$$")
    if first < last:
        yield Fragment("display", raw[first + 2 : last], start + first + 2)
        if raw[last + 2 :].strip():
            yield from spans(raw[last + 2 :], start + last + 2)


def _html(raw: str, start: int) -> Iterator[Item]:
    last = 0
    for match in _COMMENT.finditer(raw):
        if raw[last : match.start()].strip():
            yield from spans(_blank_tags(raw[last : match.start()]), start + last)
        yield Comment(start + match.start(1), match[1])
        last = match.end()
    if raw[last:].strip():
        yield from spans(_blank_tags(raw[last:]), start + last)


def _blank_tags(raw: str) -> str:
    return re.sub(r"</?[A-Za-z][^<>\n]{0,300}>", lambda m: " " * len(m[0]), raw)


def _running(raw: str, start: int) -> Iterator[Item]:
    last = 0
    for match in _COMMENT.finditer(raw):
        yield from spans(raw[last : match.start()], start + last)
        yield Comment(start + match.start(1), match[1])
        last = match.end()
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
