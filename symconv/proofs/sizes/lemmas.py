"""The index arithmetic that rules and templates rest on, as statements for all sizes.

Each rule that shifts an index, and each template and helper that computes a subscript, names the lemmas that it rests
on (``RULES``, ``PRINTERS``); a test holds these tables against the modules that there are. Where two unknown sizes are
multiplied, z3 is given the one step of algebra that it cannot find, as a statement of its own before.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from symconv.proofs.sizes.solver import Statement


def _ints(names: str) -> Any:
    import z3

    return z3.Ints(names)


def _divides(a: Any, r: Any, q: Any) -> Any:
    """``a | r`` with the quotient named."""
    return r == a * q


def delta_solved() -> list[Statement]:
    """``a*z = r`` with ``0 <= z < n``: exactly when ``0 <= r < a*n`` and ``a | r``, and then z is r/a."""
    import z3

    a, n, r, z, y = _ints("a n r z y")
    sizes = (a >= 1, n >= 1)
    return [
        Statement(
            "an index gives a value in range",
            (*sizes, z >= 0, z <= n - 1, r == a * z),
            z3.And(r >= 0, r <= a * (n - 1), a * (n - 1) < a * n),
        ),
        Statement("a multiple in range gives an index", (*sizes, r >= 0, r < a * n, r == a * z), z3.And(z >= 0, z < n)),
        Statement("there is only one", (*sizes, r == a * z, r == a * y), z == y),
    ]


def gather_is_scatter() -> list[Statement]:
    """``u = s*k + d*i - p`` with k in range: exactly the k with ``0 <= u+p-d*i < s*K`` and ``s | u+p-d*i``."""
    import z3

    s, d, p, k, i, u, wide = _ints("s d p k i u K")
    sizes = (s >= 1, d >= 1, p >= 0, wide >= 1, i >= 0)
    r = u + p - d * i
    return [
        Statement(
            "what scatters is gathered",
            (*sizes, k >= 0, k <= wide - 1, u == s * k + d * i - p, s * k <= s * (wide - 1)),
            z3.And(r >= 0, r < s * wide, r == s * k),
        ),
        Statement(
            "what is gathered scatters",
            (*sizes, r >= 0, r < s * wide, _divides(s, r, k)),
            z3.And(k >= 0, k < wide, u == s * k + d * i - p),
        ),
    ]


def digits_are_a_place() -> list[Statement]:
    """``(c*H + h)*W + w`` runs over ``0 .. C*H*W - 1`` exactly once: in range, injective, onto."""
    import z3

    high, c, h, n, m = _ints("H c h n m")
    two, e, g = _ints("C e g")
    digit = (high >= 1, h >= 0, h < high)
    # One digit at a time: a place n < C and a digit h < H make a place n*H + h < C*H; longer forms repeat this.
    return [
        Statement(
            "a place and a digit are a place",
            (*digit, two >= 1, c >= 0, c <= two - 1, c * high <= (two - 1) * high),
            z3.And(c * high + h >= 0, c * high + h < two * high),
        ),
        Statement(
            "of two equal places the digits are equal",
            (*digit, g >= 0, g < high, c * high + h == e * high + g),
            z3.And(c == e, h == g),
        ),
        Statement(
            "every place has digits",
            (high >= 1, two >= 1, n >= 0, n < two * high, n == high * m + h, h >= 0, h < high),
            z3.And(m >= 0, m < two),
        ),
    ]


def quotients_share_a_divisor() -> list[Statement]:
    """Subscripts x/a and y/b over the common divisor a*b: ``(x*b*S + y*a)/(a*b)`` is ``x/a*S + y/b``."""
    a, b, x, y, q, t, stride = _ints("a b x y q t S")
    exact = (a >= 1, b >= 1, x == a * q, y == b * t)
    return [Statement("the offset is exact", exact, x * b * stride + y * a == (q * stride + t) * a * b)]


def slice_is_the_range() -> list[Statement]:
    """``_inside``: of ``k >= start`` those with ``0 <= a*k + b < n`` are ``first <= k < last``, for a > 0."""
    import z3

    a, b, n, k, low, high = _ints("a b n k low high")
    # low = -(b // a), so that a*low >= -b > a*(low - 1); high = (n - 1 - b) // a + 1.
    floor = (a >= 1, n >= 1, a * low >= -b, a * (low - 1) < -b, a * (high - 1) <= n - 1 - b, a * high > n - 1 - b)
    monotone = (z3.Implies(k >= low, a * k >= a * low), z3.Implies(k < low, a * k <= a * (low - 1)),
                z3.Implies(k <= high - 1, a * k <= a * (high - 1)), z3.Implies(k >= high, a * k >= a * high))
    x, y = _ints("x y")
    inside = z3.And(a * k + b >= 0, a * k + b < n)
    return [
        Statement("multiples keep their order", (a >= 1, x <= y), a * x <= a * y),
        Statement("the slice holds what lies inside", (*floor, *monotone, inside), z3.And(k >= low, k < high)),
        Statement("what lies inside is in the slice", (*floor, *monotone, k >= low, k < high), inside),
        Statement(
            "a falling form is a rising one from the other end",
            (n >= 1,),
            z3.And(-a * k + b >= 0, -a * k + b < n) == z3.And(a * k + (n - 1 - b) >= 0, a * k + (n - 1 - b) < n),
        ),
    ]


def slice_has_the_places() -> list[Statement]:
    """``_at``: the places ``a*k + b`` for ``start <= k < stop`` are a slice with step a, as many as the k."""
    a, b, k, start, stop = _ints("a b k start stop")
    inside = (a >= 1, start <= k, k <= stop - 1, a * start <= a * k, a * k <= a * (stop - 1))
    import z3

    return [
        Statement(
            "a place lies in its slice",
            inside,
            z3.And(a * k + b >= a * start + b, a * k + b < a * (stop - 1) + b + 1),
        ),
        Statement("and is met by its step", inside, (a * k + b) - (a * start + b) == a * (k - start)),
    ]


def one_winner() -> list[Statement]:
    """Of the places of a window one is the winner's: from equal places follow equal indices."""
    return digits_are_a_place()[1:2]


def unit_axis() -> list[Statement]:
    """An index of extent 1 is 0, so leaving it out changes no place."""
    import z3

    z, x, wide = _ints("z x W")
    return [Statement("it is 0", (z >= 0, z < 1), z3.And(z == 0, x * 1 + z == x, (x * 1 + z) * wide == x * wide))]


LEMMAS: dict[str, Callable[[], list[Statement]]] = {
    "delta_solved": delta_solved,
    "gather_is_scatter": gather_is_scatter,
    "digits_are_a_place": digits_are_a_place,
    "quotients_share_a_divisor": quotients_share_a_divisor,
    "slice_is_the_range": slice_is_the_range,
    "slice_has_the_places": slice_has_the_places,
    "one_winner": one_winner,
    "unit_axis": unit_axis,
}

RULES: dict[str, tuple[str, ...]] = {
    "chain": (),
    "eliminate": ("delta_solved", "gather_is_scatter"),
    "fold": (),
    "gather": ("digits_are_a_place",),
    "inline": ("delta_solved",),
    "merge": (),
    "partial": (),
    "rename": (),
    "select": ("one_winner", "digits_are_a_place"),
    "squeeze": ("unit_axis",),
    "swap": (),
}
"""Each rule of the derivation with the lemmas that it rests on; one without any computes no subscript."""

PRINTERS: dict[str, tuple[str, ...]] = {
    "kernel.c.jinja": ("digits_are_a_place", "quotients_share_a_divisor", "gather_is_scatter"),
    "python.py.jinja": ("digits_are_a_place", "quotients_share_a_divisor", "gather_is_scatter"),
    "numpy.py.jinja": ("slice_is_the_range", "slice_has_the_places", "digits_are_a_place", "gather_is_scatter"),
    "kernels.h.jinja": (),
    "Makefile.jinja": (),
    "selftest.c.jinja": (),
}
"""Each template of a kernel; one without any prints no subscript that is computed."""

HELPERS: dict[str, tuple[str, ...]] = {
    "_inside": ("slice_is_the_range",),
    "_at": ("slice_has_the_places",),
    "_place": (),
    "_place_valid": (),
}
"""Each helper of NumPy modules; those of maxima compare entries along one axis."""
