"""Checks of sizes and hyper-parameters with plain integers, before any symbol or code is made."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from numbers import Integral, Real

import sympy as sp

from symconv.errors import SizeError, show

LARGEST = 2**31 - 1
Pair = tuple[int, int]


def integer(where: str, name: str, value: object, *, least: int = 1) -> int:
    """The value as an integer of at least ``least``; True, 1.5 and "3" are refused."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise SizeError(where, f"{name} {show(value)} is not an integer", f"give an integer of at least {least}")
    number = int(value)
    if not least <= number <= LARGEST:
        raise SizeError(where, f"{name} {show(value)} is outside {least}..{LARGEST}", f"give an integer from {least}")
    return number


def flag(where: str, name: str, value: object) -> bool:
    """The value as a truth value; 0 and "yes" are refused."""
    if not isinstance(value, bool):
        raise SizeError(where, f"{name} {show(value)} is not true or false", "give true or false")
    return value


def rational(where: str, name: str, value: object, *, least: Fraction | None = None) -> sp.Rational:
    """A finite number as the exact decimal that is written: 0.01 is 1/100.

    >>> rational("leaky_relu", "negative_slope", 0.01)
    1/100
    """
    if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value):
        raise SizeError(where, f"{name} {show(value)} is not a finite number", "give a number such as 0.01")
    exact = Fraction(repr(float(value)))
    if least is not None and exact < least:
        raise SizeError(where, f"{name} {show(value)} is below {least}", f"give at least {least}")
    return sp.Rational(exact.numerator, exact.denominator)


def per_axis(where: str, name: str, value: object, rank: int, *, least: int = 1) -> tuple[int, ...]:
    """One integer for each spatial axis; a single one serves all.

    >>> per_axis("conv2d", "stride", 2, 2)
    (2, 2)
    """
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        if len(value) != rank:
            problem = f"{name} {show(value)} has {len(value)} entries"
            raise SizeError(where, problem, f"give one, or {rank}, one an axis")
        return tuple(integer(where, name, v, least=least) for v in value)
    return (integer(where, name, value, least=least),) * rank


def pads(where: str, name: str, value: object, rank: int) -> tuple[Pair, ...]:
    """(begin, end) for each spatial axis, from one integer, one an axis, or one pair an axis.

    >>> pads("conv2d", "padding", [1, [0, 2]], 2)
    ((1, 1), (0, 2))
    """
    whole = isinstance(value, Sequence) and not isinstance(value, (str, bytes))
    entries: Sequence[object] = value if whole else [value] * rank  # type: ignore[assignment]
    if len(entries) != rank:
        raise SizeError(where, f"{name} {show(value)} has {len(entries)} entries", f"give one, or {rank}, one an axis")
    result = []
    for entry in entries:
        if isinstance(entry, Sequence) and not isinstance(entry, (str, bytes)):
            if len(entry) != 2:
                raise SizeError(where, f"{name} {show(entry)} is not (begin, end)", "give two integers, begin and end")
            result.append((integer(where, name, entry[0], least=0), integer(where, name, entry[1], least=0)))
        else:
            p = integer(where, name, entry, least=0)
            result.append((p, p))
    return tuple(result)


def groups(where: str, value: object, in_channels: int, out_channels: int) -> int:
    """The number of groups: it divides both channel counts."""
    number = integer(where, "groups", value)
    for name, count in (("in_channels", in_channels), ("out_channels", out_channels)):
        if count % number:
            raise SizeError(
                where, f"{name} {count} is not divisible by groups {number}",
                "choose groups that divide both channel counts",
            )
    return number


def channels(where: str, given: tuple[int, ...], wanted: int, what: str = "in_channels") -> None:
    """Raises SizeError unless the input has that many channels."""
    if given[1] != wanted:
        raise SizeError(where, f"input has {given[1]} channels, {what} is {wanted}", "make the two agree")


def shape(where: str, name: str, value: object, *, rank: int | None = None) -> tuple[int, ...]:
    """A shape: a sequence of positive integers, of the given rank if one is given."""
    if not isinstance(value, Sequence) or isinstance(value, (str, bytes)):
        raise SizeError(where, f"{name} {show(value)} is not a shape", "give a sequence of positive integers")
    if rank is not None and len(value) != rank:
        problem = f"{name} {show(tuple(value))} has {len(value)} axes, {rank} expected"
        raise SizeError(where, problem, f"give {rank} sizes")
    return tuple(integer(where, name, v) for v in value)


def windows(
    where: str, size: int, kernel: int, stride: int, pad: Pair, dilation: int, *, ceil_mode: bool = False
) -> int:
    """How many windows fit along one axis: ``floor((n + p0 + p1 - d(k-1) - 1)/s) + 1``, with ceil_mode the ceiling.

    With ceil_mode the last window must start inside the input or the left padding (as in PyTorch).
    """
    padded, reach = size + sum(pad), dilation * (kernel - 1) + 1
    spare = padded - reach
    count = -(-spare // stride) + 1 if ceil_mode else spare // stride + 1
    if ceil_mode and (count - 1) * stride >= size + pad[0]:
        count -= 1
    if count < 1 or (spare < 0 and not ceil_mode):
        what = f"kernel_size {kernel}" + (f" with dilation {dilation} (reach {reach})" if dilation > 1 else "")
        remedy = "enlarge the input, add padding or shrink the kernel"
        raise SizeError(where, f"{what} exceeds padded input {padded}", remedy)
    return count


def half_kernel(where: str, kernel: Sequence[int], pad: Sequence[Pair]) -> None:
    """Raises SizeError for a pooling whose padding is more than half its window on some side."""
    for k, pair in zip(kernel, pad, strict=True):
        if max(pair) > k // 2:
            remedy = f"pad at most {k // 2} on a side"
            raise SizeError(where, f"padding {max(pair)} exceeds half of kernel_size {k}", remedy)


def padded(shape: tuple[int, ...], pad: Sequence[Pair]) -> tuple[int, ...]:
    """The shape of an input (N, C, *spatial) with its padding."""
    return (*shape[:2], *(n + sum(p) for n, p in zip(shape[2:], pad, strict=True)))


def axes(where: str, shape: tuple[int, ...], names: tuple[str, ...]) -> tuple[str, ...]:
    """Names for the axes of an input that may have any rank up to the number of names."""
    if not 1 <= len(shape) <= len(names):
        remedy = f"give 1 to {len(names)} axes, batch first"
        raise SizeError(where, f"input shape {shape} has {len(shape)} axes", remedy)
    return names[: len(shape)]


def axis(where: str, name: str, value: int, shape: tuple[int, ...]) -> None:
    """Raises SizeError unless the number is that of an axis of the shape, and not of the batch."""
    if not 1 <= value < len(shape):
        last = len(shape) - 1
        choice = f"give {'1' if last == 1 else f'1 to {last}'}" if last else "give an input of two axes or more"
        raise SizeError(where, f"{name} {value} is no axis of the input shape {shape} beside the batch", choice)
