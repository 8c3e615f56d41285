"""``symconv derive``: the derivation of a model's gradients, whole or of one entry."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from symconv import console
from symconv.commands import options
from symconv.errors import UsageError

if TYPE_CHECKING:
    from symconv.model import Model

HELP = "print the derivation of the gradients; with --entry: where does this one number come from?"
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")

SUFFIXES = {".tex": "tex", ".pdf": "pdf", ".txt": "text"}


class _Wrt(argparse.Action):
    """``--wrt NAME`` opens a question, ``--entry 0,1`` narrows the last one."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[object] | None,
        option: str | None = None,
    ) -> None:
        wrt = list(namespace.wrt or ())
        if option == "--wrt":
            wrt.append((values, None))
        elif not wrt or wrt[-1][1] is not None:
            parser.error("argument --entry: it goes with the --wrt before it, one each")
        else:
            wrt[-1] = (wrt[-1][0], values)
        namespace.wrt = wrt


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    options.add_model(parser)
    options.add_weights(parser)
    parser.add_argument(
        "--equation", metavar="TEXT", help='not a model but equations, as "C[k] = sum(i) A[k+i]*F[i] where k < 4"'
    )
    parser.add_argument(
        "--shape", metavar="A=6,6", action="append", type=_shape,
        help="with --equation: the shape of a tensor; may be repeated",
    )
    parser.add_argument("--wrt", metavar="NAME", action=_Wrt, help="only the gradient by this tensor; may be repeated")
    parser.add_argument(
        "--entry", metavar="0,1", action=_Wrt, type=options.entry, dest="wrt", help="only this entry of the last --wrt"
    )
    parser.add_argument(
        "--hvp", action="store_true", help="with one --wrt: the Hessian by that tensor times a direction V"
    )
    parser.add_argument("--form", choices=("index", "expanded", "both"), default="both", help="default: both")
    parser.add_argument("--full", action="store_true", help="write long sums out instead of abridging them")
    parser.add_argument("--format", metavar="NAME", help="tex, pdf or text (default: by the name of --out, else text)")
    parser.add_argument("--out", metavar="FILE", help="the file to write (default: stdout; for pdf <model>.pdf)")


def run(arguments: argparse.Namespace) -> int:
    """Print the document, or say where it was written."""
    from symconv import paths

    out = None if arguments.out is None else paths.check_file(arguments.out)
    form = arguments.format or _format_of(out)
    from symconv import pipeline

    model, remark = _model(arguments)
    wrt = tuple(arguments.wrt or ())
    if arguments.hvp:
        if len(wrt) != 1:
            raise UsageError("derive", f"--hvp stands with {len(wrt)} --wrt", "name one tensor, as --wrt F --hvp")
        (name, at), = wrt
        model = pipeline.hessian_product(model, name).model
        wrt = () if at is None else wrt
    if form == "pdf" and out is None:
        out = paths.check_file(f"{model.name}.pdf")
    written = pipeline.derive_document(
        model, wrt=wrt, form=arguments.form, full=arguments.full, format=form, out=out
    )
    if remark:
        console.remark(remark)
    if isinstance(written, Path):
        console.say(f"written to {paths.label(written)}")
    else:
        console.say(written.rstrip("\n"))
    return 0


def _model(arguments: argparse.Namespace) -> tuple[Model, str]:
    """The model that is named, or the equations that are given, and what is to be said about them."""
    from symconv import pipeline

    limits = options.limits(arguments)
    if arguments.equation is None:
        if arguments.shape:
            raise UsageError("derive", "--shape stands without --equation", "give the equation, or leave it out")
        return options.load(arguments), ""
    if arguments.weights is not None:
        raise UsageError("derive", "--weights stands with --equation", "give a model, or leave it out")
    if arguments.model is not None:
        raise UsageError("derive", f"--equation stands with the model {arguments.model[:60]}", "give one of the two")
    shapes: dict[str, tuple[int, ...]] = {}
    for name, shape in arguments.shape or ():
        if name in shapes:
            raise UsageError("derive", f"--shape gives {name} twice", "give it once")
        shapes[name] = shape
    model, chosen = pipeline.equation(arguments.equation, shapes, **limits)
    sizes = ", ".join(f"{index} = {extent}" for index, extent in chosen)
    remark = f"chosen, since nothing decides how far they run: {sizes} (--shape or where does)"
    return model, remark if chosen else ""


def _shape(text: str) -> tuple[str, tuple[int, ...]]:
    """``A=6,6``; ``c=`` is a single number."""
    name, equals, sizes = text.partition("=")
    if not equals or not NAME.fullmatch(name):
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a shape such as A=6,6")
    return name, options.entry(sizes) if sizes else ()


def _format_of(out: Path | None) -> str:
    if out is None:
        return "text"
    if out.suffix not in SUFFIXES:
        raise UsageError("derive", f"--out {out.name} does not tell the format", "add --format tex, pdf or text")
    return SUFFIXES[out.suffix]
