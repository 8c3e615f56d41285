"""recognise: an index form that is a well-known operation on whole tensors, said only after it has been evaluated.

Two shapes of a Term with one product of two entries are looked for:

* every subscript of one factor is an index, and some subscripts of the other mix an index of the target with an index
  of the sum: a cross-correlation (the two step in the same sense) or one with the kernel turned by 180 degrees;
* every subscript is an index and at most one is summed over: a product of matrices or vectors.

A match proposes literal operations – pad, spread, turn, slide, multiply – and these are carried out on random data
over GF(p) and compared with the equation; what does not agree is not recognised.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from symconv.notation.affine import affine, quotient
from symconv.notation.evaluate import evaluate
from symconv.notation.expand import count_terms
from symconv.notation.guards import is_data
from symconv.notation.index import Index
from symconv.notation.rings import GFP, P61
from symconv.notation.tensor import Tensor, base
from symconv.notation.term import Equation, Term

WHOLE = 20_000
"""Up to this many terms every entry is compared, beyond it the first, the last and ``SAMPLE`` others."""
SAMPLE = 24


@dataclass(frozen=True, slots=True)
class Slide:
    """One axis along which the kernel slides: which axis of each tensor it is, and what is done to them.

    The image gets ``spread - 1`` zeros between neighbours, then ``before`` and ``after`` zeros at its ends (negative:
    so many are left out); the kernel gets ``gap - 1`` zeros between neighbours; every ``step``-th place is kept.
    """

    target: int
    image: int
    kernel: int
    spread: int
    before: int
    after: int
    gap: int
    step: int


@dataclass(frozen=True, slots=True)
class Correlation:
    """``target[x] = sum_z image'[x + z] * kernel'[z]``, the valid cross-correlation of the prepared image and kernel.

    With ``turned`` the kernel is turned by 180 degrees first. The other axes are matched by index name (a subscript of
    ``*_at`` is empty along a slide), and ``summed`` are the indices among those that are summed over.
    """

    target: Tensor
    image: Tensor
    kernel: Tensor
    turned: bool
    slides: tuple[Slide, ...]
    target_at: tuple[str, ...]
    image_at: tuple[str, ...]
    kernel_at: tuple[str, ...]
    summed: tuple[Index, ...]

    @property
    def plain(self) -> bool:
        """Whether it is a valid cross-correlation of the tensors as they are."""
        return not self.turned and all(
            (s.spread, s.before, s.gap, s.step) == (1, 0, 1, 1) and s.after <= 0 for s in self.slides
        )

    @property
    def full(self) -> bool:
        """Whether every overlap counts: the image padded on each side by the kernel's reach, the kernel turned."""
        reach = [s.gap * (int(self.kernel.shape[s.kernel]) - 1) for s in self.slides]
        return self.turned and all(s.before == s.after == r for s, r in zip(self.slides, reach, strict=True))


@dataclass(frozen=True, slots=True)
class MatrixProduct:
    """``target = left * right``, either of them transposed; vectors are columns, and a row when transposed."""

    target: Tensor
    left: Tensor
    left_transposed: bool
    right: Tensor
    right_transposed: bool


Form = Correlation | MatrixProduct


@lru_cache(maxsize=1024)
def recognise(equation: Equation, *, seed: int = 0) -> Form | None:
    """The operation on whole tensors that the equation is, or None; sizes must be numbers.

    ``dF[i,j] = sum(k,l) dC[k,l] * A[i+k,j+l]`` is the valid cross-correlation of A with dC.
    """
    for form in _proposals(equation):
        if agrees(form, equation, seed=seed):
            return form
    return None


def recognise_terms(equation: Equation) -> tuple[Form, ...]:
    """What the terms of a sum are, each on its own: a convolution beside a bias."""
    if equation.reduction != "sum":
        return ()
    found = (recognise(replace(equation, terms=(t,))) for t in equation.terms)
    return tuple(f for f in found if f is not None)


def agrees(form: Form, equation: Equation, *, seed: int = 0) -> bool:
    """Whether the operation gives the equation's entries, by evaluating both over GF(p) on random data."""
    rng = random.Random(seed)
    data = {t.name: [rng.randrange(P61) for _ in range(t.length)] for t in equation.operands}
    arrays = {t.name: np.array(data[t.name], dtype=object).reshape(t.sizes) for t in equation.operands}
    places = list(np.ndindex(*equation.target.sizes))
    if count_terms(equation) <= WHOLE:
        expected = evaluate(equation, data, GFP)
    else:
        places = [places[0], places[-1], *(rng.choice(places) for _ in range(SAMPLE))]
        expected = [evaluate(equation, data, GFP, at=at)[0] for at in places]
    found = _correlate(form, arrays, places) if isinstance(form, Correlation) else _multiply(form, arrays, places)
    return all(int(x) % P61 == y for x, y in zip(found, expected, strict=True))


# ------------------------------------------------------------ proposals, read off the term


def _proposals(equation: Equation) -> Iterator[Form]:
    if equation.reduction != "sum" or len(equation.terms) != 1 or not equation.target.shape:
        return
    (term,) = equation.terms
    factors = sp.Mul.make_args(term.summand)
    if len(factors) != 2 or not all(isinstance(f, sp.Indexed) for f in factors):
        return
    if any(map(is_data, term.guards)) or not all(a.is_Symbol for a in term.at) or len(set(term.at)) != len(term.at):
        return
    order = {t.name: n for n, t in enumerate(equation.operands)}
    first, second = sorted(factors, key=lambda f: order[base(f)])
    for image, kernel in ((first, second), (second, first)):
        if (slides := _correlation(equation, term, image, kernel)) is not None:
            yield slides
    for left, right in ((first, second), (second, first)):
        if (matrices := _matrices(equation, term, left, right)) is not None:
            yield matrices


def _subscripts(tensor: Tensor, entry: sp.Indexed) -> tuple[sp.Expr, ...]:
    return tuple(entry.indices) if tensor.shape else ()


def _correlation(equation: Equation, term: Term, image: sp.Indexed, kernel: sp.Indexed) -> Correlation | None:
    picture, window = equation.operand(base(image)), equation.operand(base(kernel))
    taps, reads = _subscripts(window, kernel), _subscripts(picture, image)
    if not all(z.is_Symbol for z in taps) or len(set(taps)) != len(taps):
        return None
    bound = {i.symbol: int(i.extent) for i in term.bound}
    slides: list[Slide] = []
    senses: set[bool] = set()
    if any(term.extents[z] != n for z, n in zip(taps, window.shape, strict=True)):
        return None
    for axis, form in enumerate(reads):
        if form.is_Symbol:
            if term.extents[form] != picture.shape[axis]:
                return None
            continue
        numerator, divisor = quotient(form)
        coefficients, constant = affine(numerator, tuple(term.extents))
        free = [x for x in coefficients if x in term.at]
        summed = [z for z in coefficients if z in bound]
        if len(free) != 1 or len(summed) != 1 or len(coefficients) != 2 or summed[0] not in taps:
            return None
        (x,), (z,) = free, summed
        step, gap, shift, spread = int(coefficients[x]), int(coefficients[z]), int(constant), int(divisor)
        others = [*(r for n, r in enumerate(reads) if n != axis), *(t for t in taps if t != z)]
        if step < 1 or any(r.has(x) or r.has(z) for r in others):
            return None
        senses.add(gap > 0)
        reach = abs(gap) * (bound[z] - 1)
        length = spread * (int(picture.shape[axis]) - 1) + 1
        before = -shift if gap > 0 else reach - shift
        after = step * (int(term.extents[x]) - 1) + reach + 1 - length - before
        slides.append(Slide(term.at.index(x), axis, taps.index(z), spread, before, after, abs(gap), step))
    if not slides or len(senses) != 1:
        return None
    (same,) = senses
    if any(s.spread != 1 if same else s.step != 1 for s in slides):
        return None

    def names(forms: tuple[sp.Expr, ...], sliding: set[int]) -> tuple[str, ...]:
        return tuple("" if n in sliding else str(f) for n, f in enumerate(forms))

    sliding_taps = {taps[s.kernel] for s in slides}
    return Correlation(
        equation.target, picture, window, not same, tuple(slides),
        names(term.at, {s.target for s in slides}), names(reads, {s.image for s in slides}),
        names(taps, {s.kernel for s in slides}), tuple(i for i in term.bound if i.symbol not in sliding_taps),
    )


def _matrices(equation: Equation, term: Term, left: sp.Indexed, right: sp.Indexed) -> MatrixProduct | None:
    one, other = equation.operand(base(left)), equation.operand(base(right))
    a, b = _subscripts(one, left), _subscripts(other, right)
    bound = [i.symbol for i in term.bound]
    if term.guards or len(bound) > 1 or not all(s.is_Symbol for s in (*a, *b)):
        return None
    row, column = (*term.at, None)[:2]
    if len(term.at) > 2 or not 1 <= len(a) <= 2 or not 1 <= len(b) <= 2:
        return None
    rows = [row, *bound]
    columns = [*bound, *([column] if column is not None else [])]
    if set(a) != set(rows) or set(b) != set(columns) or len(a) != len(rows) or len(b) != len(columns):
        return None
    transposed = list(b) != columns if bound else True
    return MatrixProduct(equation.target, one, list(a) != rows, other, transposed)


# ------------------------------------------------------------ the literal operations


def prepared(form: Correlation, arrays: Mapping[str, NDArray[Any]]) -> tuple[NDArray[Any], NDArray[Any]]:
    """The image spread and padded with zeros, the kernel spread and turned; the entries may be of any type."""
    image, kernel = arrays[form.image.name], arrays[form.kernel.name]
    for s in form.slides:
        image = _padded(_spread(image, s.image, s.spread), s.image, s.before, s.after)
        kernel = _spread(kernel, s.kernel, s.gap)
        if form.turned:
            kernel = np.flip(kernel, s.kernel)
    return image, kernel


def _spread(array: NDArray[Any], axis: int, by: int) -> NDArray[Any]:
    shape = list(array.shape)
    shape[axis] = by * (shape[axis] - 1) + 1
    wide = np.zeros(shape, dtype=object)
    wide[tuple(slice(None, None, by if n == axis else 1) for n in range(array.ndim))] = array
    return wide


def _padded(array: NDArray[Any], axis: int, before: int, after: int) -> NDArray[Any]:
    cut = [slice(None)] * array.ndim
    cut[axis] = slice(max(0, -before), array.shape[axis] - max(0, -after))
    kept = array[tuple(cut)]
    shape = list(array.shape)
    shape[axis] += before + after
    wide = np.zeros(shape, dtype=object)
    cut[axis] = slice(max(0, before), max(0, before) + kept.shape[axis])
    wide[tuple(cut)] = kept
    return wide


def _correlate(
    form: Correlation, arrays: Mapping[str, NDArray[Any]], places: list[tuple[int, ...]]
) -> Iterator[int]:
    image, kernel = prepared(form, arrays)
    by_kernel = sorted(range(len(form.slides)), key=lambda n: form.slides[n].kernel)
    order = [by_kernel.index(n) for n in range(len(form.slides))]  # the kernel's sliding axes as the image has them
    spans = {s.image: (s.target, s.step, kernel.shape[s.kernel]) for s in form.slides}
    ranges = [range(int(i.extent)) for i in form.summed]
    for at in places:
        known = {name: n for name, n in zip(form.target_at, at, strict=True) if name}
        total = 0
        for extra in product(*ranges):
            value = known | {i.name: n for i, n in zip(form.summed, extra, strict=True)}
            where: list[Any] = []
            for axis, name in enumerate(form.image_at):
                if name:
                    where.append(value[name])
                else:
                    target, step, reach = spans[axis]
                    where.append(slice(step * at[target], step * at[target] + reach))
            window = image[tuple(where)]
            taps = kernel[tuple(value[name] if name else slice(None) for name in form.kernel_at)].transpose(order)
            total += int((window * taps).sum())
        yield total


def _multiply(
    form: MatrixProduct, arrays: Mapping[str, NDArray[Any]], places: list[tuple[int, ...]]
) -> Iterator[int]:
    def matrix(tensor: Tensor, transposed: bool) -> NDArray[Any]:
        array = arrays[tensor.name]
        column = array.reshape(-1, 1) if array.ndim == 1 else array
        return column.T if transposed else column

    left, right = matrix(form.left, form.left_transposed), matrix(form.right, form.right_transposed)
    for at in places:
        row, column = (*at, 0)[:2]
        yield int(left[row].dot(right[:, column]))
