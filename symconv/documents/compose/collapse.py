"""What an expanded sum collapses to: the recognised operation, said in words, as a formula and as a picture."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from symconv.derivation.recognise import Correlation, Form, MatrixProduct, Slide, prepared
from symconv.documents.compose.grids import COLUMNS, ROWS, ZERO, grid, small, symbols
from symconv.documents.compose.write import EQUALS, entry, join, name, statement
from symconv.documents.nodes import Figure, Formula, Grid, Node, Part, Prose
from symconv.notation.printing.printer import latex, text
from symconv.notation.tensor import Tensor

OPEN, CLOSE, COMMA = Formula(r"\bigl(", "("), Formula(r"\bigr)", ")"), Formula(r",\; ", ", ")
CONVOLUTION = Formula(r"\text{Convolution}", "Convolution")


def collapsed(form: Form, *, picture: bool = True) -> tuple[Node, ...]:
    """The sentence and the formula of a recognised form, and a picture of it where it is small enough."""
    if isinstance(form, MatrixProduct):
        return (Prose((*_matrix_prose(form), "; evaluated on random numbers, both sides agree:")),
                statement(join(name(form.target), EQUALS, _matrix_right(form))))
    shown: list[Node] = [
        Prose((*_correlation_prose(form), ". Evaluated on random numbers, both sides agree:")),
        statement(formula(form)),
    ]
    if picture and (drawn := _picture(form)) is not None:
        shown.append(drawn)
    return tuple(shown)


def formula(form: Form) -> Formula:
    """``dE/dF = Convolution(A, dE/dC)``, with what is done to the operands first."""
    if isinstance(form, MatrixProduct):
        return join(name(form.target), EQUALS, _matrix_right(form))
    return join(_sliced(form.target, form.target_at), EQUALS, correlation_right(form))


def correlation_right(form: Correlation) -> Formula:
    """The right side: a sum, if some indices are summed over, of ``Convolution(image, kernel)``."""
    image, kernel = _sliced(form.image, form.image_at), _sliced(form.kernel, form.kernel_at)
    image = _applied("spread", _numbers([s.spread for s in form.slides], 1), image)
    image = _applied("pad", _pads(form), image)
    kernel = _applied("spread", _numbers([s.gap for s in form.slides], 1), kernel)
    if form.turned:
        kernel = join(Formula(r"\operatorname{rot}_{180}", "rot180"), "(", kernel, ")")
    step = _numbers([s.step for s in form.slides], 1)
    head = CONVOLUTION
    if step:
        head = Formula(rf"{CONVOLUTION.latex}_{{\text{{stride }}{step}}}", f"{CONVOLUTION.text}[stride {step}]")
    tall = "frac" in image.latex + kernel.latex and form.turned
    opening, closing = (OPEN, CLOSE) if tall else ("(", ")")
    return join(_summed(form), head, opening, image, Formula(", ", ", "), kernel, closing)


def _summed(form: Correlation) -> Formula:
    names = [i.name for i in form.summed]
    if not names:
        return Formula("", "")
    return Formula(
        rf"\sum_{{{','.join(map(latex.index, names))}}} ", f"sum({', '.join(map(text.index, names))}) "
    )


def _sliced(tensor: Tensor, at: tuple[str, ...]) -> Formula:
    """The tensor, or the part of it that belongs to the indices that do not slide."""
    named = [a for a in at if a]
    if not named:
        return name(tensor)
    one, other = entry(tensor, [latex.index(a) for a in named]), entry(tensor, [text.index(a) for a in named])
    return Formula(one.latex, other.text)


def _applied(operation: str, what: str, to: Formula) -> Formula:
    if not what:
        return to
    return join(Formula(rf"\operatorname{{{operation}}}_{{{what}}}", f"{operation}[{what}]"), "(", to, ")")


def _numbers(values: list[int], nothing: int) -> str:
    """One number when all agree, ``2,1`` otherwise, empty when nothing is done."""
    if all(v == nothing for v in values):
        return ""
    return str(values[0]) if len(set(values)) == 1 else ",".join(map(str, values))


def _needed(form: Correlation, s: Slide) -> tuple[int, int]:
    """Zeros before and after; what is left out at the end does not count where no window reaches it."""
    if s.before < 0 or s.after >= 0:
        return s.before, s.after
    image, kernel, target = form.image.sizes[s.image], form.kernel.sizes[s.kernel], form.target.sizes[s.target]
    length, width = (image - 1) * s.spread + 1 + s.before, (kernel - 1) * s.gap + 1
    return s.before, 0 if (length - width) // s.step + 1 == target else s.after


def _pads(form: Correlation) -> str:
    pairs = [_needed(form, s) for s in form.slides]
    if all(a == b for a, b in pairs):
        return _numbers([a for a, _ in pairs], 0)
    return ";".join(f"{a},{b}" for a, b in pairs)


def _correlation_prose(form: Correlation) -> tuple[Part, ...]:
    image, kernel = name(form.image), name(form.kernel)
    parts: list[Part] = ["This sum is "]
    plain = not form.turned
    if form.plain:
        parts += ["the valid cross-correlation of ", image, " with ", kernel]
    elif plain:
        parts += ["a cross-correlation of ", image, " with ", kernel]
    else:
        parts += ["the full convolution" if form.full else "a convolution", " of ", image, " with ", kernel]
    slices = [(form.image, form.image_at), (form.kernel, form.kernel_at)]
    if form.summed or any(any(at) for _, at in slices):
        parts.append(", for each choice of the other indices")
    spread = _numbers([s.spread for s in form.slides], 1)
    gap = _numbers([s.gap for s in form.slides], 1)
    pads = _pads(form)
    if spread:
        parts += [": ", image, f" is spread with stride {spread} (zeros between neighbours)"]
    if gap:
        parts += [": " if not spread else ", ", kernel, f" is spread with stride {gap} (zeros between neighbours)"]
    if pads:
        parts += [": " if not (spread or gap) else ", ", image, _pad_words(form)]
    if form.turned:
        parts += [", ", kernel, " is turned by 180 degrees, and the one slides over the other"]
    step = _numbers([s.step for s in form.slides], 1)
    if step:
        parts += [f", moved by {step} at each step"]
    if not form.turned and any(s.after < 0 and s.before >= 0 and _needed(form, s)[1] == 0 for s in form.slides):
        parts += [" (the last rows or columns of ", image, " are in no window)"]
    return tuple(parts)


def _pad_words(form: Correlation) -> str:
    pairs = [_needed(form, s) for s in form.slides]
    if len({n for pair in pairs for n in pair}) == 1:
        (n, _), *_rest = pairs
        rows = "row" if abs(n) == 1 else "rows"
        return f" gets {n} {rows} of zeros on every side" if n > 0 else f" loses {-n} {rows} on every side"
    words = "; ".join(f"{a} before and {b} after along axis {k + 1}" for k, (a, b) in enumerate(pairs))
    negative = ", where a negative number takes rows away" if min(map(min, pairs)) < 0 else ""
    return f" gets zeros at its ends ({words}{negative})"


def _picture(form: Correlation) -> Figure | None:
    """``[target] = Convolution([image], [kernel])`` with every entry, where all are small matrices."""
    tensors = (form.target, form.image, form.kernel)
    if any(len(t.shape) != 2 or not small(t) for t in tensors) or any(s.step != 1 for s in form.slides):
        return None
    arrays = {}
    for t in (form.image, form.kernel):
        cells = np.empty(t.length, dtype=object)
        cells[:] = symbols(t)
        arrays[t.name] = cells.reshape(t.sizes)
    image, kernel = prepared(form, arrays)
    if image.shape[0] > ROWS or image.shape[1] > COLUMNS or kernel.shape[0] > ROWS or kernel.shape[1] > COLUMNS:
        return None

    def drawn(array: NDArray[Any]) -> Grid:
        cells = tuple(tuple(c if isinstance(c, Formula) else ZERO for c in line) for line in array.tolist())
        zeros = tuple((r, c) for r, line in enumerate(cells) for c, cell in enumerate(line) if cell is ZERO)
        return Grid(cells, zeros=zeros)

    target = grid(form.target, symbols(form.target), heading=Formula("", ""))
    return Figure(
        (target, join(EQUALS, CONVOLUTION, Formula(r"\Bigl(", "(")), drawn(image), COMMA, drawn(kernel),
         Formula(r"\Bigr)", ")"))
    )


# ------------------------------------------------------------ matrices


def _matrix_right(form: MatrixProduct) -> Formula:
    return join(
        _transposed(form.left, form.left_transposed), Formula(r"\, ", " * "),
        _transposed(form.right, form.right_transposed),
    )


def _transposed(tensor: Tensor, transposed: bool) -> Formula:
    plain = name(tensor)
    if not transposed:
        return plain
    base = rf"\left({plain.latex}\right)" if tensor.quotient else f"{{{plain.latex}}}"
    return Formula(rf"{base}^{{\top}}", f"({plain.text})^T" if tensor.quotient else f"{plain.text}^T")


def _matrix_prose(form: MatrixProduct) -> tuple[Part, ...]:
    vectors = (len(form.left.shape), len(form.right.shape))
    left, right = name(form.left), name(form.right)
    if vectors == (1, 1):
        return ("This is the outer product of ", left, " and ", right, ", a column times a row")
    kind = "a matrix times a column" if 1 in vectors else "a product of two matrices"
    turned = [name(t) for t, flag in ((form.left, form.left_transposed), (form.right, form.right_transposed)) if flag]
    if not turned:
        return (f"This is {kind}",)
    return (f"This is {kind}, with ", *(p for t in turned[:1] for p in (t, " transposed")),
            *(p for t in turned[1:] for p in (" and ", t, " transposed")))
