"""``symconv layers``: every layer with its forward equations, which are all that it states."""

from __future__ import annotations

import argparse

from symconv import console

HELP = "the layers with their equations"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("--format", choices=("text", "md"), default="text", help="md is a Markdown table")


def run(arguments: argparse.Namespace) -> int:
    """Print the layers."""
    from symconv import pipeline

    found = pipeline.layers()
    if arguments.format == "md":
        console.say("| type | class | equations |")
        console.say("| --- | --- | --- |")
        for layer in found:
            # A bar ends a cell; <br> is the only break that one may hold.
            lines = "<br>".join(f"`{q}`" for q in layer.equations).replace("|", "\\|")
            console.say(f"| `{layer.kind}` | `{layer.name}` | {lines} |")
        return 0
    for layer in found:
        console.say(f"{layer.kind} ({layer.name})")
        for q in layer.equations:
            console.say(f"    {q}")
    return 0
