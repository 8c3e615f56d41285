"""What sliding-window layers share: symbols and accesses for any spatial rank."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sympy as sp

from symconv.layers.common.fragment import Definition
from symconv.notation.guards import Range
from symconv.notation.index import Index, padding, size, symbol

INPUT_AXES = ("u", "v", "w")
KERNEL_AXES = ("i", "j", "h")


@dataclass(frozen=True)
class Window:
    """The access ``s*k + d*i - p`` on every spatial axis, with its guard ``0 <= access < n``, all sizes symbols."""

    input_sizes: tuple[sp.Symbol, ...]
    kernel: tuple[Index, ...]
    output: tuple[Index, ...]
    accesses: tuple[sp.Expr, ...]
    guards: tuple[Range, ...]
    stride: tuple[sp.Symbol, ...]
    dilation: tuple[sp.Symbol, ...]
    pad: tuple[sp.Symbol, ...]

    def sizes(
        self,
        spatial: Sequence[int],
        kernel: Sequence[int],
        output: Sequence[int],
        stride: Sequence[int],
        dilation: Sequence[int],
        pad: Sequence[tuple[int, int]],
    ) -> dict[sp.Symbol, int]:
        """The number of each symbol."""
        numbers: dict[sp.Symbol, int] = {}
        for symbols, values in (
            (self.input_sizes, spatial),
            ([i.extent for i in self.kernel], kernel),
            ([i.extent for i in self.output], output),
            (self.stride, stride),
            (self.dilation, dilation),
            (self.pad, [begin for begin, _ in pad]),
        ):
            numbers |= dict(zip(symbols, values, strict=True))
        return numbers


def window(rank: int, output_axes: Sequence[str], *, dilated: bool = True) -> Window:
    """The symbols of a sliding window of that rank; output indices are named as ``output_axes`` says."""
    inputs, kernels, outputs = INPUT_AXES[:rank], KERNEL_AXES[:rank], tuple(output_axes[:rank])
    stride = tuple(size(f"s_{n + 1}") for n in range(rank))
    dilation = tuple(size(f"d_{n + 1}") for n in range(rank)) if dilated else ()
    pad = tuple(padding(f"p_{n + 1}") for n in range(rank))
    input_sizes = tuple(size(f"n_{a}") for a in inputs)
    accesses = tuple(
        s * symbol(k) + d * symbol(i) - p
        for s, d, p, k, i in zip(stride, dilation or (1,) * rank, pad, outputs, kernels, strict=True)
    )
    guards = tuple(Range(a, sp.Integer(0), n) for a, n in zip(accesses, input_sizes, strict=True))
    return Window(
        input_sizes,
        tuple(Index(i, size(f"n_{i}")) for i in kernels),
        tuple(Index(k, size(f"n_{k}")) for k in outputs),
        accesses,
        guards,
        stride,
        dilation,
        pad,
    )


def output_sizes(w: Window, *, ceil_mode: bool = False) -> tuple[Definition, ...]:
    """How each output extent follows: ``n_k = floor((n_u + p_1 + p'_1 - d_1(n_i - 1) - 1)/s_1) + 1``.

    p' is the padding at the end. With ceil_mode the quotient is rounded up, and a last window that would begin behind
    the input is dropped: ``n_k = min(ceil(...), floor((n_u + p_1 - 1)/s_1)) + 1``. The floor is written here only:
    inside SymPy the extent is a symbol of its own.
    """
    found = []
    for n, k in enumerate(w.output):
        i, u, axis = KERNEL_AXES[n], INPUT_AXES[n], n + 1
        reach = rf"d_{{{axis}}}(n_{{{i}}} - 1) - 1" if w.dilation else rf"n_{{{i}}}"
        begun, step = rf"n_{{{u}}} + p_{{{axis}}}", rf"s_{{{axis}}}"
        every = rf"\frac{{{begun} + p'_{{{axis}}} - {reach}}}{{{step}}}"
        latex = rf"\left\lfloor {every} \right\rfloor + 1"
        over = f"(n_{u} + p_{axis} + p_{axis}' - {f'd_{axis}*(n_{i} - 1) - 1' if w.dilation else f'n_{i}'})/s_{axis}"
        text = f"floor({over}) + 1"
        if ceil_mode:
            inside = rf"\left\lfloor \frac{{{begun} - 1}}{{{step}}} \right\rfloor"
            latex = rf"\min\left(\left\lceil {every} \right\rceil, {inside}\right) + 1"
            text = f"min(ceil({over}), floor((n_{u} + p_{axis} - 1)/s_{axis})) + 1"
        found.append(Definition(k.extent, latex, text))
    return tuple(found)
