"""Options that several commands have, and the types of their values."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from symconv.model import Model

DTYPES = ("float32", "float64")
STYLES = ("loops", "unrolled")

DIGITS = re.compile(r"[0-9]{1,15}")
DECIMAL = re.compile(r"[0-9]{1,15}(\.[0-9]{0,15})?([eE]-?[0-9]{1,2})?")


def add_model(
    parser: argparse.ArgumentParser, *, metavar: str = "MODEL", extra: str = "", default: str = "slides"
) -> None:
    """The model, and the limit on its size."""
    what = f"a built-in model (default: {default}) or a file such as mine.toml{extra}"
    parser.add_argument("model", nargs="?", metavar=metavar, help=what)
    parser.add_argument(
        "--max-entries", type=count, metavar="N", help="the most entries that one tensor of the model may have"
    )


def add_weights(parser: argparse.ArgumentParser) -> None:
    """Numbers for the worked example."""
    parser.add_argument(
        "--weights", metavar="W.npz", help="numbers for the worked example: arrays by the tensors' names"
    )


def add_kernels(parser: argparse.ArgumentParser) -> None:
    """Which kernels: targets, styles and element types."""
    parser.add_argument("--target", metavar="TARGET", action="append", help="c, numpy or python; may be repeated")
    parser.add_argument("--style", choices=STYLES, action="append", help="default: loops; may be repeated")
    parser.add_argument("--dtype", choices=DTYPES, action="append", help="default: both; may be repeated")


def add_hvp(parser: argparse.ArgumentParser) -> None:
    """Second derivatives."""
    parser.add_argument(
        "--hvp", metavar="NAME", help="not the model but the Hessian of its error by this tensor, times a direction V"
    )


def model(arguments: argparse.Namespace) -> Model:
    """The model that the arguments name, or its Hessian-vector product."""
    from symconv import pipeline

    found = load(arguments)
    return pipeline.hessian_product(found, arguments.hvp).model if arguments.hvp else found


def load(arguments: argparse.Namespace) -> Model:
    """The model that the arguments name, with the weights that they name."""
    from symconv import pipeline

    return pipeline.load(arguments.model, **limits(arguments), weights=getattr(arguments, "weights", None))


def kernels(arguments: argparse.Namespace) -> dict[str, Any]:
    """The choice of kernels as arguments of the pipeline, as far as it was made."""
    return given(targets=arguments.target, styles=arguments.style, dtypes=arguments.dtype)


def limits(arguments: argparse.Namespace) -> dict[str, Any]:
    """The limit as an argument of ``load``, if one is given."""
    return given_values(max_entries=arguments.max_entries)


def count(text: str) -> int:
    """A positive number."""
    if not DIGITS.fullmatch(text) or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a positive integer")
    return int(text)


def whole(text: str) -> int:
    """A number from 0."""
    if not DIGITS.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a whole number from 0")
    return int(text)


def real(text: str) -> float:
    """A decimal number."""
    if not DECIMAL.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a number such as 0.05")
    return float(text)


def entry(text: str) -> tuple[int, ...]:
    """The place of an entry: ``0,1``."""
    parts = text.split(",")
    if not all(DIGITS.fullmatch(part.strip()) for part in parts):
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a place such as 0,1")
    return tuple(int(part) for part in parts)


def given_values(**options: object) -> dict[str, Any]:
    """The options that were given, 0 among them, for a function that has defaults for the others."""
    return {name: value for name, value in options.items() if value is not None}


def given(**options: object) -> dict[str, Any]:
    """The options that were given, for a function that has defaults for the others."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in options.items() if value}
