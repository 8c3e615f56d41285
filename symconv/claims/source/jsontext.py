"""JSON text with places: where every string of a document stands, and which of its characters comes from where."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

Path = tuple[str | int, ...]

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]', re.DOTALL)
_PIECE = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.|[^\\]", re.DOTALL
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


@dataclass(frozen=True, slots=True)
class Text:
    """A string of a document: where it is in it, what it says, and where each character begins; last where it ends."""

    path: Path
    value: str
    starts: tuple[int, ...]


def texts(raw: str, wanted: re.Pattern[str]) -> Iterator[Text]:
    """The strings, not the keys, of a valid JSON document whose path, with ``/`` between its parts, matches.

    >>> [(x.path, x.value, x.starts) for x in texts('{"a": ["b", "c"]}', re.compile("a/1"))]
    [(('a', 1), 'c', (13, 14))]
    """
    path: list[str | int] = []
    opened: list[str] = []
    key_next = False
    for token in _TOKEN.finditer(raw):
        mark = token[0]
        if mark in "{[":
            opened.append(mark)
            path.append("" if mark == "{" else 0)
            key_next = mark == "{"
        elif mark in "}]":
            opened.pop()
            path.pop()
        elif mark == ",":
            key_next = opened[-1] == "{"
            if not key_next:
                number = path[-1]
                assert isinstance(number, int)
                path[-1] = number + 1
        elif mark == ":":
            key_next = False
        elif key_next:
            path[-1] = _decoded(raw, token.start() + 1, token.end() - 1)[0]
        elif wanted.fullmatch("/".join(map(str, path))):
            yield Text(tuple(path), *_decoded(raw, token.start() + 1, token.end() - 1))


def _decoded(raw: str, start: int, end: int) -> tuple[str, tuple[int, ...]]:
    out: list[str] = []
    starts: list[int] = []
    for piece in _PIECE.finditer(raw, start, end):
        text = piece[0]
        if text[0] == "\\":
            code = text[1]
            if code == "u":
                text = json.loads(f'"{text}"')
            else:
                text = _ESCAPES.get(code, code)
        out.append(text)
        starts += [piece.start()] * len(text)
    return "".join(out), (*starts, end)
