"""``symconv bench``: measurements; each is a module of ``symconv.benchmarks``, found by its file."""

from __future__ import annotations

import argparse
from importlib import import_module
from pkgutil import iter_modules

HELP = "measure how long things take"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """A sub-command a benchmark."""
    benchmarks = parser.add_subparsers(title="benchmarks", metavar="BENCHMARK", dest="benchmark", required=True)
    folder = import_module("symconv.benchmarks").__path__
    for name in sorted(m.name for m in iter_modules(folder) if not m.name.startswith("_")):
        module = import_module(f"symconv.benchmarks.{name}")
        sub = benchmarks.add_parser(name, help=module.HELP, description=module.HELP, allow_abbrev=False)
        module.add_arguments(sub)
        sub.set_defaults(measure=module.run)


def run(arguments: argparse.Namespace) -> int:
    """The exit code of the benchmark."""
    code: int = arguments.measure(arguments)
    return code
