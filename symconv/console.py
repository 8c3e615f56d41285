"""What a command shows: tables and JSON on stdout, progress on stderr; plain text when nobody watches."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import StringIO
from shutil import get_terminal_size

Progress = Callable[[int, int, str], None]
"""``(done, total, what)``: how far a command is, and what it does now."""

PLAIN_STEPS = 10
"""How many lines of progress a stream that is not a terminal gets."""

UNBROKEN = 10_000
"""The width of a line where no terminal breaks it."""


def say(text: str = "") -> None:
    """A line on stdout."""
    sys.stdout.write(text + "\n")


def remark(text: str) -> None:
    """A line on stderr."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def emit_json(value: object) -> None:
    """The value as JSON on stdout; a number that is not finite is an error of the caller."""
    say(json.dumps(value, indent=2, allow_nan=False, ensure_ascii=True))


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[str] = ()) -> None:
    """A table on stdout; columns named in ``right`` are flush right. Cells are text, never markup."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    watched = sys.stdout.isatty()
    # Into a string first: on a broken pipe rich would end the program with an exit code of its own.
    page = StringIO()
    width = get_terminal_size().columns if watched else UNBROKEN
    console = Console(file=page, width=width, force_terminal=watched, highlight=False, markup=False, emoji=False)
    shown = Table(box=SIMPLE_HEAD if watched else None, pad_edge=False, header_style="bold")
    for name in columns:
        shown.add_column(name, justify="right" if name in right else "left", overflow="fold")
    for row in rows:
        shown.add_row(*(Text(cell, style=_STYLES.get(cell.split(" ")[0], "")) for cell in row))
    console.print(shown)
    say("\n".join(line.rstrip() for line in page.getvalue().splitlines()))


_STYLES = {"PASSED": "green", "FAILED": "bold red", "SKIPPED": "yellow"}


@contextmanager
def progress() -> Iterator[Progress]:
    """A bar on stderr while the block runs; some lines where stderr is not a terminal."""
    if not sys.stderr.isatty():
        yield _lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}", markup=False))
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def advance(done: int, total: int, what: str) -> None:
            bar.update(task, completed=done, total=total, description=what)

        yield advance


def _lines() -> Progress:
    """Progress as plain lines, a few in all."""
    shown = -1

    def advance(done: int, total: int, what: str) -> None:
        nonlocal shown
        step = PLAIN_STEPS * done // max(total, 1)
        if step > shown:
            shown = step
            sys.stderr.write(f"{done}/{total} {what}\n")
            sys.stderr.flush()

    return advance
