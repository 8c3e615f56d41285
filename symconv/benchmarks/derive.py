"""``symconv bench derive``: the gradient of a convolution by its filter – derived, written out, printed, timed."""

from __future__ import annotations

import argparse
import os
import platform
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import product
from typing import TYPE_CHECKING, Any

from symconv import console
from symconv.errors import LimitError, SizeError

if TYPE_CHECKING:
    from symconv.derivation.backpropagate import Derivation
    from symconv.model import Model

HELP = "time the derivation, its printing and SymPy's own diff, by the size of a convolution"

Pair = tuple[int, int]

SIZES: tuple[tuple[Pair, Pair], ...] = (
    ((6, 6), (3, 3)),
    ((28, 28), (5, 5)),
    ((64, 64), (5, 5)),
    ((112, 112), (7, 7)),
    ((224, 224), (7, 7)),
)

MOST_TERMS = 4_000_000
"""The most products that are written out: they take about 300 bytes each."""

SAMPLED_TERMS = 20_000
"""How many terms the entries have that are made as SymPy expressions: every entry, or as many as fit, at least one."""

DIFF_TERMS = 2_000
"""The most terms for which SymPy's own diff is waited for: its time grows faster than their number."""

LONGEST_REPEAT, REPEATS = 1.0, 5


@dataclass(frozen=True, slots=True)
class Row:
    """One size: seconds of processor time, each the best of several runs.

    ``seconds`` derive the gradient and write out every entry, ``print_seconds`` print that as LaTeX,
    ``expression_seconds`` make SymPy expressions of entries with ``expression_terms`` terms in all, and
    ``sympy_seconds`` differentiate the written forward products with SymPy (None where that is not waited for).
    """

    input: Pair
    kernel_size: Pair
    terms: int
    seconds: float
    print_seconds: float
    expression_seconds: float
    expression_terms: int
    sympy_seconds: float | None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument(
        "--sizes", type=sizes, metavar="LIST", default=SIZES,
        help="input and filter sizes such as 28:5,30x20:5x3 (default: the five from 6:3 to 224:7)",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="the rows as JSON on stdout")


def sizes(text: str) -> tuple[tuple[Pair, Pair], ...]:
    """Pairs of input and filter size.

    >>> sizes("28:5,30x20:5x3")
    (((28, 28), (5, 5)), ((30, 20), (5, 3)))
    """
    found = []
    for part in text.split(","):
        match = re.fullmatch(r"([0-9]{1,6})(?:x([0-9]{1,6}))?:([0-9]{1,6})(?:x([0-9]{1,6}))?", part.strip())
        if not match:
            raise argparse.ArgumentTypeError(f"{part[:40]!r} is not a size such as 28:5 or 30x20:5x3")
        height, width, rows, columns = match.groups()
        found.append(((int(height), int(width or height)), (int(rows), int(columns or rows))))
    return tuple(found)


def run(arguments: argparse.Namespace) -> int:
    """Measure every size; print the rows."""
    for image, kernel in arguments.sizes:
        _check(image, kernel)
    rows = []
    with console.progress() as progress:
        for n, (image, kernel) in enumerate(arguments.sizes):
            progress(n, len(arguments.sizes), f"{_by(image)} with {_by(kernel)}")
            rows.append(measure(image, kernel))
        progress(len(rows), len(rows), "done")
    if arguments.json:
        console.emit_json({"rows": [asdict(row) for row in rows]})
    else:
        _show(rows)
    return 0


def count(image: Pair, kernel: Pair) -> int:
    """The products in all entries of the gradient.

    >>> count((28, 28), (5, 5))
    14400
    """
    (height, width), (rows, columns) = image, kernel
    return rows * columns * (height - rows + 1) * (width - columns + 1)


def _check(image: Pair, kernel: Pair) -> None:
    where = f"bench derive {_by(image)}:{_by(kernel)}"
    if min(*image, *kernel) < 1 or any(k > n for n, k in zip(image, kernel, strict=True)):
        raise SizeError(where, "the filter does not fit into the input", "give sizes from 1, the filter the smaller")
    if count(image, kernel) > MOST_TERMS:
        raise LimitError(where, f"has {count(image, kernel)} terms, the limit is {MOST_TERMS}", "give smaller sizes")


def model(image: Pair, kernel: Pair) -> Model:
    """One convolution of one channel: A by the filter F is C."""
    from symconv.layers.common.registry import layer_class
    from symconv.model import Wiring

    wiring = Wiring("bench", (1, 1, *image))
    conv: Any = layer_class("conv2d")
    wiring.add("C", conv(1, 1, kernel), names={"weight": "F"})
    wiring.add("E", layer_class("mse")())
    return wiring.finish()


def measure(image: Pair, kernel: Pair) -> Row:
    """The row of one size."""
    from symconv.derivation.backpropagate import backpropagate
    from symconv.notation.expand import expand
    from symconv.notation.written import terms

    wired = model(image, kernel)
    seconds, entries = _best(lambda: expand(backpropagate(wired).gradient("F").written))
    found = sum(len(terms(entry)) for entry in entries)
    print_seconds, _ = _best(partial(_print, entries))
    derivation = backpropagate(wired)
    places = list(product(range(kernel[0]), range(kernel[1])))
    sample = places[: max(1, SAMPLED_TERMS * len(places) // found)]
    expression_seconds, _ = _best(lambda: [derivation.expression("F", place) for place in sample])
    diff = _best(lambda: differentiate(derivation, places))[0] if found <= DIFF_TERMS else None
    share = found * len(sample) // len(places)
    return Row(image, kernel, found, seconds, print_seconds, expression_seconds, share, diff)


def _print(entries: Sequence[Any]) -> int:
    """The entries as LaTeX; how many characters that are."""
    from symconv.notation.printing.printer import latex

    return sum([len(latex.written(entry)) for entry in entries])


def differentiate(derivation: Derivation, places: Sequence[Pair]) -> list[Any]:
    """What a user of SymPy alone would do: write out the sum of dE/dC C, and differentiate it by each entry of F."""
    import sympy as sp

    from symconv.derivation.backpropagate import Entries
    from symconv.notation.evaluate import evaluate
    from symconv.notation.rings import SYMPY

    forward = derivation.model.node("C").equations[-1]
    read = {tensor.name: Entries(tensor) for tensor in forward.operands}
    upstream = Entries(derivation.gradient("C").tensor)
    outputs = evaluate(forward, read, SYMPY)
    products = [upstream[n] * term for n, output in enumerate(outputs) for term in sp.Add.make_args(output)]
    whole = sp.Add(*products)
    base = sp.IndexedBase("F")
    return [sp.diff(whole, sp.Indexed(base, 0, 0, *place)) for place in places]


def _best(action: Callable[[], Any]) -> tuple[float, Any]:
    """The least processor time of several runs (fewer of a long one), and the last outcome."""
    best, spent, outcome = float("inf"), 0.0, None
    for _ in range(REPEATS):
        del outcome
        began = time.process_time()
        outcome = action()
        took = time.process_time() - began
        best, spent = min(best, took), spent + took
        if spent > LONGEST_REPEAT:
            break
    return best, outcome


def _by(pair: Pair) -> str:
    return f"{pair[0]}x{pair[1]}"


def _show(rows: Sequence[Row]) -> None:
    import sympy

    versions = f"Python {platform.python_version()}, SymPy {sympy.__version__}"
    console.say(f"{platform.platform()}, {os.cpu_count()} processors, {versions}")
    console.say("processor time, the best of several runs; µs are for one term; of large sizes SymPy gets a sample")
    columns = ("input", "filter", "terms", "derive s", "µs", "print s", "µs", "SymPy entries s", "µs", "SymPy diff s")
    console.table(columns, [_cells(row) for row in rows], right=columns[2:])


def _cells(row: Row) -> tuple[str, ...]:
    def pair(seconds: float, terms: int) -> tuple[str, str]:
        return f"{seconds:.4f}", f"{seconds / terms * 1e6:.2f}"

    return (
        _by(row.input), _by(row.kernel_size), f"{row.terms:,}",
        *pair(row.seconds, row.terms),
        *pair(row.print_seconds, row.terms),
        *pair(row.expression_seconds, row.expression_terms),
        "-" if row.sympy_seconds is None else f"{row.sympy_seconds:.4f}",
    )  # fmt: skip
