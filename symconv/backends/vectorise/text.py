"""Small pieces of Python text."""

from __future__ import annotations

from collections.abc import Sequence


def shape_text(shape: tuple[int, ...]) -> str:
    """A shape as a Python tuple.

    >>> shape_text((3,)), shape_text(())
    ('(3,)', '()')
    """
    return f"({shape[0]},)" if len(shape) == 1 else f"({', '.join(map(str, shape))})"


def grouped(text: str) -> str:
    """The expression in parentheses unless a method call may follow it as it stands.

    >>> grouped("a + b"), grouped("np.log(a + b)[0]"), grouped("-a")
    ('(a + b)', 'np.log(a + b)[0]', '(-a)')
    """
    depth = 0
    for c in text:
        depth -= c in ")]"
        if depth == 0 and not (c.isalnum() or c in "._()[]"):
            return f"({text})"
        depth += c in "(["
    return text


def reshape(text: str, wanted: tuple[int, ...]) -> str:
    """An expression in another shape.

    >>> reshape("a", (2, 3)), reshape("a", ())
    ('a.reshape(2, 3)', 'a.reshape(())')
    """
    return f"{grouped(text)}.reshape({', '.join(map(str, wanted)) or '()'})"


def reshaped(text: str, shape: tuple[int, ...], wanted: tuple[int, ...]) -> str:
    """An expression of one shape in another, which may be the same."""
    return text if shape == wanted else reshape(text, wanted)


def transposed(text: str, turn: Sequence[int]) -> str:
    """An expression with its axes in another order, which may be the same."""
    return text if list(turn) == sorted(turn) else f"{grouped(text)}.transpose({', '.join(map(str, turn))})"


def scaled(text: str, p: int, q: int, dtype: str) -> str:
    """An expression times an exact quotient p/q of the element type, never a rounded factor.

    >>> scaled("x", -2, 3, "float32")
    'x * np.float32(-2) / np.float32(3)'
    """
    if p == -1:
        text = f"-{grouped(text)}"
    elif p != 1:
        text = f"{grouped(text)} * np.{dtype}({p})"
    return text if q == 1 else f"{grouped(text) if p == 1 else text} / np.{dtype}({q})"

