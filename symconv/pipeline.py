"""The stages of each command on one page: load, derive, generate, prove, build."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from symconv.backends.common.registry import backend, targets
from symconv.derivation.backpropagate import Derivation, backpropagate
from symconv.errors import CompilerError, LimitError, UsageError, show
from symconv.kernels.single import single_spec
from symconv.kernels.spec import KernelSpec, model_specs
from symconv.layers.common.fragment import Layer
from symconv.model import MAX_ENTRIES, Model
from symconv.proofs.report import Check, Report

DTYPES = ("float32", "float64")
Progress = Callable[[int, int, str], None]


def load(source: str | Path | None = None, *, max_entries: int = MAX_ENTRIES) -> Model:
    """A built-in model by name (``slides`` by default), or the model in a TOML file."""
    from symconv.importers.builtin import load as load_model

    return load_model(source, max_entries=max_entries)


def derive(model: Model | str | Path | None = None) -> Derivation:
    """The gradients of a model's error by every parameter and activation.

    >>> derive("slides").expression("F", (0, 1)).args[0]
    A[0, 0, 0, 1]*dC[0, 0, 0, 0]
    """
    return backpropagate(model if isinstance(model, Model) else load(model))


# ------------------------------------------------------------------------------------------- documents


def derive_document(
    model: Model,
    *,
    wrt: Sequence[tuple[str, tuple[int, ...] | None]] = (),
    form: str = "both",
    full: bool = False,
    format: str = "text",
    out: Path | None = None,
) -> str | Path:
    """The derivation as ``text`` or ``tex``, or as a ``pdf`` file; returns the text, or the path written."""
    from symconv.documents.compose.article import article
    from symconv.documents.registry import check_format, render
    from symconv.documents.tex import compile_pdf
    from symconv.paths import write_file

    chosen = {"tex": "latex"}.get(format, format)
    if format != "pdf":
        check_format(chosen)
    derivation = derive(model)
    extras = {} if wrt else _worked(derivation)
    document = article(derivation, wrt=wrt, form=form, full=full, **extras)
    if format != "pdf":
        text = render(document, chosen)
        return text if out is None else write_file(out, text)
    result = compile_pdf(render(document, "latex"))
    if result.pdf is None:
        raise CompilerError("TeX", result.reason, "install TeX Live, or use --format tex")
    return write_file(out or Path(f"{model.name}.pdf"), result.pdf)


def _worked(derivation: Derivation) -> dict[str, Any]:
    """The numbers of the worked example, and what was found in the slides where the model is theirs."""
    from symconv.derivation.example import example
    from symconv.errata import corrections

    return {"values": example(derivation), "corrections": corrections(derivation)}


# --------------------------------------------------------------------------------------------- kernels


@dataclass(frozen=True)
class GenerateResult:
    """The files generated, by name relative to the folder, and with ``check`` how the folder differs."""

    files: tuple[str, ...]
    diff: str = ""


def kernel(
    layer: Layer,
    input: Sequence[int],
    gradient: str | None = None,
    *,
    dtype: str = "float32",
    target: str = "c",
    style: str = "loops",
    max_entries: int = MAX_ENTRIES,
) -> Any:
    """A callable kernel of one layer: its forward pass, or its gradient by ``input``, ``weight``, ``bias`` …

    ``input`` is the shape (N, C, H, W). The forward pass of a maximum returns values and argmax, which its gradient
    takes. Without a C compiler the numpy target serves; the kernel's ``note`` and a warning say so.

    >>> from symconv import Conv2d
    >>> kernel(Conv2d(1, 1, 3), (1, 1, 6, 6), "weight", target="numpy").arguments
    ('A[b,c,u,v]: 1 x 1 x 6 x 6 float32', 'dC[b,o,k,l]: 1 x 1 x 4 x 4 float32')

    Raises SizeError, UsageError, LimitError or CompilerError.
    """
    from symconv.backends.common.compiler import available
    from symconv.backends.common.kernel import Kernel

    _check_choices((target,), (style,), (dtype,))
    spec = single_spec(layer, input, gradient, max_entries=max_entries)
    note = ""
    if target == "c" and not available():
        import warnings

        target, style = "numpy", "loops"
        note = "no C compiler answers: the numpy target serves instead"
        warnings.warn(note, RuntimeWarning, stacklevel=2)
    module = backend(target)
    _check_style(target, style)
    command = f"symconv.kernel(symconv.{layer!r}, {tuple(input)}, {gradient!r}, dtype={dtype!r}, target={target!r})"
    text = _source(spec, target, style, dtype, command)
    return Kernel(spec, target, style, dtype, text, module.load(text, spec, dtype, style), note)


def _source(spec: KernelSpec, target: str, style: str, dtype: str, command: str) -> str:
    from symconv.backends.common.header import header

    module = backend(target)
    made = dtype if dtype in module.DTYPES else module.DTYPES[-1]
    return module.source(spec, made, style, {"header": "\n".join(header(spec, made, command))})


def _check_choices(wanted: Iterable[str], styles: Iterable[str], dtypes: Iterable[str]) -> None:
    for target in wanted:
        backend(target)
    known = sorted({s for t in targets() for s in backend(t).STYLES})
    for style in styles:
        if style not in known:
            raise UsageError("style", f"{show(style)} does not exist", f"choose one of {', '.join(known)}")
    for dtype in dtypes:
        if dtype not in DTYPES:
            raise UsageError("dtype", f"{show(dtype)} does not exist", f"choose one of {', '.join(DTYPES)}")


def _check_style(target: str, style: str) -> None:
    styles = backend(target).STYLES
    if style not in styles:
        raise UsageError(f"target {target}", f"there is no style {show(style)}", f"choose one of {', '.join(styles)}")


@dataclass(frozen=True)
class Variant:
    """One kernel to be made: what, in which language, style and element type."""

    spec: KernelSpec
    target: str
    style: str
    dtype: str


def variants(
    model: Model,
    *,
    layers: Sequence[str] = (),
    wanted: Sequence[str] = (),
    styles: Sequence[str] = ("loops",),
    dtypes: Sequence[str] = DTYPES,
) -> tuple[Variant, ...]:
    """Every combination that exists, kernels in the model's order."""
    wanted = tuple(wanted) or targets()
    _check_choices(wanted, styles, dtypes)
    for name in layers:
        model.node(name)
    found = []
    for spec in model_specs(backpropagate(model)):
        if layers and spec.layer not in layers:
            continue
        for target in wanted:
            module = backend(target)
            for style in styles:
                if style not in module.STYLES:
                    if len(wanted) == 1:
                        _check_style(target, style)
                    continue
                own = [d for d in dtypes if d in module.DTYPES] or list(module.DTYPES)
                found += [Variant(spec, target, style, d) for d in own]
    return tuple(found)


def kernel_files(model: Model, chosen: Sequence[Variant], command: str | None = None) -> dict[str, str]:
    """The text of every generated file by its relative name: kernels, what stands beside them, manifest.json."""
    from symconv.backends.common.header import function_name

    files: dict[str, str] = {}
    entries: list[dict[str, Any]] = []
    made: dict[str, list[tuple[Variant, str]]] = {}
    source = command or _source_name(model)
    for v in chosen:
        function = function_name(v.spec, v.dtype, v.style)
        name = f"{v.target}/{function.removeprefix(model.name + '_')}{backend(v.target).SUFFIX}"
        line = f"symconv generate {source} --layer {v.spec.layer} --target {v.target}"
        line += f" --style {v.style} --dtype {v.dtype}"
        files[name] = _source(v.spec, v.target, v.style, v.dtype, line)
        made.setdefault(v.target, []).append((v, name))
        entries.append(
            {
                "file": name, "model": model.name, "layer": v.spec.layer, "quantity": v.spec.quantity,
                "kind": v.spec.kind, "target": v.target, "style": v.style, "dtype": v.dtype, "function": function,
                "arguments": [_argument(t, v.dtype) for t in v.spec.inputs],
                "results": [_argument(t, v.dtype) for t in v.spec.outputs],
            }
        )
    for target, pairs in made.items():
        companions = getattr(backend(target), "companions", None)
        if companions is not None:
            items = [(v.spec, v.style, v.dtype, name) for v, name in pairs]
            files |= {f"{target}/{name}": text for name, text in companions(model.name, items).items()}
    manifest = {"model": model.name, "symconv": _version(), "kernels": entries}
    files["manifest.json"] = json.dumps(manifest, indent=1) + "\n"
    return files


def _argument(tensor: Any, dtype: str) -> dict[str, Any]:
    kind = dtype if tensor.kind == "real" else "int32"
    return {"name": tensor.name, "shape": list(tensor.sizes), "dtype": kind}


def _version() -> str:
    from symconv import __version__

    return __version__


def _source_name(model: Model) -> str:
    """How a command names the model: a built-in one by its name, others as a file."""
    from symconv.importers.builtin import builtin_names

    return model.name if model.name in builtin_names() else f"{model.name}.toml"


def generate(
    model: Model,
    *,
    layers: Sequence[str] = (),
    targets: Sequence[str] = (),
    styles: Sequence[str] = ("loops",),
    dtypes: Sequence[str] = DTYPES,
    out: Path | None = None,
    check: bool = False,
) -> GenerateResult:
    """Write the kernels of a model, or with ``check`` compare them with what is in the folder."""
    from symconv.paths import write_files

    folder = out or Path(f"symconv-{model.name}")
    files = kernel_files(model, variants(model, layers=layers, wanted=targets, styles=styles, dtypes=dtypes))
    if check:
        everything = not layers and not targets and tuple(styles) == ("loops",) and tuple(dtypes) == DTYPES
        return GenerateResult(tuple(files), drift(files, folder, whole=everything))
    write_files(folder, files)
    return GenerateResult(tuple(files))


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


# ---------------------------------------------------------------------------------------------- checks


def prove(
    model: Model,
    *,
    targets: Sequence[str] = (),
    styles: Sequence[str] = ("loops",),
    dtypes: Sequence[str] = DTYPES,
    progress: Progress | None = None,
    seed: int = 1,
) -> Report:
    """Every kernel run on integers and held against the reference and the derived formula."""
    return check_variants(model, variants(model, wanted=targets, styles=styles, dtypes=dtypes), progress, seed)


def check_variants(model: Model, chosen: Sequence[Variant], progress: Progress | None = None, seed: int = 1) -> Report:
    """The checks of some kernels; those of a target that cannot run here are SKIPPED, with the reason."""
    from symconv.proofs.compare import check_kernel
    from symconv.proofs.oracle import Expected, expected

    functions, skipped, notes = _functions(chosen, _source_name(model))
    oracles: dict[str, Expected] = {}
    checks: list[Check] = []
    for n, (v, function) in enumerate(zip(chosen, functions, strict=True)):
        if progress is not None:
            progress(n, len(chosen), f"{v.spec.layer} {v.spec.quantity} {v.target} {v.dtype}")
        if function is None:
            what = (v.spec.layer, v.spec.quantity, v.target, v.style, v.dtype)
            checks.append(Check(*what, "SKIPPED", skipped[n], None, None, 0.0))
            continue
        if v.spec.name not in oracles:
            oracles[v.spec.name] = expected(v.spec, seed)
        checks.append(check_kernel(v.spec, v.target, v.style, v.dtype, function, oracles[v.spec.name]))
    if progress is not None:
        progress(len(chosen), len(chosen), "done")
    return Report(model.name, tuple(checks), notes=notes)


def _functions(chosen: Sequence[Variant], source: str) -> tuple[list[Any], dict[int, str], tuple[str, ...]]:
    """Each variant as a callable, those of one target built together; or why it could not be, and what to remark."""
    functions: list[Any] = [None] * len(chosen)
    skipped: dict[int, str] = {}
    notes: dict[str, None] = {}
    by_target: dict[str, list[tuple[int, str]]] = {}
    for n, v in enumerate(chosen):
        try:
            by_target.setdefault(v.target, []).append((n, _source(v.spec, v.target, v.style, v.dtype, source)))
        except LimitError as error:
            skipped[n] = str(error)
    for target, items in by_target.items():
        module = backend(target)
        many = getattr(module, "load_many", None)
        try:
            what = [(chosen[n].spec, chosen[n].dtype, chosen[n].style) for n, _ in items]
            if many is not None:
                loaded = many([text for _, text in items], what)
            else:
                loaded = [module.load(text, s, d, style) for (_, text), (s, d, style) in zip(items, what, strict=True)]
        except CompilerError as error:
            skipped |= {n: str(error) for n, _ in items}
            notes[f"the {target} kernels were not run: {error}"] = None
            continue
        for (n, _), function in zip(items, loaded, strict=True):
            functions[n] = function
    return functions, skipped, tuple(notes)


# ----------------------------------------------------------------------------------------------- build


def outputs(model: Model) -> dict[str, str]:
    """Every text that ``build`` writes, by relative name: the derivation, the kernels, the manifest."""
    files = {"derivation.tex": str(derive_document(model, format="tex"))}
    return files | kernel_files(model, variants(model))


def build(model: Model, *, out: Path | None = None, progress: Progress | None = None) -> Report:
    """The main job: derivation (PDF where there is a TeX engine), kernels, and a check of each of them."""
    from symconv.documents.tex import compile_pdf
    from symconv.paths import check_folder, write_files

    folder = check_folder(out or Path(f"symconv-{model.name}"))
    if progress is not None:
        progress(0, 1, "deriving")
    files: dict[str, str | bytes] = dict(outputs(model))
    report = check_variants(model, variants(model), progress)
    notes = list(report.notes)
    result = compile_pdf(str(files["derivation.tex"]))
    if result.pdf is None:
        notes.append(f"{result.reason}: derivation.tex is written, derivation.pdf is left out")
    else:
        files["derivation.pdf"] = result.pdf
    write_files(folder, files)
    documents = tuple(str(folder / name) for name in ("derivation.tex", "derivation.pdf") if name in files)
    return replace(report, documents=documents, notes=tuple(notes))
