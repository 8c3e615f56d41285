"""``symconv prove``: every kernel equal to its formula; of a folder the files as they lie there."""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from symconv import console
from symconv.commands import options
from symconv.errors import ModelError, PathError, UsageError

HELP = "check every kernel of a model, or of a folder that generate or build has written"

MANIFEST = "manifest.json"
LONGEST_MANIFEST = 2**24


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    options.add_model(parser, metavar="MODEL|DIR", extra=", or a folder with generated kernels")
    options.add_hvp(parser)
    options.add_kernels(parser)
    parser.add_argument(
        "--exhaustive", action="store_true", help="larger polynomials, and maxima in every order of their entries"
    )
    parser.add_argument("--report", action="store_true", help="write report.json into the folder")
    parser.add_argument(
        "--sweep", type=options.count, metavar="N", help="no model: prove at least N kernels of random layers"
    )
    parser.add_argument("--seed", type=options.count, default=1, metavar="S", help="which layers a sweep draws")
    parser.add_argument("--jobs", type=options.count, metavar="J", help="processes of a sweep (default: one a core)")
    parser.add_argument("--json", action="store_true", help="the report as JSON on stdout")


def run(arguments: argparse.Namespace) -> int:
    """Exit code 1 when a check fails, or when a folder's files are not what is generated today."""
    from symconv import pipeline
    from symconv.commands import report as shown

    if arguments.sweep is not None:
        return _sweep(arguments)
    folder = arguments.model if arguments.model and os.path.isdir(arguments.model) else None
    chosen: dict[str, Any] = {}
    if folder is None:
        model = options.model(arguments)
    else:
        model, chosen = _read_manifest(Path(folder), options.limits(arguments))
    diff = ""
    if folder is not None:
        diff = pipeline.generate(model, out=Path(folder), check=True, **chosen).diff
    with console.progress() as progress:
        report = pipeline.prove(
            model, **(chosen | options.kernels(arguments)), folder=None if folder is None else Path(folder),
            write=Path(folder) if folder is not None and arguments.report else None,
            exhaustive=arguments.exhaustive, progress=progress,
        )
    if arguments.json:
        console.emit_json({**shown.as_dict(report), "ok": report.ok and not diff})
    else:
        shown.show(report, proofs=True)
    if diff:
        sys.stderr.write(diff)
        sys.stderr.write(f"symconv: {folder}: files differ from what is generated; generate them again\n")
    return 0 if report.ok and not diff else 1


def _sweep(arguments: argparse.Namespace) -> int:
    """Exit code 1 when a kernel is not proved."""
    from symconv import pipeline
    from symconv.commands import report as shown

    if arguments.model is not None:
        raise UsageError("prove", "a sweep draws its own layers", "leave the model out")
    with console.progress() as progress:
        found = pipeline.sweep(arguments.sweep, arguments.seed, jobs=arguments.jobs, progress=progress)
    if arguments.json:
        console.emit_json(asdict(found) | {"ok": found.ok})
    else:
        shown.show_sweep(found)
    return 0 if found.ok else 1


def _read_manifest(folder: Path, limits: dict[str, Any]) -> tuple[Any, dict[str, tuple[str, ...]]]:
    """The model of a generated folder (the manifest holds its text, unless it is built in), and what was generated."""
    from symconv import paths, pipeline
    from symconv.importers.builtin import builtin_names
    from symconv.importers.toml import read_model

    if not os.path.isfile(folder / MANIFEST):
        raise PathError(paths.label(folder), f"has no {MANIFEST}", "name a folder that symconv has written, or a model")
    where = paths.label(folder / MANIFEST)
    try:
        manifest = json.loads(paths.read_text(folder / MANIFEST, limit=LONGEST_MANIFEST))
        kernels, text = manifest["kernels"], manifest.get("toml")
        origin, by = manifest.get("origin", ""), manifest.get("hvp")
        name = origin if by and text is None else manifest["model"]
        chosen = {
            option: tuple(dict.fromkeys(str(entry[key]) for entry in kernels))
            for option, key in (("layers", "layer"), ("targets", "target"), ("styles", "style"), ("dtypes", "dtype"))
        }
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ModelError(where, "is not a manifest of symconv", "generate the folder again") from None
    if isinstance(text, str):
        model = replace(read_model(text, where=where, **limits), origin=str(origin))
    elif name in builtin_names():
        model = pipeline.load(str(name), **limits)
    else:
        raise ModelError(where, f"the model {paths.label(str(name))} is not built in", "give its TOML file instead")
    return (pipeline.hessian_product(model, str(by)).model if by else model), chosen
