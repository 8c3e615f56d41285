"""``symconv verify``: which formulas of a note are right, which are wrong, and what they should be."""

from __future__ import annotations

import argparse
from pathlib import Path

from symconv import console
from symconv.commands import options

HELP = "judge the formulas of notes: right, wrong (with the correction), conditional, undecidable, definition"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="Markdown, LaTeX, text, .ipynb or HTML")
    parser.add_argument("--model", metavar="MODEL", help="the model that the notes speak of: a built-in one or a file")
    parser.add_argument(
        "--declare", metavar="TEXT", default="", help='as "input=X 6x6, filter=W 3x3, output=O, loss=L"'
    )
    parser.add_argument("--format", choices=("text", "github", "md"), default="text", help="default: text")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    parser.add_argument("--fix", metavar="OUT", help="write a corrected copy (a folder for several files)")
    parser.add_argument(
        "--max-length", type=options.count, metavar="N", help="the longest formula that is read, in characters"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the report; 1 when something is wrong."""
    from symconv import paths, pipeline

    out = None if arguments.fix is None else (
        paths.check_file(arguments.fix) if len(arguments.files) == 1 else paths.check_folder(Path(arguments.fix))
    )
    found = pipeline.verify_files(
        arguments.files, model=arguments.model, declare=arguments.declare, fix=out,
        **options.given(max_length=arguments.max_length),
    )
    if arguments.json:
        console.say(found.json().rstrip("\n"))
    else:
        shape = {"text": found.text, "github": found.github, "md": found.markdown}[arguments.format]
        console.say(shape().rstrip("\n"))
    if out is not None:
        console.remark(f"corrected copy written to {paths.label(out)}")
    return 1 if found.wrong else 0
