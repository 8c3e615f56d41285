"""``symconv train``: a model's parameters learn from data, with generated kernels; the work is in symconv.training."""

from __future__ import annotations

import argparse
from importlib import import_module

from symconv.commands import options

HELP = "train a model: every forward pass and every gradient a generated kernel"

DEFAULT = "digits"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    options.add_model(parser, default=DEFAULT)
    parser.add_argument(
        "--data", metavar="X.npz", help="samples: x of shape (n, *input), y of shape (n, *target); digits has its own"
    )
    parser.add_argument("--epochs", type=options.count, metavar="N", help="passes over the data (default: 20)")
    parser.add_argument("--seed", type=options.whole, metavar="S", help="of all random numbers (default: 0)")
    parser.add_argument("--lr", type=options.real, metavar="RATE", help="learning rate (default: 0.05)")
    parser.add_argument("--momentum", type=options.real, metavar="M", help="of SGD (default: 0.9)")
    parser.add_argument("--schedule", metavar="NAME", help="of the learning rate: cosine (default) or constant")
    parser.add_argument("--init", metavar="NAME", help="he (default), he-uniform, xavier or xavier-normal")
    parser.add_argument("--weights", metavar="W.npz", help="start from these arrays, by the tensors' names")
    parser.add_argument("--target", metavar="TARGET", help="of the kernels: c (default) or numpy")
    parser.add_argument("--save", metavar="W.npz", help="write the parameters learnt")
    parser.add_argument("--plot", metavar="FILE", help="draw losses, filters and confusion matrix: .png, .svg or .pdf")
    parser.add_argument("--json", action="store_true", help="the result as JSON on stdout")


def run(arguments: argparse.Namespace) -> int:
    """Exit code 1 when the loss stops being a number."""
    settings = options.given_values(
        epochs=arguments.epochs, seed=arguments.seed, lr=arguments.lr, momentum=arguments.momentum,
        schedule=arguments.schedule, init=arguments.init,
    )  # fmt: skip
    code: int = import_module("symconv.training.command").run(
        settings,
        source=arguments.model or DEFAULT,
        limits=options.limits(arguments),
        data_file=arguments.data,
        weights_file=arguments.weights,
        target=arguments.target or "c",
        save_to=arguments.save,
        plot_to=arguments.plot,
        json=arguments.json,
    )
    return code
