"""The files of a model's kernels: each kernel, what stands beside it, manifest.json; and how files on disk differ."""

from __future__ import annotations

import difflib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from symconv import __version__
from symconv.backends.common.registry import backend
from symconv.backends.common.variants import Variant
from symconv.importers.builtin import builtin_names
from symconv.kernels.spec import KernelSpec
from symconv.model import Model
from symconv.notation.tensor import Tensor

What = tuple[KernelSpec, str, str]


def kernel_files(model: Model, chosen: Sequence[Variant]) -> dict[str, str]:
    """The text of every generated file by its relative name."""
    files: dict[str, str] = {}
    entries: list[dict[str, Any]] = []
    made: dict[str, list[tuple[What, str]]] = {}
    for v in chosen:
        name = file_name(model, v)
        files[name] = v.source(command(model, v))
        made.setdefault(v.target, []).append(((v.spec, v.style, v.dtype), name))
        entries.append(_entry(model, v, name))
    for target, pairs in made.items():
        companions = getattr(backend(target), "companions", None)
        if companions is not None:
            items = [(*what, name) for what, name in pairs]
            files |= {f"{target}/{name}": text for name, text in companions(model.name, items).items()}
    manifest = {"model": model.name, "symconv": __version__, "kernels": entries}
    if model.toml and model.origin not in builtin_names():
        manifest |= {"origin": model.origin, "toml": model.toml}
    if model.hvp:
        manifest |= {"origin": model.origin, "hvp": model.hvp}
    files["manifest.json"] = json.dumps(manifest, indent=1) + "\n"
    return files


def file_name(model: Model, v: Variant) -> str:
    """The file of a kernel, relative to the folder of its model."""
    return f"{v.target}/{v.function.removeprefix(model.name + '_')}{backend(v.target).SUFFIX}"


def command(model: Model, v: Variant) -> str:
    """The command that makes a kernel again; a model made in Python is named as the file that it would be."""
    source = model.origin or f"{model.name}.toml"
    source += f" --hvp {model.hvp}" if model.hvp else ""
    return f"symconv generate {source} --layer {v.spec.layer} --target {v.target} --style {v.style} --dtype {v.dtype}"


def _entry(model: Model, v: Variant, name: str) -> dict[str, Any]:
    def argument(tensor: Tensor) -> dict[str, Any]:
        kind = v.dtype if tensor.kind == "real" else "int32"
        return {"name": tensor.name, "shape": list(tensor.sizes), "dtype": kind}

    return {
        "file": name,
        "model": model.name,
        "layer": v.spec.layer,
        "quantity": v.spec.quantity,
        "kind": v.spec.kind,
        "target": v.target,
        "style": v.style,
        "dtype": v.dtype,
        "function": v.function,
        "arguments": [argument(t) for t in v.spec.inputs],
        "results": [argument(t) for t in v.spec.outputs],
    }


def drift(files: dict[str, str], folder: Path, *, whole: bool = False) -> str:
    """How files on disk differ from what they should be, as a unified diff; empty when they are the same.

    With ``whole`` the files are all that belong there, so that others in their folders differ too.
    """
    lines: list[str] = []
    for name, text in files.items():
        path = folder / name
        on_disk = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
        if on_disk != text:
            state = name if path.is_file() else f"{name} (missing)"
            old, new = on_disk.splitlines(keepends=True), text.splitlines(keepends=True)
            lines += difflib.unified_diff(old, new, f"on disk: {state}", f"generated: {name}")
    if whole:
        for place in sorted({Path(name).parent for name in files} - {Path()}):
            found = sorted(p.name for p in (folder / place).iterdir()) if (folder / place).is_dir() else []
            lines += [f"--- on disk: {place / f}\n+++ not generated\n" for f in found if str(place / f) not in files]
    return "".join(lines)
