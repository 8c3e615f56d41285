"""A TOML document as plain tables: parsed within limits, every key checked, every refusal with its place."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Any

from symconv.errors import LimitError, ModelError, SymconvError, show

MAX_BYTES = 2**20
"""The longest TOML text that is read."""

MAX_DEPTH = 10
"""The deepest nesting of tables and lists: an array of five axes and the tables around it."""

MAX_PARTS = 16
"""The most parts of a dotted key; the time and memory that TOML's parser takes grow with the square of them."""

_TOKEN = re.compile(
    r"""
      (?P<skip> \#[^\n]* | \"{3}.*?(?:\"{3}|\Z) | '{3}.*?(?:'{3}|\Z) )
    | (?P<part> [A-Za-z0-9_-]+ | "(?:[^"\\\n]|\\.)*+"? | '[^'\n]*'? )
    | (?P<dot> [ \t]*\.[ \t]* )
    | (?P<other> . )
    """,
    re.VERBOSE | re.DOTALL,
)


def parse(text: str, where: str) -> dict[str, Any]:
    """The document; raises ModelError for what is not TOML, LimitError for what is too long, deep or dotted."""
    if len(text) > MAX_BYTES:
        raise LimitError(where, f"has more than {MAX_BYTES} bytes", "give a smaller file")
    if any(count > MAX_PARTS for count in _dotted(text)):
        raise LimitError(where, f"a dotted key has more than {MAX_PARTS} parts", "use tables")
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ModelError(where, f"is not TOML: {_plain(str(error))}", "correct that place") from None
    except RecursionError:
        raise LimitError(where, f"is nested deeper than {MAX_DEPTH} levels", "write it with fewer levels") from None
    except ValueError:
        raise LimitError(where, "a number has more digits than can be read", "write it with fewer digits") from None
    _check_depth(document, where, MAX_DEPTH)
    return document


def _dotted(text: str) -> Iterator[int]:
    """The number of parts of each dotted run outside of comments and long strings."""
    parts, after_dot = 0, False
    for token in _TOKEN.finditer(text):
        kind = token.lastgroup
        if kind == "part":
            parts, after_dot = (parts + 1 if after_dot else 1), False
        elif kind == "dot":
            after_dot = parts > 0
        else:
            yield parts
            parts, after_dot = 0, False
    yield parts


def _plain(message: str, limit: int = 200) -> str:
    """A message of the parser, which may quote the document, on one line of bounded length."""
    text = "".join(c if c.isprintable() else " " for c in message)
    return text if len(text) <= limit else f"{text[: limit - 60]}... {text[-50:]}"


def _check_depth(value: object, where: str, left: int) -> None:
    if not isinstance(value, dict | list):
        return
    if left == 0:
        raise LimitError(where, f"is nested deeper than {MAX_DEPTH} levels", "write it with fewer levels")
    for inner in value.values() if isinstance(value, dict) else value:
        _check_depth(inner, where, left - 1)


@contextmanager
def located(where: str) -> Iterator[None]:
    """Refusals from inside say ``where`` in place of what they said."""
    try:
        yield
    except SymconvError as error:
        raise type(error)(where, error.problem, error.remedy) from None


def check_keys(where: str, table: Mapping[str, Any], known: Iterable[str]) -> None:
    """Raises ModelError for the first key that is not known, with a similar one and the list."""
    names = tuple(known)
    for key in table:
        if key not in names:
            raise ModelError(where, f"key {show(key)} is unknown", suggest(key, names))


def suggest(name: str, known: Iterable[str]) -> str:
    """The remedy for a name that is unknown.

    >>> suggest("kernal_size", ("kernel_size", "stride"))
    'did you mean kernel_size? known are kernel_size, stride'
    """
    names = tuple(known)
    close = get_close_matches(name[:60], names, n=1)
    return (f"did you mean {close[0]}? " if close else "") + f"known are {', '.join(names)}"


def table_of(where: str, document: Mapping[str, Any], key: str) -> dict[str, Any]:
    """The table under a key; raises ModelError when it is missing or something else."""
    if key not in document:
        raise ModelError(where, f"[{key}] is missing", f"add a table [{key}]")
    value = document[key]
    if not isinstance(value, dict):
        raise ModelError(where, f"{key} is not a table", f"write [{key}] on a line of its own")
    return value


def required(where: str, table: Mapping[str, Any], key: str, example: str) -> Any:
    """The value under a key; raises ModelError when it is missing."""
    if key not in table:
        raise ModelError(where, f"{key} is missing", f"add it, as {key} = {example}")
    return table[key]
