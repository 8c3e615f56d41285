"""``symconv generate``: kernels as source files, or whether those on disk are up to date."""

from __future__ import annotations

import argparse
from pathlib import Path

from symconv import console
from symconv.commands import options

HELP = "write the kernels of a model as source files, or compare them with what is on disk"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    options.add_model(parser)
    options.add_hvp(parser)
    parser.add_argument("--layer", metavar="NAME", action="append", help="only this layer; may be repeated")
    options.add_kernels(parser)
    parser.add_argument("--out", metavar="DIR", help="the folder to write to (default: symconv-<model>)")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 with a diff if files differ")


def run(arguments: argparse.Namespace) -> int:
    """Exit code 1 when ``--check`` finds a difference."""
    from symconv import paths

    given = None if arguments.out is None else paths.check_folder(arguments.out)
    from symconv import pipeline

    model = options.model(arguments)
    out = paths.check_folder(Path(f"symconv-{model.name}") if given is None else given)
    result = pipeline.generate(
        model,
        out=out,
        check=arguments.check,
        **options.given(layers=arguments.layer),
        **options.kernels(arguments),
    )
    if arguments.check:
        console.say(result.diff.rstrip("\n") if result.diff else f"{paths.label(out)} is up to date")
        return 1 if result.diff else 0
    for name in result.files:
        console.say(name)
    console.say(f"{len(result.files)} files written to {paths.label(out)}")
    return 0
