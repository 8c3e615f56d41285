"""The command line: arguments to a command, a command's outcome to an exit code.

0 all is well, 1 a check failed or files differ, 2 the request cannot be met (one line on stderr says where, what
and the remedy; nothing has been written), 130 interrupted. Each command is a module of ``symconv.commands`` with
``HELP``, ``add_arguments(parser)`` and ``run(arguments) -> exit code``; it loads what is heavy when it runs.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

from symconv import __version__
from symconv.errors import SymconvError, UsageError

COMMANDS = ("build", "derive", "generate", "prove", "verify", "train", "bench", "models", "layers")

DESCRIPTION = "Derives backpropagation for convolutional networks, prints it, generates kernels and checks them."

OK, FAILED, REFUSED, INTERRUPTED, BROKEN_PIPE = 0, 1, 2, 130, 141


class Parser(argparse.ArgumentParser):
    """An argument parser that refuses as everything else here does: with one line."""

    def error(self, message: str) -> NoReturn:
        """Raises UsageError."""
        _, _, command = self.prog.partition(" ")
        raise UsageError(command or "arguments", message, f"see {self.prog} --help")


def parser() -> argparse.ArgumentParser:
    """The parser with every command."""
    top = Parser(prog="symconv", description=DESCRIPTION, allow_abbrev=False)
    top.add_argument("--version", action="version", version=f"symconv {__version__}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", dest="command", required=True)
    for name in COMMANDS:
        module = import_module(f"symconv.commands.{name}")
        sub = commands.add_parser(name, help=module.HELP, description=module.HELP, allow_abbrev=False)
        module.add_arguments(sub)
        sub.set_defaults(run=module.run)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal that cannot show a letter gets its escape
            stream.reconfigure(errors="backslashreplace")
    try:
        return _run(argv)
    except SymconvError as error:
        return _refuse(str(error))
    except KeyboardInterrupt:
        _refuse("interrupted")
        return INTERRUPTED
    except BrokenPipeError:  # whoever read our output has gone; what is left of it has no place to go
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except OSError as error:
        problem = error.strerror or str(error)
        return _refuse(f"{error.filename or 'output'}: {problem}; see that there is room and permission")


def _run(argv: Sequence[str] | None) -> int:
    try:
        arguments = parser().parse_args(argv)
    except SystemExit as done:  # --help and --version have been printed
        sys.stdout.flush()
        return int(done.code or 0)
    code: int = arguments.run(arguments)
    sys.stdout.flush()
    return code


def _refuse(message: str) -> int:
    """One line on stderr, whatever the message quotes."""
    line = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in message)
    sys.stderr.write(f"symconv: {line}\n")
    return REFUSED
