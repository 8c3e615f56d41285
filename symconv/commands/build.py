"""``symconv build``: derivation, kernels, checks and a summary of one model."""

from __future__ import annotations

import argparse
from pathlib import Path

from symconv import console
from symconv.commands import options

HELP = "derive a model, print its derivation, generate its kernels and check them"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    options.add_model(parser)
    options.add_hvp(parser)
    options.add_weights(parser)
    parser.add_argument("--out", metavar="DIR", help="the folder to write to (default: symconv-<model>)")
    parser.add_argument("--json", action="store_true", help="the report as JSON on stdout")


def run(arguments: argparse.Namespace) -> int:
    """Exit code 1 when a check fails."""
    from symconv import paths

    given = None if arguments.out is None else paths.check_folder(arguments.out)
    from symconv import pipeline
    from symconv.commands import report as shown

    model = options.model(arguments)
    out = paths.check_folder(Path(f"symconv-{model.name}") if given is None else given)
    with console.progress() as progress:
        report = pipeline.build(model, out=out, progress=progress)
    if arguments.json:
        console.emit_json(shown.as_dict(report))
    else:
        shown.show(report)
        for document in report.documents:
            console.say(f"document: {document}")
        console.say(f"written to {paths.label(out)}")
    return 0 if report.ok else 1
