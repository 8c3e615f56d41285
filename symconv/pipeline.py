"""The stages of each command on one page: load, derive, generate, prove, build."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symconv.backends.common.project import drift, kernel_files
from symconv.backends.common.registry import backend
from symconv.backends.common.variants import DTYPES, Variant, check_choices, check_style, variants
from symconv.derivation.backpropagate import Derivation, backpropagate
from symconv.errors import CompilerError, LimitError, PathError, UsageError, show
from symconv.kernels.single import single_spec
from symconv.layers.common.fragment import Layer
from symconv.model import MAX_ENTRIES, Model

if TYPE_CHECKING:
    from symconv.claims.judging.verdicts import Report as VerifyReport
    from symconv.claims.judging.verdicts import Statement as VerifyStatement
    from symconv.proofs.report import Report
    from symconv.proofs.run import Progress
    from symconv.proofs.sweep import Sweep


def load(
    source: str | Path | None = None, *, max_entries: int = MAX_ENTRIES, weights: str | Path | None = None
) -> Model:
    """A built-in model by name (``slides`` by default), or the model in a TOML file.

    ``weights`` is an ``.npz`` file of numbers for its parameters and inputs, in place of what the model states.
    """
    from symconv.importers.builtin import load as load_model

    model = load_model(source, max_entries=max_entries)
    if weights is None:
        return model
    from symconv.importers.weights import read_weights

    given = {name: tuple(array.ravel().tolist()) for name, array in read_weights(weights, model).items()}
    return replace(model, values={**model.values, **given})


def equation(
    text: str, shapes: Mapping[str, Sequence[int]] | None = None, *, max_entries: int = MAX_ENTRIES
) -> tuple[Model, tuple[tuple[str, int], ...]]:
    """Equations as a model of their own, with an arbitrary error behind the result, and the extents chosen for them."""
    from symconv.importers.equation import read_equation

    return read_equation(text, shapes or {}, max_entries=max_entries)


def derive(model: Model | str | Path | None = None) -> Derivation:
    """The gradients of a model's error by every parameter and activation.

    >>> derive("slides").expression("F", (0, 1)).args[0]
    A[0, 0, 0, 1]*dC[0, 0, 0, 0]
    """
    return backpropagate(_model(model))


def hessian_product(model: Model | str | Path | None = None, name: str = "") -> Derivation:
    """The Hessian of the error by one parameter (or the input) times a direction V, derived as everything else is.

    >>> hessian_product("slides", "W").gradient("W").equation.target.name
    'dW'
    """
    from symconv.derivation.second import hessian_product as product

    return product(derive(model), name)


def _model(model: Model | str | Path | None) -> Model:
    return model if isinstance(model, Model) else load(model)


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
    from symconv.derivation.example import example
    from symconv.documents.compose.article import article
    from symconv.documents.registry import formats, render
    from symconv.documents.tex import compile_pdf
    from symconv.errata import corrections
    from symconv.paths import write_file

    chosen = {"tex": "latex"}.get(format, format)
    known = sorted({"pdf", "tex", *formats()} - {"latex"})
    if format not in known:
        raise UsageError("derive", f"format {show(format)} does not exist", f"choose one of {', '.join(known)}")
    derivation = derive(model)
    remarks = () if wrt else corrections(derivation)
    document = article(derivation, wrt=wrt, form=form, full=full, values=example(derivation), corrections=remarks)
    if format != "pdf":
        text = render(document, chosen)
        return text if out is None else write_file(out, text)
    result = compile_pdf(render(document, "latex"))
    if result.pdf is None:
        raise CompilerError("TeX", result.reason, "install TeX Live, or use --format tex")
    return write_file(out or Path(f"{model.name}.pdf"), result.pdf)


def kernel(
    layer: Layer,
    input: Sequence[int] | Sequence[Sequence[int]],
    gradient: str | None = None,
    *,
    dtype: str = "float32",
    target: str = "c",
    style: str = "loops",
    max_entries: int = MAX_ENTRIES,
) -> Any:
    """A callable kernel of one layer: its forward pass, or its gradient by ``input``, ``weight``, ``bias`` …

    ``input`` is the shape (N, C, H, W), or the shapes of several inputs. The forward pass of a maximum returns values
    and argmax, which its gradient takes. Without a C compiler the numpy target serves; the kernel's ``note`` and a
    warning say so.

    >>> from symconv import Conv2d
    >>> kernel(Conv2d(1, 1, 3), (1, 1, 6, 6), "weight", target="numpy").arguments
    ('A[b,c,u,v]: 1 x 1 x 6 x 6 float32', 'dC[b,o,k,l]: 1 x 1 x 4 x 4 float32')

    Raises SizeError, UsageError, LimitError or CompilerError.
    """
    from symconv.backends.common.compiler import available
    from symconv.backends.common.kernel import Kernel

    if not isinstance(layer, Layer):
        raise UsageError("kernel", f"{show(layer)} is not a layer", "give one, as symconv.Conv2d(3, 8, 3)")
    check_choices((target,), (style,), (dtype,))
    spec = single_spec(layer, input, gradient, max_entries=max_entries)
    note = ""
    if target == "c" and not available():
        import warnings

        target, style = "numpy", "loops"
        note = "no C compiler answers: the numpy target serves instead"
        warnings.warn(note, RuntimeWarning, stacklevel=2)
    check_style(target, style)
    command = f"symconv.kernel(symconv.{layer!r}, {tuple(input)}, {gradient!r}, dtype={dtype!r}, target={target!r})"
    text = Variant(spec, target, style, dtype).source(command)
    return Kernel(spec, target, style, dtype, text, backend(target).load(text, spec, dtype, style), note)


@dataclass(frozen=True)
class LayerSummary:
    """One kind of layer: its name in TOML, its class, its forward equations for general sizes as text."""

    kind: str
    name: str
    equations: tuple[str, ...]


def layers() -> tuple[LayerSummary, ...]:
    """Every layer with its equations, by name."""
    from symconv.importers.layer import sample
    from symconv.layers.common.registry import kinds, layer_class
    from symconv.notation.printing.printer import text

    return tuple(
        LayerSummary(kind, layer_class(kind).__name__, tuple(text.equation(q) for q in sample(kind).equations))
        for kind in kinds()
    )


@dataclass(frozen=True)
class GenerateResult:
    """The files generated, by name relative to the folder, and with ``check`` how the folder differs."""

    files: tuple[str, ...]
    diff: str = ""


def generate(
    model: Model | str | Path | None = None,
    *,
    layers: Sequence[str] = (),
    targets: Sequence[str] = (),
    styles: Sequence[str] = ("loops",),
    dtypes: Sequence[str] = DTYPES,
    out: Path | None = None,
    check: bool = False,
) -> GenerateResult:
    """Write the kernels of a model, or with ``check`` compare them with what is in the folder."""
    from symconv.paths import check_folder, label, write_files

    model = _model(model)
    folder = check_folder(out or Path(f"symconv-{model.name}"))
    if check and not folder.is_dir():
        raise PathError(label(folder), "there is no such folder", "generate it first, or name another with --out")
    files = kernel_files(model, variants(model, layers=layers, wanted=targets, styles=styles, dtypes=dtypes))
    if check:
        everything = not layers and not targets and tuple(styles) == ("loops",) and tuple(dtypes) == DTYPES
        return GenerateResult(tuple(files), drift(files, folder, whole=everything))
    write_files(folder, files)
    return GenerateResult(tuple(files))


def prove(
    model: Model | str | Path | None = None,
    *,
    targets: Sequence[str] = (),
    styles: Sequence[str] = ("loops",),
    dtypes: Sequence[str] = DTYPES,
    layers: Sequence[str] = (),
    folder: Path | None = None,
    write: Path | None = None,
    exhaustive: bool = False,
    progress: Progress | None = None,
    seed: int = 1,
) -> Report:
    """Every kernel proved to compute the derived formula, and run against the reference.

    With ``folder`` the source texts are those that lie there, as they are; with ``write`` report.json goes there.
    """
    from symconv.proofs.files import REPORT, report_text, texts_of
    from symconv.proofs.run import check_variants

    model = _model(model)
    chosen = variants(model, layers=layers, wanted=targets, styles=styles, dtypes=dtypes)
    texts = texts_of(model, chosen, folder)
    report = check_variants(model, chosen, progress, seed, texts=texts, exhaustive=exhaustive)
    if write is not None:
        from symconv.paths import write_files

        write_files(write, {REPORT: report_text(model, chosen, report)})
    return report


def sweep(count: int, seed: int = 1, *, jobs: int | None = None, progress: Progress | None = None) -> Sweep:
    """At least ``count`` kernels of random layers of every kind, each proved; spread over the cores."""
    from symconv.proofs.sweep import sweep as run

    return run(count, seed, jobs=jobs, progress=progress)


def check_steps(model: Model, seed: int = 1) -> tuple[int, int]:
    """Evaluate every distinct step of the derivation before and after, for general sizes, at three random ones.

    Returns how many hold and how many have sizes of their own that are too large for that; raises AssertionError for
    one that does not hold, which would be a fault of ours.
    """
    from symconv.derivation.check import verdict

    contributions = [c for g in derive(model).gradients.values() for c in g.contributions]
    steps = list(dict.fromkeys(s for c in contributions for s in c.layer.all_steps))
    large = 0
    for step in steps:
        try:
            held = verdict(step, seed) is not False  # what nothing can show is 0 on both sides
        except LimitError:
            large += 1
            continue
        assert held, f"the step {step.rule} to {step.after.target.name} does not hold"
    return len(steps) - large, large


def outputs(model: Model) -> dict[str, str]:
    """Every text that ``build`` writes, by relative name: the derivation, the kernels, the manifest."""
    files = {"derivation.tex": str(derive_document(model, format="tex"))}
    return files | kernel_files(model, variants(model))


def build(
    model: Model | str | Path | None = None, *, out: Path | None = None, progress: Progress | None = None
) -> Report:
    """The main job: derivation (PDF where there is a TeX engine), kernels, and a check of each of them."""
    from symconv.documents.tex import compile_pdf
    from symconv.paths import check_folder, check_writable, write_files
    from symconv.proofs.files import REPORT, report_text
    from symconv.proofs.run import check_variants

    model = _model(model)
    folder = check_folder(out or Path(f"symconv-{model.name}"))
    check_writable(folder)
    if progress is not None:
        progress(0, 1, "deriving")
    steps, large = check_steps(model)
    files: dict[str, str | bytes] = dict(outputs(model))
    chosen = variants(model)
    report = check_variants(model, chosen, progress)
    files[REPORT] = report_text(model, chosen, report)
    notes = [f"{steps} steps of the derivation hold at three random sizes each", *report.notes]
    if large:
        notes.insert(1, f"{large} steps have sizes that are too large to be evaluated in full")
    result = compile_pdf(str(files["derivation.tex"]))
    if result.pdf is None:
        notes.append(f"{result.reason}: derivation.tex is written, derivation.pdf is left out")
    else:
        files["derivation.pdf"] = result.pdf
    write_files(folder, files)
    documents = tuple(str(folder / name) for name in ("derivation.tex", "derivation.pdf") if name in files)
    return replace(report, documents=documents, notes=tuple(notes))


# ------------------------------------------------------------------ other people's formulas


def verify(
    text: str,
    *,
    name: str = "note",
    format: str = "markdown",
    model: Model | str | Path | None = None,
    declare: str = "",
    **limits: int,
) -> VerifyReport:
    """The verdict on every formula of a note. ``format`` is markdown, latex, text, notebook or html.

    >>> verify("$y = w x + b$ and $\\\\frac{\\\\partial y}{\\\\partial w} = b$").statements[1].verdict
    'wrong'
    """
    from symconv.claims.verify import report, verify_text

    known = None if model is None else _model(model)
    return report((verify_text(text, name=name, format=format, model=known, declare=declare, **limits),))


def check(formula: str, model: Model | str | Path | None = None, *, declare: str = "") -> VerifyStatement:
    """The verdict on one formula, for a model or for what is declared.

    >>> check(r"\\frac{\\partial E}{\\partial W} = \\frac{\\partial E}{\\partial Z} X^T", "slides").verdict
    'right'
    """
    from symconv.claims.verify import check_statement

    return check_statement(formula, model=None if model is None else _model(model), declare=declare)


def verify_files(
    files: Sequence[str], *, model: str | None = None, declare: str = "", fix: Path | None = None, **limits: int
) -> VerifyReport:
    """The report on some files; with ``fix`` a corrected copy of each is written (in a folder, for several files)."""
    from symconv.claims.fix import corrected
    from symconv.claims.source.read import MAX_BYTES, format_of
    from symconv.claims.verify import report, verify_text
    from symconv.paths import check_copies, label, marked, read_text, write_file, write_files

    known = None if model is None else _model(model)
    if fix is not None:
        check_copies(fix, files, "--fix")
    texts = {name: (read_text(name, limit=MAX_BYTES), format_of(name)) for name in files}
    found = [
        verify_text(text, name=label(name), format=form, model=known, declare=declare, **limits)
        for name, (text, form) in texts.items()
    ]
    if fix is not None:
        copies: dict[str, str | bytes] = {
            Path(name).name: b"\xef\xbb\xbf" * marked(name) + corrected(text, form, f).encode()
            for (name, (text, form)), f in zip(texts.items(), found, strict=True)
        }
        if len(files) == 1:
            write_file(fix, copies[Path(files[0]).name], "--fix")
        else:
            write_files(fix, copies, "--fix")
    return report(found)
