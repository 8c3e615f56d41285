"""``symconv models``: the models that come with the package."""

from __future__ import annotations

import argparse

from symconv import console

HELP = "list the built-in models"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """There are none."""


def run(arguments: argparse.Namespace) -> int:  # noqa: ARG001
    """A row a model: its input, its layers, how many numbers it learns."""
    from symconv.importers.builtin import builtin_names, load

    rows = []
    for name in builtin_names():
        model = load(name)
        shape = " x ".join(map(str, model.input.sizes[1:]))
        learnt = sum(tensor.length for tensor in model.parameters)
        rows.append((name, shape, ", ".join(node.layer.kind for node in model.nodes), str(learnt)))
    console.table(("model", "input", "layers", "parameters"), rows, right=("parameters",))
    return 0
