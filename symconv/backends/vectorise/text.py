"""Small pieces of Python text."""

from __future__ import annotations


def shape_text(shape: tuple[int, ...]) -> str:
    """A shape as a Python tuple.

    >>> shape_text((3,)), shape_text(())
    ('(3,)', '()')
    """
    return f"({shape[0]},)" if len(shape) == 1 else f"({', '.join(map(str, shape))})"


def grouped(text: str) -> str:
    """The expression in parentheses unless a method call may follow it as it stands.

    >>> grouped("a + b"), grouped("np.log(a + b)"), grouped("np.log(a) + f(b)")
    ('(a + b)', 'np.log(a + b)', '(np.log(a) + f(b))')
    """
    head, bracket, _ = text.partition("(")
    if all(c.isalnum() or c in "._" for c in head) and head and (not bracket or _closes_at_end(text)):
        return text
    return f"({text})"


def reshaped(text: str, shape: tuple[int, ...], wanted: tuple[int, ...]) -> str:
    """An expression of one shape in another."""
    return text if shape == wanted else f"{grouped(text)}.reshape({shape_text(wanted)})"


def scaled(text: str, p: int, q: int) -> str:
    """An expression times an exact quotient p/q, never a rounded factor.

    >>> scaled("x", -2, 3)
    'x * -2 / 3'
    """
    if p == -1:
        text = f"-{grouped(text)}"
    elif p != 1:
        text = f"{grouped(text)} * {p}"
    return text if q == 1 else f"{grouped(text) if p == 1 else text} / {q}"


def _closes_at_end(text: str) -> bool:
    depth = 0
    for n, c in enumerate(text):
        depth += (c == "(") - (c == ")")
        if c == ")" and depth == 0:
            return n == len(text) - 1
    return False
